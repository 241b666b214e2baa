"""Run the stages of a config; what is done and unchanged is skipped.

Work goes on where it stopped: shards that were finished are kept, whatever ended the last run.
"""

import argparse
import json

from pipelines.arguments import add_overrides, add_root


def add_arguments(parser: argparse.ArgumentParser) -> None:
    stages = ["crawl", "clean", "dedup", "encode", "train"]
    parser.add_argument("config", metavar="CONFIG", help="YAML file of the run")
    parser.add_argument("--to", choices=stages, help="last stage to bring up to date")
    parser.add_argument(
        "--only", choices=stages, help="bring one stage up to date, its inputs as they are"
    )
    parser.add_argument(
        "--from", dest="start", choices=stages, help="first stage to bring up to date"
    )
    add_root(parser)
    add_overrides(parser)
    parser.add_argument(
        "--force", action="store_true", help="re-do the stages even where nothing changed"
    )
    parser.add_argument("--json", action="store_true", help="the summary as JSON lines on stdout")


def run(args: argparse.Namespace) -> int:
    from pipelines import run as runs
    from pipelines.report.build import build_report
    from pipelines.settings import load_settings
    from pipelines.table import print_states, state_row

    settings = load_settings(args.config, args.overrides)
    stages = runs.chosen_stages(args.to, args.only, args.start)
    root = args.root or f"runs/{settings.name}"
    states = runs.run(settings, root, stages, args.force)
    report = build_report(root, settings)
    if args.json:
        for state in states:
            print(json.dumps(state_row(state), ensure_ascii=False))
    else:
        print_states(root, states)
        print(f"report: {report}")
    return 0
