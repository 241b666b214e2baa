"""Links and meta elements of an HTML page."""

import re
from dataclasses import dataclass, field
from urllib.parse import urljoin

from lxml import etree, html

_LINK_TAGS = {
    "a": "href", "area": "href", "frame": "src", "iframe": "src", "base": "href", "link": "href",
}  # fmt: skip
_TAGS = (*_LINK_TAGS, "meta")
_REFRESH = re.compile(r"^[\s\d.;,]*url\s*=\s*[\"']?([^\"']+)", re.IGNORECASE)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MAX_LINKS = 10_000
"""References read from one page: a page of half a million would hold up all other hosts."""

_LINK_RELATIONS = frozenset({"canonical", "next", "prev", "alternate"})


@dataclass(slots=True)
class HtmlHead:
    """What a crawler needs of a page.

    Attributes:
        links: references as they stand in the page, in document order, without rel=nofollow.
        metas: name and content of the meta elements with a name.
        base: URL that the references are relative to.
        cut: whether there are more links than are read.
    """

    links: list[str] = field(default_factory=list)
    metas: list[tuple[str, str]] = field(default_factory=list)
    base: str = ""
    cut: bool = False


def read_html(text: str, url: str) -> HtmlHead:
    """Find the links (a, area, frame, iframe, link, refresh) and meta elements of a page.

    Args:
        text: the page.
        url: its URL.

    Returns:
        Links and metas; empty for what no parser accepts.
    """
    found = HtmlHead(base=url)
    parser = html.HTMLParser(no_network=True, huge_tree=False, remove_comments=True)
    try:
        tree = html.document_fromstring(_XML_DECLARATION.sub("", text, count=1), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return found
    based = False
    for element in tree.iter(*_TAGS):
        if element.tag == "meta":
            _read_meta(element, found)
            continue
        reference = element.get(_LINK_TAGS[element.tag])
        if not reference:
            continue
        if element.tag == "base":
            if not based:
                found.base, based = _join(url, reference), True
            continue
        relations = (element.get("rel") or "").lower().split()
        if "nofollow" in relations:
            continue
        if element.tag == "link" and not _LINK_RELATIONS.intersection(relations):
            continue
        if len(found.links) >= MAX_LINKS:
            found.cut = True
            break
        found.links.append(reference)
    return found


def _read_meta(element: etree._Element, found: HtmlHead) -> None:
    content = element.get("content") or ""
    name = element.get("name")
    if name:
        found.metas.append((name, content))
    elif (element.get("http-equiv") or "").lower() == "refresh":
        target = _REFRESH.match(content)
        if target:
            found.links.append(target[1].strip())


def _join(url: str, reference: str) -> str:
    try:
        return urljoin(url, reference.strip())
    except ValueError:
        return url
