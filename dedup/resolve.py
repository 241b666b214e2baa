"""Inside one bin of candidates: which of them are near-duplicates, and who stays.

A bin holds whole components of the candidate graph, so the bands that brought its members together
can be made again here, and pairs chosen one by one: only pairs whose ends are not yet connected are
looked at, a cheap estimate from the signatures goes first, and the truth decides. So a bucket of a
million copies costs a million comparisons, not their square.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.bands import band_keys
from dedup.cluster import roots, unite
from dedup.contain import likely, pair_up, passages_of
from dedup.fold import FoldedTexts
from dedup.keep import Facts, choose, preference
from dedup.verify import ShingleSets, containment, estimate, jaccard, shingle_sets

Measure = Callable[[ShingleSets, NDArray[np.int64], NDArray[np.int64]], NDArray[np.float64]]

ALL_PAIRS = 256
"""Buckets up to this size are compared pair by pair."""
STRAGGLER_PAIRS = 16_000_000
"""In a larger bucket, those outside its largest cluster meet all others, up to so many pairs."""
WINDOW = 64
"""Beyond that, each member meets so many that come next when sorted by the following band."""


@dataclass(frozen=True)
class Rule:
    """How candidates are judged.

    Attributes:
        threshold: least Jaccard similarity of near-duplicates.
        ngram: code points a shingle.
        bands: bands of a signature.
        rows: values a band.
        verify: `jaccard` compares shingle sets, `estimate` signatures.
        block_points: most code points whose shingle sets are in memory at once, about.
        containment: share of a shorter text's shingles that a longer one must hold to stand for it;
            None where that is not looked for.
    """

    threshold: float
    ngram: int
    bands: int
    rows: int
    verify: Literal["jaccard", "estimate"] = "jaccard"
    block_points: int = 1 << 24
    containment: float | None = None


@dataclass(frozen=True)
class Members:
    """The members of a bin, sorted by node.

    Attributes:
        facts: FACTS [members].
        signatures: [members, permutations].
        folded: their folded texts; empty for documents of earlier runs.
    """

    facts: Facts
    signatures: NDArray[Any]
    folded: FoldedTexts


@dataclass(frozen=True)
class Decision:
    """What became of the members of clusters of two or more.

    Attributes:
        member: int64, which member.
        kept: int64, the member that stays for it; itself where it stays.
        cluster: uint64, the smallest node of its cluster.
        similarity: float64, between the member and the one that stays.
        contained: bool, whether it went because a longer one holds it, or holds the one that would
            have stayed for it; similarity is then the share of its shingles that stand there.
    """

    member: NDArray[np.int64]
    kept: NDArray[np.int64]
    cluster: NDArray[np.uint64]
    similarity: NDArray[np.float64]
    contained: NDArray[np.bool_]


class Comparer:
    """Similarities of pairs of members: true ones where both texts are here."""

    def __init__(self, members: Members, rule: Rule) -> None:
        self._members = members
        self._rule = rule
        known = members.facts["known"].astype(bool)
        self._textual = ~known & (rule.verify == "jaccard")
        self._block = members.folded.offsets[:-1] // max(1, rule.block_points)
        whole = len(members.folded.points) <= rule.block_points and self._textual.any()
        self._sets = shingle_sets(members.folded, rule.ngram) if whole else None

    def similarity(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """Jaccard similarity of each pair, float64 [pairs]."""
        out = np.empty(len(left), np.float64)
        true = self._textual[left] & self._textual[right]
        out[~true] = estimate(self._members.signatures, left[~true], right[~true])
        out[true] = self._measured(jaccard, left[true], right[true])
        return out

    def containment(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
        """Share of the smaller set that stands in the larger, float64 [pairs]; texts only."""
        return self._measured(containment, left, right)

    def texts(self, some: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some members whose texts are here."""
        return some[self._textual[some]]

    def _measured(
        self, measure: Measure, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        if self._sets is not None:
            return measure(self._sets, left, right)
        return self._by_blocks(measure, left, right)

    def _by_blocks(
        self, measure: Measure, left: NDArray[np.int64], right: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        out = np.empty(len(left), np.float64)
        if len(left) == 0:
            return out
        low, high = self._block[np.minimum(left, right)], self._block[np.maximum(left, right)]
        order = np.lexsort((high, low))
        change = (np.diff(low[order]) != 0) | (np.diff(high[order]) != 0)
        for tile in np.split(order, np.flatnonzero(change) + 1):
            needed, index = np.unique(
                np.concatenate([left[tile], right[tile]]), return_inverse=True
            )
            sets = shingle_sets(self._members.folded.take(needed), self._rule.ngram)
            out[tile] = measure(sets, index[: len(tile)], index[len(tile) :])
        return out


@njit(nogil=True, cache=True)
def _alike(signatures, x, y, least):  # type: ignore[no-untyped-def]
    width = signatures.shape[1]
    count = 0
    for k in range(width):
        count += signatures[x, k] == signatures[y, k]
    return count >= least


@njit(nogil=True, cache=True, inline="always")
def _open(root, known, x, y):  # type: ignore[no-untyped-def]
    """Whether it would change anything to know that two members are alike."""
    return root[x] != root[y] and not (known[x] and known[y])


@njit(nogil=True, cache=True)
def _emit(buffer, count, x, y):  # type: ignore[no-untyped-def]
    if count == len(buffer):
        larger = np.empty((2 * len(buffer), 2), np.int64)
        larger[:count] = buffer
        buffer = larger
    buffer[count, 0] = x
    buffer[count, 1] = y
    return buffer, count + 1


@njit(nogil=True, cache=True)
def _majority(values):  # type: ignore[no-untyped-def]
    """The most frequent value, the smallest among equals."""
    ordered = np.sort(values)
    best, best_count, start = ordered[0], 0, 0
    for i in range(1, len(ordered) + 1):
        if i == len(ordered) or ordered[i] != ordered[start]:
            if i - start > best_count:
                best, best_count = ordered[start], i - start
            start = i
    return best


@njit(nogil=True, cache=True)
def _propose(keys, following, order, root, known, signatures, least, star, limits):  # type: ignore[no-untyped-def]
    """Pairs of one band that are worth the truth: not connected, alike by estimate."""
    all_pairs, straggler_pairs, window = limits
    buffer = np.empty((1024, 2), np.int64)
    count = 0
    start = 0
    members = len(order)
    while start < members:
        end = start + 1
        while end < members and keys[order[end]] == keys[order[start]]:
            end += 1
        size = end - start
        run = order[start:end]
        start = end
        if size < 2:
            continue
        if star:
            head = run[0]
            for j in range(1, size):
                y = run[j]
                if _open(root, known, head, y) and _alike(signatures, head, y, least):
                    buffer, count = _emit(buffer, count, head, y)
            continue
        if size <= all_pairs:
            for i in range(size):
                for j in range(i + 1, size):
                    x, y = run[i], run[j]
                    if _open(root, known, x, y) and _alike(signatures, x, y, least):
                        buffer, count = _emit(buffer, count, x, y)
            continue
        most = _majority(root[run])
        stragglers = 0
        for i in range(size):
            stragglers += root[run[i]] != most
        if stragglers * size <= straggler_pairs:
            for i in range(size):
                x = run[i]
                if root[x] == most:
                    continue
                for j in range(size):
                    y = run[j]
                    if not _open(root, known, x, y) or (root[y] != most and i > j):
                        continue
                    if _alike(signatures, x, y, least):
                        buffer, count = _emit(buffer, count, min(x, y), max(x, y))
            continue
        sorted_run = run[np.argsort(following[run], kind="mergesort")]
        for i in range(size):
            for j in range(i + 1, min(size, i + 1 + window)):
                x, y = sorted_run[i], sorted_run[j]
                if _open(root, known, x, y) and _alike(signatures, x, y, least):
                    buffer, count = _emit(buffer, count, min(x, y), max(x, y))
    return buffer[:count].copy()


def _short_keys(members: Members, rule: Rule) -> NDArray[np.uint64]:
    """Keys of all bands cut to 8 bytes, uint64 [bands, members]: pairs are verified anyway."""
    keys = np.empty((rule.bands, len(members.facts)), np.uint64)
    for start in range(0, len(members.facts), 65536):
        some = slice(start, start + 65536)
        both = band_keys(members.signatures[some], rule.bands, rule.rows)
        keys[:, some] = (both[:, :, 0] ^ both[:, :, 1]).T
    return keys


def estimate_floor(threshold: float, permutations: int) -> int:
    """Least number of agreeing values for which a pair is looked at: four standard errors below."""
    error = 4 * float(np.sqrt(threshold * (1 - threshold) / permutations))
    return max(1, int(np.floor((threshold - error) * permutations)))


def link(members: Members, rule: Rule, comparer: Comparer) -> NDArray[np.int64]:
    """Connect members that are near-duplicates.

    Args:
        members: sorted by node, so that the outcome hangs on no other order.
        rule: how they are judged.
        comparer: of the same members.

    Returns:
        int64 [members], the first member of each one's cluster.
    """
    size = len(members.facts)
    parent = np.arange(size)
    keys = _short_keys(members, rule)
    width = members.signatures.shape[1]
    least = estimate_floor(rule.threshold, width)
    if rule.verify == "estimate":
        least = max(least, int(np.ceil(rule.threshold * width - 1e-9)))
    known = members.facts["known"].astype(np.bool_)
    tested = np.empty(0, np.int64)
    for star in (True, False):
        for band in range(rule.bands):
            found = _propose(
                keys[band],
                keys[(band + 1) % rule.bands],
                np.argsort(keys[band], kind="stable"),
                roots(parent),
                known,
                members.signatures,
                least,
                star,
                (ALL_PAIRS, STRAGGLER_PAIRS, WINDOW),
            )
            names = np.setdiff1d(found[:, 0] * size + found[:, 1], tested)
            if len(names) == 0:
                continue
            left, right = names // size, names % size
            alike = comparer.similarity(left, right) >= rule.threshold
            unite(parent, left[alike], right[alike])
            tested = np.union1d(tested, names[~alike])
    return roots(parent)  # type: ignore[no-any-return]


def resolve(members: Members, rule: Rule) -> Decision:
    """Find the clusters of a bin and decide who stays.

    Args:
        members: whole components of the candidate graph, sorted by node.
        rule: how they are judged.

    Returns:
        The decision for every member of a cluster of two or more.
    """
    comparer = Comparer(members, rule)
    stays = choose(members.facts, link(members, rule, comparer))
    kept = stays
    if rule.containment is not None:
        kept = holders(members, stays, comparer, rule.containment)[stays]
    first = np.full(len(kept), len(kept))
    np.minimum.at(first, kept, np.arange(len(kept)))
    sizes = np.bincount(kept, minlength=len(kept))
    member = np.flatnonzero(sizes[kept] > 1)
    contained = kept[member] != stays[member]
    removed = kept[member] != member
    similarity = np.ones(len(member), np.float64)
    for which, measure in (
        (removed & ~contained, comparer.similarity),
        (contained, comparer.containment),
    ):
        similarity[which] = measure(member[which], kept[member[which]])
    cluster = members.facts["node"][first[kept[member]]]
    return Decision(member, kept[member], cluster, similarity, contained)


def holders(
    members: Members, stays: NDArray[np.int64], comparer: Comparer, share: float
) -> NDArray[np.int64]:
    """Find, among those that stay, the ones that a longer one holds.

    Args:
        members: sorted by node.
        stays: int64 [members], who stays for each by similarity alone.
        comparer: of the same members.
        share: least share of the shorter one's shingles.

    Returns:
        int64 [members], the one that holds each member, itself where none does. Where a holder is
        held itself, the last one counts.
    """
    here = comparer.texts(np.unique(stays))
    found = passages_of(members.folded.take(here), here.astype(np.uint64))
    short, long = (part.astype(np.int64) for part in likely(pair_up(found)))
    held = comparer.containment(short, long)
    enough = held >= share
    short, long, held = short[enough], long[enough], held[enough]
    rank = np.empty(len(stays), np.int64)
    rank[preference(members.facts)] = np.arange(len(stays))
    best = np.lexsort((rank[long], -held, short))
    short, long = short[best], long[best]
    new = np.ones(len(short), bool)
    new[1:] = short[1:] != short[:-1]
    out = np.arange(len(stays))
    out[short[new]] = long[new]
    while (out != out[out]).any():
        out = out[out]
    return out
