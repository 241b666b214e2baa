"""What the phases of clean share: shards, the work records between phases, phase fingerprints."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from clean.judge_overrides import Override
from clean.records import DOCUMENT
from clean.settings import CleanSettings
from crawl.settings import SIGNALS, CrawlSettings
from pipelines import files
from pipelines.errors import UserError
from pipelines.shards import ShardStore, canonical_json

BUCKETS = 64
"""Into how many groups of sites the judging is cut."""

EXTRACTED = pa.schema(
    [
        *DOCUMENT,
        pa.field("reason", pa.string()),
        pa.field("value", pa.float64()),
        pa.field("threshold", pa.float64()),
    ]
)
"""A page after extraction: a document's columns, and the reason where it goes no further."""

VERDICT = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("score", pa.float64(), nullable=False),
        pa.field("lines", pa.list_(pa.uint32()), nullable=False),
    ]
)
"""What the last phase needs of a site: its verdict, and the digests of lines that recur on it."""


@dataclass(frozen=True)
class SourceSegment:
    """A part of a WARC file: one shard.

    Attributes:
        number: its place among all shards.
        path: the WARC file.
        name: the file's name as crawl lists it, which rows carry.
        start: first byte of its first record.
        end: byte after its last record.
        obey: opt-out signals whose pages are left out.
        agents: names in a page's directives that mean us, in lower case.
        blocked: URLs and sites that the run has forgotten.
    """

    number: int
    path: str
    name: str
    start: int
    end: int | None
    obey: tuple[str, ...]
    agents: tuple[str, ...]
    blocked: tuple[str, ...]

    @property
    def shard(self) -> str:
        """Its id among committed shards."""
        return f"{self.number:05d}"


@dataclass(frozen=True)
class CleanWork:
    """Where clean works; the same for the same settings and inputs.

    Attributes:
        stage_dir: the stage's folder.
        extract_fingerprint: of what the extraction depends on.
        judge_fingerprint: of that and what verdicts depend on.
        fingerprint: the stage's.
        settings: the stage's.
        segments: the WARC files' parts.
        overrides: decisions of people about sites.
    """

    stage_dir: str
    extract_fingerprint: str
    judge_fingerprint: str
    fingerprint: str
    settings: CleanSettings
    segments: tuple[SourceSegment, ...]
    overrides: tuple[Override, ...] = ()

    def store(self, phase: str) -> ShardStore:
        """The shard store of a phase: extract, judge or write."""
        prints = {"extract": self.extract_fingerprint, "judge": self.judge_fingerprint}
        return ShardStore(self.stage_dir, phase, prints.get(phase, self.fingerprint))

    def path(self, name: str) -> str:
        """A path below the stage's folder."""
        return files.join(self.stage_dir, *name.split("/"))

    def extracted(self, number: int) -> str:
        """Name of a shard's pages after extraction."""
        return f"_work/extracted-{number:05d}.parquet"

    def is_extracted(self, segment: SourceSegment) -> bool:
        """Whether a segment's pages are extracted and still there."""
        committed = self.store("extract").manifest(segment.shard) is not None
        return committed and files.exists(self.path(self.extracted(segment.number)))

    def extracted_shards(self) -> set[str]:
        """Shards whose pages are extracted and still there."""
        store = self.store("extract")
        there = {item.path.rsplit("/", 1)[-1] for item in files.listing(self.path("_work/*"))}
        return {
            segment.shard
            for segment in self.segments
            if self.extracted(segment.number).rsplit("/", 1)[-1] in there
            and store.manifest(segment.shard) is not None
        }

    def verdicts(self, bucket: int) -> str:
        """Name of a bucket's verdicts."""
        return f"_work/verdicts-{bucket:03d}.parquet"

    def sites(self, bucket: int) -> str:
        """Name of a bucket's rows of sites.parquet."""
        return f"_work/sites-{bucket:03d}.parquet"

    def timeout(self, doc_id: str) -> str:
        """Path of the note that a page used up its limits."""
        return self.path(f"_work/limits-{self.extract_fingerprint[:16]}/{doc_id}.json")


def bucket_of(site: str) -> int:
    """The group in which a site is judged."""
    return int.from_bytes(hashlib.blake2b(site.encode(), digest_size=2).digest(), "big") % BUCKETS


def read_segments(crawl_dir: str) -> tuple[SourceSegment, ...]:
    """Read the list of WARC files that crawl left and cut it into shards.

    Raises:
        UserError: the list is missing or no such list.
    """
    path = files.join(crawl_dir, "warcs.json")
    try:
        value: dict[str, Any] = json.loads(files.read_bytes(path))
        segments = list(_segments(value, crawl_dir))
    except FileNotFoundError:
        raise UserError(f"{path}: missing; run the crawl stage again") from None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: no list of WARC files ({error}); re-do the crawl") from None
    return tuple(segments)


def _segments(value: dict[str, Any], crawl_dir: str) -> Iterator[SourceSegment]:
    number = 0
    usual = {"obey": SIGNALS, "agents": CrawlSettings().agents, "blocked": ()}
    rules = [tuple(value.get(name, default)) for name, default in usual.items()]
    for warc in value["warcs"]:
        path = warc["path"] if warc["external"] else files.join(crawl_dir, warc["path"])
        for start, end in warc["segments"]:
            yield SourceSegment(number, path, warc["path"], start, end, *rules)
            number += 1


def digest_of(*parts: Any) -> str:
    """SHA-256 in hex of JSON-able parts."""
    return hashlib.sha256(canonical_json(list(parts))).hexdigest()
