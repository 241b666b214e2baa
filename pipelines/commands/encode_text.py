"""Encode lines of text to ids, or decode ids to text.

Reads standard input line by line and writes one JSON list of ids a line. With --decode reads JSON
lists of ids and writes text. With --jsonl a line of text is a JSON string (or an object with
"text"), so that it may hold line ends; decoded text is then written as a JSON string as well.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO

_BATCH = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vocab", required=True, metavar="FILE", help="vocabulary file")
    parser.add_argument("--emoji", metavar="FILE", help="emoji table (emoji.json)")
    parser.add_argument("--decode", action="store_true", help="ids to text")
    parser.add_argument("--jsonl", action="store_true", help="a line is JSON, not raw text")


def run(args: argparse.Namespace) -> int:
    from encode.vocabulary import VocabularyError, load_vocabulary
    from pipelines.errors import UserError

    try:
        vocabulary = load_vocabulary(args.vocab, args.emoji)
    except VocabularyError as error:
        raise UserError(str(error)) from error
    except OSError as error:
        raise UserError(f"{error.filename}: cannot be read: {error.strerror}") from error
    out = sys.stdout
    if args.decode:
        from encode.decoder import Decoder

        decoder = Decoder(vocabulary)
        for number, ids in _id_lists(sys.stdin.buffer):
            try:
                text = decoder.decode(ids)
            except ValueError as error:
                raise UserError(f"standard input:{number}: {error}") from error
            out.write((json.dumps(text, ensure_ascii=False) if args.jsonl else text) + "\n")
        return 0
    from encode.encoder import Encoder

    encoder = Encoder(vocabulary)
    lines = _texts(sys.stdin.buffer, args.jsonl)
    while batch := list(islice(lines, _BATCH)):
        for ids in encoder.encode_batch(batch).to_pylist():
            out.write(json.dumps(ids) + "\n")
        out.flush()
    return 0


def _lines(stream: BinaryIO) -> Iterator[tuple[int, str]]:
    from pipelines.errors import UserError

    for number, line in enumerate(stream, start=1):
        try:
            yield number, line.decode("utf-8").removesuffix("\n")
        except UnicodeDecodeError as error:
            raise UserError(
                f"standard input:{number}: not UTF-8 (byte 0x{line[error.start]:02x}); convert it"
            ) from None


def _json(number: int, line: str) -> Any:
    from pipelines.errors import UserError

    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"standard input:{number}: not JSON ({error}): {line[:60]!r}") from None


def _texts(stream: BinaryIO, jsonl: bool) -> Iterator[str]:
    from pipelines.errors import UserError

    for number, line in _lines(stream):
        if not jsonl:
            yield line
            continue
        value = _json(number, line)
        text = value.get("text") if isinstance(value, dict) else value
        if not isinstance(text, str):
            raise UserError(
                f"standard input:{number}: {line[:60]!r} is no JSON string or object with "
                '"text"; give one a line'
            )
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise UserError(f"standard input:{number}: a lone surrogate, which is no character")
        yield text


def _id_lists(stream: BinaryIO) -> Iterator[tuple[int, list[int]]]:
    from pipelines.errors import UserError

    for number, line in _lines(stream):
        value = _json(number, line)
        if not isinstance(value, list) or not all(type(item) is int for item in value):
            raise UserError(f"standard input:{number}: {line[:60]!r} is no JSON list of ids")
        yield number, value
