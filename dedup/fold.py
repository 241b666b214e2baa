"""Folding of text for comparison only: what is kept on disk is never folded.

Two pages that say the same in another width, case, spacing or punctuation fold to the same code
points. Special tokens such as <DATE> are kept as they are, so pages that differ by dates and prices
alone, which clean has replaced by tokens, fold together too.
"""

from __future__ import annotations

import hashlib
import itertools
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup import fold_table as ft

FOLD_VERSION = 1
"""Raised when folding changes: signatures of different versions are not compared."""

SPECIAL_TOKENS = ("<DATE>", "<URL>", "<PRICE>", "<EMAIL>", "<TEL>", "<BLOCK>")
"""Tokens that clean writes in place of noise; never case folded."""

_DROP, _EXPAND, _COMPOSE, _RUN = ft.DROP, ft.EXPAND, ft.COMPOSE, ft.RUN
_SIZE = ft.TABLE_SIZE
_TOKEN_POINTS = np.array([ord(c) for token in SPECIAL_TOKENS for c in token], np.uint32)
_TOKEN_STARTS = np.cumsum([0, *map(len, SPECIAL_TOKENS)]).astype(np.int64)


@dataclass(frozen=True)
class FoldedTexts:
    """Folded texts as code points, one after another.

    Attributes:
        points: uint32 [code points in all].
        offsets: int64 [texts + 1]; text i is points[offsets[i]:offsets[i + 1]].
    """

    points: NDArray[np.uint32]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def text(self, index: int) -> str:
        """Text number `index` as a string."""
        part = self.points[self.offsets[index] : self.offsets[index + 1]]
        return part.tobytes().decode("utf-32-le", "surrogatepass")

    def lengths(self) -> NDArray[np.int64]:
        """Code points of each text, int64 [texts]."""
        return np.diff(self.offsets)

    def take(self, indices: NDArray[np.int64]) -> FoldedTexts:
        """The texts with these numbers, in this order."""
        starts, lengths = self.offsets[indices], self.lengths()[indices]
        offsets = np.zeros(len(indices) + 1, np.int64)
        np.cumsum(lengths, out=offsets[1:])
        source = np.arange(offsets[-1]) + np.repeat(starts - offsets[:-1], lengths)
        return FoldedTexts(self.points[source], offsets)


