"""How much prose stands in a page's lines and elements, and what has been taken out of it."""

from __future__ import annotations

import re
from itertools import accumulate

from clean.extract_dom import Line, Node, Outline

STOP = re.compile("[。！？!?]")
"""What ends a sentence."""

_HIRAGANA = re.compile("[\u3041-\u3096]")


def line_weight(line: Line) -> float:
    """Count the characters of a line that are prose, not names of things or links."""
    size = len(line.text)
    free = size - line.links
    if free < 8 or (line.links * 3 > size * 2):
        return 0.0
    if not _HIRAGANA.search(line.text):
        return 0.25 * free if size >= 60 and line.links * 3 < size else 0.0
    if STOP.search(line.text):
        return float(free)
    return 0.5 * free if line.links * 2 < size else 0.0


class WeighedPage:
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
        """Give the prose in an element."""
        return self.sum_weight[node.end] - self.sum_weight[node.start]

    def chars(self, node: Node) -> int:
        """Give the characters in an element."""
        return self.sum_chars[node.end] - self.sum_chars[node.start]

    def links(self, node: Node) -> int:
        """Give the characters inside links in an element."""
        return self.sum_links[node.end] - self.sum_links[node.start]

    def anchors(self, node: Node) -> int:
        """Give the number of links in an element."""
        return self.sum_anchors[node.end] - self.sum_anchors[node.start]

    def take_out(self, node: Node) -> None:
        """Take out an element's lines."""
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
