"""Fourth phase of dedup: candidates gathered into bins of whole components, and compared there."""

import functools
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow.parquet as pq
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from dedup.fold import FoldedTexts, fold_texts, put_texts
from dedup.keep import FACTS
from dedup.resolve import Members, resolve
from pipelines import files
from pipelines.dedup_sign import BATCH, read_signatures
from pipelines.dedup_work import (
    SourceShard,
    Work,
    by_key,
    pack,
    range_of,
    signature_values,
    work_file,
)
from pipelines.shards import Manifest, Payload

CANDIDATE = np.dtype([("row", "<u4"), ("node", "<u8"), ("bin", "<u4")])
"""A candidate in its shard, and the bin that it goes to."""

DECIDED = np.dtype(
    [
        ("node", "<u8"),
        ("cluster", "<u8"),
        ("similarity", "<f8"),
        ("kept_node", "<u8"),
        ("kept_high", "<u8"),
        ("kept_low", "<u8"),
        ("kept_site", "<u8"),
        ("kept_shard", "<u4"),
        ("kept_known", "u1"),
        ("contained", "u1"),
    ]
)
"""What became of a member of a cluster: its cluster, and who stays for it."""


def bin_of(labels: NDArray[np.uint64], bins: int) -> NDArray[np.int64]:
    """The bin of each component; labels are mixed, since the smallest of many are small."""
    mixed = labels * np.uint64(0x9E3779B97F4A7C15)
    return range_of(mixed ^ (mixed >> np.uint64(29)), bins)


class LocateCandidates(beam.DoFn):
    """A range's candidates by the shard where they stand: (shard, CANDIDATE)."""

    def __init__(self, work: Work, bins: int) -> None:
        self._work = work
        self._bins = bins

    def process(self, element: tuple[int, str]) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (shard, CANDIDATE) of one range."""
        number, name = element
        labels = self._work.load(name)
        chosen = self._work.load(f"exact-{number:05d}")["chosen"]
        place = np.searchsorted(chosen["node"], labels["node"])
        found = np.empty(len(place), CANDIDATE)
        found["row"] = chosen["row"][place]
        found["node"] = labels["node"]
        found["bin"] = bin_of(labels["label"], self._bins)
        yield from by_key(chosen["shard"][place].astype(np.int64), found)


class GatherCandidates(beam.DoFn):
    """Write a shard's candidates, with folded text and signature, sorted by bin."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit one shard's candidates."""
        number, parts = element
        shard = self._work.shards[number]
        store = self._work.store("gather")
        if store.manifest(shard.name) is not None:
            return
        found = np.concatenate(list(parts))
        found = found[np.lexsort((found["node"], found["bin"]))]
        stored = self._work.load(f"sign-{shard.name}")
        facts = stored["facts"]
        nodes = facts["node"][stored["first"]]
        signatures = read_signatures(
            self._work, shard.name, 0, self._work.settings.permutations, len(nodes)
        )[np.searchsorted(nodes, found["node"])]
        folded = self._folded(shard, found["row"].astype(np.int64))
        data, index = bytearray(), []
        for bin_number, some in by_key(found["bin"].astype(np.int64), np.arange(len(found))):
            texts = folded.take(some)
            segment = pack(
                {
                    "facts": facts[found["row"][some]],
                    "signatures": signatures[some],
                    "points": texts.points,
                    "lengths": texts.lengths(),
                }
            )
            index.append([bin_number, len(data), len(segment)])
            data += segment
        outputs = {f"_work/gather-{shard.name}.bin": Payload(bytes(data), len(found))}
        store.commit(shard.name, outputs, {}, {"bins": index})

    def _folded(self, shard: SourceShard, rows: NDArray[np.int64]) -> FoldedTexts:
        """Folded texts of some rows of a shard, in their order; empty where none is needed."""
        if shard.known or self._work.settings.verify == "estimate":
            return FoldedTexts(np.empty(0, np.uint32), np.zeros(len(rows) + 1, np.int64))
        order = np.argsort(rows)
        parts: list[FoldedTexts] = []
        with files.open_read(shard.path) as stream:
            start = 0
            for batch in pq.ParquetFile(stream).iter_batches(BATCH, columns=["text"]):
                end = start + batch.num_rows
                low, high = np.searchsorted(rows[order], [start, end])
                some = rows[order][low:high] - start
                parts.append(fold_texts(batch.column("text").take(some).to_pylist()))
                start = end
        lengths = np.concatenate([part.lengths() for part in parts])
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        together = FoldedTexts(np.concatenate([part.points for part in parts]), offsets)
        return together.take(np.argsort(order))


class CompareBin(beam.DoFn):
    """Decide the clusters of a bin; commit what became of their members."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, number: int) -> None:
        """Commit one bin's decisions."""
        store = self._work.store("compare")
        if store.manifest(f"{number:05d}") is not None:
            return
        with tempfile.TemporaryDirectory(prefix="kinari-bin-") as folder:
            members = read_bin(self._work, number, folder)
            decision = resolve(members, self._work.rule())
        member, kept = members.facts[decision.member], members.facts[decision.kept]
        decided = np.empty(len(member), DECIDED)
        decided["node"] = member["node"]
        decided["cluster"] = decision.cluster
        decided["similarity"] = decision.similarity
        decided["contained"] = decision.contained
        for name, source in (
            ("kept_node", "node"),
            ("kept_high", "doc_high"),
            ("kept_low", "doc_low"),
            ("kept_site", "site"),
            ("kept_shard", "shard"),
            ("kept_known", "known"),
        ):
            decided[name] = kept[source]
        outputs = work_file(f"compare-{number:05d}", {"decided": decided}, len(decided))
        facts = {"candidates": len(members.facts), "decided": len(decided)}
        store.commit(f"{number:05d}", outputs, {}, facts)


