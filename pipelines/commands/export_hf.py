"""Write a kinari model as a GPTSANJapanese checkpoint that transformers 4.36 loads."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="a run, its checkpoints, or one step")
    parser.add_argument("out", metavar="OUT", help="folder to write")


def run(args: argparse.Namespace) -> int:
    from pathlib import Path

    from pipelines.errors import UserError
    from train.errors import TrainError
    from train.hugging_face import ExchangeError
    from train.import_port import export_port

    try:
        export_port(args.model, Path(args.out))
    except (TrainError, ExchangeError, OSError) as error:
        raise UserError(str(error)) from None
    return 0
