"""First phase of clean: WARC segments to extracted pages, a reason beside those that go."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import apache_beam as beam

from clean.extract import Extracted
from clean.extract_process import Extractor
from clean.page import PageText, decode_page, extract_page
from clean.records import doc_id, fetch_time, host_of
from clean.signals.measure import measure
from clean.signals.page import MeasureInput
from clean.sites import site_of
from crawl.forget import Blocked
from crawl.pages import Damage, Page
from crawl.read import Terms, read_pages
from pipelines import files
from pipelines.clean_work import EXTRACTED, CleanWork, SourceSegment
from pipelines.parquet import to_parquet
from pipelines.shards import Payload


@dataclass(frozen=True)
class MeasuredPage:
    """What becomes of a page, and its signals."""

    result: PageText
    signals: dict[str, float]


@dataclass
class ExtractedShard:
    """A segment's rows so far, and what is counted on the way.

    Attributes:
        segment: where the pages are from.
        rows: by doc_id; of records that are the same page the first counts.
        counters: rows that repeat another, damaged bytes.
        tallies: rows by encoding, by the reason for it, by language, by method; mends by name.
    """

    segment: SourceSegment
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    counters: dict[str, int] = field(
        default_factory=lambda: {"repeated_records": 0, "damaged_bytes": 0}
    )
    tallies: dict[str, dict[str, int]] = field(
        default_factory=lambda: {
            name: {} for name in ("encoding", "decode_reason", "language", "method", "repairs")
        }
    )

    def add(self, page: Page | Damage, site: str, found: MeasuredPage) -> None:
        """Take in a page; the same page again is only counted."""
        result = found.result
        name = _doc_id(page, self.segment)
        if name in self.rows:
            self.counters["repeated_records"] += 1
            return
        self.rows[name] = _row(page, name, site, found, self.segment)
        self.counters["damaged_bytes"] += result.damaged
        for kind, value in (
            ("encoding", result.encoding),
            ("decode_reason", result.decode_reason),
            ("language", result.extracted.language),
            ("method", result.extracted.method if result.extracted.text else ""),
        ):
            if value:
                self._count(kind, value, 1)
        for mend, count in result.repairs.items():
            self._count("repairs", mend, count)

    def _count(self, kind: str, value: str, number: int) -> None:
        self.tallies[kind][value] = self.tallies[kind].get(value, 0) + number

    def commit(self, work: CleanWork) -> None:
        """Write the rows, sorted by doc_id, then the shard's manifest."""
        ordered = [self.rows[name] for name in sorted(self.rows)]
        work.store("extract").commit(
            self.segment.shard,
            {
                work.extracted(self.segment.number): Payload(
                    to_parquet(ordered, EXTRACTED), len(ordered)
                )
            },
            {"rows": len(ordered), **self.counters},
            self.tallies,
        )


class ExtractSegment(beam.DoFn):
    """Decode, extract and measure the pages of a segment, one after another."""

    def __init__(self, work: CleanWork) -> None:
        self.work = work

    def setup(self) -> None:
        """Start the extracting process, which loads its libraries meanwhile."""
        self.extractor = Extractor(self.work.settings.extract)
        self.extractor.start()

    def teardown(self) -> None:
        """End the extracting process."""
        self.extractor.close()

    def process(self, segment: SourceSegment) -> Iterator[SourceSegment]:
        """Yield the segment once its pages are committed, which they may be from before."""
        if not self.work.is_extracted(segment):
            extract_segment(self.work, segment, self.extractor)
        yield segment


def extract_segment(work: CleanWork, segment: SourceSegment, extractor: Extractor) -> None:
    """Commit the extracted pages of a segment.

    Only one page's bytes and markup are in memory at a time.

    Args:
        work: where and with what settings.
        segment: the part of a WARC file.
        extractor: the process that extracts.
    """
    shard = ExtractedShard(segment)
    noted = {item.path for item in files.listing(work.timeout("*"))}
    twins: dict[tuple[bytes, str | None], MeasuredPage] = {}
    terms = Terms(segment.obey, segment.agents, Blocked.of(segment.blocked))
    with files.open_read(segment.path) as stream:
        place = (segment.name, segment.start, segment.end)
        for page in read_pages(stream, *place, terms):
            if isinstance(page, Damage):
                result = PageText(page.reason, "damaged_record")
                shard.add(page, "", MeasuredPage(result, measure(measure_input(result))))
                continue
            key = (hashlib.sha256(page.payload).digest(), content_type(page))
            if key not in twins:
                twins[key] = _measured(work, page, extractor, noted)
            shard.add(page, site_of(page.url, work.settings.sites), twins[key])
    shard.commit(work)


def _measured(work: CleanWork, page: Page, extractor: Extractor, noted: set[str]) -> MeasuredPage:
    """Decode, extract and measure a page; one that used up its limits once is never tried again."""
    result = decode_page(page.payload, content_type(page), work.settings)
    if not isinstance(result, PageText):
        note = work.timeout(doc_id(page.url, page.payload))
        if note in noted:
            known = json.loads(files.read_bytes(note))
            result = PageText(**{**known, "extracted": Extracted(**known["extracted"])})
        else:
            result = extract_page(result, page.url, work.settings, extractor)
            if result.reason in ("timeout", "memory", "crash"):
                files.write_bytes(note, json.dumps(asdict(result)).encode())
    return MeasuredPage(result, measure(measure_input(result)))


def content_type(page: Page) -> str | None:
    """Give the value of the first Content-Type field."""
    return next((value for name, value in page.headers if name.lower() == "content-type"), None)


def measure_input(result: PageText) -> MeasureInput:
    """Hand what extraction knows of a page to the signals."""
    found = result.extracted
    return MeasureInput(
        text=result.text,
        title=found.title,
        html_chars=found.html_chars,
        page_chars=found.page_chars,
        link_chars=found.link_chars,
        links=found.links,
        list_items=found.list_items,
        paragraphs=found.paragraphs,
        damaged=result.damaged,
        language=found.language,
        reason=result.reason,
    )


def _doc_id(page: Page | Damage, segment: SourceSegment) -> str:
    if isinstance(page, Damage):
        return doc_id(f"{segment.name}:{page.offset}", b"")
    return doc_id(page.url, page.payload)


def _row(
    page: Page | Damage, name: str, site: str, found: MeasuredPage, segment: SourceSegment
) -> dict[str, Any]:
    damage = isinstance(page, Damage)
    result = found.result
    return {
        "doc_id": name,
        "url": "" if isinstance(page, Damage) else page.url,
        "host": "" if isinstance(page, Damage) else host_of(page.url),
        "site": site,
        "fetched_at": None if isinstance(page, Damage) else fetch_time(page.fetched_at),
        "warc_file": segment.name,
        "warc_offset": page.offset if isinstance(page, Damage) else page.warc_offset,
        "title": None if damage else (result.extracted.title or None),
        "published": result.extracted.published,
        "encoding": result.encoding,
        "text": result.text,
        "n_chars": len(result.text),
        "signals": found.signals,
        "reason": result.reason,
        "value": result.value,
        "threshold": result.threshold,
    }
