"""Writing WARC 1.1: one gzip member a record, the records of one fetch in one write."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from uuid import uuid4

from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

_DROPPED_FIELDS = frozenset({"transfer-encoding"})


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer as it came over the wire.

    Attributes:
        url: canonical URL asked for.
        status: HTTP status.
        protocol: "HTTP/1.1".
        headers: fields as sent.
        request: fields of the request.
        body: without transfer-coding, content-coding kept.
        at: UTC, "2026-11-21T08:48:33Z".
        address: peer address, "" through a proxy.
    """

    url: str
    status: int
    protocol: str
    headers: tuple[tuple[str, str], ...]
    request: tuple[tuple[str, str], ...]
    body: bytes
    at: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The stored answer that a revisit record refers to: its URL, date and payload digest."""

    url: str
    at: str
    digest: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands."""

    file: str
    offset: int


class WarcFiles:
    """WARC files of one partition, appended to and rotated by size.

    A fetch is written as metadata, request, response: the response comes last, so that where it
    stands whole everything about it stands.
    """

    def __init__(self, folder: Path, prefix: str, max_bytes: int, info: dict[str, str]) -> None:
        self.folder = folder
        self.prefix = prefix
        self.max_bytes = max_bytes
        self.info = info
        self._stream = None if (last := self._last()) is None else last.open("ab")
        self.serial = 0 if last is None else int(last.name[len(prefix) + 1 :][:5])

    def _last(self) -> Path | None:
        found = sorted(self.folder.glob(f"{self.prefix}-?????.warc.gz"))
        return found[-1] if found else None

    @property
    def position(self) -> Place:
        """File and offset that the next record gets, unless a new file is begun."""
        if self._stream is None:
            return Place("", 0)
        return Place(Path(self._stream.name).name, self._stream.tell())

    def write_page(
        self, fetched: Fetched, notes: dict[str, str], earlier: Earlier | None = None
    ) -> tuple[Place, str]:
        """Write an answer with its request and what was noted about it.

        Args:
            fetched: the answer.
            notes: fields of the metadata record.
            earlier: write a `revisit` that refers to this instead of a response with a body.

        Returns:
            Where the response record stands, and its payload digest ("sha1:...").
        """
        block = BytesIO()
        writer = WARCWriter(block, gzip=True, warc_version="WARC/1.1")
        answer_id = _record_id()
        self._add_metadata(writer, fetched.url, fetched.at, notes, answer_id)
        common = {"WARC-Date": fetched.at, "WARC-Concurrent-To": answer_id}
        target = fetched.url.split("/", 3)
        request = StatusAndHeaders(
            f"GET /{target[3] if len(target) > 3 else ''} HTTP/1.1",
            list(fetched.request),
            is_http_request=True,
        )
        writer.write_record(
            writer.create_warc_record(
                fetched.url,
                "request",
                payload=BytesIO(b""),
                http_headers=request,
                warc_headers_dict={**common, "WARC-Record-ID": _record_id()},
            )
        )
        at = block.tell()
        record = self._answer(writer, fetched, answer_id, earlier)
        writer.write_record(record)
        digest = record.rec_headers.get_header("WARC-Payload-Digest") or ""
        start = self._append(block.getvalue())
        return Place(start.file, start.offset + at), digest

    def _answer(
        self, writer: WARCWriter, fetched: Fetched, answer_id: str, earlier: Earlier | None
    ) -> ArcWarcRecord:
        fields = [(n, v) for n, v in fetched.headers if n.lower() not in _DROPPED_FIELDS]
        if not any(name.lower() == "content-length" for name, _ in fields):
            fields.append(("Content-Length", str(len(fetched.body))))
        http = StatusAndHeaders(
            f"{fetched.status} {_phrase(fetched.status)}", fields, protocol=fetched.protocol
        )
        named = {"WARC-Date": fetched.at, "WARC-Record-ID": answer_id}
        if fetched.address:
            named["WARC-IP-Address"] = fetched.address
        if earlier is None:
            return writer.create_warc_record(
                fetched.url,
                "response",
                payload=BytesIO(fetched.body),
                http_headers=http,
                warc_headers_dict=named,
            )
        named |= {
            "WARC-Profile": NOT_MODIFIED if fetched.status == 304 else IDENTICAL,
            "WARC-Refers-To-Target-URI": earlier.url,
            "WARC-Refers-To-Date": earlier.at,
        }
        if earlier.digest:
            named["WARC-Payload-Digest"] = earlier.digest
        return writer.create_warc_record(
            fetched.url,
            "revisit",
            payload=BytesIO(b""),
            http_headers=http,
            warc_headers_dict=named,
        )

    def write_note(self, url: str, at: str, notes: dict[str, str]) -> Place:
        """Write a metadata record alone: a URL whose body is not kept, and why.

        Args:
            url: canonical URL.
            at: UTC date.
            notes: fields of the record.

        Returns:
            Where it stands.
        """
        block = BytesIO()
        self._add_metadata(WARCWriter(block, gzip=True, warc_version="WARC/1.1"), url, at, notes)
        return self._append(block.getvalue())

    def _add_metadata(
        self, writer: WARCWriter, url: str, at: str, notes: dict[str, str], about: str = ""
    ) -> None:
        text = "".join(f"{name}: {value}\r\n" for name, value in notes.items())
        named = {"WARC-Date": at, "WARC-Record-ID": _record_id()}
        if about:
            named["WARC-Concurrent-To"] = about
        writer.write_record(
            writer.create_warc_record(
                url,
                "metadata",
                payload=BytesIO(text.encode()),
                warc_content_type="application/warc-fields",
                warc_headers_dict=named,
            )
        )

    def _append(self, data: bytes) -> Place:
        """Append the records of one fetch in a single write to the file."""
        if self._stream is None or self._stream.tell() >= self.max_bytes:
            self._begin()
        assert self._stream is not None
        offset = self._stream.tell()
        self._stream.write(data)
        self._stream.flush()
        return Place(Path(self._stream.name).name, offset)

    def _begin(self) -> None:
        if self._stream is not None:
            self.close()
            self.serial += 1
        path = self.folder / f"{self.prefix}-{self.serial:05d}.warc.gz"
        self._stream = path.open("ab")
        if self._stream.tell() == 0:
            block = BytesIO()
            writer = WARCWriter(block, gzip=True, warc_version="WARC/1.1")
            writer.write_record(writer.create_warcinfo_record(path.name, self.info))
            self._stream.write(block.getvalue())
            self._stream.flush()

    def close(self) -> None:
        """Bring the file to the disk and close it."""
        if self._stream is not None:
            self._stream.flush()
            os.fsync(self._stream.fileno())
            self._stream.close()
            self._stream = None


def header_pairs(fields: Sequence[tuple[bytes, Sequence[bytes]]]) -> tuple[tuple[str, str], ...]:
    """List header fields as text; bytes that are no UTF-8 become U+FFFD, line ends spaces."""
    return tuple(
        (name.decode("latin-1"), " ".join(value.decode("utf-8", "replace").splitlines()))
        for name, values in fields
        for value in values
    )


def _record_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
