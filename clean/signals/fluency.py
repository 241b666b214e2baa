"""Signals of fluency: how far a page is from the Japanese of the frozen reference model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clean.reference.model import reference
from clean.reference.ngrams import costs_of
from clean.reference.symbols import KANJI_ID, SYMBOL_ID, character_symbols
from clean.signals import script
from clean.signals.page import PageView

SHOCK_BITS = 9.0
"""Cost from which a symbol of the skeleton is a shock: one in 512 or rarer in its place."""

KANA_WRITING = 0.85
"""Share of hiragana among letters above which the skeleton is the text itself, as in books for
small children; it says nothing of grammar."""

RARE_BITS = 12.0
"""Cost of saying which kanji it is, of those that the model has no id for: one of about 4,000."""

MIN_SYMBOLS = 30
"""Fewest symbols that are measured; below, the typical value stands in."""

TYPICAL_CHARACTERS = 6.0
TYPICAL_SKELETON = 3.0


def char_entropy(page: PageView) -> float:
    """Cross-entropy of the characters under the reference model. Unit: bits a character.

    A trigram model with interpolated absolute discounting (0.75). White space is left out; digits
    and Latin letters are context but are not counted, so that formulas neither help nor harm.
    Unseen prose has 5 to 7.5, old novels 8, shuffled words 9, random characters 12 and more. Fewer
    than 30 symbols give 6.
    """
    model = reference()
    symbols = character_symbols(page.codes, page.classes, model.table)
    paid = costs_of(model.characters, symbols)
    paid[symbols == KANJI_ID] += RARE_BITS
    paid = paid[symbols >= SYMBOL_ID]
    return _mean(paid, len(paid), TYPICAL_CHARACTERS)


def skeleton_entropy(page: PageView) -> float:
    """Cross-entropy of the grammar under the reference model. Unit: bits a symbol.

    Kanji, katakana, Latin and digit runs are one symbol each, so that only particles, endings and
    punctuation count, whatever the subject: a 5-gram model, smoothed in the same way. Fewer than 30
    symbols give 3.
    """
    paid, count = page.skeleton_costs
    if script.hiragana_share(page) > KANA_WRITING:
        return TYPICAL_SKELETON
    return _mean(paid, count, TYPICAL_SKELETON)


def skeleton_shocks(page: PageView) -> float:
    """Grammar symbols that cost 9 bits and more in their place. Unit: share of symbols."""
    paid, count = page.skeleton_costs
    if script.hiragana_share(page) > KANA_WRITING:
        return 0.0
    return 0.0 if count < MIN_SYMBOLS else float((paid >= SHOCK_BITS).sum()) / count


def _mean(paid: NDArray[np.float32], count: int, typical: float) -> float:
    return float(paid.sum(dtype=np.float64)) / count if count >= MIN_SYMBOLS else typical
