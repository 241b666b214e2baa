"""The report's data files: scripts, because a page opened from a file may not fetch anything."""

import json
from typing import Any

from clean.normalize.normalize import find_spans
from pipelines import files

TEXT_CHARS = 200
"""Longest text from a page that the report shows, in code points."""

_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}
_MASKED = {"email": "<EMAIL>", "tel": "<TEL>"}


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
    line = " ".join((text or "")[: limit * 4].split())[: limit * 2]
    parts, at = [], 0
    for span in find_spans(line):
        if span.kind in _MASKED:
            parts += [line[at : span.start], _MASKED[span.kind]]
            at = span.end
    return ("".join(parts) + line[at:])[:limit]
