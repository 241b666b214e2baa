"""The files of a run without a page or a site: each kind rewritten, its counters brought along."""

import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from crawl.forget import Blocked
from crawl.pages import Page
from crawl.read import EVERYTHING, classify
from encode.records import frame, iter_records
from encode.shards import Record, parse_record
from pipelines import files
from pipelines.crawl_forget import blank_warc, read_blocked, strip_index
from pipelines.shards import OutputFile
from pipelines.stage import read_record

_DEDUP_COUNTERS = {
    "exact": "dropped_exact_duplicate",
    "near": "dropped_near_duplicate",
    "contained": "dropped_contained",
    "known": "dropped_known",
}


@dataclass
class Forgetting:
    """One act of forgetting.

    Attributes:
        root: of the run.
        blocked: what goes now.
        doc_ids: documents that went so far.
        removed: rows and records that went, by stage and file kind.
    """

    root: str
    blocked: Blocked
    doc_ids: set[str] = field(default_factory=set)
    removed: Counter[str] = field(default_factory=Counter)

    def path(self, stage: str, name: str) -> str:
        """Path of an output."""
        return files.join(self.root, stage, *name.split("/"))


def _described(work: Forgetting, stage: str, out: OutputFile, rows: int) -> OutputFile:
    path = work.path(stage, out.path)
    return OutputFile(out.path, rows, files.size_of(path), files.sha256_of(path))


def _put(work: Forgetting, stage: str, out: OutputFile, data: bytes, rows: int) -> OutputFile:
    files.write_bytes(work.path(stage, out.path), data)
    return OutputFile(out.path, rows, len(data), hashlib.sha256(data).hexdigest())


def _pages_of(path: str, work: Forgetting) -> int:
    with files.open_read(path) as stream:
        found = classify(stream, path, terms=EVERYTHING)
        return sum(isinstance(item, Page) and item.url in work.blocked for item in found)


def rewrite_warc(work: Forgetting, out: OutputFile, counters: Counter[str]) -> OutputFile:
    """Blank the records of a WARC file."""
    path = work.path("crawl", out.path)
    pages = _pages_of(path, work)
    if not blank_warc(path, work.blocked):
        return out
    work.removed["crawl pages"] += pages
    counters["rows_in"] -= pages
    counters["rows_out"] -= pages
    return _described(work, "crawl", out, out.rows - pages)


def rewrite_index(work: Forgetting, out: OutputFile, counters: Counter[str]) -> OutputFile:
    """Take rows out of a URL index."""
    gone = strip_index(work.path("crawl", out.path), work.blocked)
    if not gone:
        return out
    for reason, count in gone.items():
        if reason != "stored":
            counters["rows_in"] -= count
            counters[f"dropped_{reason}"] -= count
    return _described(work, "crawl", out, out.rows - sum(gone.values()))


