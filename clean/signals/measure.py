"""All signals of a page in one call."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clean.signals import (
    coherence,
    fluency,
    garbling,
    layout,
    lexicon,
    repetition,
    script,
    shape,
    stuffing,
)
from clean.signals.names import SIGNALS
from clean.signals.page import MeasureInput, PageView

__all__ = ["FUNCTIONS", "MeasureInput", "measure"]

_MODULES = (script, shape, repetition, stuffing, layout, garbling, fluency, coherence, lexicon)


def _function(name: str) -> Callable[[PageView], float]:
    for module in _MODULES:
        found: Callable[[PageView], float] | None = getattr(module, name, None)
        if found is not None:
            return found
    raise LookupError(f"the signal {name} has no function; add one to clean/signals")


FUNCTIONS: dict[str, Callable[[PageView], float]] = {name: _function(name) for name in SIGNALS}
"""The function of each signal, in the order of SIGNALS."""


def measure(document: MeasureInput) -> dict[str, float]:
    """Measure every signal of a page.

    Args:
        document: the page's text and what extraction knows of it.

    Returns:
        One finite number a signal, in the order of SIGNALS, rounded to float32: a stored figure and
        a measured one compare equal. A text without characters gives 0 for every share.
    """
    view = PageView(document)
    return {name: float(np.float32(function(view))) for name, function in FUNCTIONS.items()}
