"""The page record: what crawl hands to clean."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """One stored answer of status 200 that holds HTML.

    Attributes:
        url: canonical URL that was asked for (WARC-Target-URI).
        final_url: URL that answered. A redirect is a fetch of its own here, with a record of its
            own, so this is `url` again, whichever redirects led to it.
        status: HTTP status, always 200 in this version of the record.
        headers: name and value of every HTTP header field, as sent.
        payload: body without transfer-coding and content-coding; still in the page's charset.
        fetched_at: UTC, "2026-11-21T08:48:33Z".
        warc_file: path of the WARC file.
        warc_offset: first byte of the record's gzip member (or of the record) in that file.
        signals: opt-out signals found with the page, in the order of `crawl.settings.SIGNALS`.
    """

    url: str
    final_url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    payload: bytes
    fetched_at: str
    warc_file: str
    warc_offset: int
    signals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes of a WARC file that could not be read as a record.

    Attributes:
        warc_file: path of the WARC file.
        offset: first byte that was skipped.
        reason: "truncated" (the file ends inside a record) or "unreadable".
    """

    warc_file: str
    offset: int
    reason: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A response record that is no page of the corpus.

    Attributes:
        url: WARC-Target-URI.
        offset: first byte of the record.
        reason: "http_error", "redirect", "not_html", "too_large", "opt_out", "bad_encoding",
            "bad_url", "forgotten".
        signals: opt-out signals, for "opt_out".
    """

    url: str
    offset: int
    reason: str
    signals: tuple[str, ...] = ()
