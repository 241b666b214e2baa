"""Fill the masks in a text: the best token at each [MASK], scores, and the layers' outputs."""

import argparse
import json

from pipelines.arguments import add_seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, metavar="DIR", help="a run, its checkpoints, or one step"
    )
    parser.add_argument("--context", required=True, metavar="TEXT", help="a text with [MASK] in it")
    parser.add_argument(
        "--position",
        type=int,
        metavar="P",
        help="place in the input whose vector is wanted (0 is the start token); "
        "default: the one that answers for the first mask",
    )
    parser.add_argument(
        "--class", dest="label", metavar="C", help="class by name or number, for the spout"
    )
    add_seed(parser, "decides a noise spout")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="write JSON there: output_text output_tokens output_scores output_vector; "
        "`-`: to stdout",
    )


def run(args: argparse.Namespace) -> int:
    import sys
    from pathlib import Path

    from pipelines.errors import UserError
    from train.errors import TrainError
    from train.fill import fill
    from train.use import open_model

    try:
        ready = open_model(args.model)
        about = ready.model.about
        found = fill(
            ready.model.params,
            about.model,
            ready.prompts,
            args.context,
            position=args.position,
            mlm_target=about.train.get("mlm_target", "shifted"),
            spout=ready.spout(args.label, args.seed),
        )
    except TrainError as error:
        raise UserError(str(error)) from None
    text = json.dumps(found, ensure_ascii=False) + "\n"
    if args.output == "-":
        sys.stdout.write(text)
        return 0
    if args.output:
        try:
            Path(args.output).write_text(text, encoding="utf-8")
        except OSError as error:
            raise UserError(f"{args.output}: cannot write: {error.strerror}") from None
    print(found["output_text"])
    return 0
