"""The verdict on a site from its pages: keep, drop or review, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv  # type: ignore[import-untyped]

from clean.judge_settings import SITE_SIGNALS, JudgeSettings
from clean.judge_tally import PageRecord, SiteTally
from clean.signals.names import SIGNALS

GOOD, THIN, BAD = "good", "thin", "bad"
"""What a page is to its site."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign, as it weighs on a site.

    Attributes:
        signal: its name; or the reason for which another step dropped pages; or `empty_pages`.
        value: median of the signal over the sampled pages (for the others a share of pages).
        threshold: the line beyond which it counts.
        pages: pages of the site beyond the line; of the sample, for figures measured on it.
        lower_bound: Clopper-Pearson lower bound of the share of pages beyond the line.
    """

    signal: str
    value: float
    threshold: float
    pages: int
    lower_bound: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to become of a site.

    Attributes:
        site: the site's name.
        pages: pages seen, dropped ones included.
        verdict: keep, drop or review.
        decided_by: rule or override.
        score: share of bad pages among those that can be told, 0 to 1; 0.5 where none can.
        reasons: signs against the site, heaviest first.
        signals: mean of each signal over all pages.
        against: doc_ids of the pages that speak most against the site, worst first.
        in_favour: doc_ids of the pages that speak most for it, best first.
    """

    site: str
    pages: int
    verdict: str
    decided_by: str
    score: float
    reasons: tuple[Reason, ...]
    signals: dict[str, float]
    against: tuple[str, ...]
    in_favour: tuple[str, ...]

    @property
    def sample_doc_ids(self) -> tuple[str, ...]:
        """Pages against the site, then pages for it."""
        return (*self.against, *(doc for doc in self.in_favour if doc not in self.against))


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """One page's points.

    Attributes:
        doc_id: which page.
        kind: GOOD, THIN or BAD.
        points: sum over all signs; 1 and more is bad.
        parts: sign -> points, those that are not 0.
    """

    doc_id: str
    kind: str
    points: float
    parts: dict[str, float]


def judge_site(tally: SiteTally, settings: JudgeSettings) -> Verdict:
    """Judge a site by its tally alone: other sites in the run make no difference.

    The sampled pages are classed as bad, thin or good by their points. Let b of n pages that are
    not thin be bad. The site is dropped when the lower bound of b/n is above `drop_share`, or the
    lower bound of the share of bad and thin pages is above `empty_share`; it is kept when the upper
    bound of b/n is below `keep_share`; between the two it is for review.

    Args:
        tally: counts and sampled pages of the site.
        settings: lines, points and bounds.

    Returns:
        The verdict, with reasons by the points that each sign gave to the sampled pages.
    """
    records = [record for _, record in sorted(tally.sample.items())]
    evidence = weigh_pages(records, settings)
    kinds = [page.kind for page in evidence]
    bad, thin, n = kinds.count(BAD), kinds.count(THIN), len(kinds)
    told = n - thin
    low, high = share_bounds(bad, told, settings.confidence)
    empty_low, _ = share_bounds(bad + thin, n, settings.confidence)
    if low > settings.drop_share or empty_low > settings.empty_share:
        verdict = "drop"
    elif told and high < settings.keep_share:
        verdict = "keep"
    else:
        verdict = "review"
    score = (bad + 0.5) / (told + 1)
    reasons = _site_reasons(tally, records, evidence, settings)
    if empty_low > settings.empty_share and low <= settings.drop_share:
        emptiness = Reason(
            "empty_pages", (bad + thin) / n, settings.empty_share, bad + thin, empty_low
        )
        reasons = (emptiness, *reasons)
        score = max(score, (bad + thin) / n)
    ranked = sorted(evidence, key=lambda page: (-page.points, page.doc_id))
    most = settings.sample_doc_ids
    return Verdict(
        site=tally.site,
        pages=tally.pages,
        verdict=verdict,
        decided_by="rule",
        score=score,
        reasons=reasons,
        signals={name: tally.mean(name) for name in SIGNALS},
        against=tuple(page.doc_id for page in ranked if page.kind != GOOD)[:most],
        in_favour=tuple(page.doc_id for page in reversed(ranked) if page.kind == GOOD)[:most],
    )


