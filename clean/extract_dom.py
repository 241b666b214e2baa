"""A page's markup as lines of text in document order, each knowing the elements it stands in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml import etree

from clean.extract_hints import (
    BAD,
    BLOCKS,
    BOILERPLATE,
    GOOD,
    HEADINGS,
    NONE,
    SKIPPED,
    hint,
    is_hidden,
    is_mark,
)
from clean.extract_lines import is_date, is_signpost

MAX_DEPTH = 180
"""Deepest nesting walked; what stands deeper is read line by line, without its elements."""

MAX_ELEMENTS = 200_000
"""Most elements walked; a page with more is not written for readers."""

_RUBY = re.compile(
    r"<(rt|rp|rtc)\b[^>]{0,200}>([^<]{0,200}(?:<(?!/?r)[^>]{0,100}>[^<]{0,100}){0,4})"
    r"(?:</\1\s*>|(?=</?ruby|<r[btp]))",
    re.IGNORECASE,
)
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,300}\?>")
_SPACES = re.compile(r"[ \t\r\n\f\v\xa0]+")
_GOES_ON = re.compile(r"\s*[、にのはがをもでとへやかよりまー（(〜～\-]")
_WIDE = r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]"
_WRAPPED = re.compile(rf"(?<={_WIDE})[ \t]*[\r\n]\s*(?={_WIDE})")
_PARSER = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)


@dataclass(slots=True)
class Node:
    """An element that holds lines.

    Attributes:
        parent: number of the node around it; -1 for the root.
        tag: the element's name.
        names: class, id and role, joined.
        hint: what the names say, one of clean.extract_hints' marks.
        start: first line in it.
        end: line after its last.
    """

    parent: int
    tag: str
    names: str
    hint: int
    start: int
    end: int = 0
    depth: int = 0


@dataclass(slots=True)
class Line:
    """A line of text as a reader sees it.

    Attributes:
        text: without spaces at its ends; runs of spaces are one.
        links: characters of it inside links.
        anchors: number of links in it.
        node: number of the node it stands in.
        kind: heading tag, `li`, `dt`, `dd`, `td`, `tr`, `pre`, or `p` for anything else.
    """

    text: str
    links: int
    anchors: int
    node: int
    kind: str


@dataclass(slots=True)
class Outline:
    """A page's lines and the elements around them."""

    lines: list[Line] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    list_items: int = 0
    paragraphs: int = 0
    elements: int = 0
    anchors: int = 0
    signpost_chars: int = 0


def parse(html: str) -> etree._Element | None:
    """Parse a page; None where there is no element in it.

    Ruby readings go before the parser sees them: pages leave out their end tags, and the parser
    then nests the next base inside the reading.

    Raises:
        MemoryError: the page's tree does not fit.
    """
    html = _XML_DECLARATION.sub("", html.replace("\0", ""))
    if "<rt" in html or "<RT" in html or "<rp" in html:
        html = _RUBY.sub("", html)
    data = html.encode("utf-8", "replace")
    if not data.strip():
        return None
    try:
        return etree.fromstring(data, parser=_PARSER)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        return None