def to_points(texts: Sequence[str]) -> FoldedTexts:
    """Texts as code points, unfolded."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    data = "".join(texts).encode("utf-32-le", "surrogatepass")
    return FoldedTexts(np.frombuffer(data, np.uint32), offsets)


@njit(nogil=True, cache=True)
def _measure(points, offsets, kind, value, starts):  # type: ignore[no-untyped-def]
    """Most code points each text can fold to; -1 where marks must be composed first."""
    most = np.empty(len(offsets) - 1, np.int64)
    for text in range(len(most)):
        count = 0
        for i in range(offsets[text], offsets[text + 1]):
            point = points[i]
            if point < _SIZE and (kind[point] & 3) == _EXPAND:
                count += starts[value[point] + 1] - starts[value[point]]
            elif point < _SIZE and (kind[point] & 3) == _COMPOSE:
                # Marks that NFKC leaves alone stand for themselves; a mark after nothing too.
                count = -1
                break
            else:
                count += 1
        most[text] = count
    return most


@njit(nogil=True, cache=True)
def _token_at(points, i, end, token_points, token_starts):  # type: ignore[no-untyped-def]
    """Length of the special token that starts at i; 0 where there is none."""
    for token in range(len(token_starts) - 1):
        start = token_starts[token]
        length = token_starts[token + 1] - start
        if i + length > end:
            continue
        same = True
        for j in range(length):
            if points[i + j] != token_points[start + j]:
                same = False
                break
        if same:
            return length
    return 0


@njit(nogil=True, cache=True)
def _fold(points, offsets, capacity, table, tokens):  # type: ignore[no-untyped-def]
    """Fold every text; a code point whose kind is COMPOSE stands for itself."""
    kind, value, starts, parts = table
    token_points, token_starts = tokens
    out = np.empty(capacity, np.uint32)
    ends = np.zeros(len(offsets), np.int64)
    at = 0
    for text in range(len(offsets) - 1):
        last = np.uint32(0)
        i, end = offsets[text], offsets[text + 1]
        while i < end:
            point = points[i]
            if point == 0x3C:
                length = _token_at(points, i, end, token_points, token_starts)
                if length:
                    for j in range(length):
                        out[at] = points[i + j]
                        at += 1
                    i += length
                    last = np.uint32(0)
                    continue
            i += 1
            if point >= _SIZE:
                tag = 0xE0000 <= point < 0xE0080
                if not tag and not 0xE0100 <= point < 0xE01F0:
                    out[at] = point
                    at += 1
                    last = np.uint32(0)
                continue
            what = kind[point]
            if what == 0 or (what & 3) == _COMPOSE:
                out[at] = value[point]
                at += 1
                last = np.uint32(0)
            elif what == _RUN:
                sign = value[point]
                if sign != last:
                    out[at] = sign
                    at += 1
                last = sign
            elif (what & 3) == _EXPAND:
                first = starts[value[point]]
                for j in range(first, starts[value[point] + 1]):
                    part = parts[j]
                    runs = part < _SIZE and (kind[part] & _RUN) != 0
                    if runs and part == last:
                        continue
                    out[at] = part
                    at += 1
                    last = part if runs else np.uint32(0)
        ends[text + 1] = at
    return out[:at].copy(), ends


@njit(nogil=True, cache=True)
def put_texts(out, starts, points, lengths):  # type: ignore[no-untyped-def]
    """Copy texts that stand one after another in points to out, each to its own start."""
    at = 0
    for text in range(len(lengths)):
        for i in range(lengths[text]):
            out[starts[text] + i] = points[at + i]
        at += lengths[text]


def fold_texts(texts: Sequence[str]) -> FoldedTexts:
    """Fold texts for comparison.

    NFKC; case folded; dashes, wave dashes and quotes of every encoding alike; white space,
    controls, zero-width and variation selectors taken out; a run of one punctuation sign or symbol
    made one; special tokens kept.

    Args:
        texts: any strings; lone surrogates are kept.

    Returns:
        The folded texts in the same order.
    """
    table = ft.fold_table()
    lookup = (table.kind, table.value, table.starts, table.parts)
    codes = to_points(texts)
    most = _measure(codes.points, codes.offsets, table.kind, table.value, table.starts)
    if (most < 0).any():
        # Marks need their base: half-width ｶﾞ, NFD か + U+3099. NFKC as a whole, then the table.
        composed = [
            _composed(text) if count < 0 else text for text, count in zip(texts, most, strict=True)
        ]
        codes = to_points(composed)
        capacity = _capacity(codes, table)
    else:
        capacity = int(most.sum())
    points, offsets = _fold(
        codes.points, codes.offsets, capacity, lookup, (_TOKEN_POINTS, _TOKEN_STARTS)
    )
    return FoldedTexts(points, offsets)


def _composed(text: str) -> str:
    """NFKC that makes no special token of full-width ＜DATE＞; the table does not either."""
    for sign in "＜﹤":
        text = text.replace(sign, sign + "\u200b")
    return unicodedata.normalize("NFKC", text)


def _capacity(codes: FoldedTexts, table: ft.FoldTable) -> int:
    """Most code points that texts already composed can fold to."""
    inside = codes.points[codes.points < _SIZE]
    expanding = inside[(table.kind[inside] & 3) == _EXPAND]
    index = table.value[expanding]
    return int(len(codes.points) + (table.starts[index + 1] - table.starts[index]).sum())


def fold(text: str) -> str:
    """Fold one text for comparison; see fold_texts."""
    return fold_texts([text]).text(0)


def digests(folded: FoldedTexts) -> NDArray[np.uint64]:
    """BLAKE2b with 128 bits over each folded text's code points (uint32, little-endian).

    Returns:
        uint64 [texts, 2], the digest's bytes read as two big-endian numbers.
    """
    view = memoryview(np.ascontiguousarray(folded.points, "<u4").data).cast("B")
    bounds = (folded.offsets * 4).tolist()
    made = b"".join(
        hashlib.blake2b(view[start:end], digest_size=16).digest()
        for start, end in itertools.pairwise(bounds)
    )
    return np.frombuffer(made, ">u8").astype(np.uint64).reshape(-1, 2)