def weigh_pages(records: Sequence[PageRecord], settings: JudgeSettings) -> list[PageEvidence]:
    """Give each sampled page its points, the figures it shares with the other pages included."""
    shared = compare_pages(records)
    weighed = []
    for i, record in enumerate(records):
        values = dict(zip(SIGNALS, record.signals.tolist(), strict=True))
        values.update({name: float(shared[name][i]) for name in SITE_SIGNALS})
        parts = {
            name: line.points * line.share(values[name])
            for name, line in settings.lines.items()
            if line.share(values[name]) > 0
        }
        if settings.reason_points.get(record.reason):
            parts[record.reason] = settings.reason_points[record.reason]
        points = sum(parts.values())
        thin = values["chars"] < settings.thin_chars and record.reason not in settings.reason_points
        kind = THIN if thin else BAD if points >= 1 else GOOD
        weighed.append(PageEvidence(record.doc_id, kind, points, parts))
    return weighed


def compare_pages(records: Sequence[PageRecord]) -> dict[str, NDArray[np.float64]]:
    """Measure what each page shares with the other pages of the sample.

    Args:
        records: sampled pages, n of them.

    Returns:
        SITE_SIGNALS -> float64 [n], shares from 0 to 1. duplicate_share: the largest share of a
        page's sentences that one other page holds as well, 1 for an equal text. recycled_share and
        template_share: sentences, and sentence skeletons, that stand on at least a tenth of the
        other pages and at least three of them.
    """
    n = len(records)
    shares = {name: np.zeros(n) for name in SITE_SIGNALS}
    if n < 2:
        return shares
    sentences = _incidence([record.digests.sentences for record in records])
    common = sentences @ sentences.T
    np.fill_diagonal(common, 0)
    own = np.maximum(1, sentences.sum(axis=1))
    shares["duplicate_share"] = common.max(axis=1) / own
    texts = [record.digests.text for record in records]
    for i, text in enumerate(texts):
        if text and texts.count(text) > 1:
            shares["duplicate_share"][i] = 1.0
    enough = max(3, n // 10)
    skeletons = _incidence([record.digests.skeletons for record in records])
    for name, matrix in (("recycled_share", sentences), ("template_share", skeletons)):
        recurring = matrix.sum(axis=0) > enough
        held = matrix[:, recurring].sum(axis=1)
        shares[name] = held / np.maximum(1, matrix.sum(axis=1))
    return shares


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


def _incidence(digests: list[NDArray[np.uint32]]) -> NDArray[np.float32]:
    """Which page holds which digest: float32 [pages, distinct digests] of 0 and 1."""
    every, inverse = np.unique(np.concatenate(digests), return_inverse=True)
    matrix = np.zeros((len(digests), max(1, len(every))), dtype=np.float32)
    rows = np.repeat(np.arange(len(digests)), [len(part) for part in digests])
    matrix[rows, inverse] = 1
    return matrix


def _site_reasons(
    tally: SiteTally,
    records: Sequence[PageRecord],
    evidence: Sequence[PageEvidence],
    settings: JudgeSettings,
) -> tuple[Reason, ...]:
    """Signs that gave points against the site, heaviest first."""
    weight: dict[str, float] = {}
    for page in evidence:
        if page.kind == THIN:
            continue
        for name, points in page.parts.items():
            if points > 0:
                weight[name] = weight.get(name, 0.0) + points
    shared = compare_pages(records)
    reasons = []
    for name in sorted(weight, key=lambda sign: (-weight[sign], sign)):
        if name in settings.lines:
            line = settings.lines[name]
            values = (
                shared[name]
                if name in SITE_SIGNALS
                else np.array([record.signals[SIGNALS.index(name)] for record in records])
            )
            in_sample = sum(1 for value in values.tolist() if line.share(value) > 0)
            pages = in_sample if name in SITE_SIGNALS else tally.beyond.get(name, 0)
            low, _ = share_bounds(in_sample, len(records), settings.confidence)
            reasons.append(Reason(name, float(np.median(values)), line.line, pages, low))
        else:
            pages = tally.reasons.get(name, 0)
            low, _ = share_bounds(pages, tally.pages, settings.confidence)
            reasons.append(Reason(name, pages / tally.pages, settings.drop_share, pages, low))
    return tuple(reasons)
