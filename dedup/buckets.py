"""Buckets of equal band keys, as stars: linear in the members, however large a bucket is."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.cluster import Nodes


@njit(nogil=True, cache=True)
def _stars(high, low, node, left, right):  # type: ignore[no-untyped-def]
    """Edges of runs of equal keys, sorted by key and node; their number, and the largest run."""
    count = largest = 0
    start = 0
    for i in range(1, len(node) + 1):
        if i < len(node) and high[i] == high[start] and low[i] == low[start]:
            if node[i] != node[i - 1]:
                left[count] = node[i]
                right[count] = node[start]
                count += 1
        else:
            largest = max(largest, i - start)
            start = i
    return count, largest


def star_edges(
    high: NDArray[np.uint64], low: NDArray[np.uint64], node: Nodes
) -> tuple[Nodes, Nodes, int]:
    """Tie all nodes of each bucket to the smallest.

    Args:
        high: uint64 [entries], upper half of the band keys, in any order.
        low: uint64 [entries], lower half.
        node: uint64 [entries], whose key it is; a node may come twice.

    Returns:
        Edges (node, smallest of its bucket), and the size of the largest bucket.
    """
    if len(node) == 0:
        return node, node, 0
    order = np.argsort(high)
    high, low, node = high[order], low[order], node[order]
    _sort_ties(high, low, node)
    left, right = np.empty(len(node), np.uint64), np.empty(len(node), np.uint64)
    count, largest = _stars(high, low, node, left, right)
    return left[:count].copy(), right[:count].copy(), int(largest)


@njit(nogil=True, cache=True)
def _sort_ties(high, low, node):  # type: ignore[no-untyped-def]
    """Sort the runs of equal upper halves by lower half and node, in place."""
    start = 0
    for i in range(1, len(high) + 1):
        if i < len(high) and high[i] == high[start]:
            continue
        if i - start > 1:
            by_node = np.argsort(node[start:i], kind="mergesort")
            some_low, some_node = low[start:i][by_node], node[start:i][by_node]
            by_low = np.argsort(some_low, kind="mergesort")
            low[start:i] = some_low[by_low]
            node[start:i] = some_node[by_low]
        start = i
