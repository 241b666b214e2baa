"""First phase of dedup: digests and signatures of every document, equal texts taken as one."""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash
from numpy.typing import NDArray

from dedup.contain import PASSAGES, passages_of
from dedup.fold import digests, fold_texts
from dedup.keep import FACTS, NEVER, UNTOLD, elect
from dedup.signature import sign
from pipelines import files
from pipelines.dedup_work import (
    SourceShard,
    Work,
    by_key,
    range_of,
    signature_values,
    work_file,
)
from pipelines.shards import Payload

BATCH = 1024
"""Documents folded and signed at a time."""

Signed = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
"""FACTS, signatures and PASSAGES of a shard, the first two in its order."""

COLUMNS = ("doc_id", "url", "site", "fetched_at", "warc_file", "warc_offset", "text", "n_chars")


@dataclass
class SignDocuments(beam.PTransform):
    """Source shards to their documents' facts by range of node; signatures are committed."""

    work: Work
    ranges: tuple[int, ...]

    def expand(self, shards: beam.PCollection[SourceShard]) -> beam.PCollection[Any]:
        """Add the steps."""
        return (
            shards
            | "SpreadShards" >> beam.Reshuffle()
            | "SignShard" >> beam.ParDo(SignShard(self.work))
            | "SplitByNode" >> beam.ParDo(SplitByNode(self.work, self.ranges))
        )


class SignShard(beam.DoFn):
    """Fold, digest and sign a shard's documents; commit what later phases need of them."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, shard: SourceShard) -> Iterator[SourceShard]:
        """Sign one shard; yields it when committed."""
        store = self._work.store("sign")
        if store.manifest(shard.name) is None:
            facts, signatures, passages = (
                known_signatures(self._work, shard)
                if shard.known
                else own_signatures(self._work, shard)
            )
            first, signatures = distinct(facts, signatures)
            arrays = {"facts": facts, "first": first, "passages": passages}
            outputs = work_file(f"sign-{shard.name}", arrays, len(facts))
            outputs[f"_work/sign-{shard.name}.npy"] = Payload(
                np.ascontiguousarray(signatures.T).tobytes(), len(first)
            )
            counters = {"rows_known" if shard.known else "rows_in": len(facts)}
            chars = 0 if shard.known else int(facts["chars"].sum())
            store.commit(shard.name, outputs, counters, {"chars": chars, "passages": len(passages)})
        yield shard


def distinct(
    facts: NDArray[Any], signatures: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The first row of each node of a shard, by node, and their signatures."""
    _, first = np.unique(facts["node"], return_index=True)
    return first.astype(np.int64), signatures[first]


def own_signatures(work: Work, shard: SourceShard) -> Signed:
    """Facts, signatures and (where containment is looked for) passages of a shard of documents."""
    settings = work.settings
    scores = site_scores(work.sites)
    parts, signed, passages = [], [], [np.empty(0, PASSAGES)]
    with files.open_read(shard.path) as stream:
        reader = pq.ParquetFile(stream)
        row = 0
        for batch in reader.iter_batches(batch_size=BATCH, columns=list(COLUMNS)):
            folded = fold_texts(batch.column("text").to_pylist())
            both = digests(folded)
            facts = describe(batch, scores)
            facts["node"], facts["low"] = both[:, 0], both[:, 1]
            facts["shard"] = shard.number
            facts["row"] = np.arange(row, row + len(facts))
            row += len(facts)
            parts.append(facts)
            if settings.containment is not None:
                passages.append(passages_of(folded, facts["node"]))
            signed.append(
                sign(folded, settings.ngram, settings.permutations, settings.seed, settings.scheme)
            )
    signatures = _joined(signed, signature_values(settings), settings.permutations)
    return _joined(parts, FACTS), signatures, np.concatenate(passages)


def _joined(parts: list[NDArray[Any]], dtype: np.dtype[Any], width: int = 0) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty((0, width) if width else 0, dtype)


def describe(batch: pa.RecordBatch, scores: dict[str, float]) -> NDArray[Any]:
    """What decides who stays, for each row of a batch of documents."""
    facts = np.zeros(batch.num_rows, FACTS)
    sites = batch.column("site").to_pylist()
    facts["score"] = [scores.get(site, UNTOLD) for site in sites]
    facts["site"] = [site_hash(site) for site in sites]
    facts["chars"] = batch.column("n_chars").to_numpy(zero_copy_only=False)
    fetched = pc.cast(batch.column("fetched_at"), pa.int64())
    facts["fetched"] = pc.fill_null(fetched, NEVER).to_numpy(zero_copy_only=False)
    names = b"".join(bytes.fromhex(name) for name in batch.column("doc_id").to_pylist())
    halves = np.frombuffer(names, ">u8").reshape(-1, 2)
    facts["doc_high"], facts["doc_low"] = halves[:, 0], halves[:, 1]
    facts["tie"] = [
        xxhash.xxh3_64_intdigest(f"{place}\0{offset}\0{url}".encode("utf-8", "surrogatepass"))
        for place, offset, url in zip(
            batch.column("warc_file").to_pylist(),
            batch.column("warc_offset").to_pylist(),
            batch.column("url").to_pylist(),
            strict=True,
        )
    ]
    return facts


