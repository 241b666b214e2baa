"""Short texts inside long ones, which are not similar as sets and share no band.

Candidates share passages: windows of 20 code points, of which one in 16 counts, chosen by its hash,
so that every text chooses the same. A text that stands in a longer one shares most of its passages
with it; what two unrelated texts share is rarely that long.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.fold import FoldedTexts
from dedup.signature import roll

PASSAGE = 20
"""Code points a passage."""
ONE_IN = 16
"""One passage in so many counts."""
COMMON = 64
"""Passages that more documents share are turns of phrase or boilerplate, and tell nothing."""

PASSAGES = np.dtype([("passage", "<u8"), ("item", "<u8"), ("size", "<u4"), ("count", "<u4")])
"""A passage's hash, the document that has it, that document's code points and passages."""

PAIR = np.dtype([("short", "<u8"), ("long", "<u8"), ("count", "<u4")])
"""A shorter and a longer document that share a passage, and how many the shorter one has."""


@njit(nogil=True, cache=True)
def _sample(points, offsets, longest):  # type: ignore[no-untyped-def]
    hashes = np.empty(longest, np.uint64)
    found = np.empty(len(points), np.uint64)
    ends = np.zeros(len(offsets), np.int64)
    at = 0
    for text in range(len(offsets) - 1):
        start, end = offsets[text], offsets[text + 1]
        if end - start >= PASSAGE:
            count = roll(points, start, end, PASSAGE, hashes)
            first = at
            for i in range(count):
                if hashes[i] % np.uint64(ONE_IN) == 0:
                    found[at] = hashes[i]
                    at += 1
            found[first:at].sort()
            unique = first
            for i in range(first, at):
                if i == first or found[i] != found[i - 1]:
                    value = found[i]
                    found[unique] = value
                    unique += 1
            at = unique
        ends[text + 1] = at
    return found[:at].copy(), ends


def passages_of(folded: FoldedTexts, items: NDArray[np.uint64]) -> NDArray[np.void]:
    """The passages of texts.

    Args:
        folded: the texts; those shorter than a passage have none.
        items: uint64 [texts], what to call each text.

    Returns:
        PASSAGES, each passage of a text once.
    """
    longest = max(1, int(folded.lengths().max(initial=0)))
    found, ends = _sample(folded.points, folded.offsets, longest)
    counts = np.diff(ends)
    owner = np.repeat(np.arange(len(folded)), counts)
    out = np.empty(len(found), PASSAGES)
    out["passage"], out["item"] = found, items[owner]
    out["size"], out["count"] = folded.lengths()[owner], counts[owner]
    return out


def pair_up(passages: NDArray[np.void]) -> NDArray[np.void]:
    """Pairs of documents for every passage that they share, unless it is common.

    Args:
        passages: PASSAGES, all rows of each passage.

    Returns:
        PAIR, a row for every shared passage, the shorter document first (of equals the one whose
        item is smaller).
    """
    order = np.lexsort((passages["item"], passages["size"], passages["passage"]))
    rows = passages[order]
    new = np.ones(len(rows), bool)
    new[1:] = rows["passage"][1:] != rows["passage"][:-1]
    starts = np.flatnonzero(new)
    sizes = np.diff(np.append(starts, len(rows)))
    keep = (sizes > 1) & (sizes <= COMMON)
    parts = [np.empty(0, PAIR)]
    for start, size in zip(starts[keep].tolist(), sizes[keep].tolist(), strict=True):
        left, right = np.triu_indices(size, 1)
        part = np.empty(len(left), PAIR)
        part["short"] = rows["item"][start + left]
        part["long"] = rows["item"][start + right]
        part["count"] = rows["count"][start + left]
        parts.append(part)
    return np.concatenate(parts)


def likely(pairs: NDArray[np.void]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Pairs that share at least half of the shorter one's passages, and more than one.

    Args:
        pairs: PAIR, all rows of each shorter document.

    Returns:
        The shorter and the longer documents, sorted, each pair once.
    """
    if len(pairs) == 0:
        return np.empty(0, np.uint64), np.empty(0, np.uint64)
    pairs = pairs[np.lexsort((pairs["long"], pairs["short"]))]
    new = np.ones(len(pairs), bool)
    new[1:] = pairs["short"][1:] != pairs["short"][:-1]
    new[1:] |= pairs["long"][1:] != pairs["long"][:-1]
    starts = np.flatnonzero(new)
    shared = np.diff(np.append(starts, len(pairs)))
    enough = (shared > 1) & (2 * shared >= pairs["count"][starts])
    chosen = pairs[starts[enough]]
    return chosen["short"].copy(), chosen["long"].copy()
