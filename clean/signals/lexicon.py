"""Signals that count words of a list. Each is one sign among many and never decides alone."""

from __future__ import annotations

import re

from clean.signals.page import PageView, share
from clean.signals.words import (
    ADULT,
    COMMERCIAL,
    EASY_MONEY,
    GAMBLING,
    OFFERS,
    PLACEHOLDER,
    SOLICITING,
    TRANSLATED,
)


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(sorted(words, key=lambda word: (-len(word), word))))


_COMMERCIAL = _pattern(COMMERCIAL)
_ADULT = _pattern(ADULT)
_GAMBLING = _pattern(GAMBLING)
_VICE = _pattern((*ADULT, *GAMBLING, *EASY_MONEY))
_SOLICITING = _pattern(SOLICITING)
_TRANSLATED = _pattern(TRANSLATED)
_PLACEHOLDER = _pattern(PLACEHOLDER)
_TRADE = {word: trade for trade, words in OFFERS.items() for word in words}
_OFFERS = _pattern(tuple(_TRADE))


def _covered(pattern: re.Pattern[str], page: PageView) -> float:
    return share(sum(map(len, pattern.findall(page.text))), page.visible)


def commercial_density(page: PageView) -> float:
    """Words of sales talk (激安, 送料無料). Unit: share of visible code points."""
    return _covered(_COMMERCIAL, page)


def commercial_spread(page: PageView) -> float:
    """Sentences with a word of sales talk in them. Unit: share of sentences.

    A shop or a column on loans says such words in every third sentence, stuffed text in nearly all.
    """
    sentences = page.sentences
    return share(sum(1 for s in sentences if _COMMERCIAL.search(s)), len(sentences))


def commercial_breadth(page: PageView) -> float:
    """Trades whose search words stand on the page. Unit: trades to 40 sentences, at most all.

    Honest pages speak of one or two trades, stuffed ones of loans, hair, crabs and lawyers alike.
    A page of more than 40 sentences is scaled down, one of fewer counts as it is.
    """
    found = {_TRADE[word] for word in _OFFERS.findall(page.text)}
    return len(found) * min(1.0, 40 / max(1, len(page.sentences)))


def adult_density(page: PageView) -> float:
    """Words of pornography, not of medicine. Unit: share of visible code points."""
    return _covered(_ADULT, page)


def gambling_density(page: PageView) -> float:
    """Words of gambling offers. Unit: share of visible code points."""
    return _covered(_GAMBLING, page)


def solicit_share(page: PageView) -> float:
    """Sentences with a word of vice or quick money beside a call to act (今すぐ, 登録, 無料で).

    Unit: share of sentences. A novel or a board has the words without the call, a shop the call
    without the words.
    """
    sentences = page.sentences
    if not _VICE.search(page.text):
        return 0.0
    hits = sum(1 for s in sentences if _SOLICITING.search(s) and _VICE.search(s))
    return share(hits, len(sentences))


def translationese(page: PageView) -> float:
    """Turns of phrase of machine translation. Unit: share of visible code points."""
    return _covered(_TRANSLATED, page)


def placeholder_density(page: PageView) -> float:
    """Stock phrases of parked domains, log-in walls and error pages. Unit: share of visible."""
    return _covered(_PLACEHOLDER, page)
