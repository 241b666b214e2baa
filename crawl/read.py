"""Records of WARC files as pages, or why they are none."""

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from crawl.bodies import BadEncodingError, TooLargeError, decode_body, is_html, to_text
from crawl.links import read_html
from crawl.pages import Damage, Page, Skipped
from crawl.records import MAX_PAYLOAD, Record, metadata_fields, read_records
from crawl.settings import SIGNALS, CrawlSettings
from crawl.signals import header_rules, in_order, meta_rules
from crawl.urls import canonical_url

MAX_URL_CHARS = 8192
"""Characters of a record's URL; a longer one, or one that is no http URL, is no page's."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is left out of the pages that are read.

    Attributes:
        obey: opt-out signals whose pages are left out.
        agents: names in X-Robots-Tag and meta elements that mean us, in lower case.
        blocked: URLs whose pages are left out, since they were forgotten.
    """

    obey: Collection[str] = SIGNALS
    agents: Sequence[str] = CrawlSettings().agents
    blocked: Container[str] = ()


EVERYTHING = Terms(obey=())
"""Every page that is stored."""

_DEFAULT = Terms()


def read_pages(
    stream: BinaryIO,
    warc_file: str,
    start: int = 0,
    end: int | None = None,
    terms: Terms = _DEFAULT,
) -> Iterator[Page | Damage]:
    """Read the pages of a WARC file, or of a part of it.

    Args:
        stream: the file, seekable, opened at any position; compressed by member or not at all.
        warc_file: its path, for the page records.
        start: a record's first byte.
        end: read records that begin before this byte; None for all.
        terms: what is left out.

    Yields:
        Pages and damaged places, in the order of the file.
    """
    for item in classify(stream, warc_file, start, end, terms):
        if not isinstance(item, Skipped):
            yield item


@dataclass(frozen=True, slots=True)
class Classified:
    """What became of one response record or damaged place.

    Attributes:
        start: byte where a file may be cut so that this and what was noted with it stay together.
        what: the page, or why it is none.
    """

    start: int
    what: Page | Damage | Skipped


def classify(
    stream: BinaryIO,
    warc_file: str,
    start: int = 0,
    end: int | None = None,
    terms: Terms = _DEFAULT,
) -> Iterator[Page | Damage | Skipped]:
    """Do what `read_pages` does, and name the response records that are no pages as well.

    Args:
        stream: the file, seekable.
        warc_file: its path.
        start: a record's first byte.
        end: read records that begin before this byte; None for all.
        terms: what is left out.

    Yields:
        One item for each response record, and one for each damaged place.
    """
    for item in classify_records(stream, warc_file, start, end, terms):
        yield item.what


def classify_records(
    stream: BinaryIO,
    warc_file: str,
    start: int = 0,
    end: int | None = None,
    terms: Terms = _DEFAULT,
) -> Iterator[Classified]:
    """Do what `classify` does, with the places where the file may be cut."""
    about, noted_at = "", 0
    signals: tuple[str, ...] = ()
    for record in read_records(stream, warc_file, start, end):
        if isinstance(record, Damage):
            yield Classified(record.offset, record)
        elif record.kind == "metadata":
            noted = metadata_fields(record.body)
            if "kinari-outcome" in noted:
                about = record.headers.get("warc-concurrent-to", "")
                signals, noted_at = in_order(noted.get("kinari-signals", "").split()), record.offset
        elif record.kind == "response":
            own = bool(about) and about == record.headers.get("warc-record-id")
            url = canonical_url(record.url) if len(record.url) <= MAX_URL_CHARS else None
            if url is None:
                what: Page | Skipped = Skipped(record.url, record.offset, "bad_url")
            elif url in terms.blocked:
                what = Skipped(url, record.offset, "forgotten")
            else:
                what = _judge(record, url, warc_file, signals if own else None, terms)
            yield Classified(noted_at if own else record.offset, what)


def _judge(
    record: Record, url: str, warc_file: str, noted: tuple[str, ...] | None, terms: Terms
) -> Page | Skipped:
    offset = record.offset
    if record.status != 200:
        reason = "redirect" if 300 <= record.status < 400 else "http_error"
        return Skipped(url, offset, reason)
    content_type = record.http_field("content-type")
    coding = ",".join(value for name, value in record.http if name.lower() == "content-encoding")
    try:
        payload = decode_body(record.body, coding, MAX_PAYLOAD)
    except TooLargeError:
        return Skipped(url, offset, "too_large")
    except BadEncodingError:
        return Skipped(url, offset, "bad_encoding")
    if not is_html(content_type, payload):
        return Skipped(url, offset, "not_html")
    signals = noted if noted is not None else page_signals(record, payload, url, terms.agents)
    if any(signal in terms.obey for signal in signals):
        return Skipped(url, offset, "opt_out", signals)
    return Page(
        url=url,
        final_url=url,
        status=record.status,
        headers=record.http,
        payload=payload,
        fetched_at=record.headers.get("warc-date", "")[:19] + "Z",
        warc_file=warc_file,
        warc_offset=offset,
        signals=signals,
    )


def page_signals(
    record: Record, payload: bytes, url: str, agents: Sequence[str]
) -> tuple[str, ...]:
    """Find the opt-out signals in a stored answer itself: header fields and meta elements."""
    rules = header_rules(record.http, agents)
    text, _ = to_text(payload, record.http_field("content-type"))
    meta_rules(read_html(text, url).metas, agents, rules)
    if rules.tdm:
        rules.signals.add("tdm-reservation")
    return in_order(rules.signals)
