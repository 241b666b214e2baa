"""A double-array trie over symbols, built and walked by compiled code.

A node is one row of four int32: the row that owns it, the base of its children, a value, a mask.
The child of node s by symbol c stands at row base[s] + c and is real when that row's owner is s.
Bit c % 32 of the mask of s is clear where s has no such child, so that most steps that lead nowhere
touch no other row.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from collections.abc import Sequence

import numba
import numpy as np
from numpy.typing import NDArray

OWNER, BASE, VALUE, MASK = 0, 1, 2, 3
LENGTH_BITS = 8
"""Bits of a best value that hold the string's length; see `spread_best`."""
_FREE = -1
_ROOT = -2


def code_points(strings: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Code points of strings laid end to end, and each string's length: int64."""
    flat = np.frombuffer("".join(strings).encode("utf-32-le"), np.uint32).astype(np.int64)
    return flat, np.fromiter(map(len, strings), np.int64, len(strings))


def build_trie(
    strings: Sequence[str], values: Sequence[int], symbol_of: NDArray[np.int32], symbols: int
) -> NDArray[np.int32]:
    """Lay out a trie. The first-level node of symbol s is row s.

    Args:
        strings: different strings, none empty.
        values: the value of each, at least 0.
        symbol_of: int32 [0x110000], the symbol of each code point.
        symbols: number of symbols; all are below it.

    Returns:
        int32 [rows, 4]: owner, base, value of the string that ends there or -1, mask.
    """
    flat, lengths = code_points(strings)
    depth = int(lengths.max(initial=1))
    table = np.full((len(strings), depth), -1, np.int64)
    table[np.arange(depth) < lengths[:, None]] = symbol_of[flat]
    order = np.lexsort(table.T[::-1])
    table, lengths = table[order], lengths[order]
    new = np.ones(table.shape, np.bool_)
    new[1:] = np.logical_or.accumulate(table[1:] != table[:-1], axis=1)
    new &= np.arange(depth) < lengths[:, None]
    counts = new.sum(axis=0)
    numbers = np.cumsum(new, axis=0) - 1 + (np.cumsum(counts) - counts)
    parents = [np.full(counts[0], -1, np.int64)]
    parents += [numbers[new[:, level], level - 1] for level in range(1, depth)]
    parent = np.concatenate(parents)
    symbol = np.concatenate([table[new[:, level], level] for level in range(depth)])
    value = np.full(len(parent), -1, np.int32)
    value[numbers[np.arange(len(table)), lengths - 1]] = np.asarray(values, np.int64)[order]
    return _laid_out(parent, symbol, value, int(counts[0]), symbols)


def _laid_out(
    parent: NDArray[np.int64],
    symbol: NDArray[np.int64],
    value: NDArray[np.int32],
    firsts: int,
    symbols: int,
) -> NDArray[np.int32]:
    """Rows of nodes in the order of their levels, siblings side by side."""
    children = np.bincount(parent[firsts:], minlength=len(parent))
    ends = firsts + np.cumsum(children)
    owners = np.flatnonzero(children)
    owners = owners[np.argsort(-children[owners], kind="stable")]
    place, base, size = _place(owners, ends - children, ends, symbol, firsts, symbols)
    rows = np.zeros((size + symbols, 4), np.int32)
    rows[:, OWNER] = _FREE
    rows[:, VALUE] = -1
    rows[place, BASE] = base
    rows[place, VALUE] = value
    rows[place[:firsts], OWNER] = _ROOT
    rows[place[firsts:], OWNER] = place[parent[firsts:]]
    bits = np.uint32(1) << (symbol[firsts:] % 32).astype(np.uint32)
    np.bitwise_or.at(rows.view(np.uint32)[:, MASK], place[parent[firsts:]], bits)
    return rows


@numba.njit(cache=True)
def _place(owners, starts, ends, symbol, firsts, symbols):
    """Find for each node a base at which all its children's rows are free, the first that fits.

    Returns:
        row of each node, base of each node, number of rows used.
    """
    capacity = max(1024, 2 * symbols)
    used = np.zeros(capacity, np.bool_)
    used[:symbols] = True
    place = np.zeros(len(symbol), np.int64)
    place[:firsts] = symbol[:firsts]
    base = np.zeros(len(symbol), np.int64)
    top = symbols
    lowest = symbols
    for node in owners:
        start, end = starts[node], ends[node]
        while lowest < capacity and used[lowest]:
            lowest += 1
        at = max(0, lowest - symbol[start])
        tries = 0
        while True:
            while at + symbol[end - 1] >= capacity:
                bigger = np.zeros(capacity * 2, np.bool_)
                bigger[:capacity] = used
                used, capacity = bigger, capacity * 2
            fits = True
            for child in range(start, end):
                if used[at + symbol[child]]:
                    fits = False
                    break
            if fits:
                break
            tries += 1
            at += 1 + tries // 256
        base[node] = at
        for child in range(start, end):
            row = at + symbol[child]
            used[row] = True
            place[child] = row
            top = max(top, row + 1)
    return place, base, top


@numba.njit(cache=True)
def spread_best(rows, longest):
    """Give every row the lowest value on the way to it; of equal values the longest string's.

    A walk down the trie as far as it goes then ends on the row that names the token to take: its
    value becomes value << LENGTH_BITS | length, -1 where no string stands on the way.

    Args:
        rows: the trie, changed in place.
        longest: length of its longest string, below 1 << LENGTH_BITS.
    """
    depth = np.zeros(len(rows), np.int32)
    for row in range(len(rows)):
        if rows[row, OWNER] == _ROOT:
            depth[row] = 1
            if rows[row, VALUE] >= 0:
                rows[row, VALUE] = rows[row, VALUE] << LENGTH_BITS | 1
    for level in range(2, longest + 1):
        for row in range(len(rows)):
            above = rows[row, OWNER]
            if above < 0 or depth[row] != 0 or depth[above] != level - 1:
                continue
            depth[row] = level
            value, best = rows[row, VALUE], rows[above, VALUE]
            if value >= 0 and (best < 0 or value <= best >> LENGTH_BITS):
                rows[row, VALUE] = value << LENGTH_BITS | level
            else:
                rows[row, VALUE] = best
