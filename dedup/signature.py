"""MinHash signatures that datasketch reads as its own, from a compiled kernel.

A shingle's hash is a polynomial over its code points, rolled along the text, so that no substring
is ever made. The permutations are datasketch 2's: same generator, same seed, same arithmetic. With
`hashfunc=shingle_hash32` (affine32) or `shingle_hash64` (affine64), datasketch fed with the same
shingles holds the same array.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import numpy as np
from numba import njit
from numpy.typing import NDArray

from dedup.fold import FoldedTexts

Scheme = Literal["affine32", "affine64"]

HASH_VERSION = 1
"""Raised when the hash of a shingle changes: signatures of different versions are not compared."""

_BASE = 0x9E3779B97F4A7C15
_MIX1, _MIX2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_MASK = (1 << 64) - 1
_UBASE, _UMIX1, _UMIX2 = np.uint64(_BASE), np.uint64(_MIX1), np.uint64(_MIX2)
_S27, _S30, _S31, _S32, _S33 = (np.uint64(shift) for shift in (27, 30, 31, 32, 33))
_FMIX1, _FMIX2 = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_CHUNK = 2048
"""Shingles hashed at a time: 8 or 16 KiB, so that all permutations find them in the L1 cache."""


def shingle_hash64(shingle: str) -> int:
    """A shingle's 64-bit hash, as the kernel rolls it; datasketch's `hashfunc` for affine64.

    Args:
        shingle: code points of folded text, usually five.

    Returns:
        0 <= hash < 2**64.

    Source: the final mix is variant 13 of D. Stafford's constants, as in SplitMix64.
    """
    value = 0
    for character in shingle:
        value = (value * _BASE + ord(character)) & _MASK
    value = ((value ^ (value >> 30)) * _MIX1) & _MASK
    value = ((value ^ (value >> 27)) * _MIX2) & _MASK
    return value ^ (value >> 31)


def shingle_hash32(shingle: str) -> int:
    """The upper half of shingle_hash64: datasketch's `hashfunc` for affine32."""
    return shingle_hash64(shingle) >> 32


def shingles(folded: str, n: int) -> list[str]:
    """The shingles that a folded text is compared by, with repeats.

    Args:
        folded: text after folding.
        n: code points a shingle.

    Returns:
        All windows of n code points; the whole text where it is shorter; none where it is empty.
    """
    if len(folded) <= n:
        return [folded] if folded else []
    return [folded[i : i + n] for i in range(len(folded) - n + 1)]


@functools.cache
def permutations(scheme: Scheme, count: int, seed: int) -> NDArray[Any]:
    """Parameters a (odd) and b of datasketch's permutations h -> a * h + b.

    Args:
        scheme: affine32 (modulo 2**32) or affine64 (modulo 2**64).
        count: how many.
        seed: datasketch's seed; its default is 1.

    Returns:
        uint32 or uint64 [2, count].

    Source: datasketch 2.0.0, MinHash with the scheme of the same name.
    """
    dtype = np.uint32 if scheme == "affine32" else np.uint64
    width = np.dtype(dtype).itemsize * 8
    generator = np.random.RandomState(seed)
    a = generator.randint(0, 1 << (width - 1), count, dtype=dtype) * dtype(2) + dtype(1)
    b = generator.randint(0, 1 << width, count, dtype=dtype)
    return np.array([a, b])


@njit(nogil=True, cache=True, inline="always")
def _mix(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> _S30)) * _UMIX1
    value = (value ^ (value >> _S27)) * _UMIX2
    return value ^ (value >> _S31)


@njit(nogil=True, cache=True)
def roll(points, start, end, n, out):  # type: ignore[no-untyped-def]
    """Hashes of the shingles points[start:start+n] … points[end-n:end] into out; their number.

    A stretch shorter than n is one shingle; an empty one none.
    """
    length = end - start
    if length <= 0:
        return 0
    width = min(n, length)
    value = np.uint64(0)
    power = np.uint64(1)
    for i in range(start, start + width):
        value = value * _UBASE + np.uint64(points[i])
        if i > start:
            power = power * _UBASE
    out[0] = _mix(value)
    count = length - width + 1
    for i in range(1, count):
        gone = np.uint64(points[start + i - 1])
        value = (value - gone * power) * _UBASE + np.uint64(points[start + i + width - 1])
        out[i] = _mix(value)
    return count


@njit(nogil=True, cache=True)
def _sign32(points, offsets, n, a, b, out):  # type: ignore[no-untyped-def]
    hashes = np.empty(_CHUNK, np.uint64)
    inputs = np.empty(_CHUNK, np.uint32)
    perms = len(a)
    for text in range(len(offsets) - 1):
        signature = out[text]
        signature[:] = np.uint32(0xFFFFFFFF)
        start, end = offsets[text], offsets[text + 1]
        while True:
            stop = min(end, start + _CHUNK + n - 1)
            count = roll(points, start, stop, n, hashes)
            for i in range(count):
                h = np.uint32(hashes[i] >> _S32)
                h = np.uint32(h ^ (h >> np.uint32(16)))
                h = np.uint32(h * np.uint32(0x85EBCA6B))
                h = np.uint32(h ^ (h >> np.uint32(13)))
                h = np.uint32(h * np.uint32(0xC2B2AE35))
                inputs[i] = np.uint32(h ^ (h >> np.uint32(16)))
            for k in range(perms):
                ak, bk, least = a[k], b[k], signature[k]
                for i in range(count):
                    least = min(least, np.uint32(np.uint32(ak * inputs[i]) + bk))
                signature[k] = least
            if stop >= end:
                break
            start = stop - n + 1


@njit(nogil=True, cache=True)
def _sign64(points, offsets, n, a, b, out):  # type: ignore[no-untyped-def]
    inputs = np.empty(_CHUNK, np.uint64)
    perms = len(a)
    for text in range(len(offsets) - 1):
        signature = out[text]
        signature[:] = np.uint64(0xFFFFFFFFFFFFFFFF)
        start, end = offsets[text], offsets[text + 1]
        while True:
            stop = min(end, start + _CHUNK + n - 1)
            count = roll(points, start, stop, n, inputs)
            for i in range(count):
                h = inputs[i]
                h = (h ^ (h >> _S33)) * _FMIX1
                h = (h ^ (h >> _S33)) * _FMIX2
                inputs[i] = h ^ (h >> _S33)
            for k in range(perms):
                ak, bk, least = a[k], b[k], signature[k]
                for i in range(count):
                    least = min(least, ak * inputs[i] + bk)
                signature[k] = least
            if stop >= end:
                break
            start = stop - n + 1


def sign(
    folded: FoldedTexts, n: int = 5, count: int = 256, seed: int = 1, scheme: Scheme = "affine32"
) -> NDArray[Any]:
    """Signatures of folded texts.

    Args:
        folded: the texts; see dedup.fold.fold_texts.
        n: code points a shingle, at least 1.
        count: permutations.
        seed: datasketch's seed.
        scheme: datasketch's permutation scheme.

    Returns:
        uint32 (affine32) or uint64 (affine64) [texts, count]. Row i loads as
        `datasketch.MinHash(hashvalues=row, seed=seed, scheme=scheme)`; an empty text has the
        signature of an empty MinHash.

    Raises:
        ValueError: n or count below 1.
    """
    if n < 1 or count < 1:
        raise ValueError(f"shingles of {n} and {count} permutations: both must be at least 1")
    a, b = permutations(scheme, count, seed)
    out = np.empty((len(folded), count), a.dtype)
    kernel = _sign32 if scheme == "affine32" else _sign64
    kernel(folded.points, folded.offsets, n, a, b, out)
    return out
