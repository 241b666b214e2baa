"""Texts from standard input, one a line, as they come in."""

import json
from collections.abc import Iterator
from typing import BinaryIO

from pipelines.errors import UserError


def read_texts(stream: BinaryIO, *, jsonl: bool) -> Iterator[str]:
    """Yield the text of each line.

    Args:
        stream: UTF-8 bytes; a line ends with LF or CRLF.
        jsonl: a line holds a JSON string, or an object with a string `text`.

    Raises:
        UserError: a line is not UTF-8, or not such JSON; named with its number.
    """
    for number, raw in enumerate(stream, 1):
        place = f"standard input:{number}"
        try:
            line = raw.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            raise UserError(f"{place}: not UTF-8 (byte 0x{byte:02x}); convert it") from None
        yield _text(line, place) if jsonl else line


def _text(line: str, place: str) -> str:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not JSON ({error}): {line[:60]!r}") from None
    if isinstance(value, dict):
        value = value.get("text")
    if not isinstance(value, str):
        raise UserError(f'{place}: give a JSON string, or an object with a string "text"')
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise UserError(f"{place}: a lone surrogate, which is no character")
    return value
