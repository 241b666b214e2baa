"""WARC records of a file, whole ones only: behind damaged bytes the next one is looked for."""

import base64
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from fastwarc import ArchiveIterator
from fastwarc.warc import WarcRecord, WarcRecordType

from crawl.pages import Damage

MAX_PAYLOAD = 64 * 2**20
"""Bytes of a block, and of the body decoded from it, above which a record becomes no page."""

_BLOCK = 1 << 20
_GZIP = b"\x1f\x8b\x08"
_TYPES = WarcRecordType.response | WarcRecordType.revisit | WarcRecordType.metadata


@dataclass(slots=True)
class Record:
    """One WARC record with its block in memory.

    Attributes:
        kind: "response", "revisit" or "metadata".
        offset: first byte of the record's member in the file.
        headers: WARC named fields, names in lower case.
        status: HTTP status, 0 without HTTP.
        http: HTTP header fields as sent.
        body: block after the HTTP header, transfer-coding removed.
    """

    kind: str
    offset: int
    headers: dict[str, str]
    status: int = 0
    http: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def url(self) -> str:
        """WARC-Target-URI without the angle brackets that old writers put around it."""
        return self.headers.get("warc-target-uri", "").strip("<>")

    def http_field(self, name: str) -> str:
        """Give the value of the first HTTP field of that name (lower case); "" where none is."""
        return next((value for key, value in self.http if key.lower() == name), "")


@dataclass(slots=True)
class _Progress:
    """Offset of the last whole record, -1 before the first."""

    last: int = -1


def read_records(
    stream: BinaryIO, warc_file: str, start: int = 0, end: int | None = None
) -> Iterator[Record | Damage]:
    """Read response, revisit and metadata records; go on behind damaged bytes.

    Args:
        stream: the file, seekable.
        warc_file: its path.
        start: a record's first byte.
        end: read records that begin before this byte; None for all.

    Yields:
        Records, and a `Damage` where a record could not be read.
    """
    size = stream.seek(0, 2)
    stop = size if end is None else end
    position: int | None = start
    while position is not None and position < stop:
        progress = _Progress()
        try:
            yield from _run(stream, position, stop, progress)
            if progress.last >= stop:
                return
        except (OSError, ValueError):
            pass
        if progress.last < 0:
            following = find_record(stream, position + 1, stop)
            cut = following is None and _ends_early(stream, position)
            yield Damage(warc_file, position, "truncated" if cut else "unreadable")
            position = following
        else:
            rest = member_end(stream, progress.last)
            if rest is None:
                yield Damage(warc_file, progress.last, "truncated")
                position = find_record(stream, progress.last + 1, stop)
            else:
                position = rest if rest < stop else None


def _run(stream: BinaryIO, position: int, stop: int, progress: _Progress) -> Iterator[Record]:
    """Yield whole records from a position on; `progress.last` is `stop` or more once past it."""
    stream.seek(position)
    for found in ArchiveIterator(stream, parse_http=False):
        if found.stream_pos >= stop:
            progress.last = found.stream_pos
            return
        if found.record_type & _TYPES:
            record = _load(found, stream)
            progress.last = found.stream_pos
            yield record
        else:
            progress.last = found.stream_pos


def _load(found: WarcRecord, stream: BinaryIO) -> Record:
    headers = {name.lower(): value for name, value in found.headers}
    kind = headers.get("warc-type", "").lower()
    declared = int(headers.get("content-length", "-1"))
    if found.is_http and kind != "metadata":
        block = found.reader.read(MAX_PAYLOAD + 1)
    else:
        block = found.reader.read(_BLOCK)
        if kind == "metadata":
            return Record(kind, found.stream_pos, headers, body=block)
    if len(block) < min(declared, MAX_PAYLOAD + 1):
        raise ValueError(f"{len(block)} of {declared} bytes")
    if len(block) == declared and _contradicts(headers.get("warc-block-digest", ""), block):
        # Inflating damaged bytes may give as many others. Some writers get the digest wrong,
        # though: where the gzip member's own checksum holds, the bytes are what was written.
        place = stream.tell()
        sound = _is_sound_member(stream, found.stream_pos)
        stream.seek(place)
        if not sound:
            raise ValueError("the block is not the one that was written")
    status, http, body = _split_http(block)
    return Record(kind, found.stream_pos, headers, status, http, body)


def _contradicts(digest: str, block: bytes) -> bool:
    """Tell whether a WARC-Block-Digest (SHA-1, base32 or hex) is of other bytes than these."""
    algorithm, _, value = digest.partition(":")
    if algorithm.lower() != "sha1" or len(value) not in (32, 40):
        return False
    found = hashlib.sha1(block, usedforsecurity=False)
    written = base64.b32encode(found.digest()).decode() if len(value) == 32 else found.hexdigest()
    return written.lower() != value.lower()


