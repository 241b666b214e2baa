"""Killed runs end as undisturbed ones do, byte for byte. Any number by hand: see harness."""

from pathlib import Path

import pytest

from tests.faults.harness import kill_series


@pytest.mark.heavy
@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_more_kills_with_one_worker_and_two(tmp_path: Path, workers: int) -> None:
    tally = kill_series(tmp_path, kills=6, seed=100 + workers, workers=workers)
    assert sum(tally.kills.values()) >= 6
    assert tally.hangs == 0, tally


@pytest.mark.heavy
def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    tally = kill_series(tmp_path, kills=3, seed=102, workers=2)
    assert sum(tally.kills.values()) >= 3
    assert tally.hangs == 0, tally
