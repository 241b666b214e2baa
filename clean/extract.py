"""A decoded page to its main text, title, day and the facts that signals need.

One parse and one walk give the lines of the page; where one part of it is plainly the main text,
that is the answer. Where it is not, trafilatura is asked, and resiliparse where trafilatura finds
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from clean.extract_dom import Outline, outline_of, parse
from clean.extract_lines import is_stamp
from clean.extract_main import Choice, choose_main
from clean.extract_meta import published_of, title_of
from clean.japanese import language_of


@dataclass(frozen=True, slots=True)
class Extracted:
    """What extraction knows of a page.

    Attributes:
        text: main text, one paragraph or row a line; "" where there is none.
        title: the page's own title, without the site's name.
        published: YYYY-MM-DD in Japan, or None.
        language: of the text: ja, en, zh, ko, other or "".
        method: `own`, `trafilatura` or `resiliparse`: what found the text.
        html_chars: length of the decoded page.
        page_chars: characters that a reader sees on the whole page.
        link_chars: those of them inside links.
        links: number of links.
        list_items: list items, table cells and definitions.
        paragraphs: p elements.
        prose_chars: characters of the whole page that stand in sentences.
    """

    text: str
    title: str = ""
    published: str | None = None
    language: str = ""
    method: str = "own"
    html_chars: int = 0
    page_chars: int = 0
    link_chars: int = 0
    links: int = 0
    list_items: int = 0
    paragraphs: int = 0
    prose_chars: int = 0


_WORTH_ASKING = 100
"""Characters outside links below which no other extractor is asked about a page."""


_MOST_ELEMENTS_ASKED = 3000
"""Elements above which no other extractor is asked: trafilatura takes half a second there."""


def extract(html: str, url: str = "", arbiter: bool = True) -> Extracted:
    """Find the main text of a page.

    Args:
        html: the decoded page.
        url: its address.
        arbiter: ask trafilatura where the page has no plain main part.

    Returns:
        Text and facts; an empty text where the page has none. This runs in the calling process
        without
        limits: pages from the web go through clean.extract_process.
    """
    root = parse(html)
    if root is None:
        return Extracted("", html_chars=len(html))
    outline = outline_of(root)
    choice = choose_main(outline)
    title = title_of(root, outline)
    text, method = _text_of(choice, title), "own"
    seen = sum(len(line.text) - line.links for line in outline.lines)
    small = outline.elements <= _MOST_ELEMENTS_ASKED
    if arbiter and small and not choice.sure and not choice.board and seen >= _WORTH_ASKING:
        text, method = _arbitrate(html, outline, choice, text)
    return Extracted(
        text=text,
        title=title,
        published=published_of(root, outline, html, url),
        language=language_of(text),
        method=method,
        html_chars=len(html),
        page_chars=sum(len(line.text) for line in outline.lines),
        link_chars=sum(line.links for line in outline.lines),
        links=outline.anchors,
        list_items=outline.list_items,
        paragraphs=outline.paragraphs,
        prose_chars=int(choice.total),
    )


def _text_of(choice: Choice, title: str) -> str:
    """Join the main lines: without the title at their head, a paragraph that stands twice once."""
    seen: set[str] = set()
    rows: list[str] = []
    name = "".join(title.split())
    for line in choice.lines:
        text = line.text
        if len(rows) < 3 and name and _is_title(text, name):
            continue
        if len(text) >= 30:
            if text in seen:
                continue
            seen.add(text)
        rows.append(text)
    return "\n".join(rows)


def _is_title(text: str, name: str) -> bool:
    """Tell whether a line is the title (given without spaces), perhaps with a date behind it."""
    packed = "".join(text.split())
    return packed.startswith(name) and (packed == name or is_stamp(packed[len(name) :]))


def load_arbiters() -> None:
    """Import the other extractors, so that no page pays for that."""
    import resiliparse.extract.html2text  # noqa: F401
    import trafilatura  # noqa: F401


def _arbitrate(html: str, outline: Outline, choice: Choice, own: str) -> tuple[str, str]:
    """Ask the other extractors and take theirs where ours holds much less prose."""
    import trafilatura
    from resiliparse.extract.html2text import extract_plain_text

    theirs = trafilatura.extract(html, include_comments=False, favor_recall=False) or ""
    method = "trafilatura"
    if not theirs:
        theirs = extract_plain_text(html, main_content=True, alt_texts=False, list_bullets=False)
        method = "resiliparse"
    if len(own) >= 0.5 * len(theirs):
        return own, "own"
    return theirs, method
