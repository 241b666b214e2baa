"""All layouts, and the measure that extraction is held to."""

from collections import Counter
from collections.abc import Iterator

from tests.clean.layouts import articles, blogs, boards, odd, old, reference
from tests.clean.layouts.words import Labelled, Layout, Words

LAYOUTS: dict[str, Layout] = {
    layout.__name__: layout
    for module in (articles, blogs, boards, old, reference, odd)
    for layout in module.LAYOUTS
}
"""Layouts by name."""


def pages(seeds: int = 3) -> Iterator[tuple[str, Labelled]]:
    """Every layout filled with several texts."""
    for name, layout in LAYOUTS.items():
        for seed in range(seeds):
            yield name, layout(Words(f"{name}/{seed}"))


def grams(text: str) -> Counter[str]:
    """Character 5-grams of a text without white space."""
    packed = "".join(text.split())
    return (
        Counter(packed[n : n + 5] for n in range(max(1, len(packed) - 4))) if packed else Counter()
    )


def f1(found: str, wanted: str) -> float:
    """Harmonic mean of precision and recall over character 5-grams; 1 for two empty texts."""
    a, b = grams(found), grams(wanted)
    if not a and not b:
        return 1.0
    return 2 * (a & b).total() / (a.total() + b.total())
