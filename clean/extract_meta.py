"""A page's title and the day it was published, as the page states them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from lxml import etree

JAPAN = timezone(timedelta(hours=9))

_SPACES = re.compile(r"\s+")
_SEPARATOR = re.compile(
    r"\s*[|｜¦│]\s*|\s+[-–—―‐−:：»›«/]\s+|\s*[»›«≫]\s*|\s*：\s*|\s*[-–—]\s+|\s+[-–—]\s*"
)
_DATE_PROPERTIES = (
    "article:published_time", "og:article:published_time", "datepublished", "date", "dc.date",
    "dc.date.issued", "dcterms.created", "dcterms.issued", "pubdate", "publishdate", "cxenseparse:recs:publishtime",
    "article.published", "sailthru.date", "parsely-pub-date", "creation_date", "date.created", "bt:pubdate",
)  # fmt: skip
_LD_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_ISO = re.compile(
    r"\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_JAPANESE_DATE = re.compile(
    r"((?:19|20)\d\d)\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})(?!\d)|(令和|平成)\s*(元|\d{1,2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
)
_PUBLISHED_NAMES = re.compile(
    r"(?:^|[\s_-])(?:pub|published|posted|post-?date|entry-?date|date|time|datetime)"
)
_ERAS = {"令和": 2018, "平成": 1988}


def squeeze(text: str | None) -> str:
    """Make runs of white space one space."""
    return _SPACES.sub(" ", text or "").strip()


def _plain(element: etree._Element) -> str:
    parts = [
        text
        for text in element.xpath(
            ".//text()[not(ancestor::rt or ancestor::rp or ancestor::script)]"
        )
    ]
    return squeeze("".join(parts))


def title_of(root: etree._Element) -> str:
    """Give the title of the page itself, without the name of its site.

    Args:
        root: the parsed page.

    Returns:
        A heading that the title element repeats, else the Open Graph title, else the title element
        without the site's name; "" where there is none.
    """
    element = root.find(".//head/title")
    if element is None:
        element = root.find(".//title")
    full = squeeze(element.text_content()) if element is not None else ""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): squeeze(meta.get("content"))
        for meta in root.iter("meta")
    }
    site = metas.get("og:site_name", "")
    headings = [_plain(heading) for heading in list(root.iter("h1"))[:5]]
    folded = full.casefold()
    for heading in headings:
        if 2 <= len(heading) and heading.casefold() in folded and heading != site:
            if len(heading) * 4 >= len(full) or len(headings) == 1:
                return heading
    graph = metas.get("og:title", "")
    return _without_site(graph or full, site) or (headings[0] if headings else "")


def _without_site(title: str, site: str) -> str:
    if site and title != site:
        for cut in (title.removesuffix(site), title.removeprefix(site)):
            if cut != title:
                trimmed = cut.strip(" \u3000|｜-–—―:：»›/«")
                if trimmed:
                    return trimmed
    parts = [part for part in _SEPARATOR.split(title) if part]
    if len(parts) >= 2 and len(parts[0]) >= 4 and len(parts[0]) >= len(parts[-1]) // 2:
        return (
            title[: title.rfind(parts[-1])].rstrip(" \u3000|｜-–—―:：»›/«")
            if len(parts) > 2
            else parts[0]
        )
    return title


def day_of(stamp: str) -> str | None:
    """Read a machine-readable time as the day that it was in Japan.

    Args:
        stamp: ISO 8601, with or without clock time and zone; a time without zone is Japan's own.

    Returns:
        YYYY-MM-DD, or None where it is no date between 1995 and 2099.
    """
    hit = _ISO.match(stamp)
    if not hit:
        return None
    year, month, day = int(hit[1]), int(hit[2]), int(hit[3])
    try:
        moment = datetime(year, month, day, int(hit[4] or 0), int(hit[5] or 0), tzinfo=JAPAN)
    except ValueError:
        return None
    zone = hit[7]
    if zone == "Z":
        moment = moment.replace(tzinfo=UTC)
    elif zone:
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        shift = timedelta(minutes=minutes if zone[0] == "+" else -minutes)
        if abs(shift) >= timedelta(hours=24):
            return None
        moment = moment.replace(tzinfo=timezone(shift))
    moment = moment.astimezone(JAPAN)
    return moment.date().isoformat() if 1995 <= moment.year <= 2099 else None


def written_day(text: str) -> str | None:
    """Read the first date with a year in a short Japanese text, as YYYY-MM-DD."""
    hit = _JAPANESE_DATE.search(text.translate(_DIGITS))
    if not hit:
        return None
    if hit[1]:
        year, month, day = int(hit[1]), int(hit[2]), int(hit[3])
    else:
        number = 1 if hit[5] == "元" else int(hit[5])
        year, month, day = _ERAS[hit[4]] + number, int(hit[6]), int(hit[7])
    try:
        moment = datetime(year, month, day, tzinfo=JAPAN)
    except ValueError:
        return None
    return moment.date().isoformat() if 1995 <= year <= 2099 else None


_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


def published_of(root: etree._Element) -> str | None:
    """Find the day of publication in what the page states for machines.

    Args:
        root: the parsed page, scripts included.

    Returns:
        YYYY-MM-DD in Japan, or None where no meta element, JSON-LD, time element or date-named element
        states one.
    """
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = meta.get("content")
        if name and content and name not in metas:
            metas[name] = content
    for name in _DATE_PROPERTIES:
        if name in metas:
            found = day_of(metas[name]) or written_day(metas[name])
            if found:
                return found
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json" and script.text:
            hit = _LD_DATE.search(script.text)
            if hit:
                found = day_of(hit[1]) or written_day(hit[1])
                if found:
                    return found
    best: str | None = None
    for element in root.iter("time", "abbr"):
        stamp = element.get("datetime") or element.get("title") or element.text or ""
        found = day_of(stamp) or written_day(stamp)
        if found:
            named = f"{element.get('class', '')} {element.get('itemprop', '')}".lower()
            if element.get("pubdate") is not None or "publish" in named:
                return found
            if "modif" not in named and "updat" not in named and best is None:
                best = found
    if best:
        return best
    for element in root.iter("p", "div", "span", "dd", "li", "td"):
        names = element.get("class") or element.get("id")
        if names and _PUBLISHED_NAMES.search(names.lower()):
            text = element.text_content()
            if len(text) <= 80:
                found = written_day(text)
                if found:
                    return found
    return None
