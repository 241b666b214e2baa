"""Connected components: whole, and by rounds of stars."""

import networkx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.buckets import star_edges
from dedup.cluster import both_ways, connect, forest, large_star, small_star

EDGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=60)


def columns(edges):
    pairs = np.array(edges, np.uint64).reshape(-1, 2)
    return pairs[:, 0].copy(), pairs[:, 1].copy()


def truth(edges):
    graph = networkx.Graph(edges)
    return {node: min(part) for part in networkx.connected_components(graph) for node in part}


@settings(max_examples=200)
@given(EDGES)
def test_components_are_networkxs(edges):
    nodes, labels = connect(*columns(edges))
    assert dict(zip(nodes.tolist(), labels.tolist(), strict=True)) == truth(edges)


@settings(max_examples=100)
@given(EDGES)
def test_a_forest_connects_the_same(edges):
    left, right = forest(*columns(edges))
    expected = truth(edges)
    assert dict(zip(left.tolist(), right.tolist(), strict=True)) == {
        node: label for node, label in expected.items() if node != label
    }


def by_stars(left, right, most=40):
    """Rounds until nothing changes; (edges, rounds)."""
    keep = left != right
    left, right = left[keep], right[keep]
    for number in range(most):
        before = set(zip(left.tolist(), right.tolist(), strict=True))
        left, right = small_star(*large_star(*both_ways(left, right)))
        if set(zip(left.tolist(), right.tolist(), strict=True)) == before:
            return left, right, number
    raise AssertionError(f"not done in {most} rounds")


@settings(max_examples=100)
@given(EDGES)
def test_stars_end_at_the_components(edges):
    left, right, _ = by_stars(*columns(edges))
    assert dict(zip(left.tolist(), right.tolist(), strict=True)) == {
        node: label for node, label in truth(edges).items() if node != label
    }


@pytest.mark.parametrize("seed", [0, 1])
def test_a_chain_of_a_thousand_takes_few_rounds(seed):
    nodes = np.random.default_rng(seed).permutation(1000).astype(np.uint64)
    left, right, rounds = by_stars(nodes[1:], nodes[:-1])
    assert (len(left), set(right.tolist())) == (999, {0})
    assert rounds <= 12


def test_a_star_of_a_million():
    leaves = np.arange(1, 1_000_001, dtype=np.uint64)
    nodes, labels = connect(leaves, np.zeros(len(leaves), np.uint64))
    assert (len(nodes), labels.max()) == (1_000_001, 0)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 20)), max_size=60))
def test_buckets_are_stars_around_their_smallest(entries):
    table = np.array(entries, np.uint64).reshape(-1, 3)
    left, right, largest = star_edges(*(table[:, i].copy() for i in range(3)))
    buckets: dict = {}
    for high, low, node in entries:
        buckets.setdefault((high, low), []).append(node)
    expected = sorted(
        (node, min(nodes)) for nodes in buckets.values() for node in set(nodes) - {min(nodes)}
    )
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == expected
    assert largest == max(map(len, buckets.values()), default=0)
