"""What the phases of dedup share: shards, ranges, and the arrays kept between phases."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.resolve import Rule
from dedup.settings import DedupSettings
from pipelines import files
from pipelines.shards import Payload, ShardStore

Arrays = dict[str, NDArray[Any]]

DOCUMENTS_A_RANGE = 100_000
"""Documents that one range of nodes or band keys holds, about: some 10 MB at once in a worker."""

MOST_RANGES = 1000
"""Ranges at most: above 100 million documents the ranges grow, not the number of small arrays."""

FACT_BYTES = 200
"""Bytes that one document's facts take in the shuffle, with what carries them."""

BAND_BYTES = 24
"""Bytes that one band of one document takes in the shuffle: a 16-byte key and a node."""


PASSAGE_BYTES = 24
"""Bytes that one passage of one document takes in the shuffle."""


@dataclass(frozen=True)
class SourceShard:
    """One file of documents, or of an earlier run's signatures.

    Attributes:
        number: its place among all shards, which names it inside this stage.
        path: the file.
        rows: documents in it.
        run: folder of the earlier run that it belongs to; empty for this run.
    """

    number: int
    path: str
    rows: int
    run: str = ""

    @property
    def known(self) -> bool:
        """Whether it belongs to an earlier run."""
        return bool(self.run)

    @property
    def name(self) -> str:
        """Its id among committed shards."""
        return f"{self.number:05d}"


@dataclass(frozen=True)
class Work:
    """Where dedup works and how it cuts its work; the same for the same settings and inputs.

    Attributes:
        stage_dir: the stage's folder.
        fingerprint: of settings, inputs and code.
        settings: the stage's.
        shards: all sources, this run's first.
        sites: path of sites.parquet.
    """

    stage_dir: str
    fingerprint: str
    settings: DedupSettings
    shards: tuple[SourceShard, ...]
    sites: str

    @property
    def own(self) -> tuple[SourceShard, ...]:
        """The shards of this run."""
        return tuple(shard for shard in self.shards if not shard.known)

    @property
    def documents(self) -> int:
        """Documents in all shards."""
        return sum(shard.rows for shard in self.shards)

    @property
    def ranges(self) -> int:
        """Into how many ranges nodes and band keys are cut."""
        return min(MOST_RANGES, max(2, -(-self.documents // DOCUMENTS_A_RANGE)))

    @property
    def range_rounds(self) -> int:
        """Rounds in which all documents' facts pass the shuffle."""
        needed = -(-self.documents * FACT_BYTES // (self.settings.shuffle_mib << 20))
        return max(1, min(needed, self.ranges))

    def passage_rounds(self, passages: int) -> int:
        """Rounds in which so many passages pass the shuffle."""
        needed = -(-passages * PASSAGE_BYTES // (self.settings.shuffle_mib << 20))
        return max(1, min(needed, self.ranges))

    def band_rounds(self) -> list[tuple[int, int]]:
        """First band and number of bands of each round."""
        bands = self.settings.bands()[0]
        budget = self.settings.shuffle_mib << 20
        each = max(1, min(bands, budget // max(1, self.documents * BAND_BYTES)))
        return [(first, min(each, bands - first)) for first in range(0, bands, each)]

    def rule(self) -> Rule:
        """How candidates are judged."""
        bands, rows = self.settings.bands()
        points = (self.settings.bin_mib << 20) // 8
        settings = self.settings
        return Rule(
            settings.threshold,
            settings.ngram,
            bands,
            rows,
            settings.verify,
            points,
            settings.containment,
        )

    def store(self, phase: str) -> ShardStore:
        """The shard store of a phase."""
        return ShardStore(self.stage_dir, phase, self.fingerprint)

    def path(self, name: str) -> str:
        """A path below the stage's folder."""
        return files.join(self.stage_dir, *name.split("/"))

    def load(self, name: str) -> Arrays:
        """Arrays of a committed work file."""
        return unpack(files.read_bytes(self.path(f"_work/{name}.npz")))


def signature_values(settings: DedupSettings) -> np.dtype[Any]:
    """Type of a signature's values."""
    return np.dtype("<u4" if settings.scheme == "affine32" else "<u8")


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Arrays as the bytes of an .npz; the same arrays give the same bytes."""
    sink = io.BytesIO()
    np.savez(sink, allow_pickle=False, **arrays)
    return sink.getvalue()


def unpack(data: bytes) -> Arrays:
    """Arrays from the bytes of an .npz."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def work_file(name: str, arrays: Mapping[str, NDArray[Any]], rows: int) -> dict[str, Payload]:
    """Arrays as an output of a shard, below _work/."""
    return {f"_work/{name}.npz": Payload(pack(arrays), rows)}


def range_of(values: NDArray[np.uint64], ranges: int) -> NDArray[np.int64]:
    """The range that each 64-bit value falls into: equal stretches of all values."""
    upper = values >> np.uint64(32)
    return ((upper * np.uint64(ranges)) >> np.uint64(32)).astype(np.int64)


def by_key(keys: NDArray[np.int64], values: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    """Split values by their keys: each key that occurs with its values, in order."""
    if len(keys) == 0:
        return
    order = np.argsort(keys, kind="stable")
    keys, values = keys[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    for start, end in zip(starts, [*starts[1:], len(keys)], strict=True):
        yield int(keys[start]), values[start:end]
