"""One page from bytes to text, with the reason where it goes no further."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from clean.decode import decode
from clean.extract import Extracted
from clean.extract_process import Extractor
from clean.japanese import japanese_test, language_of, visible_text
from clean.repair import repair
from clean.settings import CleanSettings

PageReason = Literal[
    "damaged_record",
    "too_large",
    "no_text",
    "garbled",
    "not_japanese",
    "timeout",
    "memory",
    "crash",
    "too_short",
    "list_only",
    "boilerplate_only",
    "site_verdict",
    "site_review",
]
PAGE_REASONS: tuple[str, ...] = get_args(PageReason)
"""Every reason for which clean drops a page."""

_SAMPLE_CHARS = 2000
_GARBLED_SHARE = 0.2
_STRANGE = re.compile("[\ufffd\x80-\x9f\ue000-\uf8ff縺繧繝]")


@dataclass(frozen=True, slots=True)
class PageText:
    """What is known of a page after extraction.

    Attributes:
        text: extracted and repaired text; for a page that goes, as much as was seen of it.
        reason: why it goes, or None.
        value: the figure that decided, None where there is none.
        threshold: what the figure was held against.
        encoding: what the bytes were read as.
        declared: what the page declared, in the same names, or None.
        decode_reason: why they were read so; see clean.decode.
        damaged: bytes left out.
        extracted: facts of the extraction; its text is before repair.
        repairs: mends by name.
    """

    text: str
    reason: PageReason | None
    value: float | None = None
    threshold: float | None = None
    encoding: str = ""
    declared: str | None = None
    decode_reason: str = ""
    damaged: int = 0
    extracted: Extracted = field(default_factory=lambda: Extracted(""))
    repairs: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageMarkup:
    """A decoded page that is worth extracting."""

    html: str
    encoding: str
    declared: str | None
    decode_reason: str
    damaged: int


def decode_page(
    payload: bytes, content_type: str | None, settings: CleanSettings
) -> PageMarkup | PageText:
    """Decode a page and test whether it may be Japanese.

    Args:
        payload: the body, without content coding.
        content_type: the Content-Type header, if there was one.
        settings: bounds.

    Returns:
        The markup, or a PageText with the reason for which the page goes.
    """
    if len(payload) > settings.extract.max_bytes:
        return PageText("", "too_large", float(len(payload)), float(settings.extract.max_bytes))
    if not payload.strip():
        return PageText("", "no_text", 0.0, 1.0)
    decoded = decode(payload, content_type)
    test = japanese_test(decoded.text, settings.kana_share)
    if test.passed:
        return PageMarkup(
            decoded.text, decoded.encoding, decoded.declared, decoded.reason, decoded.damaged
        )
    seen = visible_text(decoded.text)[:_SAMPLE_CHARS]
    reason: PageReason = "no_text" if test.why == "no_text" else "not_japanese"
    return PageText(
        seen,
        reason,
        test.share,
        settings.kana_share,
        decoded.encoding,
        decoded.declared,
        decoded.reason,
        decoded.damaged,
        Extracted("", language=language_of(seen), html_chars=len(decoded.text)),
    )


def extract_page(
    page: PageMarkup, url: str, settings: CleanSettings, extractor: Extractor
) -> PageText:
    """Extract and repair a decoded page and hold it against the bounds for pages.

    Args:
        page: what decode_page gave.
        url: its address.
        settings: bounds.
        extractor: the process that extracts.

    Returns:
        The text, with a reason where the page goes.
    """
    found = extractor.extract(page.html, url)
    if isinstance(found, str):
        limit = {
            "timeout": settings.extract.seconds,
            "memory": float(settings.extract.memory_mib),
            "crash": None,
        }[found]
        return PageText(
            visible_text(page.html[:200_000])[:_SAMPLE_CHARS],
            found,
            limit,
            limit,
            page.encoding,
            page.declared,
            page.decode_reason,
            page.damaged,
            Extracted("", html_chars=len(page.html)),
        )
    mended = repair(found.text, settings.repair)
    reason, value, threshold = _reason(mended.text, found, settings)
    return PageText(
        mended.text,
        reason,
        value,
        threshold,
        page.encoding,
        page.declared,
        page.decode_reason,
        page.damaged,
        found,
        mended.counts,
    )


def clean_page(
    payload: bytes,
    content_type: str | None,
    url: str,
    settings: CleanSettings,
    extractor: Extractor,
) -> PageText:
    """Decode, extract and repair a page in one call."""
    page = decode_page(payload, content_type, settings)
    return page if isinstance(page, PageText) else extract_page(page, url, settings, extractor)


def _reason(
    text: str, found: Extracted, settings: CleanSettings
) -> tuple[PageReason | None, float | None, float | None]:
    """Hold a text against the bounds for pages; give reason, value and threshold."""
    size = len(text)
    if not text.strip():
        if found.links >= 5 and found.link_chars * 2 > found.page_chars:
            return "list_only", found.link_chars / found.page_chars, 0.5
        return (
            ("boilerplate_only" if found.page_chars >= settings.min_chars else "no_text"),
            0.0,
            1.0,
        )
    strange = len(_STRANGE.findall(text))
    if strange > _GARBLED_SHARE * size:
        return "garbled", strange / size, _GARBLED_SHARE
    if found.language != "ja":
        reason: PageReason = "not_japanese" if found.language else "no_text"
        return reason, japanese_test(text).share, settings.kana_share
    if size < settings.min_chars:
        if found.links >= 10 and found.link_chars * 2 > found.page_chars:
            return "list_only", found.link_chars / found.page_chars, 0.5
        return "too_short", float(size), float(settings.min_chars)
    return None, None, None
