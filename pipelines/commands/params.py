"""The parameters of a config's model by part, the total, the bytes. Nothing is allocated."""

import argparse
import json

from pipelines.arguments import add_overrides


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "config", metavar="CONFIG", help="YAML file of a run; its train.model counts"
    )
    add_overrides(parser)
    parser.add_argument(
        "--json", action="store_true", help="JSON lines: one a part, then the total"
    )


def run(args: argparse.Namespace) -> int:
    from pipelines.errors import UserError
    from pipelines.settings import load_settings
    from train.shapes import count_active, count_by_part

    model = load_settings(args.config, args.overrides).train.model
    try:
        parts = count_by_part(model)
    except ValueError as error:
        raise UserError(f"{args.config}: train.{error}") from None
    total, active = sum(parts.values()), count_active(model)
    summary = {
        "total": total,
        "active": active,
        "bytes_float32": 4 * total,
        "bytes_bfloat16": 2 * total,
    }
    if args.json:
        for part, count in parts.items():
            print(json.dumps({"part": part, "parameters": count, "bytes_float32": 4 * count}))
        print(json.dumps(summary))
        return 0
    width = max(len("non-embedding parameters a token meets"), *(len(part) for part in parts))
    print(f"{'part':<{width}}  {'parameters':>18}  {'share':>6}  {'float32 bytes':>20}")
    for part, count in parts.items():
        print(f"{part:<{width}}  {count:>18,}  {count / total:>6.1%}  {4 * count:>20,}")
    print(f"{'total':<{width}}  {total:>18,}  {1:>6.1%}  {4 * total:>20,}")
    print(f"{'non-embedding parameters a token meets':<{width}}  {active:>18,}")
    print(f"weights in bfloat16: {2 * total:,} bytes; with Adam and gradients: {16 * total:,}")
    return 0
