"""Signals of fluency: how far a page is from the Japanese of the frozen reference model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clean.reference.model import reference
from clean.reference.ngrams import costs_of
from clean.signals import script
from clean.signals.page import PageView, share

SHOCK_BITS = 9.0
"""Cost from which a symbol of the skeleton is a shock: one in 512 or rarer in its place."""

KANA_WRITING = 0.85
"""Share of hiragana among letters above which the skeleton is the text itself, as in books for
small children; it says nothing of grammar."""

MIN_SYMBOLS = 30
"""Fewest symbols that are measured; below, the typical value stands in."""

TYPICAL_CHARACTERS = 5.5
TYPICAL_SKELETON = 3.0
TYPICAL_GAIN = 1.5

WINDOW, STRANGE, STRANGE_BITS = 24, 4, 14.0
"""Characters of a window; how many strange ones make it garbled; what a strange one costs at least,
one in 16,000 in its place."""


def char_entropy(page: PageView) -> float:
    """Cross-entropy of the characters under the reference model. Unit: bits a character.

    A trigram model with Kneser-Ney smoothing (discount 0.75). White space is left out; digits and
    Latin letters are context but are not counted, so that formulas neither help nor harm. Unseen
    prose has 4.5 to 7, letters of a hundred years ago 7.4, shuffled words 8.5, random characters 11
    and more. Given is the lower bound of the mean (95%), so that short texts have less to answer
    for; fewer than 30 symbols give 5.5.
    """
    return _mean(page.character_costs, TYPICAL_CHARACTERS)


def garbled_share(page: PageView) -> float:
    """Windows of 24 characters of which four and more are strange in their place (14 bits).

    Unit: share of windows. Tells a page of which only every second paragraph is garbled, or in
    which every tenth character was lost; 0 below 6 windows. Letters of a hundred years ago have
    0.1 to 0.2.
    """
    strange = page.character_costs >= STRANGE_BITS
    windows = len(strange) // WINDOW
    if windows < 6:
        return 0.0
    found = strange[: windows * WINDOW].reshape(windows, WINDOW).sum(axis=1)
    return share(int((found >= STRANGE).sum()), windows)


def skeleton_entropy(page: PageView) -> float:
    """Cross-entropy of the grammar under the reference model. Unit: bits a symbol.

    Kanji, katakana, Latin and digit runs are one symbol each, so that only particles, endings and
    punctuation count, whatever the subject: a 5-gram model, smoothed in the same way. Unseen prose
    has 2.7 to 4.5, dialects and chats 5.2, shuffled words 6. Given is the lower bound of the mean
    (95%); fewer than 30 symbols give 3.
    """
    return TYPICAL_SKELETON if _kana_written(page) else _mean(_paid(page), TYPICAL_SKELETON)


def skeleton_shocks(page: PageView) -> float:
    """Grammar symbols that cost 9 bits and more in their place. Unit: share of symbols."""
    paid = _paid(page)
    if _kana_written(page) or len(paid) < MIN_SYMBOLS:
        return 0.0
    return float((paid >= SHOCK_BITS).sum()) / len(paid)


def context_gain(page: PageView) -> float:
    """What four symbols of context tell of the next symbol of the grammar, beyond what one tells.

    Unit: bits a symbol. Every kind of real prose gains, dialects and chats little (0 to 1), others
    1 and more; words put together by what stood beside them once lose. Given is the upper bound of
    the mean (95%).
    """
    if _kana_written(page):
        return TYPICAL_GAIN
    near = costs_of(reference().skeletons, page.skeleton, order=2)[page.skeleton >= 0]
    return TYPICAL_GAIN if len(near) < MIN_SYMBOLS else -_low_mean(_paid(page) - near)


def _paid(page: PageView) -> NDArray[np.float32]:
    return page.skeleton_costs[page.skeleton >= 0]


def _kana_written(page: PageView) -> bool:
    return script.hiragana_share(page) > KANA_WRITING


def _mean(paid: NDArray[np.float32], typical: float) -> float:
    return _low_mean(paid) if len(paid) >= MIN_SYMBOLS else typical


def _low_mean(bits: NDArray[np.float32]) -> float:
    """Lower bound of the mean, one-sided at 95%: eight lines of verse condemn nobody."""
    spread = bits.std(dtype=np.float64) / len(bits) ** 0.5
    return float(bits.mean(dtype=np.float64) - 1.645 * spread)
