"""Connected components of edges between nodes, whole or piece by piece.

A component is named by its smallest node, so that its name hangs on nothing but its members.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Nodes = NDArray[np.uint64]


@njit(nogil=True, cache=True)
def find(parent, i):  # type: ignore[no-untyped-def]
    """The root of i; paths are halved on the way."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(nogil=True, cache=True)
def unite(parent, left, right):  # type: ignore[no-untyped-def]
    """Join the sets of each pair, in place; the smallest index of a set is its root."""
    for edge in range(len(left)):
        x, y = find(parent, left[edge]), find(parent, right[edge])
        if x < y:
            parent[y] = x
        elif y < x:
            parent[x] = y


@njit(nogil=True, cache=True)
def roots(parent):  # type: ignore[no-untyped-def]
    """The root of every index, int64 [nodes]."""
    out = np.empty(len(parent), np.int64)
    for i in range(len(parent)):
        out[i] = find(parent, i)
    return out


def connect(left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
    """Connected components of an edge list that fits in memory.

    Args:
        left: uint64 [edges], any node names.
        right: uint64 [edges].

    Returns:
        The nodes that occur, sorted, and for each the smallest node of its component.
    """
    nodes, index = np.unique(np.concatenate([left, right]), return_inverse=True)
    parent = np.arange(len(nodes))
    unite(parent, index[: len(left)], index[len(left) :])
    return nodes, nodes[roots(parent)]


def forest(left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
    """The fewest edges that connect what these connect: each node to its component's smallest.

    Returns:
        (node, smallest) of every node that is not the smallest itself, sorted by node.
    """
    nodes, labels = connect(left, right)
    other = nodes != labels
    return nodes[other], labels[other]


def both_ways(left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
    """Every edge in both directions, as large_star reads them."""
    return np.concatenate([left, right]), np.concatenate([right, left])


def large_star(node: Nodes, neighbour: Nodes) -> tuple[Nodes, Nodes]:
    """Tie each node's larger neighbours to the smallest node around it.

    Args:
        node: uint64 [edges]; all edges of a node are in the same call, in both directions.
        neighbour: uint64 [edges].

    Returns:
        New edges (larger, smaller).

    Source: Kiveris et al., Connected Components in MapReduce and Beyond, SoCC 2014.
    """
    node, neighbour, least = _with_least(node, neighbour)
    keep = neighbour > node
    return neighbour[keep], least[keep]


def small_star(node: Nodes, neighbour: Nodes) -> tuple[Nodes, Nodes]:
    """Tie each node and its smaller neighbours to the smallest of them.

    Args:
        node: uint64 [edges], the larger end; all such edges of a node are in the same call.
        neighbour: uint64 [edges], the smaller end.

    Returns:
        New edges (larger, smaller), none twice.

    Source: as large_star.
    """
    node, neighbour, least = _with_least(node, neighbour)
    first = np.ones(len(node), bool)
    first[1:] = node[1:] != node[:-1]
    keep = neighbour != least
    return unique_edges(
        np.concatenate([node[first], neighbour[keep]]), np.concatenate([least[first], least[keep]])
    )


def unique_edges(left: Nodes, right: Nodes) -> tuple[Nodes, Nodes]:
    """Edges sorted by their ends, each once."""
    order = np.lexsort((right, left))
    left, right = left[order], right[order]
    new = np.ones(len(left), bool)
    new[1:] = (left[1:] != left[:-1]) | (right[1:] != right[:-1])
    return left[new], right[new]


def _with_least(node: Nodes, neighbour: Nodes) -> tuple[Nodes, Nodes, Nodes]:
    """Edges sorted by node, with the smallest of each node and its neighbours beside each edge."""
    if len(node) == 0:
        return node, neighbour, node
    order = np.argsort(node, kind="stable")
    node, neighbour = node[order], neighbour[order]
    starts = np.flatnonzero(np.concatenate([[True], node[1:] != node[:-1]]))
    least = np.minimum(np.minimum.reduceat(neighbour, starts), node[starts])
    return node, neighbour, np.repeat(least, np.diff(np.append(starts, len(node))))
