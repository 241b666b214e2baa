"""What each sampled page says for or against its site, seen beside the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clean.judge_settings import SITE_SIGNALS, JudgeSettings
from clean.judge_tally import PageRecord
from clean.lines import recurring_in
from clean.signals.names import SIGNALS

GOOD, THIN, BAD, UNKNOWN = "good", "thin", "bad", "unknown"
"""What a page is to its site; an unknown one could not be read, or is a few honest sentences, and
counts for nothing."""

SHORT_PROSE_CHARS = 60
"""Fewest code points of its own with which a short page of whole sentences is no empty page."""


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
            kind = UNKNOWN if _short_prose(values) and points < 1 else THIN
        else:
            kind = BAD if points >= 1 else GOOD
        weighed.append(PageEvidence(record.doc_id, kind, points, parts, values))
    return weighed


def _short_prose(values: dict[str, float]) -> bool:
    """Say whether a short page is a note in sentences of its own: no wall, no list, no teaser."""
    return (
        values["own_chars"] >= SHORT_PROSE_CHARS
        and values["own_chars"] >= 0.7 * values["chars"]
        and values["sentence_share"] >= 0.7
        and values["ellipsis_share"] < 0.3
        and values["template_share"] < 0.8
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
        and sentence skeletons that stand on at least a tenth of the other pages and at least three.
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
    sentences = _incidence([record.digests.sentences for record in records])
    common = sentences @ sentences.T
    np.fill_diagonal(common, 0)
    shares["duplicate_share"] = common.max(axis=1) / np.maximum(1, sentences.sum(axis=1))
    texts = np.array([record.digests.text for record in records], dtype=np.uint64)
    _, inverse, counts = np.unique(texts, return_inverse=True, return_counts=True)
    shares["duplicate_share"][(counts[inverse] > 1) & (texts != 0)] = 1.0
    enough = max(3, n // 10)
    skeletons = _incidence([record.digests.skeletons for record in records])
    for name, matrix in (("recycled_share", sentences), ("template_share", skeletons)):
        often = matrix.sum(axis=0) > enough
        shares[name] = matrix[:, often].sum(axis=1) / np.maximum(1, matrix.sum(axis=1))
    return shares


def _incidence(digests: list[NDArray[np.uint32]]) -> NDArray[np.float32]:
    """Which page holds which digest: float32 [pages, distinct digests] of 0 and 1."""
    every, inverse = np.unique(np.concatenate(digests), return_inverse=True)
    matrix = np.zeros((len(digests), max(1, len(every))), dtype=np.float32)
    rows = np.repeat(np.arange(len(digests)), [len(part) for part in digests])
    matrix[rows, inverse] = 1
    return matrix
