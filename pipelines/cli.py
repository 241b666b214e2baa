"""The command `kinari`: finds the subcommand; a user's mistake is one line and exit code 2."""

import argparse
import difflib
import importlib
import logging
import os
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

_DISK_FULL = re.compile(r"No space left on device(?:: '([^']*)')?")

COMMANDS = {
    "run": "run the stages of a config: crawl, clean, dedup, encode, train, report",
    "check": "validate a config, or verify every file of a run against its record",
    "dedup-pairs": "near-duplicate pairs of a JSONL with their true similarity",
    "normalize": "lines of text with dates, URLs, prices and the like as special tokens",
    "encode-text": "lines of text to lists of ids, or back",
    "learn-vocab": "learn a vocabulary from text or Parquet files",
    "extract": "the main text of a page, or of every page of WARC files, as JSON lines",
    "status": "each stage of a run: done, partial or stale and why; rows, bytes, time",
    "estimate": "what a run would take at another size, from its measured rates",
    "audit": "why a page was kept or dropped; from an example back to its page",
    "judge": "fit the site verdict to a labelled list of sites, and say how well it does",
    "override": "decide about a site by hand; the next run applies it",
    "forget": "take a page or site out of a run: WARC, Parquet, shards; and out of later crawls",
    "report": "build the report of a run: static HTML that opens from a file",
    "params": "parameter table of a config's model, total, bytes; nothing is allocated",
    "train": "the train stage alone, also on every host of a pod",
    "generate": "write on from a text with a trained model",
    "fill": "fill the masks in a text; scores and the layers' outputs",
    "score": "log-probability of lines under a trained model",
    "classify": "the most probable class of lines, by a model tuned for it",
    "import-hf": "read a GPTSANJapanese checkpoint of transformers 4.36",
    "export-hf": "write a model so that transformers 4.36 loads it",
    "finetune": "tune a trained model: added layers, classes, pairs",
    "eval": "what a model and a baseline write after the same prompts",
}
"""Subcommand -> one line of help. A subcommand stands here once it does its work."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand.

    Args:
        argv: arguments after the program's name; the process's own by default.

    Returns:
        0 when it went well, 1 when a check found something, 2 for a mistake of the user's.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    if debug:
        arguments.remove("--debug")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    name = arguments[0] if arguments and arguments[0] in COMMANDS else None
    parser = _overview()
    if name is None:
        parser.parse_args(arguments or ["--help"])
        return 2
    if not debug:
        # With a handler in place no library sets up one that prints its warnings.
        logging.getLogger().addHandler(logging.NullHandler())
    module = importlib.import_module(f"pipelines.commands.{name.replace('-', '_')}")
    own = _Parser(
        prog=f"kinari {name}",
        description=module.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    own.add_argument("--debug", action="store_true", help="show a traceback with an error")
    module.add_arguments(own)
    args = own.parse_args(arguments[1:])
    return _guarded(module.run, args, debug)


class _Parser(argparse.ArgumentParser):
    """Says a mistake in one line, without the usage before it."""

    def error(self, message: str) -> NoReturn:
        """Print the mistake and exit with 2."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help tells more\n")


def _overview() -> argparse.ArgumentParser:
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    parser = _Parser(
        prog="kinari",
        description="From the Japanese web to a trained Switch Transformer.",
        epilog="subcommands (kinari COMMAND --help tells more):\n" + "\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="kinari [--help] [--version] [--debug] COMMAND ...",
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    parser.add_argument("--debug", action="store_true", help="show a traceback with an error")
    parser.add_argument("command", metavar="COMMAND", type=_known, help="what to do")
    return parser


def _known(name: str) -> str:
    if name in COMMANDS:
        return name
    close = difflib.get_close_matches(name, COMMANDS, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise argparse.ArgumentTypeError(f"{name!r} is no subcommand{hint}")


class _Version(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import version

        print(f"kinari {version('kinari')}")
        parser.exit()


def _guarded(
    run: Callable[[argparse.Namespace], int | None], args: argparse.Namespace, debug: bool
) -> int:
    from pipelines.errors import UserError

    try:
        return int(run(args) or 0)
    except UserError as error:
        if debug:
            raise
        for line in str(error).splitlines():
            print(f"kinari: {line}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        if debug:
            raise
        print("kinari: interrupted; what is finished is kept, run again to go on", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except (OSError, RuntimeError, ValueError) as error:
        # Checkpoints are written by a library, which wraps the system's error in its own.
        full = _DISK_FULL.search(str(error))
        if debug or full is None:
            raise
        print(
            f"kinari: {full.group(1) or 'the disk'}: no space left; free some and run again, "
            "what is finished is kept",
            file=sys.stderr,
        )
        return 2


if __name__ == "__main__":
    sys.exit(main())
