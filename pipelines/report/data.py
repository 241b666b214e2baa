"""The report's data files: scripts, because a page opened from a file may not fetch anything."""

import json
import re
from typing import Any

from clean.normalize.normalize import find_spans
from pipelines import files

TEXT_CHARS = 200
"""Longest text from a page that the report shows, in code points."""

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_MASKED = {"email": "<EMAIL>", "tel": "<TEL>"}
_PART_OF_TOKEN = re.compile("<[A-Z]{0,5}$")
_AROUND = 100


def script_text(value: Any) -> str:
    """A value as JSON that is also JavaScript and holds nothing that HTML could read."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)


def write_chunk(folder: str, name: str, value: Any) -> None:
    """Write one data file that the page loads on demand.

    Args:
        folder: the report's folder.
        name: what the page asks for: letters, digits and dashes.
        value: JSON-able.
    """
    text = f"kinariPut({script_text(name)},{script_text(value)});\n"
    _write(folder, name, text)


def write_overview(folder: str, overview: dict[str, Any], labels: dict[str, str]) -> None:
    """Write the two files that the page loads first."""
    _write(folder, "overview", f"window.kinariReport={{overview:{script_text(overview)}}};\n")
    _write(folder, "labels", f"window.kinariReport.labels={script_text(labels)};\n")


def _write(folder: str, name: str, text: str) -> None:
    data = text.encode("utf-8", "replace")
    files.write_bytes(files.join(folder, "data", f"{name}.js"), data)


def short_text(text: str | None, limit: int = TEXT_CHARS) -> str:
    """A stranger's text for the report: one line, cut, e-mail and telephone masked.

    Args:
        text: any text.
        limit: most code points.
    """
    line = " ".join((text or "")[: limit * 4].split())
    return masked_window(line, 0, limit, [])[0]


def masked_window(
    text: str, start: int, end: int, marks: list[tuple[int, int]]
) -> tuple[str, list[tuple[int, int]]]:
    """A part of a text on one line, e-mail and telephone masked, with the marks that fall into it.

    Args:
        text: any text; what stands around the part tells whether a number is a telephone's.
        start: first code point of the part.
        end: the one after its last.
        marks: spans of the text, in order.

    Returns:
        At most end - start code points, and the marks as spans of them; marks that touch are one.
    """
    first = max(0, start - _AROUND)
    line = "".join(" " if c.isspace() else c for c in text[first : end + _AROUND])
    parts: list[str] = []
    size, at = 0, start - first
    places = [0] * (len(line) + 1)
    stop = min(end - first, len(line))
    for span in [*find_spans(line), None]:
        if span is not None and (span.kind not in _MASKED or span.end <= at):
            continue
        until = stop if span is None else min(max(span.start, at), stop)
        for place in range(at, until + 1):
            places[place] = size + place - at
        parts.append(line[at:until])
        size += until - at
        if span is None or span.start >= stop:
            at = until
            break
        parts.append(_MASKED[span.kind])
        size += len(_MASKED[span.kind])
        places[until : span.end + 1] = [size] * (span.end + 1 - until)
        at = span.end
        if at >= stop:
            break
    places[at:] = [size] * (len(places) - at)
    limit = end - start
    found: list[tuple[int, int]] = []
    for a, b in marks:
        a, b = (min(places[min(max(x - first, 0), len(line))], limit) for x in (a, b))
        if found and found[-1][1] >= a:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        elif a < b:
            found.append((a, b))
    shown = "".join(parts)
    if len(shown) > limit or first + at < len(text):
        shown = _PART_OF_TOKEN.sub("", shown[: limit - 1]) + "…"
    return shown, found
