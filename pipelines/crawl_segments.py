"""Cutting WARC files into segments of bounded size, each one shard of the next stage."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

import apache_beam as beam

from crawl.forget import Blocked
from crawl.pages import Damage, Page, Skipped
from crawl.read import Classified, Terms, classify_records
from crawl.settings import CrawlSettings
from pipelines import files
from pipelines.shards import ShardStore

SMALLEST = 1 << 20
PARTS = 8
"""A file that would make less than so many segments is cut into so many, none below SMALLEST bytes:
one small WARC file then keeps several workers busy. It hangs on the file alone, so that the same
files give the same shards whatever the workers and whatever lies beside them."""


@dataclass(frozen=True)
class WarcFile:
    """A WARC file: its path, and whether it stands outside the run."""

    path: str
    external: bool

    @property
    def shard(self) -> str:
        """Id of its shard: the digest of its path, behind its name for the reader."""
        digest = hashlib.sha256(self.path.encode()).hexdigest()[:12]
        name = "".join(c if c.isalnum() else "-" for c in self.path.rsplit("/", 1)[-1])[:60]
        return f"{name}-{digest}"


@dataclass
class SegmentWarcs(beam.DoFn):  # type: ignore[misc]
    """Finds the segments of a WARC file, counts its records by what becomes of them."""

    settings: CrawlSettings
    store: ShardStore
    blocked: tuple[str, ...] = ()

    def process(self, warc: WarcFile) -> Iterator[str]:
        """Read one file and commit what was found."""
        counters: Counter[str] = Counter(rows_in=0, rows_out=0)
        with files.open_read(warc.path) as stream:
            size = stream.seek(0, 2)
            segments = cut(stream, warc.path, size, self.settings, counters, self.blocked)
        pages = counters["rows_out"]
        facts = {
            "pages": pages,
            "bytes": size,
            "sha256": files.sha256_of(warc.path),
            "segments": segments,
        }
        self.store.commit_written(warc.shard, [], counters, facts)
        yield warc.shard


def cut(
    stream: BinaryIO,
    path: str,
    size: int,
    settings: CrawlSettings,
    counters: Counter[str],
    blocked: Sequence[str] = (),
) -> list[list[int]]:
    """Find segments: [first byte, byte behind the last] at record borders, covering the file.

    Args:
        stream: the file.
        path: its path.
        size: its bytes.
        settings: `segment_bytes`, `obey`, `user_agent`, `ai_agents`.
        counters: rows_in, rows_out and dropped_<reason> are added to it.
        blocked: URLs and sites that were forgotten.
    """
    borders = [0]
    limit = min(settings.segment_bytes, max(SMALLEST, size // PARTS))
    terms = Terms(settings.obey, settings.agents, Blocked.of(blocked))
    for item in classify_records(stream, path, terms=terms):
        if item.start - borders[-1] >= limit:
            borders.append(item.start)
        _count(item, counters)
    ends = [*borders[1:], size]
    return [[start, end] for start, end in zip(borders, ends, strict=True) if end > start]


def _count(item: Classified, counters: Counter[str]) -> None:
    counters["rows_in"] += 1
    if isinstance(item.what, Page):
        counters["rows_out"] += 1
    elif isinstance(item.what, Damage):
        counters["dropped_damaged"] += 1
    elif isinstance(item.what, Skipped):
        counters[f"dropped_{item.what.reason}"] += 1
        for signal in item.what.signals:
            counters[f"signal_{signal.replace('-', '_')}_urls"] += 1
