"""URLs that lead nowhere new: loops, endless calendars, query variants."""

import re
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

from crawl.settings import CrawlSettings

_DATE = re.compile(
    r"(?<!\d)(?:19|20|21)\d\d([-/_.年])(?:0?[1-9]|1[0-2])(?:(?:\1|月)(?:0?[1-9]|[12]\d|3[01]))?(?!\d)"
    r"|(?<!\d)(?:19|20|21)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])?(?!\d)"
)
_DATE_PARAMETER = re.compile(
    r"(?<![a-z])(y|yy|yyyy|year|nen|m|mm|mon|month|d|dd|day|date|week)=[-+]?\d{1,4}(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Guard:
    """A family of URLs that is only fetched up to a number.

    Attributes:
        key: signed 64-bit key of the family.
        limit: most members.
        reason: why a further member is refused: "query_variants" or "calendar".
    """

    key: int
    limit: int
    reason: str


def url_trap(url: str, depth: int, settings: CrawlSettings) -> str | None:
    """Give the reason why a URL is refused by its own looks, or None.

    Args:
        url: canonical URL.
        depth: links between a seed and it.
        settings: the bounds.

    Returns:
        "url_too_long", "path_repeats" or "depth".
    """
    if len(url) > settings.max_url_chars:
        return "url_too_long"
    segments = [part for part in urlsplit(url).path.split("/") if part]
    if len(segments) > settings.max_path_repeats:
        most = max(segments.count(part) for part in set(segments))
        if most > settings.max_path_repeats:
            return "path_repeats"
    return "depth" if depth > settings.max_depth else None


def url_guards(url: str, settings: CrawlSettings) -> list[Guard]:
    """Name the families that a URL belongs to.

    Args:
        url: canonical URL.
        settings: the bounds.

    Returns:
        At most two guards: one for the path where there is a query, one for the URL without its
        dates where it holds any.
    """
    guards = []
    path, mark, _ = url.partition("?")
    if mark:
        guards.append(Guard(_key("q", path), settings.max_query_variants, "query_variants"))
    scheme_host, tail = _split(url)
    shape, dates = _DATE.subn("<date>", tail)
    shape, fields = _DATE_PARAMETER.subn(r"\1=<n>", shape)
    if dates or fields:
        key = _key("d", scheme_host + shape)
        guards.append(Guard(key, settings.max_calendar_pages, "calendar"))
    return guards


def _split(url: str) -> tuple[str, str]:
    at = url.find("/", url.find("//") + 2)
    return (url, "") if at < 0 else (url[:at], url[at:])


def _key(kind: str, text: str) -> int:
    digest = blake2b(f"{kind} {text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
