"""Bands and rows from the threshold, and the keys by which signatures meet."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


@functools.cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Nodes and weights of 400 points on [-1, 1]; a tenth of a second that few callers need."""
    return np.polynomial.legendre.leggauss(400)


@functools.cache
def optimal_bands(
    threshold: float, permutations: int, false_weight: float, miss_weight: float
) -> tuple[int, int]:
    """Bands and rows that make the least weighted error at a threshold.

    The error is false_weight times the area under 1 - (1 - s^r)^b below the threshold plus
    miss_weight times the area above that curve beyond it.

    Args:
        threshold: Jaccard similarity, 0 < threshold < 1.
        permutations: values a signature holds; bands x rows is at most that.
        false_weight: cost of a false candidate.
        miss_weight: cost of a missed pair.

    Returns:
        (bands, rows), as `datasketch.MinHashLSH(threshold, permutations, weights=…)` chooses them.

    Raises:
        ValueError: threshold or permutations out of range.

    Source: Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, section 3.4; datasketch 2.0.0.
    """
    if not 0 < threshold < 1 or permutations < 1:
        raise ValueError(f"threshold {threshold} with {permutations} permutations")
    nodes, weights = _quadrature()
    below = (nodes + 1) / 2 * threshold
    above = threshold + (nodes + 1) / 2 * (1 - threshold)
    best, chosen = np.inf, (0, 0)
    for bands in range(1, permutations + 1):
        for rows in range(1, permutations // bands + 1):
            false = ((1 - (1 - below**rows) ** bands) * weights).sum() * threshold / 2
            missed = ((1 - above**rows) ** bands * weights).sum() * (1 - threshold) / 2
            error = false * false_weight + missed * miss_weight
            if error < best:
                best, chosen = error, (bands, rows)
    return chosen


def exhaustive_bands(threshold: float, miss: float, most: int = 2048) -> tuple[int, int]:
    """Bands and rows that miss a pair at the threshold with at most the given probability.

    Args:
        threshold: Jaccard similarity, 0 < threshold <= 1.
        miss: highest probability of a miss at the threshold.
        most: permutations at most.

    Returns:
        (bands, rows) with as many rows as `most` permutations allow, at most 16, which keeps false
        candidates few; (bands, 1) with all permutations where even that misses more.
    """
    for rows in range(16, 0, -1):
        hit = threshold**rows
        bands = 1 if hit >= 1 else int(np.ceil(np.log(miss) / np.log1p(-hit)))
        if bands * rows <= most:
            return bands, rows
    return most, 1


def hit_probability(similarity: float, bands: int, rows: int) -> float:
    """Probability that a pair of this Jaccard similarity shares at least one band."""
    return float(1 - (1 - similarity**rows) ** bands)


@njit(nogil=True, cache=True)
def _keys(signatures, first, rows, out):  # type: ignore[no-untyped-def]
    m1, m2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
    p1, p2 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD6E8FEB86659FD93)
    s32, s29 = np.uint64(32), np.uint64(29)
    for text in range(signatures.shape[0]):
        for band in range(out.shape[1]):
            high = np.uint64(first + band + 1) * p1
            low = np.uint64(first + band + 1) * p2
            for row in range(rows):
                value = np.uint64(signatures[text, band * rows + row])
                high = (high ^ value) * m1
                high ^= high >> s32
                low = (low + value) * m2
                low ^= low >> s29
            out[text, band, 0] = (high ^ (high >> s29)) * p1
            out[text, band, 1] = (low ^ (low >> s32)) * p2


def band_keys(
    signatures: NDArray[Any], bands: int, rows: int, first: int = 0
) -> NDArray[np.uint64]:
    """16-byte keys of consecutive bands: equal where all rows of a band are equal.

    Args:
        signatures: uint32 or uint64 [texts, bands * rows or more], from the first band's column on.
        bands: how many bands.
        rows: values a band.
        first: number of the first band, which enters the key, so that bands do not meet each other.

    Returns:
        uint64 [texts, bands, 2].
    """
    out = np.empty((len(signatures), bands, 2), np.uint64)
    _keys(signatures, first, rows, out)
    return out
