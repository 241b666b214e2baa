"""Killed runs end as undisturbed ones do, byte for byte. Any number by hand: see harness."""

from pathlib import Path

import pytest

from tests.faults.harness import kill_series


@pytest.mark.heavy
def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    tally = kill_series(tmp_path, kills=3, seed=102, workers=2)
    assert sum(tally.kills.values()) >= 3
    assert tally.hangs == 0, tally
