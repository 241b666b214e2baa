"""Candidates held against the truth: the Jaccard similarity of their shingle sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.fold import FoldedTexts
from dedup.signature import roll


@dataclass(frozen=True)
class ShingleSets:
    """Sets of shingle hashes, one after another.

    Attributes:
        values: uint64 [shingles in all], sorted and without repeats inside each set.
        offsets: int64 [sets + 1].
    """

    values: NDArray[np.uint64]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of sets."""
        return len(self.offsets) - 1

    def sizes(self) -> NDArray[np.int64]:
        """Elements of each set, int64 [sets]."""
        return np.diff(self.offsets)


@njit(nogil=True, cache=True)
def _sort(values, count, spare):  # type: ignore[no-untyped-def]
    """Sort values[:count] by their upper 16 bits in two passes, then finish by insertion."""
    for shift in (np.uint64(48), np.uint64(56)):
        counts = np.zeros(257, np.int64)
        for i in range(count):
            counts[np.int64((values[i] >> shift) & np.uint64(255)) + 1] += 1
        for slot in range(256):
            counts[slot + 1] += counts[slot]
        for i in range(count):
            digit = np.int64((values[i] >> shift) & np.uint64(255))
            spare[counts[digit]] = values[i]
            counts[digit] += 1
        values[:count] = spare[:count]
    for end in range(1, count):
        value = values[end]
        hole = end
        while hole > 0 and values[hole - 1] > value:
            values[hole] = values[hole - 1]
            hole -= 1
        values[hole] = value


@njit(nogil=True, cache=True)
def _sets(points, offsets, n, longest):  # type: ignore[no-untyped-def]
    hashes = np.empty(longest, np.uint64)
    spare = np.empty(longest, np.uint64)
    out = np.empty(len(points), np.uint64)
    ends = np.zeros(len(offsets), np.int64)
    at = 0
    for text in range(len(offsets) - 1):
        count = roll(points, offsets[text], offsets[text + 1], n, hashes)
        if 64 < count < 30000:
            _sort(hashes, count, spare)
        else:
            hashes[:count].sort()
        for i in range(count):
            if i == 0 or hashes[i] != hashes[i - 1]:
                out[at] = hashes[i]
                at += 1
        ends[text + 1] = at
    return out[:at].copy(), ends


def shingle_sets(folded: FoldedTexts, n: int) -> ShingleSets:
    """The shingle sets of folded texts, as 64-bit hashes (see dedup.signature.shingle_hash64)."""
    longest = max(1, int(folded.lengths().max(initial=0)))
    return ShingleSets(*_sets(folded.points, folded.offsets, n, longest))


@njit(nogil=True, cache=True)
def _shared(values, offsets, left, right, out):  # type: ignore[no-untyped-def]
    for pair in range(len(left)):
        i, i_end = offsets[left[pair]], offsets[left[pair] + 1]
        j, j_end = offsets[right[pair]], offsets[right[pair] + 1]
        count = 0
        while i < i_end and j < j_end:
            x, y = values[i], values[j]
            count += x == y
            i += x <= y
            j += y <= x
        out[pair] = count


def shared_shingles(
    sets: ShingleSets, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.int64]:
    """How many shingles both sets of each pair hold, int64 [pairs]."""
    out = np.empty(len(left), np.int64)
    _shared(sets.values, sets.offsets, left, right, out)
    return out


def jaccard(
    sets: ShingleSets, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Jaccard similarity of each pair of sets.

    Args:
        sets: the sets.
        left: int64 [pairs], numbers of sets.
        right: int64 [pairs].

    Returns:
        float64 [pairs]; two empty sets are equal: 1.
    """
    both = shared_shingles(sets, left, right)
    sizes = sets.sizes()
    union = sizes[left] + sizes[right] - both
    return np.where(union == 0, 1.0, both / np.maximum(union, 1))


def containment(
    sets: ShingleSets, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Share of the smaller set that stands in the larger, float64 [pairs]; 1 where it is empty."""
    both = shared_shingles(sets, left, right)
    sizes = sets.sizes()
    least = np.minimum(sizes[left], sizes[right])
    return np.where(least == 0, 1.0, both / np.maximum(least, 1))


@njit(nogil=True, cache=True)
def _agreeing(signatures, left, right, out):  # type: ignore[no-untyped-def]
    width = signatures.shape[1]
    for pair in range(len(left)):
        x, y = signatures[left[pair]], signatures[right[pair]]
        count = 0
        for k in range(width):
            count += x[k] == y[k]
        out[pair] = count


def estimate(
    signatures: NDArray[Any], left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Jaccard similarity as two signatures estimate it: the share of values that agree.

    Args:
        signatures: [texts, permutations].
        left: int64 [pairs], rows of signatures.
        right: int64 [pairs].

    Returns:
        float64 [pairs], as `datasketch.MinHash.jaccard` gives; its standard error is
        sqrt(s * (1 - s) / permutations).
    """
    out = np.empty(len(left), np.int64)
    _agreeing(signatures, left, right, out)
    share: NDArray[np.float64] = out / signatures.shape[1]
    return share
