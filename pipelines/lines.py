"""Texts from standard input, one a line, as they come in."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

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
        line = decoded(raw, place).rstrip("\r\n")
        yield json_text(line, place) if jsonl else line


def decoded(raw: bytes, place: str) -> str:
    """Decode a line of UTF-8; `place` names it in the UserError that is raised where it is none."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = raw[error.start]
        raise UserError(f"{place}: not UTF-8 (byte 0x{byte:02x}); convert it") from None


def json_value(line: str, place: str) -> Any:
    """Read a line of JSON; `place` names it in the UserError that is raised where it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not JSON ({error}): {line[:60]!r}") from None


def json_text(line: str, place: str) -> str:
    """Give the string in a line of JSON, or that of an object's `text`.

    Raises:
        UserError: the line holds no such JSON, or half of a surrogate pair.
    """
    value = json_value(line, place)
    if isinstance(value, dict):
        value = value.get("text")
    if not isinstance(value, str):
        raise UserError(
            f'{place}: {line[:60]!r} is no JSON string or object with "text"; give one a line'
        )
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise UserError(f"{place}: a lone surrogate, which is no character")
    return value
