"""Arguments that several subcommands take."""

import argparse


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Add --set, which changes settings of the config; the result has `overrides`."""
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="stage.key=value",
        help="change a setting; may stand several times",
    )


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add --root, the folder of the config's run."""
    parser.add_argument("--root", metavar="DIR", help="the run's folder (default: runs/<run name>)")