@functools.lru_cache(maxsize=1)
def _gathered(work: Work) -> list[Manifest]:
    return work.store("gather").manifests()


def _segments(work: Work, number: int) -> Iterator[NpzFile]:
    """A bin's part of each shard; arrays are read from it when asked for."""
    for manifest in _gathered(work):
        for bin_number, offset, length in manifest.facts["bins"]:
            if bin_number == number:
                with files.open_read(work.path(manifest.outputs[0].path)) as stream:
                    stream.seek(offset)
                    data = stream.read(length)
                with np.load(io.BytesIO(data), allow_pickle=False) as segment:
                    yield segment


def read_bin(work: Work, number: int, folder: str) -> Members:
    """The members of a bin from all shards, sorted by node.

    Args:
        work: the work.
        number: the bin.
        folder: a local folder for what is larger than the settings' bin_mib: a component of a
            million is mapped from a file there, not held in memory.
    """
    parts = [(part["facts"], part["lengths"]) for part in _segments(work, number)]
    facts = np.concatenate([np.empty(0, FACTS), *(part[0] for part in parts)])
    lengths = np.concatenate([np.empty(0, np.int64), *(part[1] for part in parts)])
    order = np.argsort(facts["node"])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    offsets = np.concatenate([[0], np.cumsum(lengths[order])]).astype(np.int64)
    limit = work.settings.bin_mib << 20
    shape = (len(facts), work.settings.permutations)
    signatures = _room(shape, signature_values(work.settings), limit, folder)
    points = _room((int(offsets[-1]),), np.dtype("<u4"), limit, folder)
    start = 0
    for segment in _segments(work, number):
        size = len(segment["facts"])
        where = place[start : start + size]
        signatures[where] = segment["signatures"]
        put_texts(points, offsets[where], segment["points"], segment["lengths"])
        start += size
    return Members(facts[order], signatures, FoldedTexts(points, offsets))


def _room(shape: tuple[int, ...], dtype: np.dtype[Any], limit: int, folder: str) -> NDArray[Any]:
    """An array in memory, or mapped from a file where it would be larger than the limit."""
    if int(np.prod(shape)) * dtype.itemsize <= limit:
        return np.empty(shape, dtype)
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        return np.memmap(file, dtype, "w+", shape=shape)  # the file goes with the mapping


def gather(
    work: Work, pipeline: beam.Pipeline, labels: tuple[tuple[int, str], ...], bins: int
) -> None:
    """Add the gathering of candidates to a pipeline.

    Args:
        work: the work.
        pipeline: an empty pipeline.
        labels: range -> name of the work file with its labels.
        bins: how many bins.
    """
    (
        pipeline
        | "ListRanges" >> beam.Create(list(labels), reshuffle=False)
        | "SpreadRanges" >> beam.Reshuffle()
        | "LocateCandidates" >> beam.ParDo(LocateCandidates(work, bins))
        | "GroupByShard" >> beam.GroupByKey()
        | "GatherCandidates" >> beam.ParDo(GatherCandidates(work))
    )


def compare(work: Work, pipeline: beam.Pipeline, bins: int) -> None:
    """Add the comparison of all bins to a pipeline."""
    (
        pipeline
        | "ListBins" >> beam.Create(list(range(bins)), reshuffle=False)
        | "SpreadBins" >> beam.Reshuffle()
        | "CompareBin" >> beam.ParDo(CompareBin(work))
    )
