"""Which lines of a page are its main text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate

from clean.extract_dom import Line, Node, Outline
from clean.extract_hints import (
    BAD,
    COMMENT,
    GOOD,
    HEADINGS,
    META,
)
from clean.extract_lines import (
    heads_aside,
    heads_listing,
    is_crumbs,
    is_furniture,
    is_post_header,
    is_post_subject,
    is_slot,
    is_stamp,
)

_MARKS = re.compile(r"[\W_]+")
_HIRAGANA = re.compile("[\u3041-\u3096]")
_STOP = re.compile("[。！？!?]")
_SHORT = 40
"""Longest line of a byline, in code points."""

_ENOUGH = 150
"""Prose that is enough for a page's main text, in code points."""

_CELLS = ("td", "dt", "dd", "tr")
_HAS_DIGIT = re.compile(r"[0-9０-９元]")


@dataclass(frozen=True, slots=True)
class Choice:
    """The main lines and how sure the choice is.

    Attributes:
        lines: the lines kept, in order.
        weight: sentence characters in them.
        total: sentence characters of the whole page.
        sure: no other part of the page could be the main text.
        board: posts with header lines.
    """

    lines: list[Line]
    weight: float
    total: float
    sure: bool
    board: bool


def line_weight(line: Line) -> float:
    """Count the characters of a line that are prose, not names of things or links."""
    size = len(line.text)
    free = size - line.links
    if free < 8 or (line.links * 3 > size * 2):
        return 0.0
    if not _HIRAGANA.search(line.text):
        return 0.25 * free if size >= 60 and line.links * 3 < size else 0.0
    if _STOP.search(line.text):
        return float(free)
    return 0.5 * free if line.links * 2 < size else 0.0


class _Page:
    """Lines and nodes with prefix sums, and the lines taken out so far."""

    def __init__(self, outline: Outline) -> None:
        self.lines = outline.lines
        self.nodes = outline.nodes
        self.out = bytearray(len(self.lines))
        self.weights = [line_weight(line) for line in self.lines]
        self.sum_weight = [0.0, *accumulate(self.weights)]
        self.sum_chars = [0, *accumulate(len(line.text) for line in self.lines)]
        self.sum_links = [0, *accumulate(line.links for line in self.lines)]
        self.sum_anchors = [0, *accumulate(line.anchors for line in self.lines)]
        self.total = self.sum_weight[-1]
        self.known = 0.0

    def weight(self, node: Node) -> float:
        return self.sum_weight[node.end] - self.sum_weight[node.start]

    def chars(self, node: Node) -> int:
        return self.sum_chars[node.end] - self.sum_chars[node.start]

    def links(self, node: Node) -> int:
        return self.sum_links[node.end] - self.sum_links[node.start]

    def anchors(self, node: Node) -> int:
        return self.sum_anchors[node.end] - self.sum_anchors[node.start]

    def take_out(self, node: Node) -> None:
        for number in range(node.start, node.end):
            self.drop(number)

    def place(self, number: int) -> tuple[str, str]:
        """Give tag and names of the element that a line stands in."""
        node = self.nodes[self.lines[number].node]
        return node.tag, node.names

    def drop(self, number: int) -> None:
        """Take out a line that is known for what it is by its own words."""
        if not self.out[number]:
            self.out[number] = 1
            self.known += self.weights[number]


def choose_main(outline: Outline) -> Choice:
    """Choose the main text's lines.

    Args:
        outline: the page's lines and elements.

    Returns:
        The lines kept. Works in time linear in lines plus elements.
    """
    page = _Page(outline)
    _take_out_hinted(page)
    _take_out_asides(page)
    _take_out_teasers(page)
    root = _widen(page, _find_root(page))
    board = _take_out_posts(page, root)
    _take_out_slots(page, root)
    _take_out_links(page, root)
    _take_out_furniture(page, root, board)
    _take_out_empty_headings(page, root)
    _trim(page, root)
    kept = [number for number in range(root.start, root.end) if not page.out[number]]
    weight = sum(page.weights[number] for number in kept)
    sure = weight >= 0.6 * (page.total - page.known) and weight > 0
    return Choice([page.lines[number] for number in kept], weight, page.total, sure, board)


def _take_out_hinted(page: _Page) -> None:
    """Take out elements named as navigation, unless most of the prose stands in them."""
    end = 0
    for node in page.nodes:
        if node.start < end or node.end == node.start:
            continue
        bad = node.hint == BAD or (node.tag in ("header", "form", "address"))
        if not bad and node.hint != COMMENT:
            continue
        weight = page.weight(node)
        limit = 0.4 if node.hint in (BAD, COMMENT) else 0.05
        if node.hint == BAD and page.total - weight >= _ENOUGH:
            limit = 0.65
        if weight <= limit * page.total and not (
            node.tag == "header"
            and any(line.kind in HEADINGS for line in page.lines[node.start : node.end])
        ):
            page.take_out(node)
            end = node.end


