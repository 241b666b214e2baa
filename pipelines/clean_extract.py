"""First phase of clean: WARC segments to extracted pages, a reason beside those that go."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

import apache_beam as beam

from clean.extract import Extracted
from clean.extract_process import Extractor
from clean.page import PageMarkup, PageText, decode_page, extract_page
from clean.records import doc_id, fetch_time, host_of
from clean.signals.measure import measure
from clean.signals.page import MeasureInput
from clean.sites import site_of
from crawl.forget import Blocked
from crawl.pages import Damage, Page
from crawl.read import read_pages
from pipelines import files
from pipelines.clean_work import EXTRACTED, CleanWork, SourceSegment
from pipelines.parquet import to_parquet
from pipelines.shards import Payload


@dataclass
class PageJob:
    """A page on its way through the phase.

    Attributes:
        page: the page as read, or the damaged place.
        doc_id: its identity.
        site: its site.
        twin: number of the page in the same shard that has the same bytes; -1 for the first.
        markup: once decoded, where it is worth extracting.
        result: once it is known what becomes of it.
        signals: once measured.
    """

    page: Page | Damage
    doc_id: str
    site: str
    twin: int = -1
    markup: PageMarkup | None = None
    result: PageText | None = None
    signals: dict[str, float] = field(default_factory=dict)


@dataclass
class SegmentPages:
    """One shard's pages: the element that passes between the transforms."""

    segment: SourceSegment
    jobs: list[PageJob]


class _CleanFn(beam.DoFn):
    """A DoFn of clean: it holds the work's description."""

    def __init__(self, work: CleanWork) -> None:
        self.work = work


class ReadSegment(_CleanFn):
    """Read the pages of a segment; segments done already yield nothing."""

    def process(self, segment: SourceSegment) -> Iterator[SegmentPages]:
        """Yield the segment's pages, their site and identity known."""
        if self.work.store("extract").manifest(segment.shard) is not None and files.exists(
            self.work.path(self.work.extracted(segment.number))
        ):
            return
        jobs: list[PageJob] = []
        seen: dict[tuple[bytes, str | None], int] = {}
        settings = self.work.settings
        with files.open_read(segment.path) as stream:
            blocked = Blocked.of(segment.blocked)
            place = (segment.name, segment.start, segment.end)
            for page in read_pages(stream, *place, segment.obey, blocked):
                if isinstance(page, Damage):
                    name = doc_id(f"{segment.name}:{page.offset}", b"")
                    job = PageJob(page, name, "")
                    job.result = PageText(page.reason, "damaged_record")
                else:
                    name = doc_id(page.url, page.payload)
                    job = PageJob(page, name, site_of(page.url, settings.sites))
                    key = (hashlib.sha256(page.payload).digest(), content_type(page))
                    job.twin = seen.setdefault(key, len(jobs))
                    job.twin = -1 if job.twin == len(jobs) else job.twin
                jobs.append(job)
        yield SegmentPages(segment, jobs)


class DecodePage(_CleanFn):
    """Decode the pages of a segment and test whether they may be Japanese."""

    def process(self, pages: SegmentPages) -> Iterator[SegmentPages]:
        """Yield the segment with markup, or a reason, on each page that is no twin."""
        for job in pages.jobs:
            if job.result is None and job.twin < 0 and isinstance(job.page, Page):
                found = decode_page(job.page.payload, content_type(job.page), self.work.settings)
                if isinstance(found, PageText):
                    job.result = found
                else:
                    job.markup = found
        yield pages


