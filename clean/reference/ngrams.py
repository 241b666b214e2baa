"""An n-gram model over small integers: counts on disk, log-probabilities in memory."""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

DISCOUNT = 0.75
"""Taken off every count (absolute discounting) and given to the next lower order."""

FLOOR = 0.5
"""Added to every symbol's count in the lowest order, so that nothing has probability 0."""


@dataclass(frozen=True, slots=True)
class NgramCounts:
    """Counts of n-grams, as they are shipped.

    Attributes:
        bits: bits of a symbol inside a key.
        symbols: number of symbols; ids run from 0.
        keys: one sorted uint64 array an order, from 1: the n-gram's symbols, first in the highest
            bits.
        counts: int64 arrays beside them.
        totals: the sum of the counts of each n-gram's context before pruning, so that what was
            pruned is left to the lower order.
    """

    bits: int
    symbols: int
    keys: tuple[NDArray[np.uint64], ...]
    counts: tuple[NDArray[np.int64], ...]
    totals: tuple[NDArray[np.int64], ...]


@dataclass(frozen=True, slots=True)
class NgramModel:
    """Hash tables made from counts; see `build_model`.

    Attributes:
        bits: bits of a symbol inside a key.
        order: length of the longest n-gram.
        mask: size of the tables less one; a power of two less one.
        slots: uint64 [size], key with its order in the top four bits, 0 where empty.
        costs: float32 [size], bits of the last symbol given the others; 64 where not counted.
        backoffs: float32 [size], bits added when the n-gram is left as a context.
        floor: bits of a symbol that was never counted.
    """

    bits: int
    order: int
    mask: int
    slots: NDArray[np.uint64]
    costs: NDArray[np.float32]
    backoffs: NDArray[np.float32]
    floor: float


def count_ngrams(
    sequences: NDArray[np.int64], weights: NDArray[np.int64], bits: int, symbols: int,
    order: int, least: tuple[int, ...],
) -> NgramCounts:  # fmt: skip
    """Count the n-grams of one long sequence.

    Args:
        sequences: int64 [n], symbol ids; -1 is a wall that no n-gram crosses.
        weights: int64 [n], what each position counts.
        bits: bits of a symbol inside a key; bits times order at most 60.
        symbols: number of symbols, at most 2 to the power of bits.
        order: length of the longest n-gram.
        least: smallest count kept, one an order.

    Returns:
        Counts pruned to `least`; a context is kept when an n-gram that begins with it is.
    """
    keys, counts, totals = [], [], []
    n = len(sequences)
    running = np.zeros(n, dtype=np.uint64)
    valid = np.ones(n, dtype=bool)
    previous: tuple[NDArray[np.uint64], NDArray[np.int64]] | None = None
    for k in range(1, order + 1):
        shifted = np.full(n, -1, dtype=np.int64)
        shifted[: n - k + 1] = sequences[k - 1 :]
        valid &= shifted >= 0
        running = (running << np.uint64(bits)) | np.where(shifted >= 0, shifted, 0).astype(
            np.uint64
        )
        chosen = running[valid]
        unique, inverse = np.unique(chosen, return_inverse=True)
        tally = np.bincount(inverse, weights=weights[valid].astype(np.float64))
        tally = tally.astype(np.int64)
        if previous is None:
            total = np.full(len(unique), int(tally.sum()), dtype=np.int64)
        else:
            contexts = unique >> np.uint64(bits)
            heads, starts = np.unique(contexts, return_index=True)
            sums = np.add.reduceat(tally, starts)
            total = sums[np.searchsorted(heads, contexts)]
        kept = tally >= least[k - 1]
        keys.append(unique[kept])
        counts.append(tally[kept])
        totals.append(total[kept])
        previous = (unique, tally)
    return NgramCounts(bits, symbols, tuple(keys), tuple(counts), tuple(totals))


def continuation_counts(counts: NgramCounts, least: tuple[int, ...]) -> NgramCounts:
    """Give the lower orders the counts of Kneser and Ney, and prune.

    Of an n-gram below the highest order counts not how often it was seen but behind how many
    different symbols: what follows one phrase only says little about any other. On prose that the
    reference has not seen this makes a novel dearer than glued pieces of manuals no more.

    Args:
        counts: what `count_ngrams` counted without pruning.
        least: smallest count kept, one an order.

    Returns:
        Counts of every order; where an n-gram has no other symbol before it, it has none.

    Source: Kneser and Ney, ICASSP 1995, 181-184.
    """
    order = len(counts.keys)
    keys, seen, totals = [], [], []
    for k in range(1, order + 1):
        if k < order:
            tails = counts.keys[k] & np.uint64((1 << (counts.bits * k)) - 1)
            grams, tally = np.unique(tails, return_counts=True)
        else:
            grams, tally = counts.keys[-1], counts.counts[-1]
        contexts = grams >> np.uint64(counts.bits)
        heads, starts = np.unique(contexts, return_index=True)
        whole = np.add.reduceat(tally, starts)[np.searchsorted(heads, contexts)]
        kept = tally >= least[k - 1]
        keys.append(grams[kept])
        seen.append(tally[kept].astype(np.int64))
        totals.append(whole[kept].astype(np.int64))
    return NgramCounts(counts.bits, counts.symbols, tuple(keys), tuple(seen), tuple(totals))


