"""The verdict on a site from its pages: keep, drop or review, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from clean.judge_bounds import share_bounds
from clean.judge_pages import BAD, GOOD, THIN, UNKNOWN, PageEvidence, weigh_pages
from clean.judge_settings import SITE_SIGNALS, JudgeSettings
from clean.judge_tally import SiteTally
from clean.signals.names import SIGNALS


@dataclass(frozen=True, slots=True)
class Reason:
    """One sign, as it weighs on a site.

    Attributes:
        signal: its name; or the reason for which another step dropped pages; or `empty_pages`.
        value: median of the signal over the sampled pages that are beyond its line; for the others
            the share of pages.
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
        score: how sure the site is bad, from 0 to 1: the share of bad pages among those that can be
            told, drawn towards 0.5 where they are few.
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


def judge_site(tally: SiteTally, settings: JudgeSettings) -> Verdict:
    """Judge a site by its tally alone: other sites in the run make no difference.

    The sampled pages are classed as bad, thin or good by their points. Let b of n pages that are
    not thin be bad. The site is dropped when the lower bound of b/n is above `drop_share`, or the
    lower bound of the share of bad and thin pages is above `empty_share`; it is kept when the upper
    bound of the share of bad and doubtful pages is below `keep_share`; between the two it is for
    review. Fewer than `min_pages` pages drop no site.

    Args:
        tally: counts and sampled pages of the site.
        settings: lines, points and bounds.

    Returns:
        The verdict, with reasons by the points that each sign gave to the sampled pages.
    """
    records = [record for _, record in sorted(tally.sample.items())]
    evidence = weigh_pages(records, settings)
    kinds = [page.kind for page in evidence if page.kind != UNKNOWN]
    bad, thin, n = kinds.count(BAD), kinds.count(THIN), len(kinds)
    told = n - thin
    low, _ = share_bounds(bad, told, settings.confidence)
    doubtful = sum(page.doubtful for page in evidence)
    _, high = share_bounds(doubtful, told, settings.confidence)
    empty_low, _ = share_bounds(bad + thin, n, settings.confidence)
    score = (bad + 0.5) / (told + 1)
    reasons = _site_reasons(tally, evidence, settings)
    enough = n >= settings.min_pages
    if enough and low > settings.drop_share:
        verdict = "drop"
    elif enough and empty_low > settings.empty_share:
        verdict = "drop"
        share = (bad + thin) / n
        score = max(score, share)
        emptiness = Reason("empty_pages", share, settings.empty_share, bad + thin, empty_low)
        reasons = (emptiness, *reasons)
    elif told and high < settings.keep_share:
        verdict = "keep"
    else:
        verdict = "review"
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
        against=tuple(page.doc_id for page in ranked if page.kind in (BAD, THIN))[:most],
        in_favour=tuple(page.doc_id for page in reversed(ranked) if page.kind == GOOD)[:most],
    )


def _site_reasons(
    tally: SiteTally, evidence: Sequence[PageEvidence], settings: JudgeSettings
) -> tuple[Reason, ...]:
    """Signs that gave points against the site, heaviest first."""
    weight: dict[str, float] = {}
    for page in evidence:
        if page.kind in (BAD, GOOD):
            for name, points in page.parts.items():
                if points > 0:
                    weight[name] = weight.get(name, 0.0) + points
    reasons = []
    for name in sorted(weight, key=lambda sign: (-weight[sign], sign)):
        if name in settings.lines:
            line = settings.lines[name]
            values = [page.values[name] for page in evidence if line.share(page.values[name]) > 0]
            pages = len(values) if name in SITE_SIGNALS else tally.beyond.get(name, 0)
            low, _ = share_bounds(len(values), len(evidence), settings.confidence)
            reasons.append(Reason(name, float(np.median(values)), line.line, pages, low))
        else:
            pages = tally.reasons.get(name, 0)
            low, _ = share_bounds(pages, tally.pages, settings.confidence)
            share = pages / tally.pages
            reasons.append(Reason(name, share, settings.drop_share, pages, low))
    return tuple(reasons)
