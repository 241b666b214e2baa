"""From code points to the symbols of the two reference models: characters and skeletons."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from clean.signals import classes as cl

WALL = -1
DIGIT_ID, LATIN_ID, SYMBOL_ID, KANJI_ID, OTHER_ID = 0, 1, 2, 3, 4
FIRST_CHARACTER = 5
"""Characters of the table have ids from here; before it stand the classes: a digit, a Latin letter,
a symbol, a kanji without an id, anything else."""

CHARACTER_BITS, CHARACTER_ORDER = 13, 3
SKELETON_BITS, SKELETON_ORDER = 7, 5

K1, K2, K3, T, A, N, STOP, COMMA, OPEN, CLOSE, MARK, FOREIGN = range(12)
FIRST_KANA = 12
SKELETON_SYMBOLS = FIRST_KANA + 86
"""Skeleton ids: a run of one, two, three and more kanji; of katakana; of Latin letters; of digits;
a stop, comma, opening or closing bracket; other marks; other letters; then the 86 hiragana."""

_OPENING = "「『（(【〈《［[〔“‘｢"


def character_table(characters: str) -> NDArray[np.int32]:
    """Map the basic plane to character ids.

    Args:
        characters: the model's characters in the order of their ids.

    Returns:
        int32 [65536]: an id, or minus 2 where the class decides.
    """
    table = np.full(0x10000, -2, dtype=np.int32)
    for i, character in enumerate(characters):
        table[ord(character)] = FIRST_CHARACTER + i
    return table


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def character_symbols(
    codes: NDArray[np.uint32], classes: NDArray[np.uint8], table: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Give each code point its id; line ends are walls, white space is left out.

    Returns:
        int32 [at most n].
    """
    out = np.empty(codes.shape[0], dtype=np.int32)
    n = 0
    for i in range(codes.shape[0]):
        kind = classes[i]
        if kind == cl.SPACE:
            continue
        if kind == cl.NEWLINE:
            out[n] = WALL
        elif kind == cl.DIGIT:
            out[n] = DIGIT_ID
        elif kind == cl.LATIN:
            out[n] = LATIN_ID
        elif codes[i] < 0x10000 and table[codes[i]] >= 0:
            out[n] = table[codes[i]]
        elif kind == cl.KANJI:
            out[n] = KANJI_ID
        elif kind == cl.SYMBOL or kind == cl.ELLIPSIS or kind == cl.BRACKET:
            out[n] = SYMBOL_ID
        else:
            out[n] = OTHER_ID
        n += 1
    return out[:n]


def _opening_table() -> NDArray[np.bool_]:
    table = np.zeros(0x10000, dtype=np.bool_)
    for character in _OPENING:
        table[ord(character)] = True
    return table


OPENING: NDArray[np.bool_] = _opening_table()


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def skeleton_symbols(
    codes: NDArray[np.uint32], classes: NDArray[np.uint8], opening: NDArray[np.bool_]
) -> NDArray[np.int32]:
    """Reduce a text to its grammar: hiragana as they are, every other run one symbol.

    Lines without hiragana (headings, tables, formulas) are left out whole; a line end is a wall.

    Returns:
        int32 [at most n]: skeleton ids and walls.
    """
    out = np.empty(codes.shape[0] + 1, dtype=np.int32)
    n = 0
    line_start = 0
    kana = 0
    i = 0
    size = codes.shape[0]
    while i < size:
        kind = classes[i]
        if kind == cl.NEWLINE:
            if kana == 0:
                n = line_start
            if n > line_start:
                out[n] = WALL
                n += 1
            line_start = n
            kana = 0
            i += 1
            continue
        start = i
        if kind == cl.KANJI or kind == cl.KATAKANA or kind == cl.LATIN or kind == cl.DIGIT:
            while i < size and classes[i] == kind:
                i += 1
        else:
            i += 1
        if kind == cl.SPACE:
            continue
        if kind == cl.HIRAGANA:
            code = codes[start]
            symbol = FIRST_KANA + min(85, int(code) - 0x3041) if code <= 0x3096 else MARK
            kana += 1
        elif kind == cl.KANJI:
            symbol = min(i - start, 3) - 1
        elif kind == cl.KATAKANA or kind == cl.HALF_KATAKANA:
            symbol = T
        elif kind == cl.LATIN:
            symbol = A
        elif kind == cl.DIGIT:
            symbol = N
        elif kind == cl.STOP:
            symbol = STOP
        elif kind == cl.COMMA:
            symbol = COMMA
        elif kind == cl.BRACKET:
            symbol = OPEN if codes[start] < 0x10000 and opening[codes[start]] else CLOSE
        elif kind == cl.LETTER or kind == cl.HANGUL:
            symbol = FOREIGN
        else:
            symbol = MARK
        out[n] = symbol
        n += 1
    if kana == 0:
        n = line_start
    return out[:n]
