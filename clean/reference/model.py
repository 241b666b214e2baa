"""The frozen reference model: read once, then asked for the cost of characters and skeletons."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from clean.reference.ngrams import NgramCounts, NgramModel, build_model, costs_of
from clean.reference.symbols import (
    CHARACTER_BITS,
    FIRST_CHARACTER,
    SKELETON_BITS,
    SKELETON_SYMBOLS,
    character_table,
)
from clean.signals import classes as cl

FILE = "japanese-2.npz"
"""The shipped counts; the number is the version and changes with any count."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Both models and the table of characters.

    Attributes:
        version: of the counts, such as "japanese-2".
        table: int32 [65536], see `character_table`.
        ceilings: float32 [ids], what a character costs at most: a kanji no more than alone, since
            compounds that the model has not seen are no sign of anything; others as it comes.
        characters: trigrams of characters.
        skeletons: 5-grams of grammar.
    """

    version: str
    table: NDArray[np.int32]
    ceilings: NDArray[np.float32]
    characters: NgramModel
    skeletons: NgramModel


@lru_cache(maxsize=1)
def reference() -> Reference:
    """Read the shipped model; about 0.2 s once a process, 30 MB of memory."""
    data = (files("clean.reference") / FILE).read_bytes()
    alphabet, characters, skeletons = unpack(data)
    model = build_model(characters)
    return Reference(
        version=FILE.removesuffix(".npz"),
        table=character_table(alphabet),
        ceilings=_ceilings(alphabet, model),
        characters=model,
        skeletons=build_model(skeletons),
    )


def _ceilings(alphabet: str, model: NgramModel) -> NDArray[np.float32]:
    ids = np.arange(FIRST_CHARACTER + len(alphabet), dtype=np.int32)
    kanji = cl.CLASS_TABLE[[ord(character) for character in alphabet]] == cl.KANJI
    ceilings = np.full(len(ids), np.inf, dtype=np.float32)
    ceilings[FIRST_CHARACTER:][kanji] = costs_of(model, ids, order=1)[FIRST_CHARACTER:][kanji]
    return ceilings


def pack(alphabet: str, characters: NgramCounts, skeletons: NgramCounts) -> bytes:
    """Write counts as .npz: keys as differences, split into byte planes, so that they deflate."""
    arrays: dict[str, NDArray[np.uint32] | NDArray[np.uint8]] = {
        "alphabet": np.array([ord(c) for c in alphabet], dtype=np.uint32)
    }
    for name, counts in (("characters", characters), ("skeletons", skeletons)):
        for order, (keys, seen, totals) in enumerate(
            zip(counts.keys, counts.counts, counts.totals, strict=True), 1
        ):
            arrays[f"{name}_{order}_keys"] = _planes(np.diff(keys, prepend=np.uint64(0)))
            arrays[f"{name}_{order}_counts"] = _planes(seen.astype(np.uint64))
            heads = keys >> np.uint64(counts.bits)
            first = np.flatnonzero(np.diff(heads, prepend=heads[:1] + np.uint64(1)))
            arrays[f"{name}_{order}_totals"] = _planes(totals[first].astype(np.uint64))
    buffer = BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return buffer.getvalue()


def unpack(data: bytes) -> tuple[str, NgramCounts, NgramCounts]:
    """Read what `pack` wrote.

    Returns:
        The alphabet in the order of ids, the counts of characters and of skeletons.
    """
    with np.load(BytesIO(data), allow_pickle=False) as arrays:
        alphabet = "".join(map(chr, arrays["alphabet"].tolist()))
        read = []
        for name, bits, symbols in (
            ("characters", CHARACTER_BITS, FIRST_CHARACTER + len(alphabet)),
            ("skeletons", SKELETON_BITS, SKELETON_SYMBOLS),
        ):
            keys, counts, totals = [], [], []
            order = 1
            while f"{name}_{order}_keys" in arrays:
                key = np.cumsum(_values(arrays[f"{name}_{order}_keys"]), dtype=np.uint64)
                heads = key >> np.uint64(bits)
                groups = np.cumsum(np.diff(heads, prepend=heads[:1]) != 0)
                keys.append(key)
                counts.append(_values(arrays[f"{name}_{order}_counts"]).astype(np.int64))
                whole = _values(arrays[f"{name}_{order}_totals"]).astype(np.int64)
                totals.append(whole[groups])
                order += 1
            read.append(NgramCounts(bits, symbols, tuple(keys), tuple(counts), tuple(totals)))
    return alphabet, read[0], read[1]


def write(path: Path, alphabet: str, characters: NgramCounts, skeletons: NgramCounts) -> int:
    """Write the counts to a file and return its size in bytes."""
    data = pack(alphabet, characters, skeletons)
    path.write_bytes(data)
    return len(data)


def _planes(values: NDArray[np.uint64]) -> NDArray[np.uint8]:
    planes = values.astype("<u8").view(np.uint8).reshape(-1, 8).T
    used = 8 - int(np.argmax(planes[::-1].any(axis=1))) if planes.any() else 1
    return np.ascontiguousarray(planes[:used])


def _values(planes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    whole = np.zeros((planes.shape[1], 8), dtype=np.uint8)
    whole[:, : planes.shape[0]] = planes.T
    return whole.view("<u8").reshape(-1).astype(np.uint64)
