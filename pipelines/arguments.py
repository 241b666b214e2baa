"""Arguments that several subcommands take."""

import argparse

_SEEDS = 2**62


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


def add_seed(parser: argparse.ArgumentParser, help: str) -> None:
    """Add --seed, a whole number that random keys can be made of."""
    parser.add_argument("--seed", type=_seed, default=0, metavar="S", help=help)


def _seed(text: str) -> int:
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed < _SEEDS:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 to {_SEEDS - 1}")
    return seed
