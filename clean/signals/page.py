"""One page as the signals see it: its text cut once, its figures counted once."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from clean.reference.model import reference
from clean.reference.ngrams import costs_of
from clean.reference.symbols import (
    KANJI_ID,
    OPENING,
    SYMBOL_ID,
    character_symbols,
    skeleton_symbols,
)
from clean.signals import classes as cl


@dataclass(frozen=True, slots=True)
class MeasureInput:
    """What extraction tells of a page. A page that was not extracted is measured as well.

    Attributes:
        text: extracted text, one paragraph a line; for a page without any, the visible text as far
            as it is known, so that a host in another language can be judged by it.
        title: the page's title, "" where it has none.
        html_chars: length of the decoded HTML in code points; 0 where unknown.
        page_chars: visible characters of the whole page, navigation included; 0 where unknown.
        link_chars: those of page_chars that stand inside links.
        links: number of links on the page.
        list_items: number of list items and table cells on the page.
        paragraphs: number of paragraphs on the page.
        damaged: characters that decoding could not read.
        language: what extraction takes it for ("ja", "en", ...), "" where it can't tell.
        reason: why another step dropped the page, None for a page that stands.
    """

    text: str
    title: str = ""
    html_chars: int = 0
    page_chars: int = 0
    link_chars: int = 0
    links: int = 0
    list_items: int = 0
    paragraphs: int = 0
    damaged: int = 0
    language: str = ""
    reason: str | None = None


MAX_CHARS = 50_000
"""Longest text measured, in code points: of a longer page the first part speaks for all."""

RARE_BITS = 12.0
"""Cost of saying which kanji it is, of those that the model has no id for: one of about 4,000."""

_SENTENCE = re.compile(r"[^。！？!?｡\n]+[。！？!?｡]*[」』）)】”]*")
_TERM = re.compile(r"[㐀-䶿一-鿿々]{2,}|[ァ-ヴー]{3,}|[A-Za-z]{3,}|\n")


class PageView:
    """A page's text with its code points, classes, lines, sentences and terms, each made once."""

    def __init__(self, page: MeasureInput) -> None:
        """Look at a page; everything is computed on first use.

        Args:
            page: what extraction tells; the text is cut at MAX_CHARS.
        """
        self.facts = page
        self.text = page.text[:MAX_CHARS]

    @cached_property
    def codes(self) -> NDArray[np.uint32]:
        """Code points, uint32 [chars]."""
        return cl.code_points(self.text)

    @cached_property
    def classes(self) -> NDArray[np.uint8]:
        """Class of each code point, uint8 [chars]."""
        return np.asarray(cl.classify(self.codes, cl.CLASS_TABLE))

    @cached_property
    def counts(self) -> list[int]:
        """Code points of each class."""
        return [int(n) for n in cl.count_classes(self.classes)]

    @cached_property
    def character_costs(self) -> NDArray[np.float32]:
        """Bits of each character under the reference model, digits and Latin letters left out.

        A kanji costs no more than it does alone: technical terms are made of common characters.
        """
        model = reference()
        symbols = character_symbols(self.codes, self.classes, model.table)
        paid = np.minimum(costs_of(model.characters, symbols), model.ceilings[symbols])
        paid[symbols == KANJI_ID] += RARE_BITS
        return np.asarray(paid[symbols >= SYMBOL_ID], dtype=np.float32)

    @cached_property
    def skeleton(self) -> NDArray[np.int32]:
        """The text's grammar, int32: skeleton ids and walls."""
        return np.asarray(skeleton_symbols(self.codes, self.classes, OPENING))

    @cached_property
    def skeleton_costs(self) -> NDArray[np.float32]:
        """Bits of each symbol of the text's grammar under the reference model; 0 at walls."""
        return costs_of(reference().skeletons, self.skeleton)

    @cached_property
    def visible(self) -> int:
        """Code points that are neither white space nor line ends."""
        return len(self.text) - self.counts[cl.SPACE] - self.counts[cl.NEWLINE]

    @cached_property
    def letters(self) -> int:
        """Code points that are letters of any script."""
        count = self.counts
        return (
            count[cl.HIRAGANA] + count[cl.KATAKANA] + count[cl.KANJI] + count[cl.LATIN]
            + count[cl.HANGUL] + count[cl.LETTER] + count[cl.HALF_KATAKANA]
        )  # fmt: skip

    @cached_property
    def lines(self) -> list[str]:
        """Lines with something on them, stripped."""
        return [line for raw in self.text.split("\n") if (line := raw.strip())]

    @cached_property
    def sentences(self) -> list[str]:
        """Runs up to a full stop or a line's end, stripped, of at least four code points."""
        found = (match.strip() for match in _SENTENCE.findall(self.text))
        return [sentence for sentence in found if len(sentence) >= 4]

    @cached_property
    def terms(self) -> list[list[str]]:
        """Content terms of each sentence: kanji from two, katakana and Latin from three letters."""
        groups: list[list[str]] = [[]]
        for term in _TERM.findall("\n".join(self.sentences)):
            if term == "\n":
                groups.append([])
            else:
                groups[-1].append(term)
        return groups if self.sentences else []


def share(part: float, whole: float) -> float:
    """Divide, with 0 for an empty whole."""
    return part / whole if whole > 0 else 0.0
