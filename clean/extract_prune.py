"""What of a page is not its main text: navigation, headers of posts, links, furniture."""

from __future__ import annotations

import re

from clean.extract_dom import Line, Node
from clean.extract_hints import BAD, COMMENT, HEADINGS, META
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
from clean.extract_weigh import STOP, WeighedPage

_MARKS = re.compile(r"[\W_]+")
_SHORT = 40
"""Longest line of a byline, in code points."""

_ENOUGH = 150
"""Prose that is enough for a page's main text, in code points."""

_CELLS = ("td", "dt", "dd", "tr")
_HAS_DIGIT = re.compile(r"[0-9０-９元]")


def take_out_hinted(page: WeighedPage) -> None:
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


def take_out_asides(page: WeighedPage) -> None:
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


def _section_end(page: WeighedPage, number: int) -> int:
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


def take_out_teasers(page: WeighedPage) -> None:
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


def take_out_posts(page: WeighedPage, root: Node) -> bool:
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
        if board or (line.kind == "p" and not STOP.search(line.text)):
            page.drop(number)
            if number > root.start and is_post_subject(page.lines[number - 1].text):
                page.drop(number - 1)
    return board


def take_out_slots(page: WeighedPage, root: Node) -> None:
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


def take_out_links(page: WeighedPage, root: Node) -> None:
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
        if not line.links or line.kind in HEADINGS or STOP.search(line.text):
            continue
        words = len(_MARKS.sub("", line.text))
        if line.links * 5 >= words * 4 or (line.anchors >= 4 and line.links * 2 >= words):
            page.out[number] = 1


def take_out_furniture(page: WeighedPage, root: Node, board: bool) -> None:
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


def _roomy(page: WeighedPage, line: Line) -> bool:
    """Tell whether a line stands in a cell that holds prose: a cell of a layout, not of data."""
    node = page.nodes[line.node]
    while node.parent >= 0 and node.tag not in ("td", "th", "dd", "dt", "li"):
        node = page.nodes[node.parent]
    return page.weight(node) >= 60


def take_out_empty_headings(page: WeighedPage, root: Node) -> None:
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


def trim(page: WeighedPage, root: Node) -> None:
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
