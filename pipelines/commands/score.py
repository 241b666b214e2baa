"""Log-probability in nats of each line of stdin; with --tokens per token too."""

import argparse
import json
import sys

from pipelines.arguments import add_seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, metavar="DIR", help="a run, its checkpoints, or one step"
    )
    parser.add_argument(
        "--tokens", action="store_true", help="JSON lines with every token and its share"
    )
    parser.add_argument("--json", action="store_true", help="JSON lines")
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='stdin holds a JSON string, or an object with "text", a line',
    )
    parser.add_argument(
        "--class", dest="label", metavar="C", help="class by name or number, for the spout"
    )
    add_seed(parser, "decides a noise spout")


def run(args: argparse.Namespace) -> int:
    from pipelines.errors import UserError
    from pipelines.lines import read_texts
    from train.errors import TrainError
    from train.score import Scorer
    from train.use import open_model

    try:
        ready = open_model(args.model)
        about = ready.model.about
        spout = ready.spout(args.label, args.seed)
    except TrainError as error:
        raise UserError(str(error)) from None
    scorer = Scorer(ready.model.params, about.model, about.context)
    vocabulary = ready.prompts.vocabulary
    for text in read_texts(sys.stdin.buffer, jsonl=args.jsonl):
        ids = ready.prompts.encode(text)
        scores = scorer.score(ids, spout)
        total = float(scores.sum())
        if not (args.tokens or args.json):
            print(total, flush=True)
            continue
        row = {"log_probability": total, "tokens": len(scores), "characters": len(text)}
        if args.tokens:
            names = [vocabulary.spellings[int(token)][0] for token in [*ids, vocabulary.end]]
            row["token_log_probabilities"] = [
                {"token": name, "log_probability": float(score)}
                for name, score in zip(names, scores, strict=True)
            ]
        print(json.dumps(row, ensure_ascii=False), flush=True)
    return 0
