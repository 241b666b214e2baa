"""All near-duplicate pairs of a list of texts that fits in memory, with their true similarity."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.bands import band_keys, exhaustive_bands
from dedup.fold import FoldedTexts, digests, fold_texts
from dedup.signature import sign
from dedup.verify import jaccard, shingle_sets

MISS = 1e-9
"""Probability that a pair exactly at the threshold shares no band."""
SKETCH = 256
"""Bytes of a signature that are compared before the shingles are; six standard errors are left."""
_BLOCK_POINTS = 1 << 24
_PAIRS_AT_ONCE = 1 << 20


@njit(nogil=True, cache=True)
def _candidates(keys, band, order, sizes, sketches, floors, start, first, limit):  # type: ignore[no-untyped-def]
    """Pairs that meet in this band and in none before it, and that may reach the threshold.

    Looks at the bucket from `start` on, from its member `first` on, until `limit` pairs are found.

    Returns:
        The pairs, and where to go on; start is the number of texts when all were seen.
    """
    ratio, least = floors
    buffer = np.empty((4096, 2), np.int64)
    count, members = 0, len(order)
    key = keys[band]
    while start < members:
        end = start + 1
        while end < members and key[order[end]] == key[order[start]]:
            end += 1
        for i in range(max(start, first), end):
            if count >= limit:
                return buffer[:count].copy(), start, i
            x = order[i]
            for j in range(i + 1, end):
                y = order[j]
                if min(sizes[x], sizes[y]) < ratio * max(sizes[x], sizes[y]):
                    continue
                met = False
                for earlier in range(band):
                    if keys[earlier, x] == keys[earlier, y]:
                        met = True
                        break
                if met:
                    continue
                same = 0
                for k in range(sketches.shape[1]):
                    same += sketches[x, k] == sketches[y, k]
                if same < least:
                    continue
                if count == len(buffer):
                    larger = np.empty((2 * count, 2), np.int64)
                    larger[:count] = buffer
                    buffer = larger
                buffer[count, 0] = min(x, y)
                buffer[count, 1] = max(x, y)
                count += 1
        start = end
    return buffer[:count].copy(), start, 0


def _keys_and_sketches(
    folded: FoldedTexts, ngram: int, bands: int, rows: int
) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """Keys of all bands, uint64 [bands, texts], and a byte of each signature value.

    Signatures themselves are made for some texts at a time and not kept.
    """
    width = min(SKETCH, bands * rows)
    keys = np.empty((bands, len(folded)), np.uint64)
    sketches = np.empty((len(folded), width), np.uint8)
    for start in range(0, len(folded), 4096):
        some = np.arange(start, min(start + 4096, len(folded)))
        signatures = sign(folded.take(some), ngram, bands * rows)
        both = band_keys(signatures, bands, rows)
        keys[:, some] = (both[:, :, 0] ^ both[:, :, 1]).T
        sketches[some] = signatures[:, :width] & 0xFF
    return keys, sketches


def _true_pairs(
    folded: FoldedTexts, ngram: int, threshold: float
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]]:
    """Pairs of different texts at or above the threshold, band by band, each once."""
    bands, rows = exhaustive_bands(threshold, MISS)
    keys, sketches = _keys_and_sketches(folded, ngram, bands, rows)
    whole = len(folded.points) <= _BLOCK_POINTS * 8
    sets = shingle_sets(folded, ngram) if whole else None
    if sets is not None:
        sizes = sets.sizes()
    else:
        parts = np.array_split(np.arange(len(folded)), len(folded.points) // _BLOCK_POINTS + 1)
        sizes = np.concatenate([shingle_sets(folded.take(p), ngram).sizes() for p in parts])
    width = sketches.shape[1]
    error = np.sqrt(threshold * (1 - threshold) / width)
    floors = (threshold - 1e-12, int(np.floor((threshold - 6 * error) * width)))
    for band in range(bands):
        order = np.argsort(keys[band], kind="stable")
        start = first = 0
        while start < len(order):
            found, start, first = _candidates(
                keys, band, order, sizes, sketches, floors, start, first, _PAIRS_AT_ONCE
            )
            left, right = found[:, 0].copy(), found[:, 1].copy()
            if sets is not None:
                similarity = jaccard(sets, left, right)
            else:
                similarity = _jaccard_of_some(folded, ngram, left, right)
            alike = similarity >= threshold
            yield left[alike], right[alike], similarity[alike]


def _jaccard_of_some(
    folded: FoldedTexts, ngram: int, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Jaccard similarity of pairs, their sets made for some pairs at a time."""
    out = np.empty(len(left), np.float64)
    for start in range(0, len(left), 4096):
        some = slice(start, start + 4096)
        needed, index = np.unique(np.concatenate([left[some], right[some]]), return_inverse=True)
        sets = shingle_sets(folded.take(needed), ngram)
        half = len(index) // 2
        out[some] = jaccard(sets, index[:half], index[half:])
    return out


def near_duplicate_pairs(
    texts: Sequence[str], threshold: float = 0.8, ngram: int = 5
) -> Iterator[tuple[int, int, float]]:
    """Every pair of texts whose folded shingle sets are similar enough.

    Candidates come from as many bands as it takes to miss a pair at the threshold with a
    probability of one in a billion; each is then compared as it is. Texts that fold to nothing are
    in no pair.

    Args:
        texts: the texts.
        threshold: least Jaccard similarity, 0 < threshold <= 1.
        ngram: code points a shingle.

    Yields:
        (index, later index, similarity), each pair once.

    Raises:
        ValueError: threshold out of range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold {threshold}: must be above 0 and at most 1")
    folded = _fold_all(texts)
    filled = np.flatnonzero(folded.lengths())
    both = digests(folded)[filled]
    _, first, where = np.unique(both, axis=0, return_index=True, return_inverse=True)
    where = where.reshape(-1)
    copies = [group.tolist() for group in _groups(filled, where, len(first))]
    for group in copies:
        for i, a in enumerate(group):
            for b in group[i + 1 :]:
                yield a, b, 1.0
    unique = folded.take(filled[first])
    for left, right, similarity in _true_pairs(unique, ngram, threshold):
        for x, y, value in zip(left.tolist(), right.tolist(), similarity.tolist(), strict=True):
            for a in copies[x]:
                for b in copies[y]:
                    yield (a, b, value) if a < b else (b, a, value)


def _fold_all(texts: Sequence[str]) -> FoldedTexts:
    """Fold in stretches, so that no copy of all texts is made."""
    parts = [fold_texts(texts[start : start + 4096]) for start in range(0, len(texts), 4096)]
    offsets = np.zeros(len(texts) + 1, np.int64)
    lengths = [part.lengths() for part in parts]
    np.cumsum(np.concatenate(lengths) if lengths else [], out=offsets[1:])
    points = [part.points for part in parts]
    return FoldedTexts(np.concatenate(points) if points else np.empty(0, np.uint32), offsets)


def _groups(
    values: NDArray[np.int64], where: NDArray[np.int64], count: int
) -> list[NDArray[np.int64]]:
    """Values by the group each belongs to, in order."""
    order = np.argsort(where, kind="stable")
    ends = np.cumsum(np.bincount(where, minlength=count))[:-1]
    return np.split(values[order], ends) if count else []
