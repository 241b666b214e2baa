"""Last phase of dedup: the documents that stay, the duplicates, the signatures for later runs."""

import functools
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from clean.records import DOCUMENT
from dedup.mirrors import prefer_originals
from dedup.records import DUPLICATE, signature_schema
from pipelines import files
from pipelines.dedup_compare import DECIDED
from pipelines.dedup_mirrors import CountMirrors, tally
from pipelines.dedup_sign import read_signatures, site_hash
from pipelines.dedup_work import SourceShard, Work, by_key, range_of
from pipelines.parquet import read_table, to_parquet
from pipelines.shards import Payload

EXACT, NEAR, CONTAINED, KNOWN = 1, 2, 3, 4
_REASONS = {EXACT: "exact", NEAR: "near", CONTAINED: "contained", KNOWN: "known"}
_COUNTERS = {
    EXACT: "dropped_exact_duplicate",
    NEAR: "dropped_near_duplicate",
    CONTAINED: "dropped_contained",
    KNOWN: "dropped_known",
}

REMOVED = np.dtype(
    [
        ("row", "<u4"),
        ("reason", "u1"),
        ("cluster", "<u8"),
        ("similarity", "<f8"),
        ("kept_high", "<u8"),
        ("kept_low", "<u8"),
        ("kept_site", "<u8"),
        ("kept_shard", "<u4"),
    ]
)
"""A row that goes, and the document that stays for it."""


