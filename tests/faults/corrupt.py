"""WARC files with pages of the sample web, and ways to damage them."""

import io
from collections.abc import Callable

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawl.sample_web.build import build


def sample_warc(host: str, pages: int, compressed: bool = True) -> bytes:
    """A WARC file of a host's HTML pages, one record a page.

    Args:
        host: of the sample web.
        pages: most articles.
        compressed: one gzip member a record, or none at all.
    """
    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=compressed)
    for url, page in build(3, (host,), pages).pages.items():
        if page.status != 200 or not page.headers[0][1].startswith("text/html"):
            continue
        head = StatusAndHeaders("200 OK", list(page.headers), protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(page.body),
            http_headers=head,
            warc_headers_dict={"WARC-Date": "2026-11-21T00:00:00Z"},
        )
        writer.write_record(record)
    return stream.getvalue()


def _flipped(data: bytes) -> bytes:
    damaged = bytearray(data)
    for place in range(len(data) // 3, len(data), 997):
        damaged[place] ^= 0x55
    return bytes(damaged)


def _wrong_lengths(data: bytes) -> bytes:
    return data.replace(b"Content-Length: ", b"Content-Length: 9", 3)


DAMAGE: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "cut": lambda: sample_warc("zuihitsu-an.example", 6)[:-2000],
    "flipped": lambda: _flipped(sample_warc("mingei-kyokai.example", 6)),
    "not-gzip": lambda: b"this is no gzip member " * 500,
    "wrong-lengths": lambda: _wrong_lengths(sample_warc("zuihitsu-an.example", 6, False)),
    "long-line": lambda: b"WARC/1.1\r\nWARC-Type: " + b"x" * 5_000_000,
    "zeros": lambda: bytes(200_000),
}
