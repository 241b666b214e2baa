"""Classes of code points, and the counting kernels that all signals share."""

from __future__ import annotations

import unicodedata

import numba
import numpy as np
from numpy.typing import NDArray

OTHER = 0
HIRAGANA = 1
KATAKANA = 2
KANJI = 3
LATIN = 4
DIGIT = 5
STOP = 6
COMMA = 7
BRACKET = 8
SPACE = 9
NEWLINE = 10
HANGUL = 11
SYMBOL = 12
LETTER = 13
HALF_KATAKANA = 14
DAMAGED = 15
ELLIPSIS = 16
N_CLASSES = 17
"""One small integer a class; LETTER is a letter of any script that has no class of its own."""

_RANGES: tuple[tuple[int, int, int], ...] = (
    (0x3041, 0x3096, HIRAGANA),
    (0x309D, 0x309F, HIRAGANA),
    (0x30A1, 0x30FA, KATAKANA),
    (0x30FC, 0x30FF, KATAKANA),
    (0x31F0, 0x31FF, KATAKANA),
    (0x3005, 0x3007, KANJI),
    (0x3400, 0x4DBF, KANJI),
    (0x4E00, 0x9FFF, KANJI),
    (0xF900, 0xFAFF, KANJI),
    (0xFF66, 0xFF9F, HALF_KATAKANA),
    (0xAC00, 0xD7A3, HANGUL),
    (0x1100, 0x11FF, HANGUL),
    (0x3131, 0x318E, HANGUL),
    (0xE000, 0xF8FF, DAMAGED),
    (0xFFFD, 0xFFFD, DAMAGED),
    (0x80, 0x9F, DAMAGED),
    (0x00, 0x08, DAMAGED),
    (0x41, 0x5A, LATIN),
    (0x61, 0x7A, LATIN),
    (0xFF21, 0xFF3A, LATIN),
    (0xFF41, 0xFF5A, LATIN),
    (0x30, 0x39, DIGIT),
    (0xFF10, 0xFF19, DIGIT),
)
_SINGLES: dict[int, str] = {
    STOP: "。！？!?．｡",
    COMMA: "、，､",
    BRACKET: "「」『』（）()【】〈〉《》［］[]〔〕“”‘’｢｣",
    SPACE: " \t\u3000\xa0\r",
    NEWLINE: "\n",
    ELLIPSIS: "…‥⋯",
}


def _table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    for code in range(0x10000):
        category = unicodedata.category(chr(code))
        if category[0] == "L":
            table[code] = LETTER
        elif category[0] in "SP":
            table[code] = SYMBOL
        elif category[0] == "N":
            table[code] = DIGIT
        elif category == "Zs":
            table[code] = SPACE
    for low, high, kind in _RANGES:
        table[low : high + 1] = kind
    for kind, characters in _SINGLES.items():
        for character in characters:
            table[ord(character)] = kind
    return table


CLASS_TABLE: NDArray[np.uint8] = _table()
"""Class of each code point of the basic plane; kernels class the others by their plane."""


def code_points(text: str) -> NDArray[np.uint32]:
    """Give a text's code points as uint32 [len(text)]; lone surrogates pass as they are."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def classify(codes: NDArray[np.uint32], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Class every code point.

    Args:
        codes: uint32 [n].
        table: CLASS_TABLE, uint8 [65536].

    Returns:
        uint8 [n]: planes 2 and 3 are kanji, plane 1 symbols (emoji), anything above damaged.
    """
    out = np.empty(codes.shape[0], dtype=np.uint8)
    for i in range(codes.shape[0]):
        code = codes[i]
        if code < 0x10000:
            out[i] = table[code]
        elif code < 0x20000:
            out[i] = SYMBOL
        elif code < 0x40000:
            out[i] = KANJI
        else:
            out[i] = DAMAGED
    return out


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def count_classes(classes: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Count classes: int64 [N_CLASSES]."""
    counts = np.zeros(N_CLASSES, dtype=np.int64)
    for value in classes:
        counts[value] += 1
    return counts
