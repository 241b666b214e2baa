"""Build the report of a run: static HTML under RUN/report that opens from a file.

With --serve it is also served on loopback, with a search over the text of all documents.
"""

import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run's folder")
    parser.add_argument(
        "--serve", type=int, metavar="PORT", help="serve it on 127.0.0.1 until interrupted; 0: any"
    )
    parser.add_argument(
        "--language", choices=["en", "ja"], help="labels; as the config says by default"
    )


def run(args: argparse.Namespace) -> int:
    from pipelines.report.build import build_report
    from pipelines.run import open_run

    settings = open_run(args.run)
    if args.language:
        report = settings.report.model_copy(update={"language": args.language})
        settings = settings.model_copy(update={"report": report})
    print(build_report(args.run, settings))
    if args.serve is not None:
        from pipelines.report.serve import serve

        serve(args.run, args.serve)
    return 0
