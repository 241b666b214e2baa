"""Bands: datasketch's choice, and keys that meet exactly where rows are equal."""

import numpy as np
import pytest
from datasketch import MinHashLSH

from dedup.bands import band_keys, exhaustive_bands, hit_probability, optimal_bands
from dedup.settings import DedupSettings


@pytest.mark.parametrize("permutations", [100, 128, 256])
@pytest.mark.parametrize("threshold", [0.3, 0.5, 0.7, 0.8, 0.9])
@pytest.mark.parametrize("weights", [(0.5, 0.5), (0.1, 0.9), (0.9, 0.1)])
def test_choice_is_datasketchs(permutations, threshold, weights):
    theirs = MinHashLSH(threshold, permutations, weights=weights)
    assert optimal_bands(threshold, permutations, *weights) == (theirs.b, theirs.r)


def test_defaults_hold_the_stated_recall():
    bands, rows = DedupSettings().bands()
    assert bands * rows <= DedupSettings().permutations
    assert hit_probability(0.8, bands, rows) > 0.997
    assert hit_probability(0.9, bands, rows) > 0.999999


@pytest.mark.parametrize("threshold", [0.05, 0.3, 0.5, 0.8, 0.95, 1.0])
def test_exhaustive_bands_miss_almost_nothing(threshold):
    bands, rows = exhaustive_bands(threshold, 1e-9)
    assert 1 - hit_probability(threshold, bands, rows) < 2e-9
    assert bands * rows <= 2048


@pytest.mark.parametrize("dtype", [np.uint32, np.uint64])
def test_keys_are_equal_where_all_rows_are(dtype):
    rng = np.random.default_rng(1)
    signatures = rng.integers(0, 2, (200, 12)).astype(dtype)
    keys = band_keys(signatures, 4, 3)
    assert keys.shape == (200, 4, 2)
    for band in range(4):
        rows = signatures[:, 3 * band : 3 * band + 3]
        same_rows = (rows[:, None] == rows[None]).all(axis=2)
        same_keys = (keys[:, None, band] == keys[None, :, band]).all(axis=2)
        np.testing.assert_array_equal(same_rows, same_keys)
    assert len(np.unique(keys.reshape(-1, 2), axis=0)) == 4 * 8, "bands do not meet each other"


def test_keys_of_a_round_are_those_of_all_bands():
    signatures = np.random.default_rng(2).integers(0, 1 << 32, (50, 24)).astype(np.uint32)
    whole = band_keys(signatures, 6, 4)
    np.testing.assert_array_equal(band_keys(signatures[:, 8:], 2, 4, first=2), whole[:, 2:4])


def test_refuses_a_threshold_out_of_range():
    with pytest.raises(ValueError, match="threshold"):
        optimal_bands(1.0, 128, 0.5, 0.5)
    with pytest.raises(ValueError, match="is above threshold"):
        DedupSettings(band_threshold=0.9)