def _is_sound_member(stream: BinaryIO, position: int) -> bool:
    stream.seek(position)
    return stream.read(3) == _GZIP and member_end(stream, position) is not None


def _split_http(block: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Take an HTTP answer apart: status, fields, body without chunked transfer-coding."""
    head, gap, body = block.partition(b"\r\n\r\n")
    if not gap:
        head, gap, body = block.partition(b"\n\n")
    if not head.startswith(b"HTTP/"):
        return 0, (), block
    lines = head.decode("utf-8", "surrogateescape").splitlines()
    words = lines[0].split(None, 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    fields: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in " \t" and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            clean = value.strip().encode("utf-8", "surrogateescape").decode("utf-8", "replace")
            fields.append((name.strip(), clean))
    chunked = any(n.lower() == "transfer-encoding" and "chunked" in v.lower() for n, v in fields)
    return status, tuple(fields), _unchunk(body) if chunked else body


def _unchunk(body: bytes) -> bytes:
    """Remove chunked coding, or give the body back where a writer removed it already."""
    out: list[bytes] = []
    at = 0
    while True:
        line_end = body.find(b"\r\n", at, at + 40)
        try:
            size = int(body[at:line_end].split(b";")[0], 16) if line_end > at else -1
        except ValueError:
            size = -1
        if size < 0:
            return b"".join(out) if out else body
        if size == 0:
            return b"".join(out)
        out.append(body[line_end + 2 : line_end + 2 + size])
        at = line_end + 2 + size + 2


def find_record(stream: BinaryIO, position: int, stop: int) -> int | None:
    """Find the first place from a position on, before `stop`, where a record begins."""
    stream.seek(0)
    gzipped = stream.read(3) == _GZIP
    mark = _GZIP if gzipped else b"WARC/1."
    at = position
    stream.seek(at)
    window = stream.read(_BLOCK)
    while window and at < stop:
        found = window.find(mark)
        while found >= 0:
            if at + found >= stop:
                return None
            if _begins(stream, at + found, gzipped):
                return at + found
            found = window.find(mark, found + 1)
        at += max(len(window) - len(mark) + 1, 1)
        stream.seek(at)
        window = stream.read(_BLOCK)
        if len(window) < len(mark):
            break
    return None


def member_end(stream: BinaryIO, position: int) -> int | None:
    """Give the byte behind the record at a position; None where the file ends inside it."""
    stream.seek(position)
    if stream.read(3) != _GZIP:
        return _plain_end(stream, position)
    stream.seek(position)
    decoder = zlib.decompressobj(31)
    at = position
    try:
        while block := stream.read(_BLOCK):
            at += len(block)
            data = decoder.decompress(block, _BLOCK)
            while data and not decoder.eof and decoder.unconsumed_tail:
                data = decoder.decompress(decoder.unconsumed_tail, _BLOCK)
            if decoder.eof:
                return at - len(decoder.unused_data)
    except zlib.error:
        return None
    return None


def _plain_end(stream: BinaryIO, position: int) -> int | None:
    stream.seek(position)
    head = stream.read(1 << 16)
    gap = head.find(b"\r\n\r\n")
    length = metadata_fields(head[: max(gap, 0)]).get("content-length", "")
    if gap < 0 or not length.isdigit():
        return None
    last = position + gap + 4 + int(length)
    stream.seek(last)
    return last + 4 if stream.read(4) == b"\r\n\r\n" else None


def _ends_early(stream: BinaryIO, position: int) -> bool:
    """Tell whether the bytes from a position on are sound as far as they go."""
    stream.seek(position)
    decoder = zlib.decompressobj(31)
    if stream.read(3)[:2] != _GZIP[:2]:
        return _plain_end(stream, position) is None
    stream.seek(position)
    try:
        while block := stream.read(_BLOCK):
            decoder.decompress(block)
    except zlib.error:
        return False
    return not decoder.eof


def _begins(stream: BinaryIO, position: int, gzipped: bool) -> bool:
    if not gzipped:
        stream.seek(max(position - 2, 0))
        return position == 0 or stream.read(2) == b"\r\n"
    stream.seek(position)
    decoder = zlib.decompressobj(31)
    try:
        return decoder.decompress(stream.read(4096), 8).startswith(b"WARC/")
    except zlib.error:
        return False


def metadata_fields(body: bytes) -> dict[str, str]:
    """Parse an application/warc-fields block: names in lower case, the last of a name counts."""
    fields = {}
    for line in body.decode("utf-8", "replace").splitlines():
        name, colon, value = line.partition(":")
        if colon:
            fields[name.strip().lower()] = value.strip()
    return fields
