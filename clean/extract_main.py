"""Which lines of a page are its main text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from clean.extract_dom import Line, Node, Outline
from clean.extract_hints import GOOD
from clean.extract_prune import (
    take_out_asides,
    take_out_empty_headings,
    take_out_furniture,
    take_out_hinted,
    take_out_links,
    take_out_posts,
    take_out_slots,
    take_out_teasers,
    trim,
)
from clean.extract_weigh import WeighedPage


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


def choose_main(outline: Outline) -> Choice:
    """Choose the main text's lines.

    Args:
        outline: the page's lines and elements.

    Returns:
        The lines kept. Works in time linear in lines plus elements.
    """
    page = WeighedPage(outline)
    take_out_hinted(page)
    take_out_asides(page)
    take_out_teasers(page)
    root = _widen(page, _find_root(page))
    board = take_out_posts(page, root)
    take_out_slots(page, root)
    take_out_links(page, root)
    take_out_furniture(page, root, board)
    take_out_empty_headings(page, root)
    trim(page, root)
    kept = [number for number in range(root.start, root.end) if not page.out[number]]
    weight = sum(page.weights[number] for number in kept)
    sure = weight >= 0.6 * (page.total - page.known) and weight > 0
    return Choice([page.lines[number] for number in kept], weight, page.total, sure, board)


def _find_root(page: WeighedPage) -> Node:
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


def _widen(page: WeighedPage, root: Node) -> Node:
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


def _children(page: WeighedPage, parent: int) -> list[tuple[int, Node]]:
    found = []
    number = parent + 1
    nodes = page.nodes
    depth = nodes[parent].end
    while number < len(nodes) and nodes[number].start < max(depth, 1):
        if nodes[number].parent == parent:
            found.append((number, nodes[number]))
        number += 1
    return found