def build_model(counts: NgramCounts) -> NgramModel:
    """Turn counts into costs by interpolated absolute discounting (Kneser-Ney with its counts).

    P(c | h) = max(n(hc) - D, 0) / n(h) + b(h) P(c | h without its first symbol), where b(h) is the
    mass that discounting and pruning left. The lowest order is (n(c) + a) / (N + a V).

    Args:
        counts: what `count_ngrams` or `continuation_counts` made.

    Returns:
        Tables in which a cost is found with one look-up an order.

    Source: Ney, Essen and Kneser, Computer Speech and Language 8 (1994), section 3.
    """
    order = len(counts.keys)
    entries = sum(len(keys) for keys in counts.keys)
    size = 1 << max(10, (2 * entries - 1).bit_length())
    slots = np.zeros(size, dtype=np.uint64)
    costs = np.full(size, 64, dtype=np.float32)
    backoffs = np.zeros(size, dtype=np.float32)
    mask = size - 1
    total = int(counts.counts[0].sum())
    whole = total + FLOOR * counts.symbols
    floor = -float(np.log2(FLOOR / whole))
    low_keys = counts.keys[0]
    low = (counts.counts[0] + FLOOR) / whole
    _insert(slots, costs, mask, _tagged(low_keys, 1), -np.log2(low).astype(np.float32))
    shift = np.uint64(counts.bits)
    for k in range(2, order + 1):
        keys, seen, totals = counts.keys[k - 1], counts.counts[k - 1], counts.totals[k - 1]
        contexts = keys >> shift
        heads, starts, groups = np.unique(contexts, return_index=True, return_inverse=True)
        direct = np.maximum(seen - DISCOUNT, 0) / totals
        left = np.maximum(1 - np.add.reduceat(direct, starts), 1e-6) if len(keys) else direct
        tails = keys & np.uint64((1 << (counts.bits * (k - 1))) - 1)
        lower = np.exp2(-_costs_of(slots, costs, backoffs, mask, tails, k - 1, counts.bits, floor))
        probability = direct + left[groups] * lower
        _insert(slots, costs, mask, _tagged(keys, k), -np.log2(probability).astype(np.float32))
        _insert(slots, backoffs, mask, _tagged(heads, k - 1), -np.log2(left).astype(np.float32))
    return NgramModel(counts.bits, order, mask, slots, costs, backoffs, floor)


def _tagged(keys: NDArray[np.uint64], order: int) -> NDArray[np.uint64]:
    return keys | (np.uint64(order) << np.uint64(60))


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _slot(slots: NDArray[np.uint64], mask: int, key: np.uint64) -> int:
    value = key * np.uint64(0x9E3779B97F4A7C15)
    slot: int = np.int64((value ^ (value >> np.uint64(32))) & np.uint64(mask))  # type: ignore[assignment]
    while slots[slot] != 0 and slots[slot] != key:
        slot = np.int64((slot + 1) & np.int64(mask))  # type: ignore[assignment]
    return slot


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _insert(
    slots: NDArray[np.uint64],
    column: NDArray[np.float32],
    mask: int,
    keys: NDArray[np.uint64],
    values: NDArray[np.float32],
) -> None:
    for i in range(keys.shape[0]):
        slot = _slot(slots, mask, keys[i])
        slots[slot] = keys[i]
        column[slot] = values[i]


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _cost(
    slots: NDArray[np.uint64],
    costs: NDArray[np.float32],
    backoffs: NDArray[np.float32],
    mask: int,
    key: np.uint64,
    length: int,
    bits: int,
    floor: float,
) -> float:
    """Bits of the last symbol of an n-gram of `length` symbols, backing off as far as needed."""
    paid = 0.0
    while length >= 1:
        slot = _slot(slots, mask, key | (np.uint64(length) << np.uint64(60)))
        if slots[slot] != 0 and costs[slot] < 64:
            return paid + float(costs[slot])
        if length > 1:
            context = key >> np.uint64(bits)
            slot = _slot(slots, mask, context | (np.uint64(length - 1) << np.uint64(60)))
            if slots[slot] != 0:
                paid += backoffs[slot]
        length -= 1
        key = key & np.uint64((np.uint64(1) << np.uint64(bits * length)) - np.uint64(1))
    return paid + floor


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _costs_of(
    slots: NDArray[np.uint64],
    costs: NDArray[np.float32],
    backoffs: NDArray[np.float32],
    mask: int,
    keys: NDArray[np.uint64],
    length: int,
    bits: int,
    floor: float,
) -> NDArray[np.float64]:
    out = np.empty(keys.shape[0], dtype=np.float64)
    for i in range(keys.shape[0]):
        out[i] = _cost(slots, costs, backoffs, mask, keys[i], length, bits, floor)
    return out


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _walk(
    slots: NDArray[np.uint64],
    costs: NDArray[np.float32],
    backoffs: NDArray[np.float32],
    mask: int,
    symbols: NDArray[np.int32],
    order: int,
    bits: int,
    floor: float,
) -> NDArray[np.float32]:
    out = np.zeros(symbols.shape[0], dtype=np.float32)
    keep = (np.uint64(1) << np.uint64(bits * (order - 1))) - np.uint64(1)
    history = np.uint64(0)
    length = 0
    for i in range(symbols.shape[0]):
        if symbols[i] < 0:
            history = np.uint64(0)
            length = 0
            continue
        key = ((history & keep) << np.uint64(bits)) | np.uint64(symbols[i])
        length = min(length + 1, order)
        out[i] = _cost(slots, costs, backoffs, mask, key, length, bits, floor)
        history = key
    return out


def costs_of(
    model: NgramModel, symbols: NDArray[np.int32], order: int | None = None
) -> NDArray[np.float32]:
    """Cost of every symbol given those before it.

    Args:
        model: from `build_model`.
        symbols: int32 [n], ids; -1 is a wall where the history starts anew.
        order: longest n-gram to look up, at most the model's own, which is the default.

    Returns:
        float32 [n], bits; 0 at walls.
    """
    walked: NDArray[np.float32] = _walk(
        model.slots, model.costs, model.backoffs, model.mask, symbols,
        order or model.order, model.bits, model.floor,
    )  # fmt: skip
    return walked
