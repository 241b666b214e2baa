"""A double-array trie over symbols, built and walked by compiled code.

A node is one row of four int32 in `rows`: the parent that owns it, the base of its children, a
value, a length. The child of node s by symbol c stands at row base[s] + c and is real when that
row's owner is s, so that a step costs one memory access.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

OWNER, BASE, VALUE, LENGTH = 0, 1, 2, 3
FREE = -1


@dataclass(frozen=True)
class Trie:
    """Strings of symbols with values.

    Attributes:
        roots: first-level node of each symbol, int32 [symbols], -1 where no string begins with it.
        rows: int32 [nodes, 4]: owner, base, value, length. What value and length mean is the
            builder's choice.
        values: value of the string that ends at the node itself, int32 [nodes], -1 where none does.
    """

    roots: NDArray[np.int32]
    rows: NDArray[np.int32]
    values: NDArray[np.int32]


def build_trie(strings: Mapping[tuple[int, ...], int], symbols: int) -> Trie:
    """Lay out a trie whose rows hold value and length of the string that ends there, or -1 and 0.

    Args:
        strings: sequences of symbols, none empty -> value, at least 0.
        symbols: number of symbols; all are below it.
    """
    children: list[dict[int, int]] = [{}]
    values = [-1]
    depths = [0]
    for string in sorted(strings):
        node = 0
        for symbol in string:
            following = children[node].get(symbol)
            if following is None:
                following = len(children)
                children[node][symbol] = following
                children.append({})
                values.append(-1)
                depths.append(depths[node] + 1)
            node = following
        values[node] = strings[string]
    order = sorted(range(1, len(children)), key=lambda node: -len(children[node]))
    counts = np.array([len(child) for child in children], np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    flat_symbols = np.array([symbol for child in children for symbol in child], np.int64)
    flat_nodes = np.array([node for child in children for node in child.values()], np.int64)
    return _laid_out(
        symbols,
        children[0],
        np.array([node for node in order if children[node]], np.int64),
        starts,
        flat_symbols,
        flat_nodes,
        np.array(values, np.int32),
        np.array(depths, np.int32),
    )


def _laid_out(
    symbols: int,
    first: Mapping[int, int],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    flat_symbols: NDArray[np.int64],
    flat_nodes: NDArray[np.int64],
    values: NDArray[np.int32],
    depths: NDArray[np.int32],
) -> Trie:
    firsts: Sequence[int] = sorted(first.values())
    place, bases, size = _place(
        order, starts, flat_symbols, flat_nodes, np.array(firsts, np.int64), len(values)
    )
    size += symbols + 1
    rows = np.full((size, 4), FREE, np.int32)
    rows[:, LENGTH] = 0
    rows[:, BASE] = 0
    own = np.full(size, -1, np.int32)
    owner = np.full(len(values), -2, np.int64)
    owner[flat_nodes] = np.repeat(np.arange(len(values)), np.diff(starts))
    placed = np.arange(1, len(values))
    at = place[placed]
    parents = owner[placed]
    rows[at, OWNER] = np.where(parents > 0, place[parents], -2)
    rows[at, BASE] = bases[placed]
    rows[at, VALUE] = values[placed]
    rows[at, LENGTH] = np.where(values[placed] >= 0, depths[placed], 0)
    own[at] = values[placed]
    roots = np.full(symbols, -1, np.int32)
    for symbol, node in first.items():
        roots[symbol] = place[node]
    return Trie(roots, rows, own)


@numba.njit(cache=True)
def _place(order, starts, flat_symbols, flat_nodes, firsts, nodes):
    """Find for each node a base at which all its children's rows are free, the first that fits.

    Returns:
        row of each node, base of each node, number of rows used.
    """
    capacity = 1024
    used = np.zeros(capacity, np.bool_)
    place = np.zeros(nodes, np.int64)
    bases = np.zeros(nodes, np.int64)
    top = 0
    for node in firsts:
        place[node] = top
        used[top] = True
        top += 1
        if top >= capacity:
            bigger = np.zeros(capacity * 2, np.bool_)
            bigger[:capacity] = used
            used, capacity = bigger, capacity * 2
    lowest = 0
    for node in order:
        start, end = starts[node], starts[node + 1]
        smallest = flat_symbols[start]
        largest = flat_symbols[start]
        for index in range(start, end):
            smallest = min(smallest, flat_symbols[index])
            largest = max(largest, flat_symbols[index])
        while lowest < capacity and used[lowest]:
            lowest += 1
        base = max(0, lowest - smallest)
        tries = 0
        while True:
            while base + largest >= capacity:
                bigger = np.zeros(capacity * 2, np.bool_)
                bigger[:capacity] = used
                used, capacity = bigger, capacity * 2
            fits = True
            for index in range(start, end):
                if used[base + flat_symbols[index]]:
                    fits = False
                    break
            if fits:
                break
            tries += 1
            base += 1 + tries // 256
        bases[node] = base
        for index in range(start, end):
            at = base + flat_symbols[index]
            used[at] = True
            place[flat_nodes[index]] = at
            top = max(top, at + 1)
    return place, bases, top


def spread_best(trie: Trie) -> None:
    """Give every row the lowest value on the way to it; of equal values the longest string's.

    A walk down the trie as far as it goes then ends on the row that names the token to take.
    """
    _spread(trie.roots, trie.rows, _by_depth(trie))


def _by_depth(trie: Trie) -> NDArray[np.int64]:
    """Rows in use below the first level, parents before children."""
    owners = trie.rows[:, OWNER]
    depth = np.full(len(owners), -1, np.int64)
    depth[owners == -2] = 0
    waiting = np.flatnonzero(owners >= 0)
    order = []
    while len(waiting):
        ready = waiting[depth[owners[waiting]] >= 0]
        depth[ready] = depth[owners[ready]] + 1
        order.append(ready)
        waiting = waiting[depth[waiting] < 0]
    return np.concatenate(order) if order else np.zeros(0, np.int64)


@numba.njit(cache=True)
def _spread(roots, rows, order):
    for at in order:
        above = rows[at, OWNER]
        value, best = rows[at, VALUE], rows[above, VALUE]
        if best >= 0 and (value < 0 or best < value):
            rows[at, VALUE] = best
            rows[at, LENGTH] = rows[above, LENGTH]