def rewrite_warc_list(
    work: Forgetting, out: OutputFile, outputs: dict[str, OutputFile], counters: Counter[str]
) -> OutputFile:
    """Bring `warcs.json` in line with the WARC files, and count what is imported."""
    listed = json.loads(files.read_bytes(work.path("crawl", out.path)))
    for entry in listed["warcs"]:
        if entry["external"]:
            pages = _pages_of(entry["path"], work)
            work.removed["crawl imported pages"] += pages
            counters["rows_out"] -= pages
            counters["dropped_forgotten"] += pages
            entry["pages"] -= pages
        else:
            entry["pages"] = outputs[entry["path"]].rows
            entry["sha256"] = outputs[entry["path"]].sha256
    listed["blocked"] = list(read_blocked(work.root))
    data = json.dumps(listed, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    return _put(work, "crawl", out, data, out.rows)


def rewrite_table(
    work: Forgetting, stage: str, out: OutputFile, counters: Counter[str]
) -> OutputFile:
    """Filter a Parquet file of clean or dedup by URL, document or site."""
    with files.open_read(work.path(stage, out.path)) as stream:
        table = pq.read_table(stream)
    gone = _gone_rows(work, table)
    kept = _strip_samples(work, table.filter(pc.invert(gone)))
    if kept.num_rows == table.num_rows and kept.equals(table):
        return out
    count = table.num_rows - kept.num_rows
    kind = out.path.split("-")[0].removesuffix(".parquet")
    work.removed[f"{stage} {kind}"] += count
    if kind == "documents":
        counters["rows_in"] -= count
        counters["rows_out"] -= count
    elif kind in ("dropped", "duplicates"):
        for reason in table.filter(gone).column("reason").to_pylist():
            counters["rows_in"] -= 1
            counters[_DEDUP_COUNTERS[reason] if stage == "dedup" else f"dropped_{reason}"] -= 1
    sink = io.BytesIO()
    pq.write_table(kept, sink, compression="zstd")
    return _put(work, stage, out, sink.getvalue(), kept.num_rows)


def _gone_rows(work: Forgetting, table: pa.Table) -> pa.Array:
    names = table.schema.names
    gone = [False] * table.num_rows
    if "url" in names:
        gone = [url in work.blocked for url in table.column("url").to_pylist()]
        if "doc_id" in names:
            ids = table.column("doc_id").to_pylist()
            work.doc_ids.update(name for name, out in zip(ids, gone, strict=True) if out)
    elif "doc_id" in names:
        gone = [name in work.doc_ids for name in table.column("doc_id").to_pylist()]
    elif "site" in names:
        gone = [f"http://{site}/" in work.blocked for site in table.column("site").to_pylist()]
    return pa.array(gone, pa.bool_())


def _strip_samples(work: Forgetting, table: pa.Table) -> pa.Table:
    name = "sample_doc_ids"
    if name not in table.schema.names:
        return table
    at = table.schema.get_field_index(name)
    lists = [
        [doc for doc in docs if doc not in work.doc_ids] for docs in table.column(name).to_pylist()
    ]
    return table.set_column(
        at, table.schema.field(at), pa.array(lists, table.schema.field(at).type)
    )


def rewrite_shard(
    work: Forgetting, out: OutputFile, gone: set[str], counters: Counter[str]
) -> OutputFile:
    """Take documents' examples out of a TFRecord shard.

    Args:
        work: under way.
        out: the shard.
        gone: the documents that had examples in it are added.
        counters: `tokens` is brought along.
    """
    path = work.path("encode", out.path)
    kept: list[bytes] = []
    count = 0
    with files.open_read(path) as stream:
        for number, data in enumerate(iter_records(stream, path)):
            record = parse_record(data, path, number)
            if record.doc_id in work.doc_ids:
                gone.add(record.doc_id)
                counters["tokens"] -= _tokens(record)
                count += 1
            else:
                kept.append(frame(data))
    if not count:
        return out
    work.removed["encode examples"] += count
    return _put(work, "encode", out, b"".join(kept), len(kept))


def rewrite_shard_list(
    work: Forgetting, out: OutputFile, outputs: dict[str, OutputFile]
) -> OutputFile:
    """Bring `shards.json` in line with the shards and sources as they are now."""
    index = json.loads(files.read_bytes(work.path("encode", out.path)))
    for entry in index["shards"]:
        now = outputs[entry["path"]]
        if now.sha256 != entry["sha256"]:
            entry |= {"records": now.rows, "bytes": now.bytes, "sha256": now.sha256}
            entry |= _recount(work.path("encode", entry["path"]))
    dedup = read_record(work.root, "dedup")
    current = {f"dedup/{item.path}": item for item in dedup.outputs} if dedup else {}
    for source in index["sources"]:
        if source["path"] in current:
            item = current[source["path"]]
            source |= {"sha256": item.sha256, "documents": item.rows}
    data = json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n"
    return _put(work, "encode", out, data, out.rows)


def _recount(path: str) -> dict[str, Any]:
    tokens, documents = 0, set()
    with files.open_read(path) as stream:
        for number, data in enumerate(iter_records(stream, path)):
            record = parse_record(data, path, number)
            tokens += _tokens(record)
            documents.add(record.doc_id)
    return {"tokens": tokens, "documents": len(documents)}


def _tokens(record: Record) -> int:
    return record.end - record.start + max(record.prefix, 0)
