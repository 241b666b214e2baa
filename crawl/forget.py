"""Taking pages out of WARC files, in place: every other record keeps its offset."""

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from fastwarc import ArchiveIterator

from crawl.urls import canonical_url, host_of

_MEMBER = 60_000
_NOTE = (
    b"WARC/1.1\r\nWARC-Type: metadata\r\n"
    b"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000000>\r\n"
    b"WARC-Date: 1970-01-01T00:00:00Z\r\nContent-Type: application/warc-fields\r\n"
    b"Content-Length: 20\r\n\r\nremoved: on request\n\n\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Blocked:
    """URLs, and sites with every host below them, that are not to be held or fetched.

    Attributes:
        urls: canonical URLs.
        sites: host names, or host and first path segment of a path-site ("ameblo.jp/someone").
    """

    urls: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()

    @classmethod
    def of(cls, names: Iterable[str]) -> "Blocked":
        """Tell URLs and sites apart: a URL has a scheme."""
        given = frozenset(names)
        urls = frozenset(name for name in given if "://" in name)
        return cls(urls, given - urls)

    def __contains__(self, url: object) -> bool:
        if not (self.urls or self.sites) or not isinstance(url, str):
            return False
        if url in self.urls:
            return True
        labels = host_of(url).split(".")
        above = [".".join(labels[i:]) for i in range(len(labels))]
        first = urlsplit(url).path.split("/")[1:2]
        return any(
            host in self.sites or (first and f"{host}/{first[0]}" in self.sites) for host in above
        )


def find_regions(stream: BinaryIO, blocked: Blocked) -> Iterator[tuple[int, int]]:
    """Find the bytes of a WARC file that belong to blocked URLs.

    Args:
        stream: a whole, undamaged WARC file.
        blocked: what is to go; WARC-Target-URI is compared in its canonical spelling.

    Yields:
        First byte and byte behind the last, neighbours merged, in order.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    begin = -1
    for record in ArchiveIterator(stream, parse_http=False):
        target = (record.headers.get("WARC-Target-URI") or "").strip("<>")
        url = canonical_url(target) or target
        gone = bool(url) and url in blocked
        if gone and begin < 0:
            begin = record.stream_pos
        elif not gone and begin >= 0:
            yield begin, record.stream_pos
            begin = -1
    if begin >= 0:
        yield begin, size


def filler(length: int) -> bytes:
    """Make gzip members of metadata records that say nothing, of just this length.

    Args:
        length: bytes; at least that of the shortest such member.

    Returns:
        The members: valid WARC to any reader.

    Raises:
        ValueError: too short.
    """
    shortest = len(_member(0))
    if length < shortest:
        raise ValueError(f"{length} bytes are too few for a WARC record, {shortest} are needed")
    out = []
    while length:
        take = length if length <= _MEMBER else max(length - _MEMBER, shortest)
        take = min(take, _MEMBER)
        if 0 < length - take < shortest:
            take = length - shortest
        out.append(_member(take - shortest))
        length -= take
    return b"".join(out)


def _member(padding: int) -> bytes:
    """One gzip member, made longer by a comment of `padding` bytes in its header."""
    plain = gzip.compress(_NOTE, mtime=0)
    if padding == 0:
        return plain
    header = bytearray(plain[:10])
    header[3] |= 0x10
    return bytes(header) + b" " * (padding - 1) + b"\0" + plain[10:]
