"""Digests of a page's lines, sentences, frames and terms: how pages of a site are compared."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numba
import numpy as np
import xxhash
from numpy.typing import NDArray

from clean.signals import classes as cl

MAX_DIGESTS = 64
"""Most lines and most sentences of a page that are digested: the first 24 and the last 40, since
what recurs stands at the head and the foot."""

MIN_SENTENCE = 10
"""Shortest sentence digested, in code points: shorter ones (はい。) recur in any honest text."""

_SENTENCE = re.compile(r"[^。！？!?｡\n]+[。！？!?｡]*[」』）)】”]*")
_KANJI = re.compile("[㐀-䶿一-鿿々]+")
_KATAKANA = re.compile("[ァ-ヴー]+")
_WESTERN = re.compile(r"[A-Za-z0-9０-９Ａ-Ｚａ-ｚ.,:/_-]+")
_SPACE = re.compile(r"\s+")
_NO_GRAMMAR = re.compile(r"[^ぁ-ゖ、。！？!?「」…\n]+")
_HIRAGANA = re.compile("[ぁ-ゖ]")
_RUN = re.compile(r"[一-鿿々]+|[ァ-ヴー]{2,}|[A-Za-z0-9]{2,}")
_JAPANESE = re.compile("[一-鿿ァ-ヴ]")

MIN_FRAME = 4
"""Fewest hiragana of a frame: headings and names have hardly any and would all be alike."""

TERM_BITS = 24
"""Low bits of an entry of `PageDigests.terms` that hold the term; above stands its sentence."""

KEYWORD_SHARE = 0.25
"""Share of a page's sentences, three at least, that hold a run of letters which is one of its
keywords: prose on one subject names it in fewer."""

BESIDE = 7
"""Characters before and after a keyword that are digested: a particle and two words."""


@dataclass(frozen=True, slots=True)
class PageDigests:
    """Digests of one page. Lines and terms are sorted and hold each value once.

    Attributes:
        text: 64-bit digest of the text without white space; 0 for an empty text.
        lines: uint32 [<= MAX_DIGESTS].
        line_chars: uint32, the code points of each of them, all occurrences together.
        chars: code points of the text that are not white space.
        sentences: uint32 [<= MAX_DIGESTS], in the order of the page.
        frames: uint32 beside them: each sentence with all but hiragana and its punctuation replaced
            by one letter a run, so that a template filled with other names stays the same; 0 where
            fewer than MIN_FRAME hiragana are left.
        terms: uint32, the pairs of kanji and triples of katakana of each sentence: its index above
            TERM_BITS, the digest of the term below.
        slots: uint32 [3 k], three for each place where a keyword of the page stands: its sentence
            above TERM_BITS and the digest of the keyword below, the digest of the BESIDE
            characters after it, and of those before it; 0 where the sentence has fewer.
    """

    text: int
    chars: int
    lines: NDArray[np.uint32]
    line_chars: NDArray[np.uint32]
    sentences: NDArray[np.uint32]
    frames: NDArray[np.uint32]
    terms: NDArray[np.uint32]
    slots: NDArray[np.uint32]

    @property
    def term_ids(self) -> NDArray[np.uint32]:
        """Digest of each entry of `terms`."""
        return _low(self.terms)

    @property
    def term_sentences(self) -> NDArray[np.int64]:
        """Index of the sentence of each entry of `terms`."""
        return _high(self.terms)

    @property
    def slot_keywords(self) -> NDArray[np.uint32]:
        """Digest of the keyword of each slot."""
        return _low(self.slots[::3])

    @property
    def slot_sentences(self) -> NDArray[np.int64]:
        """Index of the sentence of each slot."""
        return _high(self.slots[::3])


def digest_page(text: str) -> PageDigests:
    """Digest a page's text."""
    lines = [line for raw in text.split("\n") if (line := raw.strip())]
    sentences = [s for raw in _SENTENCE.findall(text) if len(s := raw.strip()) >= MIN_SENTENCE]
    folded = _SPACE.sub("", text)
    sentences = _head_and_tail(sentences)
    lengths: dict[int, int] = {}
    for line in _head_and_tail(lines):
        digest = line_digest(line)
        lengths[digest] = lengths.get(digest, 0) + len(_SPACE.sub("", line))
    return PageDigests(
        text=xxhash.xxh3_64_intdigest(folded.encode("utf-8", "replace")) if folded else 0,
        chars=len(folded),
        lines=np.array(sorted(lengths), dtype=np.uint32),
        line_chars=np.array([lengths[digest] for digest in sorted(lengths)], dtype=np.uint32),
        sentences=np.array([line_digest(s) for s in sentences], dtype=np.uint32),
        frames=np.array([frame_digest(s) for s in sentences], dtype=np.uint32),
        terms=_terms(sentences),
        slots=_slots(sentences),
    )


