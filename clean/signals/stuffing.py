"""Signals of keyword stuffing: terms heaped instead of said."""

from __future__ import annotations

import re

from clean.signals.page import PageView, share

_JAPANESE_GAP = re.compile(r"(?<=[ぁ-ゖァ-ヺー一-鿿々])[ \u3000]+(?=[ぁ-ゖァ-ヺー一-鿿々])")
_HIRAGANA = re.compile("[ぁ-ん]")


def term_list_share(page: PageView) -> float:
    """Text in sentences of four and more content terms with hardly any hiragana between them.

    Unit: share of code points. Headings and names have few terms; keyword heaps have many.
    """
    listed = total = 0
    for sentence, terms in zip(page.sentences, page.terms, strict=True):
        total += len(sentence)
        if len(terms) >= 4 and len(_HIRAGANA.findall(sentence)) < 0.12 * len(sentence):
            listed += len(sentence)
    return share(listed, total)


def spaced_share(page: PageView) -> float:
    """White space between two Japanese characters. Unit: gaps to a visible code point.

    Prose has none; tokens glued with spaces and much machine translation have 0.05 and more.
    """
    return share(len(_JAPANESE_GAP.findall(page.text)), page.visible)
