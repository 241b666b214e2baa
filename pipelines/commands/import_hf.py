"""Read a GPTSANJapanese checkpoint of transformers 4.36 (config.json, model.safetensors).

With --expect, run the inputs of an .npz through the model and print one JSON line an array: the
largest absolute difference to what the file holds. Exit code 1 where one is above --tolerance or
could not be compared.
"""

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help="folder saved by transformers (safetensors)")
    parser.add_argument("out", metavar="OUT", help="folder of the kinari model")
    parser.add_argument("--expect", metavar="FILE", help=".npz with inputs and expected arrays")
    parser.add_argument(
        "--tolerance",
        type=float,
        default=1e-3,
        metavar="T",
        help="largest difference that is still equal",
    )


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from pipelines.errors import UserError
    from train.checkpoints import load_model
    from train.errors import TrainError
    from train.expect import ExpectError, compare
    from train.hugging_face import ExchangeError
    from train.import_port import import_port

    try:
        import_port(Path(args.folder), Path(args.out))
        if not args.expect:
            return 0
        model = load_model(args.out)
        worst, uncompared = 0.0, 0
        for difference in compare(model.params, model.about.model, Path(args.expect)):
            print(json.dumps(difference.as_dict(), ensure_ascii=False), flush=True)
            if difference.max_abs_diff is None:
                uncompared += 1
            else:
                worst = max(worst, difference.max_abs_diff)
    except BrokenPipeError:
        raise  # whoever reads the lines has enough
    except (TrainError, ExchangeError, ExpectError, OSError) as error:
        raise UserError(str(error)) from None
    equal = worst <= args.tolerance and not uncompared
    print(json.dumps({"max_abs_diff": worst, "not_compared": uncompared, "equal": equal}))
    return 0 if equal else 1
