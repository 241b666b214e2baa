"""Signals of layout: links, lists and markup around the text."""

from __future__ import annotations

from clean.signals.page import PageView, share


def link_density(page: PageView) -> float:
    """Visible characters of the whole page that stand inside links. Unit: share, 0 where unknown.

    Articles have 0.1 to 0.4 with their navigation, link lists 0.8 and more.
    """
    facts = page.facts
    return min(1.0, share(facts.link_chars, facts.page_chars))


def link_text_share(page: PageView) -> float:
    """Extracted text that must stand inside links. Unit: share of visible code points.

    Of a page of p characters, l of them in links, a text of t characters holds at least t + l - p
    characters of links. Pages of a manual with a long table of contents beside the text have 0,
    lists of links 0.8 and more.
    """
    facts = page.facts
    if facts.page_chars <= 0:
        return 0.0
    least = page.visible + facts.link_chars - facts.page_chars
    return min(1.0, share(max(0, least), page.visible))


def list_density(page: PageView) -> float:
    """List items and table cells among all blocks of the page. Unit: share of blocks."""
    facts = page.facts
    return share(facts.list_items, facts.list_items + facts.paragraphs)


def text_density(page: PageView) -> float:
    """Extracted text to visible text of the whole page. Unit: share, 1 where unknown."""
    if page.facts.page_chars <= 0:
        return 1.0
    return min(1.0, share(page.visible, page.facts.page_chars))
