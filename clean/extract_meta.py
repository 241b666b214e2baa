"""A page's title and the day it was published, as the page states them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import htmldate
from lxml import etree, html

from clean.extract_dom import Line, Outline
from clean.extract_hints import BAD, HEADINGS, META
from clean.extract_lines import is_stamp

JAPAN = timezone(timedelta(hours=9))

_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_ALL_SPACES = re.compile(r"\s+")
_SEPARATOR = re.compile(r"\s*[|｜¦│≪≫«»›]\s*|\s*[：]\s*|(?<!\d)\s*[-–—―‐−]\s+|\s+[-–—―‐−:/]\s*")
_EDGES = " \u3000|｜-–—―:：»›«≪≫/／"
_DATE_PROPERTIES = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.created",
    "dc.date",
    "date",
    "pubdate",
    "publishdate",
    "publish_date",
    "cxenseparse:recs:publishtime",
    "article.published",
    "sailthru.date",
    "parsely-pub-date",
    "creation_date",
    "date.created",
)
_LD_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{8,40})"')
_ISO = re.compile(
    r"\s*((?:19|20)\d\d)-?(\d\d)-?(\d\d)"
    r"(?:[T ](\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_WRITTEN = re.compile(
    r"(?<!\d)((?:19|20)\d\d)\s*[年/.\-]\s*(\d{1,2})\s*[月/.\-]\s*(\d{1,2})(?!\d)"
    r"|(令和|平成)\s*(元|\d{1,2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"
)
_URL_DATE = re.compile(r"/(20[0-3]\d)([/-]?)(\d\d)\2(\d\d)(?=[/_.?-]|$)")
_KANJI_NUMBER = re.compile("[〇一二三四五六七八九十]+(?=[年月日])")
_FIRST_LABEL = re.compile(
    "投稿|公開|掲載|作成|発行|発表|登録|初版|質問|posted|publish", re.IGNORECASE
)
_LAST_LABEL = re.compile("更新|改訂|改定|修正|update|modif", re.IGNORECASE)
_ERAS = {"令和": 2018, "平成": 1988}
_DIGITS = str.maketrans("０１２３４５６７８９〇一二三四五六七八九", "01234567890123456789")
_YEAR = re.compile("(?:19|20)[0-9]{2}|(?:１９|２０)[０-９]{2}|二〇|年")
_PARSER = html.HTMLParser(encoding="utf-8")
_HTMLDATE_ELEMENTS = 2000
"""Most elements on a page that htmldate is asked about: its cost grows with them."""


def squeeze(text: str | None) -> str:
    """Make runs of ASCII white space one space; U+3000 stays as the author wrote it."""
    return _SPACES.sub(" ", text or "").strip()


def title_of(root: etree._Element, outline: Outline) -> str:
    """Give the title of the page itself, without the name of its site.

    Args:
        root: the parsed page.
        outline: its lines.

    Returns:
        The heading that the title element repeats, else the Open Graph title, else the title
        element without the site's name, else the first heading; "" where there is none.
    """
    element = root.find(".//title")
    full = squeeze("".join(element.itertext())) if element is not None else ""
    metas = {
        (meta.get("property") or meta.get("name") or "").lower(): squeeze(meta.get("content"))
        for meta in root.iter("meta")
    }
    site = metas.get("og:site_name", "")
    lines = [line for line in outline.lines if line.kind in HEADINGS][:40]
    headings = [line.text for line in lines]
    home = {_fold(line.text) for line in lines if line.links and line.kind in ("h1", "h2")}
    graph = metas.get("og:title", "")
    for stated in (graph, full):
        if stated:
            found = _repeated(stated, headings, site, home)
            if found:
                return found
    if graph or full:
        short = [line.text for line in outline.lines[:80] if len(line.text) <= len(full)]
        return _repeated(graph or full, short, site, home) or _without_site(graph or full, site)
    return headings[0] if headings else ""


def _fold(text: str) -> str:
    return _ALL_SPACES.sub("", text).casefold()


def _repeated(stated: str, headings: list[str], site: str, home: set[str]) -> str:
    """Find the heading that a stated title begins with, else one that it holds.

    Args:
        stated: the title.
        headings: lines that may repeat it.
        site: the site's name as stated, or "".
        home: folded headings that are links: the site's name above each of its pages.
    """
    folded = _fold(stated)
    parts = [_fold(part) for part in _SEPARATOR.split(stated) if part.strip()]
    known = [heading for heading in headings if len(heading) >= 2 and _fold(heading) in folded]
    known = [heading for heading in known if _fold(heading) != _fold(site)]
    first = [h for h in known if folded.startswith(_fold(h)) and len(h) * 5 >= len(parts[0])]
    if first:
        return max(first, key=len)
    if len(parts) >= 2 and known and all(_fold(h) in home for h in known):
        cut = list(_SEPARATOR.finditer(stated))[-1]
        before, after = stated[: cut.start()].strip(_EDGES), stated[cut.end() :].strip(_EDGES)
        return before if _fold(after) in home else after
    return max(known, key=len) if known and len(max(known, key=len)) * 3 >= len(folded) else ""


def _without_site(title: str, site: str) -> str:
    """Cut the site's name off a title: as stated, else the last part of several."""
    if site and title != site:
        for cut in (title.removesuffix(site), title.removeprefix(site)):
            trimmed = cut.strip(_EDGES)
            if cut != title and trimmed:
                return trimmed
    marks = list(_SEPARATOR.finditer(title))
    marks = [mark for mark in marks if mark.start() >= 4]
    if not marks:
        return title
    cut = title[: marks[-1].start()].rstrip(_EDGES)
    rest = title[marks[-1].end() :]
    return cut if cut and (len(cut) >= 6 or len(cut) * 2 >= len(rest)) else title


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
    try:
        moment = datetime(
            int(hit[1]), int(hit[2]), int(hit[3]), int(hit[4] or 0), int(hit[5] or 0), tzinfo=JAPAN
        )
    except ValueError:
        return None
    zone = hit[7]
    if zone == "Z":
        moment = moment.replace(tzinfo=UTC)
    elif zone:
        minutes = int(zone[1:3]) * 60 + int(zone[-2:])
        if minutes >= 24 * 60:
            return None
        shift = timedelta(minutes=minutes if zone[0] == "+" else -minutes)
        moment = moment.replace(tzinfo=timezone(shift))
    moment = moment.astimezone(JAPAN)
    return moment.date().isoformat() if 1995 <= moment.year <= 2099 else None


