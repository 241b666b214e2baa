"""The index of a crawl's URLs: written at its end, read by a later crawl and by `forget`."""

import io
import json
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from crawl.frontier import read_exports, read_rows
from crawl.partition import Share, registrable_domain
from crawl.urls import host_of
from pipelines import files
from pipelines.errors import UserError

URLS = pa.schema(
    [
        ("url", pa.string()),
        ("origin", pa.string()),
        ("site", pa.string()),
        ("depth", pa.int64()),
        ("via", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("status", pa.int64()),
        ("fetched_at", pa.string()),
        ("signals", pa.string()),
        ("etag", pa.string()),
        ("modified", pa.string()),
        ("digest", pa.string()),
        ("warc_file", pa.string()),
        ("warc_offset", pa.int64()),
        ("target", pa.string()),
        ("first_at", pa.string()),
    ]
)
"""One row for each URL of the frontier, sorted by URL: what became of it and where it stands."""

_BATCH = 20_000
_KNOWN = frozenset({"not_modified", "unchanged"})
_FINAL = frozenset(
    {"url_too_long", "path_repeats", "depth", "query_variants", "calendar", "redirect_limit"}
)


def url_index(work: Path) -> tuple[bytes, int]:
    """Make the Parquet index of a finished frontier.

    Args:
        work: folder of the partition.

    Returns:
        The file and its number of rows.
    """
    sink = io.BytesIO()
    count = 0
    with (
        sqlite3.connect(work / "frontier.sqlite") as db,
        pq.ParquetWriter(sink, URLS, compression="zstd") as writer,
    ):
        rows = read_rows(db)
        while batch := list(islice(rows, _BATCH)):
            columns = zip(*batch, strict=True)
            arrays = [
                pa.array(column, kind) for column, kind in zip(columns, URLS.types, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=URLS))
            count += len(batch)
    return sink.getvalue(), count


def exports_json(work: Path) -> bytes:
    """List the URLs that a partition found for others, as JSON lines [partition, URL, depth]."""
    with sqlite3.connect(work / "frontier.sqlite") as db:
        lines = (json.dumps(item, ensure_ascii=False) + "\n" for item in read_exports(db))
        return "".join(lines).encode()


def read_earlier(root: str, share: Share) -> Iterator[bytes]:
    """Read what an earlier run knew of a partition's URLs.

    Args:
        root: of the earlier run.
        share: the partition.

    Yields:
        JSON lines [url, depth, etag, last-modified, payload digest, date of the stored answer].

    Raises:
        UserError: that run has no finished crawl.
    """
    found = files.listing(files.join(root, "crawl", "urls-*.parquet"))
    if not found:
        raise UserError(f"crawl.earlier: {root} holds no finished crawl")
    for item in found:
        with files.open_read(item.path) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(_BATCH):
                for row in batch.to_pylist():
                    if row["reason"] in _FINAL or not _own(row["url"], share):
                        continue
                    yield _known(row)


def _own(url: str, share: Share) -> bool:
    return share.owner(registrable_domain(host_of(url))) == share.number


def _known(row: dict[str, str]) -> bytes:
    known = ["", "", "", ""]
    if row["outcome"] == "stored" or row["reason"] in _KNOWN:
        date = row["first_at"] or row["fetched_at"]
        known = [row["etag"], row["modified"], row["digest"], date]
    return json.dumps([row["url"], row["depth"], *known]).encode() + b"\n"
