"""Optional phase of dedup: candidates of which one may stand inside the other."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from dedup.cluster import forest
from dedup.contain import PAIR, likely, pair_up
from pipelines.dedup_work import SourceShard, Work, by_key, range_of, work_file


class SplitPassages(beam.DoFn):
    """A shard's passages, cut by range of passage, for the ranges of a round: (range, PASSAGES)."""

    def __init__(self, work: Work, ranges: tuple[int, ...]) -> None:
        self._work = work
        self._ranges = frozenset(ranges)

    def process(self, shard: SourceShard) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, PASSAGES) of one shard."""
        passages = self._work.load(f"sign-{shard.name}")["passages"]
        for number, part in by_key(range_of(passages["passage"], self._work.ranges), passages):
            if number in self._ranges:
                yield number, part


class PairPassages(beam.DoFn):
    """Commit the pairs of documents that share the passages of a range."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit the pairs of one range."""
        number, parts = element
        store = self._work.store("passages")
        if store.manifest(f"{number:05d}") is not None:
            return
        pairs = pair_up(np.unique(np.concatenate(list(parts))))
        outputs = work_file(f"passages-{number:05d}", {"pairs": pairs}, len(pairs))
        store.commit(f"{number:05d}", outputs, {}, {"pairs": len(pairs)})


class SplitPairs(beam.DoFn):
    """A range's pairs by range of the shorter document: (range, PAIR)."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, name: str) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, PAIR) of one file."""
        pairs = self._work.load(name)["pairs"]
        yield from by_key(range_of(pairs["short"], self._work.ranges), pairs)


class CountShared(beam.DoFn):
    """Commit, as edges, the pairs of a range that share enough passages."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit the edges of one range."""
        number, parts = element
        store = self._work.store("contain")
        if store.manifest(f"{number:05d}") is not None:
            return
        left, right = forest(*likely(np.concatenate([np.empty(0, PAIR), *parts])))
        outputs = work_file(f"contain-{number:05d}", {"left": left, "right": right}, len(left))
        store.commit(f"{number:05d}", outputs, {}, {"edges": len(left)})


def pair_passages(work: Work, pipeline: beam.Pipeline, ranges: tuple[int, ...]) -> None:
    """Add one round of pairing by passages to a pipeline, for these ranges of passages."""
    (
        pipeline
        | "ListShards" >> beam.Create(list(work.own), reshuffle=False)
        | "SpreadShards" >> beam.Reshuffle()
        | "SplitPassages" >> beam.ParDo(SplitPassages(work, ranges))
        | "GroupByPassage" >> beam.GroupByKey()
        | "PairPassages" >> beam.ParDo(PairPassages(work))
    )


def count_shared(work: Work, pipeline: beam.Pipeline, sources: tuple[str, ...]) -> None:
    """Add the counting of shared passages to a pipeline."""
    (
        pipeline
        | "ListPairs" >> beam.Create(list(sources), reshuffle=False)
        | "SpreadPairs" >> beam.Reshuffle()
        | "SplitPairs" >> beam.ParDo(SplitPairs(work))
        | "GroupByShorter" >> beam.GroupByKey()
        | "CountShared" >> beam.ParDo(CountShared(work))
    )
