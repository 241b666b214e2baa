"""Digests of a page's lines, sentences and sentence skeletons: how pages of a site are compared."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import xxhash
from numpy.typing import NDArray

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


@dataclass(frozen=True, slots=True)
class PageDigests:
    """Digests of one page; arrays of digests are sorted and hold each value once.

    Attributes:
        text: 64-bit digest of the text without white space; 0 for an empty text.
        lines: uint32 [<= MAX_DIGESTS].
        line_chars: uint32, the code points of each of them, all occurrences together.
        chars: code points of the text that are not white space.
        sentences: uint32 [<= MAX_DIGESTS].
        skeletons: uint32 [<= MAX_DIGESTS]: sentences with their kanji, katakana and Western runs
            each replaced by one letter, so that a template filled with other names stays the same.
    """

    text: int
    chars: int
    lines: NDArray[np.uint32]
    line_chars: NDArray[np.uint32]
    sentences: NDArray[np.uint32]
    skeletons: NDArray[np.uint32]


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
        sentences=_distinct([line_digest(s) for s in sentences]),
        skeletons=_distinct([line_digest(skeleton(s)) for s in sentences]),
    )


def line_digest(line: str) -> int:
    """Digest a stripped line: 32 bits, white space inside left aside."""
    return xxhash.xxh32_intdigest(_SPACE.sub("", line).encode("utf-8", "replace"))


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


def _distinct(values: list[int]) -> NDArray[np.uint32]:
    return np.unique(np.array(values, dtype=np.uint32))