class _Walker:
    """Collects lines while going through the elements once."""

    def __init__(self) -> None:
        self.outline = Outline()
        self.parts: list[str] = []
        self.link_chars = 0
        self.line_anchors = 0
        self.in_link = 0
        self.in_pre = 0
        self.node = -1
        self.kind = "p"

    def flush(self) -> None:
        if not self.parts:
            self.link_chars = self.line_anchors = 0
            return
        text = "".join(self.parts)
        self.parts.clear()
        if self.in_pre:
            rows = [row.rstrip() for row in text.expandtabs(4).splitlines()]
            text = "\n".join(rows).strip("\n")
        else:
            text = _SPACES.sub(" ", _WRAPPED.sub("", text)).strip(" ")
        if text.strip("\u3000 \n"):
            links = min(self.link_chars, len(text))
            self.outline.lines.append(Line(text, links, self.line_anchors, self.node, self.kind))
        self.link_chars = self.line_anchors = 0

    def add(self, text: str | None) -> None:
        if text:
            self.parts.append(text)
            if self.in_link:
                self.link_chars += len(text.strip())

    def walk(self, element: etree._Element, depth: int) -> None:
        tag = element.tag
        if not isinstance(tag, str):
            return
        outline = self.outline
        outline.elements += 1
        if tag in SKIPPED or outline.elements > MAX_ELEMENTS:
            return
        if tag == "br":
            if self.in_pre:
                self.parts.append("\n")
            else:
                self.flush()
            return
        if depth > MAX_DEPTH:
            self.flat(element)
            return
        attrib = element.attrib
        if attrib:
            style = attrib.get("style")
            if style and is_hidden(style):
                return
            if "hidden" in attrib:
                return
        if tag == "a":
            self.link(element, depth)
            return
        if tag not in BLOCKS:
            names = attrib.get("class") if attrib else None
            if names and is_mark(names):
                return
            if not self.parts and not len(element) and self.date(element):
                return
            self.add(element.text)
            for child in element:
                self.walk(child, depth + 1)
                self.add(child.tail)
            return
        self.block(element, tag, depth)

    def date(self, element: etree._Element) -> bool:
        """Make a line of an inline date that opens a line but no sentence; tell whether it did."""
        text = (element.text or "").strip()
        if not 8 <= len(text) <= 30 or not is_date(text):
            return False
        if _GOES_ON.match(element.tail or ""):
            return False
        self.add(text)
        self.flush()
        return True

    def flat(self, element: etree._Element) -> None:
        """Read what is nested too deeply to recurse into: lines by blocks, without nodes.

        Pages that never close their font elements nest a level deeper with each.
        """
        walk = etree.iterwalk(element, events=("start", "end"))
        for event, inner in walk:
            tag = inner.tag
            if event == "start":
                self.outline.elements += 1
                if not isinstance(tag, str) or tag in SKIPPED:
                    walk.skip_subtree()
                    continue
                if tag == "br" or tag in BLOCKS:
                    self.flush()
                self.add(inner.text)
            elif tag in BLOCKS:
                self.flush()
            if event == "end" and inner is not element:
                self.add(inner.tail)

    def link(self, element: etree._Element, depth: int) -> None:
        """Add a link's text, unless it only leads about the site (前の記事, 編集, ¶)."""
        self.outline.anchors += 1
        if not len(element):
            text = (element.text or "").strip()
            if len(text) <= 20 and is_signpost(text):
                self.outline.signpost_chars += len(text)
                return
        self.in_link += 1
        self.line_anchors += 1
        self.add(element.text)
        for child in element:
            self.walk(child, depth + 1)
            self.add(child.tail)
        self.in_link -= 1

    def block(self, element: etree._Element, tag: str, depth: int) -> None:
        self.flush()
        outline = self.outline
        attrib = element.attrib
        names = ""
        mark = NONE
        if attrib and tag not in ("html", "body"):
            names = " ".join(
                [attrib.get("class", ""), attrib.get("id", ""), attrib.get("role", "")]
            ).strip()
            if attrib.get("itemprop") in ("articleBody", "text", "description"):
                names += " article-body"
            mark = hint(names) if names else NONE
        if tag in BOILERPLATE:
            mark = BAD
        elif tag in ("main", "article") and mark == NONE:
            mark = GOOD
        if tag == "hr":
            return
        outer_node, outer_kind = self.node, self.kind
        outline.nodes.append(Node(outer_node, tag, names, mark, len(outline.lines), depth=depth))
        self.node = len(outline.nodes) - 1
        if tag in HEADINGS or tag in ("li", "dt", "dd", "td", "th", "pre"):
            self.kind = "td" if tag == "th" else tag
            if tag in ("li", "td", "th", "dd"):
                outline.list_items += 1
        elif tag == "p":
            outline.paragraphs += 1
        pre = tag in ("pre", "xmp", "listing", "plaintext")
        self.in_pre += pre
        self.add(element.text)
        for child in element:
            self.walk(child, depth + 1)
            self.add(child.tail)
        self.flush()
        self.in_pre -= pre
        node = outline.nodes[self.node]
        if tag == "tr":
            self.join_row(node)
        node.end = len(outline.lines)
        self.node, self.kind = outer_node, outer_kind

    def cell(self, number: int) -> int:
        """Give the number of the table cell around a node."""
        nodes = self.outline.nodes
        while number > self.node and nodes[number].tag not in ("td", "th"):
            number = nodes[number].parent
        return number

    def join_row(self, node: Node) -> None:
        """Make one line of a row whose cells are short: a figure without its name says nothing."""
        lines = self.outline.lines
        row = lines[node.start :]
        if len(row) < 2 or any(len(line.text) > 60 or "。" in line.text for line in row[:-1]):
            return
        if len(row[-1].text) > 120 or any(line.kind != "td" for line in row):
            return
        if len({self.cell(line.node) for line in row}) < len(row):
            return
        joined = Line(
            " ".join(line.text for line in row),
            sum(line.links for line in row),
            sum(line.anchors for line in row),
            self.node,
            "tr",
        )
        for inner in self.outline.nodes[self.node + 1 :]:
            inner.start = inner.end = node.start
        lines[node.start :] = [joined]


def outline_of(root: etree._Element) -> Outline:
    """Read the lines of a parsed page.

    Args:
        root: the html element.

    Returns:
        Its lines in order. Time is linear in the page; what exceeds the bounds is not walked.
    """
    walker = _Walker()
    body = root.find("body")
    walker.walk(root if body is None else body, 0)
    walker.flush()
    outline = walker.outline
    if not outline.nodes:
        outline.nodes.append(Node(-1, "body", "", NONE, 0))
    outline.nodes[0].end = len(outline.lines)
    for line in outline.lines:
        line.node = max(line.node, 0)
    for node in outline.nodes:
        node.end = min(node.end, len(outline.lines))
        node.start = min(node.start, node.end)
    return outline
