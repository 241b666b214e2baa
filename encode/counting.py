"""Counting what a vocabulary is learned from: runs of one script, folded."""

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache

from encode.reference import WHITE
from encode.scripts import run_pattern
from encode.variants import fold
from encode.vocabulary import RESERVED

MAX_RUN: int = 64
"""Longest run counted as one, in code points; a longer one is cut."""


@cache
def _pattern() -> re.Pattern[str]:
    return re.compile(run_pattern())


@cache
def _removed() -> re.Pattern[str]:
    """White space and reserved tokens, which have ids of their own."""
    white = [found for found, token in WHITE if token[0] == "<"]
    return re.compile("|".join(re.escape(text) for text in (*RESERVED, *white)))


def count_runs(texts: Iterable[str]) -> Counter[str]:
    """Count the script runs of texts.

    Args:
        texts: any texts; variants are folded first, white space and reserved tokens left out.

    Returns:
        run -> how often it stands; runs of more than MAX_RUN code points are cut.
    """
    counts: Counter[str] = Counter()
    find = _pattern().findall
    for text in texts:
        text = text.replace("\u2014", "ー").replace("\u2212", "ー")
        counts.update(find(fold(_removed().sub("\n", text))))
    long = [run for run in counts if len(run) > MAX_RUN]
    for run in long:
        times = counts.pop(run)
        for start in range(0, len(run), MAX_RUN):
            counts[run[start : start + MAX_RUN]] += times
    return counts
