"""Which script a character belongs to, as far as tokens are concerned."""

from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

SCRIPTS: Final = ("kanji", "hiragana", "katakana", "latin", "digits", "symbols")
"""Scripts that tokens may consist of, one at a time; every other character stands alone."""
DEFAULT_LIMITS: Final[dict[str, int]] = {
    "kanji": 2,
    "hiragana": 3,
    "katakana": 3,
    "latin": 12,
    "digits": 3,
    "symbols": 3,
}
"""Longest token of each script in code points: GPTSAN's for kanji and kana."""
MAX_LIMIT: Final = 32
"""Longest token that may be asked for, in code points."""
ALONE: Final = 0
"""Number of the characters that are never merged; a script's number is its place in SCRIPTS + 1."""

_RANGES: Final[dict[str, tuple[tuple[int, int], ...]]] = {
    "kanji": (
        (0x3005, 0x3007),
        (0x303B, 0x303B),
        (0x3400, 0x4DBF),
        (0x4E00, 0x9FFF),
        (0xF900, 0xFAFF),
        (0x20000, 0x3FFFF),
    ),
    "hiragana": ((0x3041, 0x3096), (0x309D, 0x309F)),
    "katakana": ((0x30A1, 0x30FA), (0x30FC, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F)),
    "latin": (
        (0x41, 0x5A),
        (0x61, 0x7A),
        (0xC0, 0xD6),
        (0xD8, 0xF6),
        (0xF8, 0x24F),
        (0xFF21, 0xFF3A),
        (0xFF41, 0xFF5A),
    ),
    "digits": ((0x30, 0x39), (0xFF10, 0xFF19)),
    "symbols": (
        (0x21, 0x2B),
        (0x2D, 0x2F),
        (0x3A, 0x3B),
        (0x3D, 0x40),
        (0x5B, 0x60),
        (0x7B, 0x7E),
        (0x2010, 0x2027),
        (0x2030, 0x205E),
        (0x2190, 0x23FF),
        (0x2500, 0x27BF),
        (0x3001, 0x3003),
        (0x3008, 0x3020),
        (0x3030, 0x3030),
        (0x30FB, 0x30FB),
        (0xFF01, 0xFF0F),
        (0xFF1A, 0xFF20),
        (0xFF3B, 0xFF40),
        (0xFF5B, 0xFF65),
    ),
}
"""Code points of each script, ends included. The comma separates spellings in the vocabulary file
and `<` begins
special tokens: neither is ever merged."""


@cache
def script_table() -> NDArray[np.uint8]:
    """The script's number of every code point, uint8 [0x110000]."""
    table = np.zeros(0x110000, np.uint8)
    for number, script in enumerate(SCRIPTS, start=1):
        for first, last in _RANGES[script]:
            table[first : last + 1] = number
    return table


@cache
def run_pattern() -> str:
    """A regular expression: maximal runs of one script, or single characters."""
    classes = ("".join(f"\\U{a:08x}-\\U{b:08x}" for a, b in _RANGES[name]) for name in SCRIPTS)
    return "|".join(f"[{inner}]+" for inner in classes) + "|[^\\n]"


def parse_limits(text: str) -> dict[str, int]:
    """Read `kanji=2,hiragana=3`: the longest token of each script named; `kana` names both kana.

    Raises:
        ValueError: a script that is none, or a length out of 1 to 32.
    """
    limits = dict(DEFAULT_LIMITS)
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        names = ("hiragana", "katakana") if name == "kana" else (name,)
        if not equals or not set(names) <= set(SCRIPTS):
            raise ValueError(
                f"{part!r} is not SCRIPT=LENGTH; scripts are {', '.join(SCRIPTS)}, kana"
            )
        if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= MAX_LIMIT:
            raise ValueError(f"{part!r}: the length must be a number from 1 to {MAX_LIMIT}")
        for each in names:
            limits[each] = int(value)
    return limits
