"""Where an example goes: its split, its place in the global order, and how shards are cut."""

import hashlib
from collections.abc import Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from encode.reference import mix

Split = Literal["train", "valid", "test"]
SPLITS: Final[tuple[Split, ...]] = ("train", "valid", "test")
BUCKETS: Final = 4096
"""Equal parts of the range of shuffle keys; shards are cut at their bounds."""
_SPLIT_SALT: Final = 0x73706C6974
_ORDER_SALT: Final = 0x6F72646572


def number_of(name: str) -> int:
    """64 bits of a document's id or of a site's name."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8"), digest_size=8).digest(), "big")


def split_of(name: str, seed: int, valid_share: float, test_share: float) -> Split:
    """The split of a document or site, by a hash of its name and the seed alone.

    Args:
        name: document id or site.
        seed: the run's seed.
        valid_share: expected share of valid.
        test_share: expected share of test.
    """
    chance = mix(mix(seed ^ _SPLIT_SALT) ^ number_of(name)) * 2.0**-64
    if chance < valid_share:
        return "valid"
    return "test" if chance < valid_share + test_share else "train"


def shuffle_key(doc_id: str, start: int, seed: int) -> int:
    """The place of an example in the global order, 64 bits."""
    return mix(mix(mix(seed ^ _ORDER_SALT) ^ number_of(doc_id)) + start)


def bucket_of(key: int) -> int:
    """The part of the key range that a key lies in."""
    return key * BUCKETS >> 64


def cut_evenly(sizes: Sequence[int] | NDArray[np.int64], shard_bytes: int) -> list[int]:
    """Cut buckets into shards of nearly the same size.

    Args:
        sizes: bytes in each bucket.
        shard_bytes: size that shards come close to.

    Returns:
        bounds: shard n holds the buckets from bounds[n] to bounds[n + 1] - 1; as many shards as
            come
        closest to the size, at least one where there is a byte, none where there is not.
    """
    sums = np.cumsum(np.asarray(sizes, np.int64))
    total = int(sums[-1]) if len(sums) else 0
    if total == 0:
        return [0]
    shards = max(1, min(round(total / shard_bytes), int(np.count_nonzero(sizes))))
    inner = [int(np.searchsorted(sums, total * n / shards)) + 1 for n in range(1, shards)]
    bounds = sorted({0, *inner, len(sums)})
    filled = [0]
    for bound in bounds[1:]:
        if sums[bound - 1] > (sums[filled[-1] - 1] if filled[-1] else 0):
            filled.append(bound)
    filled[-1] = len(sums)
    return filled
