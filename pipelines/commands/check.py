"""Validate a config and print its resolved settings, or verify every output of a run.

With a config file: exit 0 and the settings, or exit 2 and every mistake with its line.
With a run's folder: exit 0 where every file is as its record says, else 1 and the damaged by name.
"""

import argparse
import json
from pathlib import Path

from pipelines.arguments import add_overrides


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="CONFIG|RUN", help="a YAML file, or a run's folder")
    add_overrides(parser)
    parser.add_argument("--json", action="store_true", help="JSON instead of YAML and text")


def run(args: argparse.Namespace) -> int:
    if "://" in args.target or Path(args.target).is_dir():
        return _check_run(args)
    return _check_config(args)


def _check_config(args: argparse.Namespace) -> int:
    import yaml

    from pipelines.settings import load_settings

    settings = load_settings(args.target, args.overrides)
    value = json.loads(settings.model_dump_json())
    if args.json:
        print(json.dumps(value, ensure_ascii=False))
    else:
        print(yaml.safe_dump(value, sort_keys=False, allow_unicode=True), end="")
    return 0


def _check_run(args: argparse.Namespace) -> int:
    from pipelines import run as runs
    from pipelines.settings import STAGES
    from pipelines.stage import read_record

    runs.open_run(args.target)
    found = 0
    for path, problem in runs.damaged(args.target):
        found += 1
        if args.json:
            print(json.dumps({"path": path, "problem": problem}, ensure_ascii=False))
        else:
            print(f"damaged: {path}: {problem}")
    records = [record for stage in STAGES if (record := read_record(args.target, stage))]
    total = sum(len(record.outputs) for record in records)
    if not args.json:
        print(f"{total} files of {len(records)} complete stages checked, {found} problems")
    return 1 if found else 0
