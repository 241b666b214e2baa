"""Write on from a text with a trained model.

Prompts pass the run's normalization, as the training text did.
"""

import argparse
import json

from pipelines.arguments import add_seed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", required=True, metavar="DIR", help="a run, its checkpoints, or one step"
    )
    parser.add_argument("--context", default="", metavar="TEXT", help="text to go on from")
    parser.add_argument(
        "--max-tokens", type=int, default=128, metavar="N", help="most tokens written"
    )
    parser.add_argument(
        "--top-k", type=int, default=40, metavar="K", help="only the K best tokens; 0: all"
    )
    parser.add_argument(
        "--top-p",
        type=float,
        default=0.95,
        metavar="P",
        help="only the best whose probabilities sum to P",
    )
    parser.add_argument(
        "--temperature",
        type=float,
        default=1.0,
        metavar="T",
        help="divides the scores; 0: always the best",
    )
    parser.add_argument(
        "--beam-width",
        type=int,
        default=0,
        metavar="B",
        help="search with B beams instead of sampling",
    )
    parser.add_argument("--num", type=int, default=1, metavar="N", help="how many texts")
    parser.add_argument(
        "--class", dest="label", metavar="C", help="class by name or number, for the spout"
    )
    add_seed(parser, "decides what is sampled")
    parser.add_argument(
        "--json", action="store_true", help="JSON lines with tokens and log-probability"
    )


def run(args: argparse.Namespace) -> int:
    from pipelines.errors import UserError
    from train.errors import TrainError
    from train.generate import Sampling
    from train.use import open_model

    try:
        ready = open_model(args.model)
        found = ready.continue_text(
            ready.generator(),
            args.context,
            max_tokens=args.max_tokens,
            sampling=Sampling(args.temperature, args.top_k, args.top_p, args.beam_width),
            num=args.num,
            seed=args.seed,
            label=args.label,
        )
    except TrainError as error:
        raise UserError(str(error)) from None
    for written in found:
        text = ready.prompts.decode(written.ids)
        if args.json:
            row = {
                "text": text,
                "tokens": written.ids,
                "log_probability": written.log_probability,
                "ended": written.ended,
            }
            print(json.dumps(row, ensure_ascii=False))
        else:
            print(args.context + text)
    return 0
