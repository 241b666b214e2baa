"""Common Crawl's index: lines of CDXJ to the byte ranges of chosen records."""

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crawl.bodies import HTML_TYPES


@dataclass(frozen=True, slots=True, order=True)
class Range:
    """One record: `length` bytes from `offset` on of the file `filename`."""

    filename: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Selection:
    """Which index lines are taken.

    Attributes:
        hosts: these and their subdomains; empty: all.
        languages: the first of a line's `languages` must be one of these; empty: all.
    """

    hosts: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()


def select(lines: Iterable[bytes], selection: Selection) -> Iterator[Range | None]:
    """Choose records of an index.

    Args:
        lines: `SURT timestamp {json}` each; the JSON has url, status, mime or mime-detected,
            length, offset, filename, languages.
        selection: what is wanted.

    Yields:
        The range of each record that is a page of status 200 and fits; None for every other line.

    Source: https://commoncrawl.org/cdxj-index
    """
    surts = tuple(surt_host(host) for host in selection.hosts)
    for line in lines:
        yield _take(line, surts, selection.languages)


def surt_host(host: str) -> str:
    """Write a host as index keys begin: "www.example.jp" is "jp,example,www"."""
    return ",".join(reversed(host.lower().strip(".").split(".")))


def _take(line: bytes, surts: Sequence[str], languages: Sequence[str]) -> Range | None:
    key, _, rest = line.partition(b" ")
    if surts:
        host = key.partition(b")")[0].decode("utf-8", "replace").partition(":")[0]
        if not any(host == surt or host.startswith(f"{surt},") for surt in surts):
            return None
    start = rest.find(b"{")
    try:
        fields = json.loads(rest[start:]) if start >= 0 else {}
        chosen = Range(str(fields["filename"]), int(fields["offset"]), int(fields["length"]))
    except (ValueError, KeyError, TypeError):
        return None
    if str(fields.get("status", "200")) != "200" or chosen.offset < 0 or chosen.length <= 0:
        return None
    if fields.get("mime-detected", fields.get("mime", HTML_TYPES[0])) not in HTML_TYPES:
        return None
    spoken = str(fields.get("languages", "")).split(",")
    return None if languages and spoken[0] not in languages else chosen


def is_member(data: bytes) -> bool:
    """Tell whether bytes are one whole gzip member that holds a WARC record."""
    decoder = zlib.decompressobj(31)
    try:
        start = decoder.decompress(data, 64)
        while decoder.unconsumed_tail and not decoder.eof:
            decoder.decompress(decoder.unconsumed_tail, 1 << 20)
    except zlib.error:
        return False
    return start.startswith(b"WARC/") and decoder.eof and not decoder.unused_data
