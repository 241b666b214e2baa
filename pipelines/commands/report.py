"""Build the report of a run: static HTML under RUN/report that opens from a file."""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")


def run(args: argparse.Namespace) -> int:
    from pipelines.report.build import build_report
    from pipelines.run import open_run

    print(build_report(args.run, open_run(args.run)))
    return 0