def line_digest(line: str) -> int:
    """Digest a stripped line: 32 bits, white space inside left aside."""
    return xxhash.xxh32_intdigest(_SPACE.sub("", line).encode("utf-8", "replace"))


def frame_digest(sentence: str) -> int:
    """Digest what is left of a sentence when every name in it is put aside; 0 for hardly anything.

    >>> frame_digest("東京で水漏れにお困りの方へ") == frame_digest("ニセコで雨漏れにお困りの人へ")
    True
    """
    frame = _NO_GRAMMAR.sub("X", sentence)
    return line_digest(frame) if len(_HIRAGANA.findall(frame)) >= MIN_FRAME else 0


def skeleton(sentence: str) -> str:
    """Reduce a sentence to its grammar: hiragana and punctuation stay, runs of the rest shrink.

    >>> skeleton("東京のエアコン修理は3社が人気です。")
    'KのTKはNKがKです。'
    """
    reduced = _KATAKANA.sub("T", _KANJI.sub("K", sentence))
    return (
        _WESTERN.sub("N", reduced.replace("K", "\x01").replace("T", "\x02"))
        .replace("\x01", "K")
        .replace("\x02", "T")
    )


def _head_and_tail(items: list[str]) -> list[str]:
    if len(items) <= MAX_DIGESTS:
        return items
    return items[:24] + items[24 - MAX_DIGESTS :]


def _low(entries: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return entries & np.uint32((1 << TERM_BITS) - 1)


def _high(entries: NDArray[np.uint32]) -> NDArray[np.int64]:
    return (entries >> np.uint32(TERM_BITS)).astype(np.int64)


def _slots(sentences: list[str]) -> NDArray[np.uint32]:
    least = max(3.0, KEYWORD_SHARE * len(sentences))
    often = Counter(_RUN.findall("\n".join(sentences)))
    maybe = {run for run, count in often.items() if count >= least}
    if not maybe:
        return np.zeros(0, dtype=np.uint32)
    holding = Counter(run for s in sentences for run in maybe.intersection(_RUN.findall(s)))
    runs = [run for run, count in holding.items() if count >= least]
    if not runs:
        return np.zeros(0, dtype=np.uint32)
    either = "|".join(map(re.escape, sorted(runs, key=lambda run: (-len(run), run))))
    keyword = re.compile(f"(?:{either})(?:[のなで]?(?:{either}))*")
    found: list[int] = []
    for i, sentence in enumerate(sentences):
        for place in keyword.finditer(sentence):
            if _JAPANESE.search(place.group()):
                after = sentence[place.end() : place.end() + BESIDE]
                before = sentence[max(0, place.start() - BESIDE) : place.start()]
                digest = line_digest(place.group()) & ((1 << TERM_BITS) - 1)
                found += (i << TERM_BITS | digest, _beside(after), _beside(before))
    return np.array(found, dtype=np.uint32)


def _beside(characters: str) -> int:
    return line_digest(characters) if len(characters) >= BESIDE - 1 else 0


def _terms(sentences: list[str]) -> NDArray[np.uint32]:
    codes = cl.code_points("\n".join(sentences))
    return np.unique(_hash_terms(codes, cl.classify(codes, cl.CLASS_TABLE)))


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _hash_terms(codes: NDArray[np.uint32], classes: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Hash two kanji or three katakana that follow each other, with the line they stand on."""
    out = np.empty(codes.shape[0], dtype=np.uint32)
    found = 0
    line = np.uint64(0)
    for i in range(codes.shape[0]):
        kind = classes[i]
        if kind == cl.NEWLINE:
            line += np.uint64(1)
        if i < 1 or classes[i - 1] != kind:
            continue
        key = (np.uint64(codes[i - 1]) << np.uint64(21)) | np.uint64(codes[i])
        if kind == cl.KATAKANA and i > 1 and classes[i - 2] == kind:
            key |= np.uint64(codes[i - 2]) << np.uint64(42)
        elif kind != cl.KANJI:
            continue
        term = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - TERM_BITS)
        out[found] = np.uint32((line << np.uint64(TERM_BITS)) | term)
        found += 1
    return out[:found]
