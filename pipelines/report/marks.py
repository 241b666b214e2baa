"""The passages of a page that weighed: those without which it would have fewer points."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clean.judge_settings import JudgeSettings
from clean.signals.measure import FUNCTIONS
from clean.signals.page import MeasureInput, PageView
from pipelines.report.data import TEXT_CHARS, masked_window

SEEN_CHARS = 3000
"""How much of a page is searched for passages, in code points."""

_PASSAGES = 30
_HEAVIEST = 5
_SHARE_OF_MOST = 0.25
_SENTENCE = re.compile(r"[^。！？!?｡\n]*[。！？!?｡\n]+|[^。！？!?｡\n]+")
_CLAUSE = re.compile(r"[^、，,。！？!?｡\s]*[、，,。！？!?｡\s]+|[^、，,。！？!?｡\s]+")

Span = tuple[int, int]


@dataclass(frozen=True)
class Sign:
    """What one signal of a page gives for or against its site.

    Attributes:
        signal: its name, or the reason for which another step dropped the page.
        value: the page's figure, None for a reason.
        line: the value at which it begins to count, None for a reason.
        points: what it gives; a page of 1 and more is bad.
    """

    signal: str
    value: float | None
    line: float | None
    points: float


def page_signs(
    signals: Mapping[str, float | None], reason: str | None, settings: JudgeSettings
) -> list[Sign]:
    """Say what a page's own figures give, heaviest first.

    Args:
        signals: the page's figures; those it shares with other pages of its site are not among
            them.
        reason: why another step dropped the page, None for a page that stood.
        settings: lines and points.
    """
    signs = [
        Sign(name, value, line.line, line.points * line.share(value))
        for name, line in settings.lines.items()
        if (value := signals.get(name)) is not None and line.points * line.share(value)
    ]
    if reason in settings.reason_points:
        signs.append(Sign(reason, None, None, settings.reason_points[reason]))
    return sorted(signs, key=lambda sign: (-sign.points, sign.signal))


def marked_excerpt(
    text: str, signs: Sequence[Sign], settings: JudgeSettings
) -> tuple[str, list[Span]]:
    """Find the part of a page that weighed most, and mark the passages in it.

    A passage weighs as much as the page's points would fall without it, whatever the signal: the
    signals are measured again on the text with the passage cut out. Signals of the page's markup
    (links, lists) have no passages.

    Args:
        text: the page's text as it was measured.
        signs: what `page_signs` gave.
        settings: lines and points.

    Returns:
        At most TEXT_CHARS code points, e-mail and telephone masked, and the marked spans in them.
    """
    text = text[:SEEN_CHARS]
    heavy = [s.signal for s in signs if s.points > 0 and s.signal in FUNCTIONS][:_HEAVIEST]
    sentences = _spans(_SENTENCE, text, 0, len(text), max(20, len(text) // _PASSAGES))
    weights = _weights(text, sentences, heavy, settings)
    if max(weights, default=0.0) <= 0:
        return masked_window(text, 0, TEXT_CHARS, [])
    start, end = _window(sentences, weights)
    clauses = _spans(_CLAUSE, text, start, end, 8)
    weights = _weights(text, clauses, heavy, settings)
    least = max(max(weights) * _SHARE_OF_MOST, 1e-9)
    marks = [
        (a, a + len(text[a:b].rstrip()))
        for (a, b), weight in zip(clauses, weights, strict=True)
        if weight >= least
    ]
    return masked_window(text, start, end, marks)


def _spans(pattern: re.Pattern[str], text: str, start: int, end: int, least: int) -> list[Span]:
    """Cut a part of a text into passages of at least so many code points."""
    spans: list[Span] = []
    for match in pattern.finditer(text, start, end):
        if spans and spans[-1][1] - spans[-1][0] < least:
            spans[-1] = (spans[-1][0], match.end())
        else:
            spans.append(match.span())
    return spans


def _weights(
    text: str, spans: Sequence[Span], names: Sequence[str], settings: JudgeSettings
) -> list[float]:
    """How many points the page would have less without each passage."""
    whole = _raw_points(text, names, settings)
    return [whole - _raw_points(text[:a] + text[b:], names, settings) for a, b in spans]


def _raw_points(text: str, names: Sequence[str], settings: JudgeSettings) -> float:
    """Points of some signals without their ends: beyond `full` they go on growing."""
    view = PageView(MeasureInput(text))
    total = 0.0
    for name in names:
        line = settings.lines[name]
        total += line.points * (FUNCTIONS[name](view) - line.line) / (line.full - line.line)
    return total


def _window(spans: Sequence[Span], weights: Sequence[float]) -> Span:
    """The run of passages of at most TEXT_CHARS code points that weighs most."""
    best, found = 0.0, (0, 0)
    for i, (start, _) in enumerate(spans):
        total, end = 0.0, start
        for (_, stop), weight in zip(spans[i:], weights[i:], strict=True):
            if end > start and stop - start > TEXT_CHARS:
                break
            total += max(0.0, weight)
            end = min(stop, start + TEXT_CHARS)
        if total > best:
            best, found = total, (start, end)
    return found
