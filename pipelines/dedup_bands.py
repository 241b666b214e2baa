"""Second phase of dedup: signatures that share a band are candidates for each other."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from dedup.bands import band_keys
from dedup.buckets import star_edges
from dedup.cluster import forest
from pipelines.dedup_sign import read_signatures
from pipelines.dedup_work import SourceShard, Work, by_key, range_of, work_file

KEYED = np.dtype([("high", "<u8"), ("low", "<u8"), ("node", "<u8")])
"""A band's key in two halves, and the node whose signature has it."""


class MakeBandKeys(beam.DoFn):
    """Keys of a round's bands of a shard's signatures, cut by range of key: (range, KEYED)."""

    def __init__(self, work: Work, first: int, count: int) -> None:
        self._work = work
        self._first = first
        self._count = count

    def process(self, shard: SourceShard) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, KEYED) of one shard."""
        stored = self._work.load(f"sign-{shard.name}")
        node = stored["facts"]["node"][stored["first"]]
        if len(node) == 0:
            return
        rows = self._work.settings.bands()[1]
        signatures = read_signatures(
            self._work, shard.name, self._first * rows, self._count * rows, len(node)
        )
        keyed = np.empty((len(node), self._count), KEYED)
        keys = band_keys(signatures, self._count, rows, self._first)
        keyed["high"], keyed["low"], keyed["node"] = keys[:, :, 0], keys[:, :, 1], node[:, None]
        flat = keyed.reshape(-1)
        yield from by_key(range_of(flat["high"], self._work.ranges), flat)


class FindBuckets(beam.DoFn):
    """Tie the nodes of each bucket of a range to the smallest of them; commit the edges."""

    def __init__(self, work: Work, round_number: int) -> None:
        self._work = work
        self._round = round_number

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit the edges of one range."""
        number, parts = element
        name = f"{self._round:03d}-{number:05d}"
        store = self._work.store("bands")
        if store.manifest(name) is not None:
            return
        keyed = np.concatenate(list(parts))
        left, right, largest = star_edges(keyed["high"], keyed["low"], keyed["node"])
        left, right = forest(left, right)
        outputs = work_file(f"bands-{name}", {"left": left, "right": right}, len(left))
        store.commit(name, outputs, {}, {"edges": len(left), "largest": largest})


def find_candidates(work: Work, pipeline: beam.Pipeline, round_number: int) -> None:
    """Add one round of the second phase to a pipeline."""
    first, count = work.band_rounds()[round_number]
    (
        pipeline
        | "ListShards" >> beam.Create(list(work.shards), reshuffle=False)
        | "SpreadShards" >> beam.Reshuffle()
        | "MakeBandKeys" >> beam.ParDo(MakeBandKeys(work, first, count))
        | "GroupByBucketRange" >> beam.GroupByKey()
        | "FindBuckets" >> beam.ParDo(FindBuckets(work, round_number))
    )
