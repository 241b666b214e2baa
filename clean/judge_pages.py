"""What each sampled page says for or against its site, seen beside the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clean.digests import TERM_BITS
from clean.judge_bounds import count_bounds
from clean.judge_settings import SITE_SIGNALS, JudgeSettings
from clean.judge_tally import PageRecord
from clean.lines import recurring_in
from clean.signals.names import SIGNALS

GOOD, THIN, BAD, UNKNOWN = "good", "thin", "bad", "unknown"
"""What a page is to its site; an unknown one could not be read, or is a few honest sentences, and
counts for nothing."""

SHORT_PROSE_CHARS, NOTE_CHARS = 15, 40
"""Fewest code points of its own with which a short page of whole sentences is no empty page, and
with which it is judged as any other."""

FURNITURE_SHARE = 0.3
"""Share of pages from which on a sentence frame or a term belongs to the site, not to its pages."""

TWIN_SHARE = 0.25
"""Most sentences with a twin on another page with which `interchange` can be told: of texts made
from one stock of sentences it would say no more than that."""

MIN_EXPECTED, MAX_RATIO = 4.0, 1.3
"""Fewest pairs to be expected with which `interchange` can be told, and the ratio above which
sentences avoid each other."""


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """One page's points.

    Attributes:
        doc_id: which page.
        kind: GOOD, THIN, BAD or UNKNOWN.
        points: sum over all signs; 1 and more is bad.
        parts: sign -> points, those that are not 0.
        values: signal -> value, SIGNALS and SITE_SIGNALS.
    """

    doc_id: str
    kind: str
    points: float
    parts: dict[str, float]
    values: dict[str, float]


def weigh_pages(records: Sequence[PageRecord], settings: JudgeSettings) -> list[PageEvidence]:
    """Give each sampled page its points, the figures it shares with the other pages included.

    Args:
        records: sampled pages of one site.
        settings: lines, points, reasons.

    Returns:
        One entry a record, in the same order. A page that another step dropped for a reason with
        points has at least those. A page is thin when what it has for itself, the lines that recur
        across the site left aside, is shorter than `thin_chars`.
    """
    shared = compare_pages(records, settings)
    weighed = []
    for i, record in enumerate(records):
        values = dict(zip(SIGNALS, record.signals.tolist(), strict=True))
        values.update({name: float(shared[name][i]) for name in SITE_SIGNALS})
        parts = {
            name: line.points * line.share(values[name])
            for name, line in settings.lines.items()
            if line.points and line.share(values[name]) > 0
        }
        if settings.reason_points.get(record.reason):
            parts[record.reason] = settings.reason_points[record.reason]
        points = sum(parts.values())
        if record.reason in settings.unknown_reasons:
            kind = UNKNOWN
        elif record.reason in settings.reason_points:
            kind = BAD if points >= 1 else GOOD
        elif values["own_chars"] < settings.thin_chars:
            note = _short_prose(values) and points < 1
            long_enough = values["own_chars"] >= NOTE_CHARS
            kind = THIN if not note else GOOD if long_enough else UNKNOWN
        else:
            kind = BAD if points >= 1 else GOOD
        weighed.append(PageEvidence(record.doc_id, kind, points, parts, values))
    return weighed


def _short_prose(values: dict[str, float]) -> bool:
    """Say whether a short page is a note in sentences of its own: no wall, no list, no teaser."""
    return (
        values["own_chars"] >= SHORT_PROSE_CHARS
        and values["own_chars"] >= 0.6 * values["chars"]
        and values["sentence_share"] >= 0.3
        and values["hiragana_share"] >= 0.2
        and values["ellipsis_share"] < 0.3
        and values["link_text_share"] < 0.4
    )


def compare_pages(
    records: Sequence[PageRecord], settings: JudgeSettings
) -> dict[str, NDArray[np.float64]]:
    """Measure what each page shares with the other pages of the sample.

    Args:
        records: sampled pages, n of them.
        settings: what makes a line a recurring one.

    Returns:
        SITE_SIGNALS -> float64 [n]. own_chars: code points without the lines that recur across the
        site. Shares from 0 to 1: duplicate_share, the largest share of a page's sentences that one
        other page holds as well, 1 for an equal text; recycled_share and template_share, sentences
        and sentence frames that stand on at least a tenth of the other pages and at least three;
        slot_share, see `_slot_shares`; interchange, see `_interchange`, the same for all pages.
    """
    n = len(records)
    shares = {name: np.zeros(n) for name in SITE_SIGNALS}
    recurring = recurring_in(records, settings)
    for i, record in enumerate(records):
        lines = record.digests.lines.tolist()
        sizes = record.digests.line_chars.tolist()
        repeated = sum(s for line, s in zip(lines, sizes, strict=True) if line in recurring)
        shares["own_chars"][i] = record.digests.chars - repeated
    if n < 2:
        return shares
    sentences, _ = _incidence([record.digests.sentences for record in records])
    common = sentences @ sentences.T
    np.fill_diagonal(common, 0)
    shares["duplicate_share"] = common.max(axis=1) / np.maximum(1, sentences.sum(axis=1))
    texts = np.array([record.digests.text for record in records], dtype=np.uint64)
    _, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    shares["duplicate_share"][(counts[inverse] > 1) & (texts != 0)] = 1.0
    enough = max(3, n // 10)
    frames, spread = _incidence([record.digests.frames for record in records])
    for name, matrix in (("recycled_share", sentences), ("template_share", frames)):
        often = matrix.sum(axis=0) > enough
        shares[name] = matrix[:, often].sum(axis=1) / np.maximum(1, matrix.sum(axis=1))
    shares["slot_share"] = _slot_shares(records, spread, max(1, n // 10))
    shares["interchange"][:] = _interchange(records, spread, settings.confidence)
    return shares


def _slot_shares(
    records: Sequence[PageRecord], spread: list[NDArray[np.int64]], enough: int
) -> NDArray[np.float64]:
    """Sentences that say the page's keyword in a frame that other pages fill with theirs.

    A page's keyword is the term, of those on few pages, that stands in most of its sentences, three
    at least. Doorway pages have it in half their sentences and more; articles, template or not,
    in one or two.

    Args:
        records: sampled pages, n of them.
        spread: for each page, pages that hold each of its sentences' frames; 0 for no frame.
        enough: pages beyond which a frame is a template.

    Returns:
        Share of a page's sentences, float64 [n].
    """
    shares = np.zeros(len(records))
    few = max(2, int(FURNITURE_SHARE * len(records)))
    pages_of = _pages_of_terms(records)
    for i, record in enumerate(records):
        terms, counts = np.unique(_term_ids(record), return_counts=True)
        rare = np.array([pages_of[term] <= few for term in terms.tolist()], dtype=bool)
        if not rare.any() or counts[rare].max() < 3:
            continue
        keyword = terms[rare][np.argmax(counts[rare])]
        inside = record.digests.terms[_term_ids(record) == keyword] >> np.uint32(TERM_BITS)
        shares[i] = (spread[i][inside] > enough).sum() / len(spread[i])
    return shares


def _interchange(
    records: Sequence[PageRecord], spread: list[NDArray[np.int64]], confidence: float
) -> float:
    """How far sentences could change places between pages without making a difference.

    Sentences of one page of an honest site share terms with each other twice to fifteen times as
    often as with those of other pages. In what a machine drew from one pot (chains of words,
    glued fragments) they do no more often.

    Args:
        records: sampled pages.
        spread: see `_slot_shares`.
        confidence: of the bound.

    Returns:
        Pairs of sentences with a term in common to be expected inside pages, had sentences been
        dealt out at random, to those found: the lower bound of the ratio, 0 to 1. 0 where it can't
        be told: hardly any terms, a site made from a stock of templates, or fewer pairs inside
        pages than at random, which means that its maker deals out sentences without replacement.
    """
    n = len(records)
    most = max(2, int(FURNITURE_SHARE * n))
    own = [(pages > 0) & (pages <= most) for pages in spread]
    framed = sum(int((pages > 0).sum()) for pages in spread)
    sizes = np.array([int(mask.sum()) for mask in own])
    told = int(sizes.sum())
    twins = sum(int((pages[mask] > 1).sum()) for pages, mask in zip(spread, own, strict=True))
    if told < 20 or told < 0.5 * framed or twins > TWIN_SHARE * told:
        return 0.0
    terms, pages = [], []
    for i, (record, mask) in enumerate(zip(records, own, strict=True)):
        ids = _term_ids(record)[mask[record.digests.terms >> np.uint32(TERM_BITS)]]
        terms.append(ids)
        pages.append(np.full(len(ids), i))
    keys = (np.concatenate(terms).astype(np.int64) << 13) | np.concatenate(pages)
    places, counts = np.unique(keys, return_counts=True)
    _, groups, holders = np.unique(places >> 13, return_inverse=True, return_counts=True)
    rare = holders[groups] <= max(2, n // 3)
    together = np.bincount(groups[rare], counts[rare])
    inside = float((counts[rare] * (counts[rare] - 1)).sum()) / 2
    across = float((together * (together - 1)).sum()) / 2 - inside
    pairs = float((sizes * (sizes - 1)).sum()) / 2
    expected = across * pairs / max(1.0, told * (told - 1) / 2 - pairs)
    _, high = count_bounds(int(inside), confidence)
    ratio = expected / high
    return min(1.0, ratio) if expected >= MIN_EXPECTED and ratio <= MAX_RATIO else 0.0


def _term_ids(record: PageRecord) -> NDArray[np.uint32]:
    return record.digests.terms & np.uint32((1 << TERM_BITS) - 1)


def _pages_of_terms(records: Sequence[PageRecord]) -> dict[int, int]:
    """How many pages hold each term."""
    found = [np.unique(_term_ids(record)) for record in records]
    terms, counts = np.unique(np.concatenate(found), return_counts=True)
    return dict(zip(terms.tolist(), counts.tolist(), strict=True))


def _incidence(
    digests: list[NDArray[np.uint32]],
) -> tuple[NDArray[np.float32], list[NDArray[np.int64]]]:
    """Say which page holds which digest, and on how many pages each one stands.

    Args:
        digests: one array a page; 0 is no digest.

    Returns:
        float32 [pages, distinct digests] of 0 and 1, without 0; and beside each given array the
        number of pages that hold the digest, 0 for 0.
    """
    every, inverse = np.unique(np.concatenate(digests), return_inverse=True)
    matrix = np.zeros((len(digests), max(1, len(every))), dtype=np.float32)
    rows = np.repeat(np.arange(len(digests)), [len(part) for part in digests])
    matrix[rows, inverse] = 1
    matrix[:, : len(every)][:, every == 0] = 0
    holders = matrix.sum(axis=0).astype(np.int64)[inverse]
    cuts = np.cumsum([len(part) for part in digests])[:-1]
    return matrix, np.split(holders, cuts)
