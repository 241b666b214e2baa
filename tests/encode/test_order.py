"""Splits, the global order and the cuts between shards."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from encode.order import BUCKETS, bucket_of, cut_evenly, shuffle_key, split_of


def test_splits_have_their_shares_and_do_not_move() -> None:
    names = [f"{number:032x}" for number in range(20_000)]
    splits = [split_of(name, 1, 0.1, 0.05) for name in names]
    assert splits.count("valid") == pytest.approx(2000, rel=0.1)
    assert splits.count("test") == pytest.approx(1000, rel=0.1)
    assert splits == [split_of(name, 1, 0.1, 0.05) for name in names]
    assert splits != [split_of(name, 2, 0.1, 0.05) for name in names]
    assert {split_of(name, 1, 0.0, 0.0) for name in names} == {"train"}


def test_keys_fill_the_range() -> None:
    keys = [shuffle_key("a" * 32, start, 0) for start in range(4096)]
    assert len(set(keys)) == 4096
    assert np.histogram([bucket_of(key) for key in keys], 8, (0, BUCKETS))[0].min() > 400


@given(
    sizes=st.lists(st.integers(0, 1000), min_size=1, max_size=200),
    shard_bytes=st.integers(1, 20_000),
)
def test_cuts_cover_everything_and_leave_no_shard_empty(sizes: list[int], shard_bytes: int) -> None:
    bounds = cut_evenly(sizes, shard_bytes)
    if sum(sizes) == 0:
        assert bounds == [0]
        return
    parts = [sizes[a:b] for a, b in itertools.pairwise(bounds)]
    assert bounds[0] == 0
    assert bounds[-1] == len(sizes)
    assert all(sum(part) > 0 for part in parts)
    wanted = round(sum(sizes) / shard_bytes)
    assert len(parts) <= max(1, wanted)


def test_cuts_are_even() -> None:
    sizes = np.random.default_rng(1).integers(0, 2000, BUCKETS)
    bounds = cut_evenly(sizes, int(sizes.sum()) // 7)
    parts = [int(sizes[a:b].sum()) for a, b in itertools.pairwise(bounds)]
    assert len(parts) == 7
    assert max(parts) - min(parts) < 4000
