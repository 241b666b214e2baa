"""Count the reference model from documentation packages and hand-written prose.

usage: python benchmarks/reference/build.py PACKAGES OUT.npz

PACKAGES is a folder with one unpacked Debian package a folder (`dpkg -x`), and with a folder
NAME/ja for each plain text in PLAIN; docs/signals.md names them all. Their text is not shipped,
only counts of n-grams that occur at least a few times.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import numpy as np
from texts import texts, words

from clean.reference.model import write
from clean.reference.ngrams import continuation_counts, count_ngrams
from clean.reference.symbols import (
    CHARACTER_BITS,
    CHARACTER_ORDER,
    FIRST_CHARACTER,
    OPENING,
    SKELETON_BITS,
    SKELETON_ORDER,
    SKELETON_SYMBOLS,
    WALL,
    character_symbols,
    character_table,
    skeleton_symbols,
)
from clean.signals import classes as cl

PACKAGE_CHARS = 500_000
"""Most characters taken of one package, so that no handbook sets the tone."""

PROSE_WEIGHT = 3
"""What the hand-written prose counts: it is small and stands for the open web. (40 made the model
so sure of these few sentences that it knew others less.)"""

PLAIN = frozenset({"anthy", "bocchan", "hironsancorpus"})
PLAIN_WEIGHT = 2
"""Plain texts that are no documentation (notes, a novel, news), and what they count."""

WRITTEN = (cl.HIRAGANA, cl.KATAKANA, cl.KANJI, cl.STOP, cl.COMMA)
"""Classes of characters that get an id of their own; the others are told apart by class."""

CHARACTER_LEAST = (1, 1, 2)
SKELETON_LEAST = (1, 1, 1, 1, 2)
"""Smallest counts kept, one an order: what is rarer is noise and most of the size."""


def corpus(packages: Path) -> list[tuple[str, int]]:
    """Gather texts with their weights: every line once, packages cut to PACKAGE_CHARS."""
    taken: Counter[str] = Counter()
    seen: set[str] = set()
    found = []
    for package, text in texts(packages):
        lines = [line for line in text.split("\n") if len(line) >= 8 and line not in seen]
        seen.update(lines)
        room = PACKAGE_CHARS - taken[package]
        kept = "\n".join(lines)[: max(0, room)]
        taken[package] += len(kept)
        if kept:
            found.append((kept, PLAIN_WEIGHT if package in PLAIN else 1))
    for path in sorted((Path(__file__).parent / "prose").glob("*.txt")):
        found.append((path.read_text(encoding="utf-8"), PROSE_WEIGHT))
    print(f"{len(taken)} packages, {sum(taken.values())} characters", file=sys.stderr)
    return found


def main(packages: Path, out: Path) -> None:
    """Count, prune, write."""
    gathered = corpus(packages)
    dictionary = sorted(set(words(packages)))
    letters: Counter[str] = Counter()
    for text, weight in gathered:
        for character, count in Counter(text).items():
            letters[character] += count * weight
    letters.update("".join(dictionary))
    chosen = [
        character
        for character, count in letters.most_common()
        if count >= 3 and ord(character) < 0x10000
        and cl.CLASS_TABLE[ord(character)] in WRITTEN
    ]  # fmt: skip
    chosen += [
        character for character in "「」『』（）()・…ー～〜％%：:／/" if character not in chosen
    ]
    alphabet = "".join(dict.fromkeys(chosen))[: (1 << CHARACTER_BITS) - FIRST_CHARACTER]
    table = character_table(alphabet)
    characters, skeletons = [], []
    for text, weight in [*gathered, ("\n".join(dictionary), 1)]:
        codes = cl.code_points(text)
        classes = cl.classify(codes, cl.CLASS_TABLE)
        symbols = character_symbols(codes, classes, table)
        characters.append((np.append(symbols, WALL), weight))
        if text != "\n".join(dictionary):
            symbols = skeleton_symbols(codes, classes, OPENING)
            skeletons.append((np.append(symbols, WALL), weight))
    counted = []
    for parts, bits, size, order, least in (
        (
            characters,
            CHARACTER_BITS,
            FIRST_CHARACTER + len(alphabet),
            CHARACTER_ORDER,
            CHARACTER_LEAST,
        ),
        (skeletons, SKELETON_BITS, SKELETON_SYMBOLS, SKELETON_ORDER, SKELETON_LEAST),
    ):  # fmt: skip
        sequence = np.concatenate([part.astype(np.int64) for part, _ in parts])
        weights = np.concatenate([np.full(len(part), w, dtype=np.int64) for part, w in parts])
        counts = count_ngrams(sequence, weights, bits, size, order, (1,) * order)
        counts = continuation_counts(counts, least)
        print([len(keys) for keys in counts.keys], file=sys.stderr)
        counted.append(counts)
    size = write(out, alphabet, counted[0], counted[1])
    print(f"{len(alphabet)} characters, {size} bytes", file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
