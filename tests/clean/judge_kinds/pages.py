"""Made pages of known kinds: good prose from good.txt, and the page that carries a text."""

from __future__ import annotations

import html
import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_CHOICE = re.compile(r"\{([^{}]*\|[^{}]*)\}")


@dataclass(frozen=True)
class MadePage:
    """A page as its maker meant it: a title, blocks of text, links around them."""

    title: str
    paragraphs: tuple[str, ...]
    links: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    codec: str = "utf-8"
    garble: str = ""

    def payload(self) -> bytes:
        """Render the page; garble names a wrong decoding that is baked in."""
        blocks = [f"<h1>{html.escape(self.title)}</h1>"]
        blocks += [f"<p>{html.escape(text)}</p>" for text in self.paragraphs]
        if self.items:
            blocks.append(
                "<ul>" + "".join(f"<li>{html.escape(x)}</li>" for x in self.items) + "</ul>"
            )
        if self.rows:
            cells = (
                "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
                for row in self.rows
            )
            blocks.append("<table>" + "".join(cells) + "</table>")
        if self.links:
            blocks.append(
                "<ul>"
                + "".join(
                    f'<li><a href="/{i}">{html.escape(x)}</a></li>'
                    for i, x in enumerate(self.links)
                )
                + "</ul>"
            )
        page = (
            f"<html><head><meta charset='utf-8'><title>{html.escape(self.title)}</title></head>"
            "<body>"
            "<div class='nav'><a href='/'>ホーム</a> <a href='/list'>一覧</a></div>"
            f"<div class='main'>{''.join(blocks)}</div></body></html>"
        )
        if self.garble:
            stored, read = self.garble.split(">")
            page = page.encode(stored, "replace").decode(read, "replace")
        return page.encode(self.codec, "replace")


@cache
def good_lines() -> dict[str, tuple[str, ...]]:
    """Sentences of each good kind, with {one|other} where the maker may choose."""
    kinds: dict[str, list[str]] = {}
    current: list[str] = []
    for line in (Path(__file__).parent / "good.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = kinds.setdefault(line[1:-1], [])
        elif line.strip():
            current.append(line)
    return {kind: tuple(lines) for kind, lines in kinds.items()}


def filled(template: str, rng: random.Random) -> str:
    """Choose one word in each slot."""
    return _CHOICE.sub(lambda match: rng.choice(match.group(1).split("|")), template)


def sentences(kind: str, rng: random.Random, count: int) -> list[str]:
    """Draw sentences of a good kind, each template once in the order of the file."""
    lines = good_lines()[kind]
    chosen = sorted(rng.sample(range(len(lines)), min(count, len(lines))))
    return [filled(lines[i], rng) for i in chosen]


def good_page(kind: str, rng: random.Random) -> MadePage:
    """A page of a good kind: seven to eleven sentences in two to five paragraphs."""
    drawn = sentences(kind, rng, rng.randint(7, 11))
    paragraphs = []
    by_line = kind in {"recipe", "haiku_page", "rude_board", "api_reference", "statute"}
    while drawn:
        take = 1 if by_line else rng.randint(2, 4)
        joint = "" if all(text[-1:] in "。！？」" for text in drawn[:take]) else "\n"
        paragraphs += joint.join(drawn[:take]).split("\n")
        drawn = drawn[take:]
    title = re.split("[、。「]", paragraphs[0])[0][:24]
    return MadePage(title, tuple(paragraphs), links=("前の記事", "次の記事", "お問い合わせ"))
