"""Lines that recur across a site: footers, disclaimers, share buttons; taken out of its pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from clean.digests import line_digest
from clean.judge_bounds import share_bounds
from clean.judge_settings import JudgeSettings
from clean.judge_tally import PageRecord, SiteTally


def recurring_lines(tally: SiteTally, settings: JudgeSettings) -> frozenset[int]:
    """Find the lines that stand on a good part of a site's pages.

    Args:
        tally: the site's tally; its sampled pages are looked at, those without lines left out.
        settings: line_share, line_pages and confidence.

    Returns:
        Digests of the lines (32 bits) that at least `line_pages` sampled pages hold and whose share
        of pages has a lower bound above `line_share`.
    """
    return recurring_in(tally.sample.values(), settings)


def recurring_in(records: Iterable[PageRecord], settings: JudgeSettings) -> frozenset[int]:
    """Find the recurring lines of sampled pages; see `recurring_lines`."""
    holders: Counter[int] = Counter()
    pages = 0
    for record in records:
        if len(record.digests.lines):
            pages += 1
            holders.update(record.digests.lines.tolist())
    return frozenset(
        digest
        for digest, count in holders.items()
        if count >= settings.line_pages
        and share_bounds(count, pages, settings.confidence)[0] > settings.line_share
    )


def remove_lines(text: str, lines: frozenset[int], settings: JudgeSettings) -> tuple[str, int]:
    """Take recurring lines out of a text.

    Args:
        text: one paragraph a line.
        lines: what `recurring_lines` returned for the site.
        settings: line_chars, the longest line that goes.

    Returns:
        The text without them, and how many lines went. A text that would become empty is returned
        whole: pages that are nothing but recurring lines are duplicates, not boilerplate.
    """
    if not lines:
        return text, 0
    kept = []
    removed = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped and len(stripped) <= settings.line_chars and line_digest(stripped) in lines:
            removed += 1
        else:
            kept.append(line)
    if not any(line.strip() for line in kept):
        return text, 0
    return "\n".join(kept).strip("\n"), removed