class ExtractPage(_CleanFn):
    """Extract the pages of a segment, each within its limits."""

    def setup(self) -> None:
        """Make the extracting process's handle."""
        self.extractor = Extractor(self.work.settings.extract)

    def teardown(self) -> None:
        """End the extracting process."""
        self.extractor.close()

    def process(self, pages: SegmentPages) -> Iterator[SegmentPages]:
        """Yield the segment with a result on every page."""
        for job in pages.jobs:
            if job.result is None and job.markup is not None and isinstance(job.page, Page):
                job.result = self._extract(job, job.markup, job.page.url)
                job.markup = None
        for job in pages.jobs:
            if job.result is None:
                job.result = pages.jobs[job.twin].result
        yield pages

    def _extract(self, job: PageJob, markup: PageMarkup, url: str) -> PageText:
        """Extract a page; one that used up its limits is noted at once and never tried again."""
        note = self.work.timeout(job.doc_id)
        try:
            known = json.loads(files.read_bytes(note)) if files.exists(note) else None
        except FileNotFoundError:
            known = None
        if known is not None:
            return PageText(**{**known, "extracted": Extracted(**known["extracted"])})
        result = extract_page(markup, url, self.work.settings, self.extractor)
        if result.reason in ("timeout", "memory", "crash"):
            files.write_bytes(note, json.dumps(asdict(result)).encode())
        return result


class MeasurePage(_CleanFn):
    """Measure the signals of a segment's pages."""

    def process(self, pages: SegmentPages) -> Iterator[SegmentPages]:
        """Yield the segment with signals on every page."""
        for number, job in enumerate(pages.jobs):
            result = job.result
            if result is None:
                raise RuntimeError(f"page {number} of segment {pages.segment.shard} has no result")
            if job.twin >= 0 and pages.jobs[job.twin].result is result:
                job.signals = pages.jobs[job.twin].signals
            else:
                job.signals = measure(measure_input(result))
        yield pages


class WriteExtracted(_CleanFn):
    """Commit a segment's pages, sorted by doc_id."""

    def process(self, pages: SegmentPages) -> Iterator[str]:
        """Yield the shard's id once it is committed."""
        rows: dict[str, dict[str, Any]] = {}
        repairs: dict[str, int] = {}
        tallies: dict[str, dict[str, int]] = {
            name: {} for name in ("encoding", "decode_reason", "language", "method")
        }
        twice = damaged = 0
        for job in pages.jobs:
            result = job.result
            if result is None:
                raise RuntimeError(f"a page of segment {pages.segment.shard} has no result")
            if job.doc_id in rows:
                twice += 1
                continue
            rows[job.doc_id] = _row(job, result, pages.segment)
            for name, count in result.repairs.items():
                repairs[name] = repairs.get(name, 0) + count
            damaged += result.damaged
            for name, value in (
                ("encoding", result.encoding),
                ("decode_reason", result.decode_reason),
                ("language", result.extracted.language),
                ("method", result.extracted.method if result.extracted.text else ""),
            ):
                if value:
                    tallies[name][value] = tallies[name].get(value, 0) + 1
        ordered = [rows[name] for name in sorted(rows)]
        store = self.work.store("extract")
        data = to_parquet(ordered, EXTRACTED)
        store.commit(
            pages.segment.shard,
            {self.work.extracted(pages.segment.number): Payload(data, len(ordered))},
            {"rows": len(ordered), "repeated_records": twice, "damaged_bytes": damaged},
            {"repairs": repairs, **tallies},
        )
        yield pages.segment.shard


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


def _row(job: PageJob, result: PageText, segment: SourceSegment) -> dict[str, Any]:
    page = job.page
    damage = isinstance(page, Damage)
    return {
        "doc_id": job.doc_id,
        "url": "" if isinstance(page, Damage) else page.url,
        "host": "" if isinstance(page, Damage) else host_of(page.url),
        "site": job.site,
        "fetched_at": None if isinstance(page, Damage) else fetch_time(page.fetched_at),
        "warc_file": segment.name,
        "warc_offset": page.offset if isinstance(page, Damage) else page.warc_offset,
        "title": None if damage else (result.extracted.title or None),
        "published": result.extracted.published,
        "encoding": result.encoding,
        "text": result.text,
        "n_chars": len(result.text),
        "signals": job.signals,
        "reason": result.reason,
        "value": result.value,
        "threshold": result.threshold,
    }