def removals(
    chosen: NDArray[Any],
    copies: NDArray[Any],
    decided: NDArray[Any],
    sides: Mapping[int, int] | None = None,
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """What goes in a range of nodes.

    Args:
        chosen: FACTS, the representative of each node, sorted by node.
        copies: FACTS, documents with a representative's text.
        decided: DECIDED of the range, in any order, each node once.
        sides: mirror -> the site that it repeats, as hashes: among equal texts that are in no
            cluster with others, the latter's stay.

    Returns:
        The shard of each removed document, and REMOVED.
    """
    decided = decided[np.argsort(decided["node"])]
    if sides:
        alone = ~np.isin(chosen["node"], decided["node"])
        own, others = prefer_originals(chosen[alone], copies, sides)
        chosen = chosen.copy()
        chosen[alone], copies = own, others
    all_facts = np.concatenate([chosen, copies])
    copy = np.arange(len(all_facts)) >= len(chosen)
    representative = chosen[np.searchsorted(chosen["node"], all_facts["node"])]
    out = np.empty(len(all_facts), REMOVED)
    out["row"] = all_facts["row"]
    out["reason"] = np.where(representative["known"] == 1, KNOWN, EXACT)
    out["cluster"] = all_facts["node"]
    out["similarity"] = 1.0
    out["kept_high"], out["kept_low"] = representative["doc_high"], representative["doc_low"]
    out["kept_site"], out["kept_shard"] = representative["site"], representative["shard"]
    goes = copy.copy()
    if len(decided):
        at = np.minimum(np.searchsorted(decided["node"], all_facts["node"]), len(decided) - 1)
        fate = decided[at]
        clustered = fate["node"] == all_facts["node"]
        for name in ("cluster", "similarity", "kept_high", "kept_low", "kept_site", "kept_shard"):
            out[name][clustered] = fate[name][clustered]
        moved = clustered & (fate["kept_node"] != all_facts["node"])
        reason = np.where(fate["contained"] == 1, CONTAINED, NEAR)
        out["reason"][moved] = np.where(fate["kept_known"] == 1, KNOWN, reason)[moved]
        goes |= moved
    goes &= all_facts["known"] == 0
    return all_facts["shard"][goes].astype(np.int64), out[goes]


class SplitDecisions(beam.DoFn):
    """A bin's decisions by range of node: (range, DECIDED)."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, number: int) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, DECIDED) of one bin."""
        decided = self._work.load(f"compare-{number:05d}")["decided"]
        yield from by_key(range_of(decided["node"], self._work.ranges), decided)


class ListRemovals(beam.DoFn):
    """A range's removed documents by shard: (shard, REMOVED).

    Args:
        work: the work.
        sided: whether it is known by now which sites are mirrors.
    """

    def __init__(self, work: Work, sided: bool) -> None:
        self._work = work
        self._sided = sided

    def process(
        self, element: tuple[int, Iterable[NDArray[Any]]]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (shard, REMOVED) of one range."""
        number, parts = element
        if self._work.store("exact").manifest(f"{number:05d}") is None:
            return
        stored = self._work.load(f"exact-{number:05d}")
        decided = np.concatenate([np.empty(0, DECIDED), *parts])
        sides = mirror_sides(self._work) if self._sided else {}
        yield from by_key(*removals(stored["chosen"], stored["copies"], decided, sides))


@functools.lru_cache(maxsize=1)
def mirror_sides(work: Work) -> dict[int, int]:
    """Mirrors as they were counted before anything was written: mirror -> original, as hashes."""
    return {
        site_hash(row["site"]): site_hash(row["mirror_of"])
        for manifest in work.store("sides").manifests()
        for row in manifest.facts["mirrors"]
    }


class TallyShard(beam.DoFn):
    """Count a shard's duplicates by site: (range of site, TALLY)."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(
        self, element: tuple[int, Iterable[NDArray[Any]]]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield one shard's counts."""
        number, parts = element
        removed = np.concatenate([np.empty(0, REMOVED), *parts])
        stored = self._work.load(f"sign-{self._work.shards[number].name}")["facts"]
        gone = stored[removed["row"]]
        yield from tally(stored["site"], gone["site"], removed, self._work.ranges)


class WriteDocuments(beam.DoFn):
    """Write a shard's documents without the removed ones, and what is said about those."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(
        self, element: tuple[int, Iterable[NDArray[Any]]]
    ) -> Iterator[tuple[int, NDArray[Any]]]:
        """Write one shard; yields (range of site, TALLY)."""
        number, parts = element
        work, shard = self._work, self._work.shards[number]
        removed = np.concatenate([np.empty(0, REMOVED), *parts])
        removed = removed[np.argsort(removed["row"])]
        table = read_table(shard.path)
        store = work.store("write")
        if store.manifest(shard.name) is None:
            self._write(shard, table, removed)
        stored = work.load(f"sign-{shard.name}")["facts"]
        gone = stored[removed["row"]]
        yield from tally(stored["site"], gone["site"], removed, work.ranges)

    def _write(self, shard: SourceShard, table: pa.Table, removed: NDArray[Any]) -> None:
        work = self._work
        stays = np.ones(table.num_rows, bool)
        stays[removed["row"]] = False
        kept = table.select(DOCUMENT.names).filter(pa.array(stays)).cast(DOCUMENT)
        gone = table.select(["doc_id", "url", "site"]).take(pa.array(removed["row"]))
        names = site_names(work, set(removed["kept_site"].tolist()))
        runs = {item.number: item.run for item in work.shards if item.known}
        rows = [
            {
                **row,
                "cluster_id": f"{int(item['cluster']):016x}",
                "kept_doc_id": document_name(item["kept_high"], item["kept_low"]),
                "similarity": float(item["similarity"]),
                "reason": _REASONS[int(item["reason"])],
                "kept_site": names[int(item["kept_site"])],
                "kept_run": runs.get(int(item["kept_shard"])),
            }
            for row, item in zip(gone.to_pylist(), removed, strict=True)
        ]
        ending = f"-{shard.number:05d}-of-{len(work.own):05d}.parquet"
        outputs = {
            f"documents{ending}": Payload(to_parquet(kept, DOCUMENT), kept.num_rows),
            f"duplicates{ending}": Payload(to_parquet(rows, DUPLICATE), len(rows)),
            f"signatures{ending}": self._signatures(shard, table, removed),
        }
        counters = {"rows_in": table.num_rows, "rows_out": kept.num_rows}
        for reason, name in _COUNTERS.items():
            counters[name] = int((removed["reason"] == reason).sum())
        self._work.store("write").commit(shard.name, outputs, counters)

    def _signatures(self, shard: SourceShard, table: pa.Table, removed: NDArray[Any]) -> Payload:
        """A shard's distinct texts with their signatures and the documents that stay for them."""
        work = self._work
        stored = work.load(f"sign-{shard.name}")
        first, facts = stored["first"], stored["facts"]
        schema = signature_schema(work.settings)
        kept = table["doc_id"].to_pylist()
        for item in removed:
            kept[int(item["row"])] = document_name(item["kept_high"], item["kept_low"])
        digest = np.empty((len(first), 2), ">u8")
        digest[:, 0], digest[:, 1] = facts["node"][first], facts["low"][first]
        made = np.ascontiguousarray(
            read_signatures(work, shard.name, 0, work.settings.permutations, len(first))
        )
        columns = [
            pa.array([row.tobytes() for row in digest], schema.field("digest").type),
            table["doc_id"].take(pa.array(first)).combine_chunks(),
            pa.array([kept[row] for row in first.tolist()], pa.string()),
            table["site"].take(pa.array(first)).combine_chunks(),
            pa.array([row.tobytes() for row in made], schema.field("signature").type),
        ]
        sink = io.BytesIO()
        pq.write_table(
            pa.table(columns, schema=schema), sink, compression="zstd", use_dictionary=False
        )
        return Payload(sink.getvalue(), len(first))


def document_name(high: Any, low: Any) -> str:
    """A doc_id from its halves."""
    return f"{int(high):016x}{int(low):016x}"


def site_names(work: Work, hashes: set[int]) -> dict[int, str]:
    """Names of sites by their hashes.

    Args:
        work: the work.
        hashes: what to look up: sites of this run or of those that it is held against.
    """
    found = {name: text for name, text in _judged_sites(work.sites).items() if name in hashes}
    for shard in sorted(work.shards, key=lambda shard: not shard.known):
        if found.keys() >= hashes:
            break
        with files.open_read(shard.path) as stream:
            column = pq.read_table(stream, columns=["site"])["site"]
        for text in column.unique().to_pylist():
            if site_hash(text) in hashes:
                found[site_hash(text)] = text
    return found


@functools.lru_cache(maxsize=2)
def _judged_sites(path: str) -> dict[int, str]:
    with files.open_read(path) as stream:
        column = pq.read_table(stream, columns=["site"])["site"]
    return {site_hash(text): text for text in column.to_pylist()}


def _by_shard(
    work: Work, pipeline: beam.Pipeline, bins: int, sided: bool
) -> beam.PCollection[tuple[int, Iterable[NDArray[Any]]]]:
    """Add what both passes begin with: each shard's removed rows, also of shards without any."""
    decisions = (
        pipeline
        | "ListBins" >> beam.Create(list(range(bins)), reshuffle=False)
        | "SplitDecisions" >> beam.ParDo(SplitDecisions(work))
    )
    nothing = np.empty(0, DECIDED)
    ranges = pipeline | "ListRanges" >> beam.Create(
        [(number, nothing) for number in range(work.ranges)], reshuffle=False
    )
    removed = (
        (decisions, ranges)
        | "JoinRanges" >> beam.Flatten()
        | "GroupByNode" >> beam.GroupByKey()
        | "ListRemovals" >> beam.ParDo(ListRemovals(work, sided))
    )
    none = np.empty(0, REMOVED)
    shards = pipeline | "ListShards" >> beam.Create(
        [(shard.number, none) for shard in work.own], reshuffle=False
    )
    return (removed, shards) | "JoinShards" >> beam.Flatten() | "GroupByShard" >> beam.GroupByKey()


def count_sides(work: Work, pipeline: beam.Pipeline, bins: int) -> None:
    """Add to a pipeline the count of who repeats whom, before anything is written.

    Args:
        work: the work.
        pipeline: an empty pipeline.
        bins: how many bins were compared; 0 where there were no candidates.
    """
    (
        _by_shard(work, pipeline, bins, sided=False)
        | "TallyShard" >> beam.ParDo(TallyShard(work))
        | "GroupBySite" >> beam.GroupByKey()
        | "CountSides" >> beam.ParDo(CountMirrors(work, "sides", site_names))
    )


def write(work: Work, pipeline: beam.Pipeline, bins: int) -> None:
    """Add the last phase to a pipeline; arguments as of `count_sides`."""
    (
        _by_shard(work, pipeline, bins, sided=True)
        | "WriteDocuments" >> beam.ParDo(WriteDocuments(work))
        | "GroupBySite" >> beam.GroupByKey()
        | "CountMirrors" >> beam.ParDo(CountMirrors(work, "mirrors", site_names))
    )