def _take_out_asides(page: _Page) -> None:
    """Take out what stands under headings such as 関連記事, コメント, プロフィール."""
    done = 0
    for number, line in enumerate(page.lines):
        if number < done or page.out[number] or line.kind not in HEADINGS:
            continue
        listing = heads_listing(line.text)
        if not listing and not heads_aside(line.text):
            continue
        end = _section_end(page, number)
        if listing and 4 * (page.sum_links[end] - page.sum_links[number]) < (
            page.sum_chars[end] - page.sum_chars[number]
        ):
            continue
        weight = page.sum_weight[end] - page.sum_weight[number]
        if weight <= 0.4 * page.total and (not weight or page.total - weight >= _ENOUGH):
            for inner in range(number, end):
                page.drop(inner)
            done = end


def _section_end(page: _Page, number: int) -> int:
    """Give the line after the section that a heading opens.

    That is the end of the element around the heading and its text, or the next heading that is no
    deeper.
    """
    line = page.lines[number]
    node = page.nodes[line.node]
    while node.parent >= 0 and node.end - number <= 1:
        node = page.nodes[node.parent]
    for later in range(number + 1, node.end):
        kind = page.lines[later].kind
        if kind in HEADINGS and kind <= line.kind:
            return later
    return node.end


def _take_out_teasers(page: _Page) -> None:
    """Take out rows of other pages' titles, each a link with the first words of its text."""
    groups: dict[tuple[int, str, str], list[Node]] = {}
    for node in page.nodes:
        rows = node.end - node.start
        if not 2 <= rows <= 4 or page.out[node.start]:
            continue
        first = page.lines[node.start]
        if first.links * 5 < len(first.text) * 4 or len(first.text) < 6:
            continue
        if page.chars(node) - len(first.text) <= 250 and not page.links(node) - first.links > 20:
            groups.setdefault((node.parent, node.tag, node.names), []).append(node)
    for nodes in groups.values():
        weight = sum(page.weight(node) for node in nodes)
        if len(nodes) >= 3 and weight <= 0.5 * page.total and page.total - weight >= _ENOUGH:
            for node in nodes:
                page.take_out(node)


def _find_root(page: _Page) -> Node:
    """Find the smallest element that holds the main text."""
    left = [
        0.0,
        *accumulate(
            0.0 if gone else weight for weight, gone in zip(page.weights, page.out, strict=True)
        ),
    ]
    total = left[-1]
    root = page.nodes[0]
    if total <= 0:
        return root
    start = 0
    for number, node in enumerate(page.nodes):
        if node.hint == GOOD and left[node.end] - left[node.start] >= 0.7 * total:
            start, root = number, node
    while True:
        children = [
            (number, node)
            for number, node in _children(page, start)
            if left[node.end] - left[node.start] > 0
        ]
        if not children:
            return root
        number, child = max(children, key=lambda pair: left[pair[1].end] - left[pair[1].start])
        inside = left[child.end] - left[child.start]
        here = left[root.end] - left[root.start]
        if inside < 0.5 * here:
            return root
        if inside < 0.98 * here:
            for other, node in children:
                if other == number or left[node.end] - left[node.start] < 0.02 * here:
                    continue
                if page.links(node) * 3 < page.chars(node):
                    return root
            own = here - sum(left[n.end] - left[n.start] for _, n in children)
            if own > 0.02 * here:
                return root
        if child.tag in ("p", "blockquote", "pre", "li", "dd", "tr", "ul", "ol", "dl"):
            return root
        start, root = number, child


def _widen(page: _Page, root: Node) -> Node:
    """Take in what stands around the root and is no list of links: leads, tables of facts."""
    stays = [not gone for gone in page.out]
    sizes = (len(line.text) * stay for line, stay in zip(page.lines, stays, strict=True))
    linked = (line.links * stay for line, stay in zip(page.lines, stays, strict=True))
    chars, links = [0, *accumulate(sizes)], [0, *accumulate(linked)]
    while root.parent >= 0:
        outer = page.nodes[root.parent]
        if outer.tag in ("body", "html", "tr", "tbody", "table", "center"):
            return root
        inside = chars[root.end] - chars[root.start]
        more = chars[outer.end] - chars[outer.start] - inside
        more_links = links[outer.end] - links[outer.start] - links[root.end] + links[root.start]
        if more_links * 5 > more or more > inside:
            return root
        root = outer
    return root


def _children(page: _Page, parent: int) -> list[tuple[int, Node]]:
    found = []
    number = parent + 1
    nodes = page.nodes
    depth = nodes[parent].end
    while number < len(nodes) and nodes[number].start < max(depth, 1):
        if nodes[number].parent == parent:
            found.append((number, nodes[number]))
        number += 1
    return found


def _take_out_posts(page: _Page, root: Node) -> bool:
    """Take out the header lines of posts; tell whether the page is a board."""
    headers = []
    for number in range(root.start, root.end):
        line = page.lines[number]
        if (
            not page.out[number]
            and _HAS_DIGIT.search(line.text[:160])
            and is_post_header(line.text)
        ):
            headers.append(number)
    board = len(headers) >= 2
    for number in headers:
        line = page.lines[number]
        if board or (line.kind == "p" and not _STOP.search(line.text)):
            page.drop(number)
            if number > root.start and is_post_subject(page.lines[number - 1].text):
                page.drop(number - 1)
    return board


