"""What each code point becomes when texts are compared: tables for the folding kernel."""

from __future__ import annotations

import functools
import unicodedata
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

TABLE_SIZE = 0x30000
"""Code points below this are looked up; above it only tags and variation selectors change."""

MAP, DROP, EXPAND, COMPOSE = 0, 1, 2, 3
"""Kinds: becomes one code point; vanishes; becomes several; may join with what stands before."""

RUN = 4
"""Flag beside the kind: punctuation or a symbol, of which a run counts as one."""

_DASHES = "‐‑‒–—―−﹘﹣－⁃"
_WAVES = "〜～∼∾⁓〰˜"
_QUOTES = {"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"'}
ALIKE = str.maketrans(dict.fromkeys(_DASHES, "-") | dict.fromkeys(_WAVES, "~") | _QUOTES)
"""Signs that differ by keyboard or encoding (cp932 has ～ and － where JIS has 〜 and −)."""

_IDENTITY_RANGES = ((0x3400, 0xA000), (0xAC00, 0xD7A4), (0x20000, 0x2F800), (0x2FA20, TABLE_SIZE))
"""Ideographs and Hangul syllables stand for themselves; leaving them out builds the table fast."""


@dataclass(frozen=True)
class FoldTable:
    """Lookup arrays for code points below TABLE_SIZE.

    Attributes:
        kind: uint8 [TABLE_SIZE], MAP, DROP, EXPAND or COMPOSE, plus RUN.
        value: uint32 [TABLE_SIZE], the code point for MAP, the index into starts for EXPAND.
        starts: int64 [expansions + 1], where each expansion begins in parts.
        parts: uint32, the code points of all expansions.
    """

    kind: NDArray[np.uint8]
    value: NDArray[np.uint32]
    starts: NDArray[np.int64]
    parts: NDArray[np.uint32]


def fold_character(character: str) -> str:
    """What one character becomes: NFKC, case folded, signs alike, white space and controls gone."""
    wide = unicodedata.normalize("NFKC", character).translate(ALIKE)
    folded = unicodedata.normalize("NFKC", wide.casefold()).translate(ALIKE)
    return "".join(c for c in folded if not is_dropped(c))


def is_dropped(character: str) -> bool:
    """Whether a character never counts: white space, controls, formats, variation selectors."""
    point = ord(character)
    if 0xFE00 <= point <= 0xFE0F or 0xE0100 <= point <= 0xE01EF or 0x180B <= point <= 0x180D:
        return True
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def is_run_sign(character: str) -> bool:
    """Whether repeats of a character say no more than one: punctuation and symbols."""
    return unicodedata.category(character)[0] in "PS"


def _joiners() -> frozenset[str]:
    """Characters that NFC may join with, or reorder among, what stands before them."""
    found = set()
    for point in _points():
        character = chr(point)
        if unicodedata.combining(character):
            found.add(character)
        parts = unicodedata.decomposition(character).split()
        if len(parts) == 2 and not parts[0].startswith("<"):
            found.add(chr(int(parts[1], 16)))
    found.update(map(chr, range(0x1161, 0x1176)))
    found.update(map(chr, range(0x11A8, 0x11C3)))
    return frozenset(found)


def _stands_for_itself(character: str) -> bool:
    """Whether a character is a letter without case, or none at all, that nothing is written as."""
    caseless = unicodedata.category(character) in {"Lo", "Cn", "Co", "Cs"}
    return caseless and not unicodedata.decomposition(character)


def _points() -> list[int]:
    skipped = [False] * TABLE_SIZE
    for start, end in _IDENTITY_RANGES:
        skipped[start:end] = [True] * (end - start)
    return [point for point in range(TABLE_SIZE) if not skipped[point]]


@functools.cache
def fold_table() -> FoldTable:
    """The table for this Python's version of Unicode, built once a process (about 0.1 s)."""
    kind = np.zeros(TABLE_SIZE, np.uint8)
    value = np.arange(TABLE_SIZE, dtype=np.uint32)
    starts = [0]
    parts: list[int] = []
    joiners = _joiners()
    for point in _points():
        character = chr(point)
        if character not in joiners and _stands_for_itself(character):
            continue
        wide = unicodedata.normalize("NFKD", character)
        if wide[0] in joiners and not is_dropped(character):
            kind[point] = COMPOSE
            folded = fold_character(character)
            value[point] = ord(folded) if len(folded) == 1 else point
            continue
        folded = fold_character(character)
        if not folded:
            kind[point] = DROP
        elif len(folded) == 1:
            value[point] = ord(folded)
            kind[point] = MAP | (RUN if is_run_sign(folded) else 0)
        else:
            kind[point] = EXPAND
            value[point] = len(starts) - 1
            parts.extend(map(ord, folded))
            starts.append(len(parts))
    return FoldTable(kind, value, np.array(starts, np.int64), np.array(parts, np.uint32))