def site_hash(site: str) -> int:
    """A site's name as 64 bits."""
    return xxhash.xxh3_64_intdigest(site.encode("utf-8", "surrogatepass"))


@functools.lru_cache(maxsize=2)
def site_scores(path: str) -> dict[str, float]:
    """Score of every judged site, 0 for the best."""
    with files.open_read(path) as stream:
        table = pq.read_table(stream, columns=["site", "score"])
    pairs = zip(table["site"].to_pylist(), table["score"].to_pylist(), strict=True)
    return {site: score for site, score in pairs if score is not None and score == score}


def known_signatures(work: Work, shard: SourceShard) -> Signed:
    """Facts and signatures of an earlier run's shard."""
    with files.open_read(shard.path) as stream:
        table = pq.read_table(stream, columns=["digest", "kept_doc_id", "site", "signature"])
    facts = np.zeros(table.num_rows, FACTS)
    facts["known"] = 1
    facts["shard"] = shard.number
    facts["row"] = np.arange(table.num_rows)
    facts["fetched"] = NEVER
    facts["site"] = [site_hash(site) for site in table["site"].to_pylist()]
    for high, low, data in (
        ("node", "low", b"".join(table["digest"].to_pylist())),
        ("doc_high", "doc_low", bytes.fromhex("".join(table["kept_doc_id"].to_pylist()))),
    ):
        halves = np.frombuffer(data, ">u8").reshape(-1, 2)
        facts[high], facts[low] = halves[:, 0], halves[:, 1]
    flat = np.frombuffer(b"".join(table["signature"].to_pylist()), signature_values(work.settings))
    return facts, flat.reshape(-1, work.settings.permutations), np.empty(0, PASSAGES)


class SplitByNode(beam.DoFn):
    """A shard's facts, cut by range of node: (range, FACTS)."""

    def __init__(self, work: Work, ranges: tuple[int, ...]) -> None:
        self._work = work
        self._ranges = frozenset(ranges)

    def process(self, shard: SourceShard) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (range, FACTS) of one shard."""
        facts = self._work.load(f"sign-{shard.name}")["facts"]
        for number, part in by_key(range_of(facts["node"], self._work.ranges), facts):
            if number in self._ranges:
                yield number, part


class ElectRepresentatives(beam.DoFn):
    """Take the equal texts of a range of nodes as one; commit representatives and copies."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def process(self, element: tuple[int, Iterable[NDArray[Any]]]) -> None:
        """Commit one range."""
        number, parts = element
        store = self._work.store("exact")
        if store.manifest(f"{number:05d}") is not None:
            return
        chosen, copies = elect(np.concatenate(list(parts)))
        arrays = {"chosen": chosen, "copies": copies}
        facts = {"nodes": len(chosen), "copies": len(copies)}
        outputs = work_file(f"exact-{number:05d}", arrays, len(chosen))
        store.commit(f"{number:05d}", outputs, {}, facts)


def sign_and_elect(work: Work, pipeline: beam.Pipeline, ranges: tuple[int, ...]) -> None:
    """Add the first phase to a pipeline, for the nodes of these ranges."""
    (
        pipeline
        | "ListShards" >> beam.Create(list(work.shards), reshuffle=False)
        | "SignDocuments" >> SignDocuments(work, ranges)
        | "GroupByNode" >> beam.GroupByKey()
        | "ElectRepresentatives" >> beam.ParDo(ElectRepresentatives(work))
    )


def read_signatures(work: Work, name: str, first: int, count: int, rows: int) -> NDArray[Any]:
    """Some columns of a shard's signatures.

    Args:
        work: the work.
        name: the shard's.
        first: first column.
        count: columns.
        rows: signatures that the shard holds.

    Returns:
        [rows, count], columns contiguous.
    """
    size = signature_values(work.settings).itemsize
    with files.open_read(work.path(f"_work/sign-{name}.npy")) as stream:
        stream.seek(first * rows * size)
        data = stream.read(count * rows * size)
    return np.frombuffer(data, signature_values(work.settings)).reshape(count, rows).T
