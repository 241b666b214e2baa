"""Encode lines of text to ids, or decode ids to text.

Reads standard input line by line and writes one JSON list of ids a line. With --decode reads JSON
lists of ids and writes text. With --jsonl a line of text is a JSON string (or an object with
"text"), so that it may hold line ends; decoded text is then written as a JSON string as well.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

_CHUNK = 1 << 20


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
        for lines in _line_batches(sys.stdin.buffer):
            for number, line in lines:
                try:
                    text = decoder.decode(_ids(number, line))
                except ValueError as error:
                    raise UserError(f"standard input:{number}: {error}") from error
                out.write((json.dumps(text, ensure_ascii=False) if args.jsonl else text) + "\n")
            out.flush()
        return 0
    from encode.encoder import Encoder

    encoder = Encoder(vocabulary)
    for lines in _line_batches(sys.stdin.buffer):
        texts = [_text(number, line) if args.jsonl else line for number, line in lines]
        for ids in encoder.encode_batch(texts).to_pylist():
            out.write(json.dumps(ids) + "\n")
        out.flush()
    return 0


def _line_batches(stream: BinaryIO) -> Iterator[list[tuple[int, str]]]:
    """Numbered lines in batches of all that have come in: a slow writer is answered at once."""
    number = 0
    parts: list[bytes] = []
    while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]
        parts.append(chunk)
        if b"\n" not in chunk:
            continue
        *lines, rest = b"".join(parts).split(b"\n")
        yield [(number + n, _decoded(number + n, line)) for n, line in enumerate(lines, 1)]
        number += len(lines)
        parts = [rest]
    if rest := b"".join(parts):
        yield [(number + 1, _decoded(number + 1, rest))]


def _decoded(number: int, line: bytes) -> str:
    from pipelines.errors import UserError

    try:
        return line.decode("utf-8")
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


def _text(number: int, line: str) -> str:
    from pipelines.errors import UserError

    value = _json(number, line)
    text = value.get("text") if isinstance(value, dict) else value
    if not isinstance(text, str):
        raise UserError(
            f"standard input:{number}: {line[:60]!r} is no JSON string or object with "
            '"text"; give one a line'
        )
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise UserError(f"standard input:{number}: a lone surrogate, which is no character")
    return text


def _ids(number: int, line: str) -> list[int]:
    from pipelines.errors import UserError

    value = _json(number, line)
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise UserError(f"standard input:{number}: {line[:60]!r} is no JSON list of ids")
    return value
