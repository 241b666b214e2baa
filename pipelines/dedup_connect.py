"""Third phase of dedup: candidates connected into components, by one worker or in rounds."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
from numpy.typing import NDArray

from dedup.cluster import both_ways, connect, forest, large_star, small_star, unique_edges
from pipelines.dedup_work import Work, by_key, range_of, work_file

EDGE = np.dtype([("left", "<u8"), ("right", "<u8")])


def edges(left: NDArray[np.uint64], right: NDArray[np.uint64]) -> NDArray[Any]:
    """Two columns of nodes as EDGE."""
    made = np.empty(len(left), EDGE)
    made["left"], made["right"] = left, right
    return made


class ConnectAll(beam.DoFn):
    """Connect all edges at once; commit the labels of every range."""

    def __init__(self, work: Work, sources: tuple[str, ...]) -> None:
        self._work = work
        self._sources = sources

    def process(self, _: None) -> Iterator[int]:
        """Commit all labels; yields the ranges that have some."""
        stored = [self._work.load(name) for name in self._sources]
        nodes, labels = connect(
            np.concatenate([part["left"] for part in stored]),
            np.concatenate([part["right"] for part in stored]),
        )
        store = self._work.store("labels")
        for number, part in by_key(range_of(nodes, self._work.ranges), edges(nodes, labels)):
            arrays = {"node": part["left"], "label": part["right"]}
            outputs = work_file(f"labels-{number:05d}", arrays, len(part))
            store.commit(f"{number:05d}", outputs, {}, {"nodes": len(part)})
            yield number


class SplitEdges(beam.DoFn):
    """Edges of some files, thinned to a forest, in both directions by range of node."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, names: tuple[str, ...]) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, EDGE) of the files together: what bands repeat is thinned out here."""
        stored = [self._work.load(name) for name in names]
        left = np.concatenate([part["left"] for part in stored])
        right = np.concatenate([part["right"] for part in stored])
        both = edges(*both_ways(*forest(left, right)))
        yield from by_key(range_of(both["left"], self._work.ranges), both)


class TieLargerNeighbours(beam.DoFn):
    """Large-star over a range of nodes; commits the range's labels as they stand now."""

    def __init__(self, work: Work, iteration: int) -> None:
        self._work = work
        self._iteration = iteration

    def process(
        self, element: tuple[int, Iterable[NDArray[Any]]]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, EDGE) of one range's larger ends."""
        number, parts = element
        both = np.concatenate(list(parts))
        left, right = unique_edges(both["left"], both["right"])
        nodes, first, counts = np.unique(left, return_index=True, return_counts=True)
        least = right[first]
        labels = np.minimum(nodes, least)
        loose = int(((least < nodes) & (counts > 1)).sum())
        name = f"stars-{self._iteration:03d}-labels-{number:05d}"
        outputs = work_file(name, {"node": nodes, "label": labels}, len(nodes))
        facts = {"nodes": len(nodes), "loose": loose}
        self._work.store("labels").commit(f"{self._iteration:03d}-{number:05d}", outputs, {}, facts)
        made = edges(*unique_edges(*large_star(left, right)))
        yield from by_key(range_of(made["left"], self._work.ranges), made)


class TieSmallerNeighbours(beam.DoFn):
    """Small-star over a range of nodes; commits the edges of the next round."""

    def __init__(self, work: Work, iteration: int) -> None:
        self._work = work
        self._iteration = iteration

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit one range's edges."""
        number, parts = element
        both = np.concatenate(list(parts))
        left, right = small_star(both["left"], both["right"])
        name = f"stars-{self._iteration:03d}-edges-{number:05d}"
        outputs = work_file(name, {"left": left, "right": right}, len(left))
        store = self._work.store("stars")
        store.commit(f"{self._iteration:03d}-{number:05d}", outputs, {}, {"edges": len(left)})


def connect_at_once(work: Work, pipeline: beam.Pipeline, sources: tuple[str, ...]) -> None:
    """Add the connection of all edges by one worker to a pipeline."""
    (
        pipeline
        | "StartOnce" >> beam.Create([None], reshuffle=False)
        | "ConnectAll" >> beam.ParDo(ConnectAll(work, sources))
    )


def connect_round(
    work: Work, pipeline: beam.Pipeline, sources: tuple[tuple[str, ...], ...], iteration: int
) -> None:
    """Add one round of large-star and small-star to a pipeline.

    Args:
        work: the work.
        pipeline: an empty pipeline.
        sources: names of the files of edges, as many together as one worker is to thin out.
        iteration: number of the round.
    """
    (
        pipeline
        | "ListEdges" >> beam.Create(list(sources), reshuffle=False)
        | "SpreadEdges" >> beam.Reshuffle()
        | "SplitEdges" >> beam.ParDo(SplitEdges(work))
        | "GroupByNode" >> beam.GroupByKey()
        | "TieLargerNeighbours" >> beam.ParDo(TieLargerNeighbours(work, iteration))
        | "GroupByLargerNode" >> beam.GroupByKey()
        | "TieSmallerNeighbours" >> beam.ParDo(TieSmallerNeighbours(work, iteration))
    )
