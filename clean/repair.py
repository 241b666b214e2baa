"""Defects of a text that can be mended for sure, each mend counted by its name."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from clean.settings import RepairSettings

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fc]")
_GARBLED = re.compile(
    "[縺繧繝][\u0080-\uffff]|[ãäåæçèé][\x80-\xbf\u0152-\u2122]|[¤¥][\xa1-\xfe]|[‚ƒ][\x80-\xff\u0152-\u2122A-Za-z]|､[\uff61-\uff9f]"
)
_READINGS = (
    ("cp932", "utf-8"),
    ("cp1252", "utf-8"),
    ("latin-1", "utf-8"),
    ("cp1252", "cp932"),
    ("latin-1", "cp932"),
    ("latin-1", "euc_jp"),
    ("cp932", "euc_jp"),
)
"""Pairs of (read as, really was) that turn Japanese into signs that can be turned back."""

_HALF_KANA = re.compile("[\uff61-\uff9f]+")
_COMBINING = re.compile("[\u3041-\u30ff][\u3099\u309a]")
_COMPATIBILITY = re.compile(
    "[\uf900-\ufaff\u2e80-\u2fdf\ufe10-\ufe19\ufe30-\ufe4f\U0002f800-\U0002fa1d]"
)
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U0010ffff]")
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u2064"
    "\u2066-\u206f\ufeff\ufff9-\ufffb]|(?<![\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d"
)
_INDENT = re.compile("^[ \u3000]*\u3000[ \u3000]*", re.MULTILINE)
_TRAILING = re.compile("[ \u3000\t]+$", re.MULTILINE)
_QUICK = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\xff\u0152-\u0192\u061c\u180e\u200b-\u206f\u2e80-\u2fdf\u3000\u3099\u309a"
    "\ue000-\ufaff\ufe10-\ufe4f\ufeff\uff01-\uff9f\ufff9-\ufffb縺繧繝\U0002f800-\U0002fa1d\U000f0000-\U0010ffff]"
)


@dataclass(frozen=True, slots=True)
class Repaired:
    """A mended text and how many characters (for mojibake: lines) each mend changed."""

    text: str
    counts: dict[str, int]


def repair(text: str, settings: RepairSettings) -> Repaired:
    """Mend a text.

    Args:
        text: extracted text, lines separated by line feeds.
        settings: which mends are made; private-use characters, zero-width and bidirectional
            controls always go, since no encoder has a use for them.

    Returns:
        The text with the same lines in the same order, and counts under `mojibake`,
        `half_width_kana`, `combining_marks`, `compatibility_forms`, `full_width`, `private_use`,
        `invisible`, `indents`; a mend that changed nothing is absent. Linear in the text.
    """
    counts: dict[str, int] = {}
    if not _QUICK.search(text):
        return Repaired(text, counts)

    def count(name: str, number: int) -> None:
        if number:
            counts[name] = number

    if settings.mojibake and _GARBLED.search(text):
        rows = text.split("\n")
        mended = [undo_mojibake(row) for row in rows]
        count("mojibake", sum(old != new for old, new in zip(rows, mended, strict=True)))
        text = "\n".join(mended)
    if settings.half_width_kana:
        count("half_width_kana", sum(map(len, _HALF_KANA.findall(text))))
        text = _HALF_KANA.sub(lambda hit: unicodedata.normalize("NFKC", hit[0]), text)
    if settings.combining_marks:
        text, number = _COMBINING.subn(lambda hit: unicodedata.normalize("NFC", hit[0]), text)
        count("combining_marks", number)
    if settings.compatibility_forms:
        before = text
        text = _COMPATIBILITY.sub(lambda hit: unicodedata.normalize("NFKC", hit[0]), text)
        if text != before:
            count("compatibility_forms", len(_COMPATIBILITY.findall(before)))
    if settings.full_width:
        text, number = _FULL_WIDTH.subn(lambda hit: chr(ord(hit[0]) - 0xFEE0), text)
        count("full_width", number)
    text, number = _PRIVATE.subn("", text)
    count("private_use", number)
    text, number = _INVISIBLE.subn("", text)
    count("invisible", number)
    if settings.indents:
        text, number = _INDENT.subn("", text)
        count("indents", number)
    return Repaired(_TRAILING.sub("", text), counts)


def undo_mojibake(line: str) -> str:
    """Turn a line back that was decoded wrongly, where one reading is plainly Japanese.

    Args:
        line: one line of text.

    Returns:
        The line as it was meant, or unchanged where no reading gives it without loss of more than a
        twentieth, with kana where the line as it stands has few.
    """
    if len(_GARBLED.findall(line)) < 2:
        return line
    best, best_score = line, _likeness(line) + 0.2
    for wrong, right in _READINGS:
        raw = _bytes_of(line, wrong)
        if raw is None:
            continue
        reading = raw.decode(right, "ignore")
        if len(reading.encode(right, "ignore")) * 20 < len(raw) * 19:
            continue
        score = _likeness(reading)
        if score > best_score:
            best, best_score = reading, score
    return best


def _bytes_of(line: str, encoding: str) -> bytes | None:
    """Give the bytes that were read as this line; None where a twentieth of it cannot have been."""
    if encoding != "cp1252":
        raw = line.encode(encoding, "ignore")
        return raw if len(raw.decode(encoding, "ignore")) * 20 >= len(line) * 19 else None
    raw = b"".join(
        char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252", "ignore")
        for char in line
    )
    return raw if len(raw) * 20 >= len(line) * 19 else None


def _likeness(line: str) -> float:
    """Share of the line's wide characters that are kana, minus what only garbling brings."""
    wide = [char for char in line if char > "\x7f"]
    if not wide:
        return 0.0
    bad = len(_GARBLED.findall(line))
    half = sum("\uff61" <= char <= "\uff9f" for char in wide)
    return (len(_KANA.findall(line)) - 2 * bad - half) / len(wide)
