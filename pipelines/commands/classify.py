"""The most probable class of each line of stdin, by a model tuned with task: classify."""

import argparse
import json
import sys


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, metavar="DIR", help="a run, its checkpoints, or one step"
    )
    parser.add_argument(
        "--json", action="store_true", help="JSON lines with the probability of every class"
    )
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='stdin holds a JSON string, or an object with "text", a line',
    )


def run(args: argparse.Namespace) -> int:
    from pipelines.errors import UserError
    from pipelines.lines import read_texts
    from train.classify import Classifier
    from train.errors import TrainError
    from train.use import open_model

    try:
        classifier = Classifier(open_model(args.model))
    except TrainError as error:
        raise UserError(str(error)) from None
    for text in read_texts(sys.stdin.buffer, jsonl=args.jsonl):
        shares = classifier.shares(text)
        best = max(shares, key=shares.__getitem__)
        row = json.dumps({"class": best, "probabilities": shares}, ensure_ascii=False)
        print(row if args.json else best, flush=True)
    return 0
