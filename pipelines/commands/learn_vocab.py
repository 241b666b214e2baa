"""Learn a vocabulary from text and Parquet files.

A .parquet file gives its column `text`; any other file is text in UTF-8, a document a line. Writes
the vocabulary file and beside it encoder.json, which says how long a token the encoder looks for.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    from encode.scripts import DEFAULT_LIMITS

    limits = ",".join(f"{script}={longest}" for script, longest in DEFAULT_LIMITS.items())
    parser.add_argument("--size", type=int, required=True, help="ids in the vocabulary")
    parser.add_argument("--out", required=True, metavar="FILE", help="vocabulary file to write")
    parser.add_argument(
        "--max-chars",
        default="",
        metavar="SCRIPT=N,...",
        help=f"longest token of a script; default {limits}; kana names both kana",
    )
    parser.add_argument(
        "--coverage",
        type=float,
        default=0.99998,
        help="share of characters with an id of their own (default %(default)s)",
    )
    parser.add_argument("inputs", nargs="+", metavar="INPUT", help="text or .parquet files")


def run(args: argparse.Namespace) -> int:
    import sys

    from encode.counting import count_runs
    from encode.learn import learn_lines
    from encode.scripts import DEFAULT_LIMITS, parse_limits
    from encode.vocabulary import (
        ENCODER_JSON,
        VocabularyError,
        format_encoder_json,
        format_lines,
        parse_vocabulary,
    )
    from pipelines import files
    from pipelines.errors import UserError

    if not 0.5 < args.coverage <= 1:
        raise UserError(f"--coverage {args.coverage}: give a share above 0.5 and at most 1")
    try:
        limits = parse_limits(args.max_chars) if args.max_chars else dict(DEFAULT_LIMITS)
    except ValueError as error:
        raise UserError(f"--max-chars: {error}") from None
    show = sys.stderr.isatty()

    def progress(text: str) -> None:
        if show:
            print(f"\r\033[Klearn-vocab: {text}", end="", file=sys.stderr, flush=True)

    out = Path(args.out)
    if out.name == ENCODER_JSON:
        raise UserError(f"--out {args.out}: {ENCODER_JSON} is written beside; choose another name")
    counts = count_runs(text for name in args.inputs for text in _texts(name))
    try:
        lines = learn_lines(counts, args.size, limits, args.coverage, progress)
    except VocabularyError as error:
        raise UserError(f"--size: {error}") from None
    finally:
        if show:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
    data = format_lines(lines)
    vocabulary = parse_vocabulary(data, str(out), max(limits.values()))
    try:
        files.write_bytes(str(out), data)
        described = format_encoder_json(vocabulary, out.name, limits, None)
        files.write_bytes(str(out.with_name(ENCODER_JSON)), described)
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror}") from error
    print(f"{out}: {len(vocabulary)} ids, longest token {vocabulary.max_token_chars} characters")
    return 0


def _texts(name: str) -> Iterator[str]:
    """The texts of one input file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipelines.errors import UserError

    try:
        if name.endswith(".parquet"):
            parquet = pq.ParquetFile(name)
            if "text" not in parquet.schema_arrow.names:
                raise UserError(f"{name}: no column 'text'; it has {parquet.schema_arrow.names}")
            for batch in parquet.iter_batches(256, columns=["text"]):
                yield from (text for text in batch.column(0).to_pylist() if text)
            return
        with Path(name).open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                try:
                    yield line.decode("utf-8")
                except UnicodeDecodeError:
                    raise UserError(f"{name}:{number}: not UTF-8; convert the file") from None
    except pa.ArrowInvalid as error:
        raise UserError(f"{name}: not a Parquet file: {str(error)[:80]}") from None
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror or error}") from error
