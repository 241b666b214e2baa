"""Bounds of a share: what few pages can tell."""

from __future__ import annotations

from scipy.special import betaincinv, gammaincinv  # type: ignore[import-untyped]


def share_bounds(hits: int, trials: int, confidence: float) -> tuple[float, float]:
    """Clopper-Pearson bounds of a share, each one-sided at the given confidence.

    Args:
        hits: pages that have the property.
        trials: pages looked at.
        confidence: of each bound alone, 0.5 to 1.

    Returns:
        Lower and upper bound; (0, 1) without trials.

    Source: Clopper and Pearson, Biometrika 26 (1934).
    """
    if trials == 0:
        return 0.0, 1.0
    low = float(betaincinv(hits, trials - hits + 1, 1 - confidence)) if hits else 0.0
    high = float(betaincinv(hits + 1, trials - hits, confidence)) if hits < trials else 1.0
    return low, high


def count_bounds(found: float, confidence: float) -> tuple[float, float]:
    """Bounds of the mean of a Poisson count, each one-sided at the given confidence.

    Args:
        found: what was counted; in halves where it is a mean of counts.
        confidence: of each bound alone, 0.5 to 1.

    Returns:
        Lower and upper bound.

    Source: Garwood, Biometrika 28 (1936).
    """
    low = float(gammaincinv(found, 1 - confidence)) if found else 0.0
    return low, float(gammaincinv(found + 1, confidence))
