"""What each sampled page says for or against its site, seen beside the other pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clean.judge_compare import compare_pages
from clean.judge_settings import BESIDE_OTHERS, SITE_SIGNALS, SITE_WIDE, JudgeSettings
from clean.judge_tally import PageRecord
from clean.signals.names import SIGNALS

GOOD, THIN, BAD, UNKNOWN = "good", "thin", "bad", "unknown"
"""What a page is to its site; an unknown one could not be read, or is a few honest sentences, and
counts for nothing."""

SHORT_PROSE_CHARS, NOTE_CHARS = 15, 40
"""Fewest code points of its own with which a short page of whole sentences is no empty page, and
with which it is judged as any other."""


@dataclass(frozen=True, slots=True)
class PageEvidence:
    """One page's points.

    Attributes:
        doc_id: which page.
        kind: GOOD, THIN, BAD or UNKNOWN.
        points: sum over all signs; 1 and more is bad.
        parts: sign -> points, those that are not 0.
        values: signal -> value, SIGNALS and SITE_SIGNALS.
        doubtful: whether it were bad, were each of SITE_WIDE beyond its line counted in full.
    """

    doc_id: str
    kind: str
    points: float
    parts: dict[str, float]
    values: dict[str, float]
    doubtful: bool


def weigh_pages(records: Sequence[PageRecord], settings: JudgeSettings) -> list[PageEvidence]:
    """Give each sampled page its points, the figures it shares with the other pages included.

    Args:
        records: sampled pages of one site.
        settings: lines, points, reasons.

    Returns:
        One entry a record, in the same order. A page that another step dropped for a reason with
        points has at least those. A page is thin when what it has for itself, the lines that recur
        across the site left aside, is shorter than `thin_chars`. Of a page that is bad by itself
        BESIDE_OTHERS say no more: its reasons are its own.
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
        most = points + sum(
            settings.lines[name].points - parts[name] for name in SITE_WIDE if name in parts
        )
        alone = {name: part for name, part in parts.items() if name not in BESIDE_OTHERS}
        if sum(alone.values()) >= 1:
            parts, points = alone, sum(alone.values())
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
        doubtful = kind == BAD or (kind == GOOD and most >= 1)
        weighed.append(PageEvidence(record.doc_id, kind, points, parts, values, doubtful))
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
