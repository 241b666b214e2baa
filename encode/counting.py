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
STRETCH: int = 2000
"""Runs of a text among which each different run counts once: a word that one text repeats says
little about other texts. Some 5,000 characters; a longer text is so many texts."""


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
        run -> in how many stretches of a text it stands; runs of more than MAX_RUN code points
        are cut.
    """
    counts: Counter[str] = Counter()
    find = _pattern().findall
    for text in texts:
        text = text.replace("\u2014", "ー").replace("\u2212", "ー")
        runs = find(fold(_removed().sub("\n", text)))
        for start in range(0, len(runs), STRETCH):
            counts.update(dict.fromkeys(runs[start : start + STRETCH], 1))
    long = [run for run in counts if len(run) > MAX_RUN]
    for run in long:
        times = counts.pop(run)
        for start in range(0, len(run), MAX_RUN):
            counts[run[start : start + MAX_RUN]] += times
    return counts