def _take_out_slots(page: _Page, root: Node) -> None:
    """Take out what a template fills in beside each post, review or answer: dates, stars, names."""
    groups: dict[tuple[str, str, str], list[int]] = {}
    for number in range(root.start, root.end):
        line = page.lines[number]
        if not page.out[number] and line.kind not in ("tr", "dt", "pre"):
            node = page.nodes[line.node]
            around = page.nodes[node.parent].names if node.parent >= 0 else ""
            groups.setdefault((node.tag, node.names, around), []).append(number)
    for numbers in groups.values():
        if len(numbers) < 3:
            continue
        slots = [number for number in numbers if is_slot(page.lines[number].text)]
        if len(slots) * 5 < len(numbers) * 3:
            continue
        if page.lines[slots[0]].kind in ("li", "td", "dd"):
            beside = sum(page.weight(page.nodes[page.lines[number].node]) for number in slots)
            if beside < 20 * len(slots):
                continue
        for number in slots:
            page.drop(number)


def _take_out_links(page: _Page, root: Node) -> None:
    """Take out elements and lines that are mostly links."""
    end = root.start
    for node in page.nodes:
        if node.start < end or node.start < root.start or node.end > root.end or node is root:
            continue
        chars = page.chars(node)
        if not chars or node.tag in HEADINGS:
            continue
        links = page.links(node)
        if links * 5 >= chars * 3 and page.weight(node) * 5 <= chars:
            several = page.anchors(node) >= 2 or node.tag in (
                "ul",
                "ol",
                "td",
                "li",
                "p",
                "div",
                "dl",
            )
            if several and (node.tag != "p" or links * 5 >= chars * 4):
                page.take_out(node)
                end = node.end
    for number in range(root.start, root.end):
        line = page.lines[number]
        if not line.links or line.kind in HEADINGS or _STOP.search(line.text):
            continue
        words = len(_MARKS.sub("", line.text))
        if line.links * 5 >= words * 4 or (line.anchors >= 4 and line.links * 2 >= words):
            page.out[number] = 1


def _take_out_furniture(page: _Page, root: Node, board: bool) -> None:
    """Take out bylines, buttons, crumbs, copyright, and the small elements that hold them."""
    stamped = set()
    for number in range(root.start, root.end):
        line = page.lines[number]
        if page.out[number] or line.kind == "pre":
            continue
        text = line.text
        if (
            len(text) <= 160
            and line.kind != "tr"
            and (is_furniture(text) or (line.anchors and is_crumbs(text)))
        ):
            page.drop(number)
        elif (board or line.kind not in _CELLS or _roomy(page, line)) and is_stamp(text):
            page.drop(number)
            stamped.add(line.node)
    for node in page.nodes:
        if node.start < root.start or node.end > root.end or node is root or node.start == node.end:
            continue
        rows = page.lines[node.start : node.end]
        if len(rows) > 8 or any(len(row.text) > _SHORT or "。" in row.text for row in rows):
            continue
        listing = node.tag in ("table", "tbody", "tr", "ul", "ol", "dl")
        if listing and not board and node.hint != META:
            continue
        marked = sum(row.node in stamped for row in rows)
        held = node.hint == META or (marked * 2 >= len(rows) and not page.weight(node))
        if held and not any(row.kind in HEADINGS for row in rows):
            page.take_out(node)


def _roomy(page: _Page, line: Line) -> bool:
    """Tell whether a line stands in a cell that holds prose: a cell of a layout, not of data."""
    node = page.nodes[line.node]
    while node.parent >= 0 and node.tag not in ("td", "th", "dd", "dt", "li"):
        node = page.nodes[node.parent]
    return page.weight(node) >= 60


def _take_out_empty_headings(page: _Page, root: Node) -> None:
    """Take out headings under which nothing was kept."""
    follows = 0
    for number in range(root.end - 1, root.start - 1, -1):
        if page.out[number]:
            continue
        kind = page.lines[number].kind
        level = int(kind[1]) if len(kind) == 2 and kind[0] == "h" else 7
        if level < 7 and follows <= level:
            page.out[number] = 1
        else:
            follows = level


def _trim(page: _Page, root: Node) -> None:
    """Take out short lines before the first and after the last prose or heading."""
    kept = [number for number in range(root.start, root.end) if not page.out[number]]
    solid = [number for number in kept if page.weights[number] >= 15]
    if not solid:
        return
    first, last = solid[0], solid[-1]
    places = {page.place(number) for number in solid}
    for number in kept:
        line = page.lines[number]
        if first <= number <= last or page.place(number) in places:
            continue
        if number < first:
            if line.kind in HEADINGS:
                break
            if line.kind in ("p", "li", "td"):
                page.out[number] = 1
        elif line.kind == "p" and len(line.text) < 30:
            page.out[number] = 1
