"""What a run has forgotten: the list in its folder, and the crawl stage's part in forgetting."""

import io
import json
from pathlib import Path
from typing import BinaryIO

import pyarrow.parquet as pq

from crawl.forget import Blocked, filler, find_regions
from pipelines import files

FORGOTTEN = "forgotten.json"
"""URLs and sites taken out of a run, in the run's folder; they stay out of later crawls."""


_BLOCK = 1 << 22


def read_blocked(*roots: str) -> tuple[str, ...]:
    """Read the forgotten URLs and sites of runs; an empty root stands for none."""
    names: set[str] = set()
    for root in roots:
        if root:
            try:
                names.update(json.loads(files.read_bytes(files.join(root, FORGOTTEN))))
            except FileNotFoundError:
                continue
    return tuple(sorted(names))


def add_blocked(root: str, name: str) -> tuple[str, ...]:
    """Add a URL or site to a run's list and give the whole list."""
    names = sorted({*read_blocked(root), name})
    data = json.dumps(names, ensure_ascii=False, indent=1).encode() + b"\n"
    files.write_bytes(files.join(root, FORGOTTEN), data)
    return tuple(names)


def blank_warc(path: str, blocked: Blocked) -> int:
    """Overwrite the records of blocked URLs in a WARC file with records that say nothing.

    Args:
        path: of an own WARC file, on any Beam filesystem.
        blocked: what is to go.

    Returns:
        Bytes overwritten; 0 where the file has none of it and is left as it is.
    """
    with files.open_read(path) as stream:
        regions = list(find_regions(stream, blocked))
        if not regions:
            return 0
        if files.is_local(path):
            fresh = f"{path}.tmp"
            with files.create(fresh) as target:
                _copy(stream, target, regions)
            Path(fresh).replace(path)
        else:
            with files.create(path) as target:
                _copy(stream, target, regions)
    return sum(end - start for start, end in regions)


def _copy(source: BinaryIO, target: BinaryIO, regions: list[tuple[int, int]]) -> None:
    """Copy a file with the regions replaced, block by block."""
    size = source.seek(0, 2)
    at = 0
    for start, end in [*regions, (size, size)]:
        source.seek(at)
        while at < start:
            block = source.read(min(_BLOCK, start - at))
            target.write(block)
            at += len(block)
        if end > start:
            target.write(filler(end - start))
        at = end


def strip_index(path: str, blocked: Blocked) -> dict[str, int]:
    """Take the rows of blocked URLs out of a URL index.

    Returns:
        How many went, by "stored" or the reason.
    """
    with files.open_read(path) as stream:
        table = pq.read_table(stream)
    urls = table.column("url").to_pylist()
    gone = [url in blocked for url in urls]
    counts: dict[str, int] = {}
    for out, reason in zip(gone, table.column("reason").to_pylist(), strict=True):
        if out:
            counts[reason or "stored"] = counts.get(reason or "stored", 0) + 1
    if counts:
        sink = io.BytesIO()
        keep = table.filter([not out for out in gone])
        vias = [None if via in blocked else via for via in keep.column("via").to_pylist()]
        keep = keep.set_column(keep.schema.get_field_index("via"), "via", [vias])
        pq.write_table(keep, sink, compression="zstd")
        files.write_bytes(path, sink.getvalue())
    return counts
