"""Signals of repetition inside one page."""

from __future__ import annotations

import zlib
from collections import Counter

import numba
import numpy as np
from numpy.typing import NDArray

from clean.digests import skeleton
from clean.signals.page import PageView, share

NGRAM = 12
"""Characters of a window whose second occurrence counts as repeated: about three words."""


def line_repeat(page: PageView) -> float:
    """Text in lines that stand on the page before. Unit: share of code points."""
    lines = [line for line in page.lines if len(line) >= 4]
    seen: set[str] = set()
    again = 0
    for line in lines:
        if line in seen:
            again += len(line)
        seen.add(line)
    return share(again, sum(map(len, lines)))


def ngram_repeat(page: PageView) -> float:
    """Text covered by windows of 12 characters that stand on the page before. Unit: share."""
    codes = page.codes
    if codes.shape[0] < 2 * NGRAM:
        return 0.0
    return share(int(repeated_cover(codes, NGRAM)), codes.shape[0])


def compression(page: PageView) -> float:
    """Size after deflate (level 1) to size in UTF-8. Unit: ratio, 0 to about 1.

    Prose of 2,000 characters has 0.40 to 0.55; the same sentence over and over 0.1; random
    characters 0.7 and more. Texts under 200 characters give 0.5: the ratio says nothing there.
    """
    if len(page.text) < 200:
        return 0.5
    raw = page.text.encode("utf-8", "replace")
    return len(zlib.compress(raw, 1)) / len(raw)


def term_share(page: PageView) -> float:
    """Visible text that is the page's most frequent content term. Unit: share of code points.

    Compounds count by each term they hold whole. Prose on one subject has 0.02 to 0.06.
    """
    top = top_term(page)
    return 0.0 if top is None else share(top[1] * len(top[0]), page.visible)


def term_spread(page: PageView) -> float:
    """Sentences that hold the page's most frequent content term. Unit: share of sentences."""
    top = top_term(page)
    if top is None or not page.sentences:
        return 0.0
    return share(sum(1 for s in page.sentences if top[0] in s), len(page.sentences))


def term_concentration(page: PageView) -> float:
    """Content terms that are one of the page's five most frequent. Unit: share of terms.

    0 below 30 terms. Prose has 0.1 to 0.3, text around search words 0.5 and more.
    """
    counts = Counter(term for terms in page.terms for term in terms)
    total = sum(counts.values())
    return 0.0 if total < 30 else sum(sorted(counts.values())[-5:]) / total


def skeleton_repeat(page: PageView) -> float:
    """Sentences built like two others of the page. Unit: share of sentences of 8 and more.

    Built alike means equal once runs of kanji, katakana and Western characters are one letter each:
    machines fill frames, people rarely use a frame three times.
    """
    frames = skeleton("\n".join(s for s in page.sentences if len(s) >= 8)).split("\n")
    counts = Counter(frames)
    return share(sum(1 for frame in frames if frame and counts[frame] >= 3), len(frames))


def top_term(page: PageView) -> tuple[str, int] | None:
    """Give the content term that covers most text and its count; None below eight sentences' worth.

    Ties are broken by the term itself, so that the answer does not hang on the order of a dict.
    """
    counts = Counter(term for terms in page.terms for term in terms)
    best = max(((n * len(term), term, n) for term, n in counts.items() if n >= 3), default=None)
    return None if best is None else (best[1], best[2])


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def repeated_cover(codes: NDArray[np.uint32], width: int) -> int:
    """Count code points inside windows that occurred before.

    Args:
        codes: uint32 [n].
        width: code points of a window.

    Returns:
        Code points covered by at least one window whose hash was seen earlier on the page; the
        table of seen hashes is open addressed and holds at least twice the windows.
    """
    n = codes.shape[0]
    size = 64
    while size < 4 * n:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, dtype=np.uint64)
    base = np.uint64(0x9E3779B97F4A7C15)
    power = np.uint64(1)
    for _ in range(width - 1):
        power = power * base
    value = np.uint64(0)
    covered_to = -1
    covered = 0
    for i in range(n):
        if i >= width:
            value = value - np.uint64(codes[i - width]) * power
        value = value * base + np.uint64(codes[i])
        if i + 1 < width:
            continue
        key = value ^ (value >> np.uint64(29))
        if key == 0:
            key = np.uint64(1)
        slot = (key * np.uint64(0xBF58476D1CE4E5B9) >> np.uint64(20)) & mask
        found = False
        while table[slot] != 0:
            if table[slot] == key:
                found = True
                break
            slot = (slot + np.uint64(1)) & mask
        if found:
            start = i - width + 1
            covered += i - max(start - 1, covered_to)
            covered_to = i
        else:
            table[slot] = key
    return covered
