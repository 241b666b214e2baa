"""Say how each stage of a run stands (done, partial, stale) and why, with rows, bytes, time."""

import argparse
import json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument("--json", action="store_true", help="one JSON line a stage")


def run(args: argparse.Namespace) -> int:
    from pipelines import run as runs
    from pipelines.settings import STAGES
    from pipelines.table import print_states, state_row

    settings = runs.open_run(args.run)
    states = [runs.stage_state(args.run, stage, settings) for stage in STAGES]
    if args.json:
        for state in states:
            print(json.dumps(state_row(state), ensure_ascii=False))
    else:
        print_states(args.run, states)
    return 0
