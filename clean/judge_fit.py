"""Fitting the points of the evidence lines to sites that somebody has labelled."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]

from clean.judge import judge_site
from clean.judge_lines import WORD_SIGNALS, EvidenceLine
from clean.judge_pages import BAD, GOOD, weigh_pages
from clean.judge_settings import JudgeSettings
from clean.judge_tally import SiteTally

STEEPNESS = 6.0
"""Slope of the logistic curve over a page's points: 1.5 points are 95% bad, 0.5 points 5%."""

MAX_POINTS = 1.2
"""Most points that a fit gives one signal."""

FOLDS = 5
"""Parts of the labelled sites; each is judged by points fitted on the others."""


@dataclass(frozen=True, slots=True)
class LabelledSite:
    """A site with what somebody says is to become of it.

    Attributes:
        tally: its pages' counts and sample.
        bad: True for drop, False for keep.
    """

    tally: SiteTally
    bad: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How verdicts agree with labels.

    Attributes:
        verdicts: site -> (bad by its label, verdict, score).
        precision: bad sites among those dropped; 1 where none was.
        recall: bad sites that were dropped among all bad ones.
        kept: good sites that stay (keep or review) among all good ones.
        review: share of sites left for review.
        brier: mean squared distance of score and label; 0.25 is what a constant 0.5 has.
        calibration: for each fifth of the score's range (lower edge, sites, mean score, share of
            bad ones); empty fifths are left out.
    """

    verdicts: dict[str, tuple[bool, str, float]]
    precision: float
    recall: float
    kept: float
    review: float
    brier: float
    calibration: tuple[tuple[float, int, float, float], ...]


def fit_points(
    sites: Sequence[LabelledSite], settings: JudgeSettings, pull: float = 0.02
) -> JudgeSettings:
    """Fit the points of all lines by a penalized logistic regression over pages.

    A page counts as its site's label says; every site weighs the same, and good and bad sites weigh
    the same together. Points stay between 0 and MAX_POINTS (for lines that speak for a page,
    between minus MAX_POINTS and 0), word signals below one point together. The lines stay.

    Args:
        sites: at least one good and one bad site.
        settings: where the fit starts from and is drawn to.
        pull: penalty on the squared distance from the given points; more keeps them closer.

    Returns:
        The settings with new points, rounded to hundredths.

    Raises:
        ValueError: there is no good or no bad site, or none of them has pages to learn from.
    """
    names = list(settings.lines)
    rows, labels, weights = _pages(sites, settings, names)
    start = np.array([settings.lines[name].points for name in names])
    bounds = [(0.0, MAX_POINTS) if points >= 0 else (-MAX_POINTS, 0.0) for points in start]

    def loss(points: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        z = STEEPNESS * (rows @ points - 1)
        cost = float((weights * (np.logaddexp(0, z) - labels * z)).sum())
        slope = weights * (1 / (1 + np.exp(-z)) - labels)
        away = points - start
        gradient = STEEPNESS * (rows.T @ slope) + 2 * pull * away
        return cost + pull * float(away @ away), gradient

    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    points = dict(zip(names, np.round(found.x, 2).tolist(), strict=True))
    return with_points(settings, points)


def with_points(settings: JudgeSettings, points: Mapping[str, float]) -> JudgeSettings:
    """Give lines other points; word signals are scaled down where they reach one together."""
    changed = dict(points)
    words = [name for name in WORD_SIGNALS if name in changed]
    together = sum(max(0.0, changed[name]) for name in words)
    if together > 0.95:
        for name in words:
            changed[name] = np.floor(changed[name] * 95 / together) / 100
    lines: dict[str, EvidenceLine] = {}
    for name, line in settings.lines.items():
        lines[name] = line.model_copy(update={"points": float(changed.get(name, line.points))})
    return settings.model_copy(update={"lines": lines})


def evaluate(sites: Sequence[LabelledSite], settings: JudgeSettings) -> Outcome:
    """Judge labelled sites with the settings and compare."""
    return outcome_of({site.tally.site: (site.bad, *_judge(site, settings)) for site in sites})


def cross_validate(
    sites: Sequence[LabelledSite], settings: JudgeSettings, pull: float = 0.02
) -> Outcome:
    """Judge every labelled site by points fitted without it.

    Args:
        sites: at least two good and two bad ones.
        settings: where each fit starts from.
        pull: see `fit_points`.

    Returns:
        The agreement over all parts. A site's part hangs on its name alone, its label's sites being
        dealt out in the order of a digest.

    Raises:
        ValueError: fewer than two good or two bad sites.
    """
    parts: dict[str, int] = {}
    for bad in (False, True):
        named = sorted(
            (site.tally.site for site in sites if site.bad == bad),
            key=lambda name: hashlib.blake2b(name.encode()).digest(),
        )
        if len(named) < 2:
            raise ValueError(f"{len(named)} {'bad' if bad else 'good'} sites; label at least 2")
        parts.update({name: i % FOLDS for i, name in enumerate(named)})
    verdicts: dict[str, tuple[bool, str, float]] = {}
    for part in range(FOLDS):
        held = [site for site in sites if parts[site.tally.site] == part]
        if held:
            rest = [site for site in sites if parts[site.tally.site] != part]
            fitted = fit_points(rest, settings, pull)
            verdicts.update({s.tally.site: (s.bad, *_judge(s, fitted)) for s in held})
    return outcome_of(verdicts)


def outcome_of(verdicts: dict[str, tuple[bool, str, float]]) -> Outcome:
    """Count how verdicts agree with labels."""
    rows = list(verdicts.values())
    bad = [row for row in rows if row[0]]
    good = [row for row in rows if not row[0]]
    dropped = [row for row in rows if row[1] == "drop"]
    fifths = []
    for i in range(5):
        low, high = i / 5, (i + 1) / 5
        inside = [row for row in rows if low <= row[2] < high or (i == 4 and row[2] == 1)]
        if inside:
            mean = sum(row[2] for row in inside) / len(inside)
            fifths.append((low, len(inside), mean, sum(row[0] for row in inside) / len(inside)))
    return Outcome(
        verdicts=verdicts,
        precision=sum(row[0] for row in dropped) / len(dropped) if dropped else 1.0,
        recall=sum(row[1] == "drop" for row in bad) / len(bad) if bad else 1.0,
        kept=sum(row[1] != "drop" for row in good) / len(good) if good else 1.0,
        review=sum(row[1] == "review" for row in rows) / len(rows) if rows else 0.0,
        brier=sum((row[2] - row[0]) ** 2 for row in rows) / len(rows) if rows else 0.0,
        calibration=tuple(fifths),
    )


def _judge(site: LabelledSite, settings: JudgeSettings) -> tuple[str, float]:
    verdict = judge_site(site.tally, settings)
    return verdict.verdict, verdict.score


def _pages(
    sites: Sequence[LabelledSite], settings: JudgeSettings, names: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How far each page is beyond each line, its label, its weight."""
    rows: list[list[float]] = []
    labels: list[float] = []
    weights: list[float] = []
    for site in sites:
        records = [record for _, record in sorted(site.tally.sample.items())]
        pages = [
            page
            for page, record in zip(weigh_pages(records, settings), records, strict=True)
            if page.kind in (BAD, GOOD) and record.reason not in settings.reason_points
        ]
        for page in pages:
            rows.append([settings.lines[name].share(page.values[name]) for name in names])
            labels.append(float(site.bad))
            weights.append(1 / len(pages))
    label = np.array(labels)
    weight = np.array(weights)
    for bad in (0.0, 1.0):
        if not (label == bad).any():
            word = "bad" if bad else "good"
            raise ValueError(f"no page of a {word} site to learn from; label more sites")
        weight[label == bad] /= weight[label == bad].sum()
    return np.array(rows), label, weight
