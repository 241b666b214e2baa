"""The records that clean writes: documents, dropped pages, sites; one schema each."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pyarrow as pa

from clean.signals.names import SIGNALS

SIGNAL_STRUCT = pa.struct([pa.field(name, pa.float32()) for name in SIGNALS])
"""One float32 a signal; null where a signal is not defined for the document."""

IDENTITY: tuple[pa.Field, ...] = (
    pa.field("doc_id", pa.string(), nullable=False),
    pa.field("url", pa.string(), nullable=False),
    pa.field("host", pa.string(), nullable=False),
    pa.field("site", pa.string(), nullable=False),
    pa.field("fetched_at", pa.timestamp("ms", tz="UTC")),
    pa.field("warc_file", pa.string(), nullable=False),
    pa.field("warc_offset", pa.int64(), nullable=False),
)
"""What says which page a row speaks of; the same in documents and dropped rows. fetched_at holds
whole seconds in milliseconds: Parquet has no coarser unit, and a schema must come back as
written."""

DOCUMENT = pa.schema(
    [
        *IDENTITY,
        pa.field("title", pa.string()),
        pa.field("published", pa.string()),
        pa.field("encoding", pa.string(), nullable=False),
        pa.field("text", pa.string(), nullable=False),
        pa.field("n_chars", pa.int64(), nullable=False),
        pa.field("signals", SIGNAL_STRUCT, nullable=False),
    ]
)
"""A kept document. published is YYYY-MM-DD in Japan; n_chars counts code points of text."""

DROPPED = pa.schema(
    [
        *IDENTITY,
        pa.field("stage", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("value", pa.float64()),
        pa.field("threshold", pa.float64()),
        pa.field("excerpt", pa.string(), nullable=False),
    ]
)
"""A page that went, with the figure that decided and what it was held against."""

SITE = pa.schema(
    [
        pa.field("site", pa.string(), nullable=False),
        pa.field("pages", pa.int64(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("decided_by", pa.string(), nullable=False),
        pa.field("score", pa.float64()),
        pa.field(
            "reasons",
            pa.list_(
                pa.struct(
                    [
                        pa.field("signal", pa.string()),
                        pa.field("value", pa.float64()),
                        pa.field("threshold", pa.float64()),
                        pa.field("pages", pa.int64()),
                        pa.field("lower_bound", pa.float64()),
                    ]
                )
            ),
            nullable=False,
        ),
        pa.field("signals", SIGNAL_STRUCT, nullable=False),
        pa.field("sample_doc_ids", pa.list_(pa.string()), nullable=False),
    ]
)
"""A site's verdict (keep | drop | review), who decided (rule | override), and the evidence."""

EXCERPT_CHARS = 200
"""Longest excerpt of a dropped page, in code points: enough to see what it was."""


def doc_id(url: str, payload: bytes) -> str:
    """Name a page by its address and its bytes.

    Args:
        url: the address the page was fetched from.
        payload: the body after transfer and content decoding.

    Returns:
        32 hexadecimal digits: BLAKE2b-128 over the URL, a NUL, and the SHA-256 of payload.
    """
    name = hashlib.blake2b(url.encode("utf-8", "surrogatepass"), digest_size=16)
    name.update(b"\0")
    name.update(hashlib.sha256(payload).digest())
    return name.hexdigest()


def host_of(url: str) -> str:
    """Give the lower-cased host of an address, without port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def fetch_time(text: str) -> datetime | None:
    """Read a WARC-Date such as 2026-11-21T08:48:33Z.

    Args:
        text: the date as the archive gives it; a fraction of a second is cut off.

    Returns:
        The time in UTC with whole seconds, or None where the text is no date.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=0)


def excerpt_of(text: str) -> str:
    """Cut text to one line of at most EXCERPT_CHARS code points."""
    return " ".join(text[: EXCERPT_CHARS * 4].split())[:EXCERPT_CHARS]