def written_day(text: str) -> str | None:
    """Read the first date with a year in a short Japanese text, as YYYY-MM-DD."""
    hit = _WRITTEN.search(_KANJI_NUMBER.sub(_arabic, text).translate(_DIGITS))
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


def _arabic(hit: re.Match[str]) -> str:
    """Write a kanji number below a hundred, or a run of kanji digits, in digits."""
    text = hit[0]
    if "十" not in text:
        return text.translate(_DIGITS)
    tens, _, ones = text.partition("十")
    return (tens.translate(_DIGITS) or "1") + (ones.translate(_DIGITS) or "0")


def published_of(root: etree._Element, outline: Outline, markup: str, url: str = "") -> str | None:
    """Find the day of publication.

    Args:
        root: the parsed page, scripts included.
        outline: its lines.
        markup: the page itself, for htmldate.
        url: its address; many hold the day.

    Returns:
        YYYY-MM-DD in Japan: as stated for machines (meta, JSON-LD, time element), else on a line of
        its own or in an element named so, else in the address, else what htmldate finds; None where
        nothing states it.
    """
    found = _stated(root) or _shown(outline) or _addressed(url)
    if found is not None or outline.elements > _HTMLDATE_ELEMENTS:
        return found
    if not any(_YEAR.search(line.text) and written_day(line.text) for line in outline.lines):
        return None
    tree = html.fromstring(markup.encode("utf-8", "replace"), parser=_PARSER)
    try:
        guess: str | None = htmldate.find_date(tree, original_date=True, extensive_search=False)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError):
        return None
    return guess


def _addressed(url: str) -> str | None:
    """Read the day in an address such as /2024/03/09/ or /20240309-title."""
    hit = _URL_DATE.search(url)
    return day_of(f"{hit[1]}-{hit[3]}-{hit[4]}") if hit else None


def _stated(root: etree._Element) -> str | None:
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = meta.get("content")
        if name and content:
            metas.setdefault(name, content)
    for name in _DATE_PROPERTIES:
        found = day_of(metas[name]) or written_day(metas[name]) if name in metas else None
        if found:
            return found
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json" and script.text:
            hit = _LD_DATE.search(script.text)
            found = day_of(hit[1]) or written_day(hit[1]) if hit else None
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
            if not _LAST_LABEL.search(named):
                best = best or found
    return best


def _shown(outline: Outline) -> str | None:
    """Find a date that stands on a line of its own or in an element named for it."""
    plain: str | None = None
    last: str | None = None
    for line in outline.lines:
        text = line.text
        if len(text) > 100 or line.kind in ("tr", "li", "dt") or not _dated(text):
            continue
        if not is_stamp(text) and not (len(text) <= 60 and _named(outline, line, META)):
            continue
        if _named(outline, line, BAD):
            continue
        found = written_day(text)
        if found is None:
            continue
        if _FIRST_LABEL.search(text):
            return found
        if _LAST_LABEL.search(text):
            last = last or found
        else:
            plain = plain or found
    return plain or last


def _dated(text: str) -> bool:
    return any(mark in text for mark in ("年", "/", ".", "-"))


def _named(outline: Outline, line: Line, mark: int) -> bool:
    number = line.node
    while number >= 0:
        node = outline.nodes[number]
        if node.hint == mark:
            return True
        if mark == META and node.end - node.start > 3:
            return False
        number = node.parent
    return False
