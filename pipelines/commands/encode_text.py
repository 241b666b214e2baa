"""Encode lines of text to ids, or decode ids to text.

Reads standard input line by line and writes one JSON list of ids a line. With --decode reads JSON
lists of ids and writes text. With --jsonl a line of text is a JSON string (or an object with
"text"), so that it may hold line ends; decoded text is then written as a JSON string as well.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import BinaryIO

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
            for place, line in lines:
                try:
                    text = decoder.decode(_ids(place, line))
                except ValueError as error:
                    raise UserError(f"{place}: {error}") from error
                out.write((json.dumps(text, ensure_ascii=False) if args.jsonl else text) + "\n")
            out.flush()
        return 0
    from encode.encoder import Encoder
    from pipelines.lines import json_text

    encoder = Encoder(vocabulary)
    for lines in _line_batches(sys.stdin.buffer):
        texts = [json_text(line, place) if args.jsonl else line for place, line in lines]
        for ids in encoder.encode_batch(texts).to_pylist():
            out.write(json.dumps(ids) + "\n")
        out.flush()
    return 0


def _line_batches(stream: BinaryIO) -> Iterator[list[tuple[str, str]]]:
    """Lines with their places, in batches of all that have come in, to answer a slow writer."""
    number = 0
    parts: list[bytes] = []
    while chunk := stream.read1(_CHUNK):  # type: ignore[attr-defined]
        parts.append(chunk)
        if b"\n" not in chunk:
            continue
        *lines, rest = b"".join(parts).split(b"\n")
        yield [_placed(line, number + n) for n, line in enumerate(lines, 1)]
        number += len(lines)
        parts = [rest]
    if rest := b"".join(parts):
        yield [_placed(rest, number + 1)]


def _placed(line: bytes, number: int) -> tuple[str, str]:
    from pipelines.lines import decoded

    place = f"standard input:{number}"
    return place, decoded(line, place)


def _ids(place: str, line: str) -> list[int]:
    from pipelines.errors import UserError
    from pipelines.lines import json_value

    value = json_value(line, place)
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise UserError(f"{place}: {line[:60]!r} is no JSON list of ids")
    return value
