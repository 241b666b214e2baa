"""Character n-grams with interpolated Kneser-Ney smoothing: the baseline beside the model."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

_START = "\x02"
END = "\x03"
"""Stands behind a text that ends, in training and in what is measured."""


class KneserNey:
    """Counts of character n-grams, and the probabilities that they give.

    Args:
        texts: training texts; those that end hold `END` behind their last character.
        order: longest n-gram, in characters.

    Source: Chen and Goodman, An empirical study of smoothing techniques, 1999, section 4.1.6.
    """

    def __init__(self, texts: Iterable[str], order: int = 5) -> None:
        self.order = order
        full: Counter[str] = Counter()
        for text in texts:
            padded = _START * (order - 1) + text
            full.update(padded[at : at + order] for at in range(len(padded) - order + 1))
        # Below the longest order a count is the number of characters seen before the gram.
        counts = [Counter[str]() for _ in range(order)]
        counts[order - 1] = full
        for size in range(order - 2, -1, -1):
            for gram in counts[size + 1]:
                counts[size][gram[1:]] += 1
        self.counts = counts
        self.discounts = [_discount(found) for found in counts]
        self.totals: list[dict[str, int]] = []
        self.kinds: list[dict[str, int]] = []
        for found in counts:
            total: dict[str, int] = defaultdict(int)
            kinds: dict[str, int] = defaultdict(int)
            for gram, count in found.items():
                total[gram[:-1]] += count
                kinds[gram[:-1]] += 1
            self.totals.append(dict(total))
            self.kinds.append(dict(kinds))
        self.characters = len(counts[0]) + 1  # one more for all that was never seen

    def probability(self, context: str, character: str) -> float:
        """Probability of a character after the last order - 1 characters of a context."""
        p = 1.0 / self.characters
        for size in range(self.order):
            history = context[len(context) - size :] if size else ""
            total = self.totals[size].get(history)
            if not total:
                break
            discount = self.discounts[size]
            count = self.counts[size].get(history + character, 0)
            left = discount * self.kinds[size][history] / total
            p = max(count - discount, 0.0) / total + left * p
        return p

    def bits(self, text: str) -> float:
        """Bits that a text costs, `END` included where it holds one."""
        padded = _START * (self.order - 1) + text
        start = self.order - 1
        return -sum(
            math.log2(self.probability(padded[at - start : at], padded[at]))
            for at in range(start, len(padded))
        )


def _discount(counts: Counter[str]) -> float:
    """Absolute discount of an order: n1 / (n1 + 2 n2)."""
    once = sum(1 for count in counts.values() if count == 1)
    twice = sum(1 for count in counts.values() if count == 2)
    return once / (once + 2 * twice) if once else 0.5
