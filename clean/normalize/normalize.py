"""Replaces dates, URLs, prices, e-mail addresses, telephone numbers and box drawing by tokens."""

import re
from bisect import bisect_left
from dataclasses import dataclass

from clean.normalize.fold import FILL, fill, fold
from clean.normalize.links import find_emails, find_urls
from clean.normalize.scan import Found, read_again, scan
from clean.normalize.settings import TOKENS, NormalizeSettings
from clean.normalize.spans import Span

_SPECIAL = re.compile(
    r"<(?:DATE|URL|PRICE|EMAIL|TEL|BLOCK|SP|BR|TAB|KIGOU|U2000U2BFF|\|[a-z0-9]+\|)>"
)
_BLOCK = re.compile("[\u2500-\u259f]+")
_FILLED = re.compile(f"{FILL}+")
_ROUNDS = 8

_DEFAULT = NormalizeSettings()


@dataclass(frozen=True, slots=True)
class Normalized:
    """A normalized text.

    Attributes:
        text: the text with special tokens.
        counts: (kind, form) to the number of replacements; the form of anything but a date is None.
    """

    text: str
    counts: dict[tuple[str, str | None], int]


def normalize(text: str, settings: NormalizeSettings = _DEFAULT) -> Normalized:
    """Replace what the settings name by special tokens; every other code point stays as it is.

    Args:
        text: any text, of any length, with or without line ends.
        settings: which kinds and forms are replaced.
    """
    spans = find_spans(text, settings)
    counts: dict[tuple[str, str | None], int] = {}
    for span in spans:
        if span.replaced:
            key = (span.kind, span.form)
            counts[key] = counts.get(key, 0) + 1
    return Normalized(replace_spans(text, spans), counts)


def replace_spans(text: str, spans: list[Span]) -> str:
    """Put the special token of its kind in place of each span that is to be replaced.

    Args:
        text: the text in which the spans were found.
        spans: sorted and disjoint, as `find_spans` returns them.
    """
    pieces: list[str] = []
    position = 0
    for kind, _, start, end, replaced in spans:
        if replaced:
            pieces.append(text[position:start])
            pieces.append(TOKENS[kind])
            position = end
    pieces.append(text[position:])
    return "".join(pieces)


def find_spans(text: str, settings: NormalizeSettings = _DEFAULT) -> list[Span]:
    """Find everything that normalization recognises, replaced or not.

    Args:
        text: any text.
        settings: which of the spans count as replaced.

    Returns:
        Spans in code points of the text, sorted and disjoint. A number beside a span is judged as
        if the span's token stood there: normalizing the output once more changes nothing.
    """
    kinds = frozenset(settings.kinds)
    forms = frozenset(settings.dates) if "date" in kinds else frozenset[str]()
    spans = _links_and_blocks(text, kinds)
    taken = [(span.start, span.end) for span in spans]
    if "<" in text:
        taken.extend(match.span() for match in _SPECIAL.finditer(text))
        taken.sort()
    folded = fill(fold(text), taken)
    read, unread = scan(folded)
    found = _judge(read, kinds, forms)
    spans.extend(found)
    for _ in range(_ROUNDS):
        fresh = [span for span in found if span.replaced]
        touched = any(_touches(text, span) for span in fresh)
        if not touched and not (fresh and unread):
            break
        folded = fill(folded, [(span.start, span.end) for span in fresh])
        read, unread = read_again(folded, unread)
        found = _judge(read, kinds, forms)
        if touched:
            spans.sort(key=_start)
            found.extend(_free(_links_and_blocks(_without(text, folded), kinds), spans, found))
            found.sort(key=_start)
        spans.extend(found)
    spans.sort(key=_start)
    return spans


def _touches(text: str, span: Span) -> bool:
    """Whether a letter or digit beside a span may be the edge of an address."""
    before, behind = text[max(0, span.start - 1) : span.start], text[span.end : span.end + 1]
    return (before.isascii() and before.isalnum()) or (behind.isascii() and behind.isalnum())


def _without(text: str, folded: str) -> str:
    """The text with `FILL` where the folded text has it."""
    gaps = [match.span() for match in _FILLED.finditer(folded)]
    return fill(text, gaps)


def _free(links: list[Span], spans: list[Span], found: list[Span]) -> list[Span]:
    """Those links that no other span holds a part of."""
    others = sorted([*spans, *found], key=_start)
    starts = [span.start for span in others]
    return [
        link for link in links if not _overlaps(others, bisect_left(starts, link.end), link.start)
    ]


def _start(span: Span) -> int:
    return span.start


def _judge(found: list[Found], kinds: frozenset[str], forms: frozenset[str]) -> list[Span]:
    return [
        Span(kind, form, start, end, form in forms if kind == "date" else kind in kinds)
        for kind, form, start, end in found
    ]


def _links_and_blocks(text: str, kinds: frozenset[str]) -> list[Span]:
    spans = [Span("url", None, start, end, "url" in kinds) for start, end in find_urls(text)]
    emails = find_emails(text)
    if spans and emails:
        starts = [span.start for span in spans]
        emails = [
            (start, end)
            for start, end in emails
            if not _overlaps(spans, bisect_left(starts, end), start)
        ]
    spans.extend(Span("email", None, start, end, "email" in kinds) for start, end in emails)
    for match in _BLOCK.finditer(text):
        start, end = match.span()
        # a lone ─ that touches something is written for a dash or a long vowel
        if end - start > 1 or match[0] not in "─━" or _stands_alone(text, start):
            spans.append(Span("block", None, start, end, "block" in kinds))
    spans.sort(key=_start)
    return spans


def _overlaps(spans: list[Span], behind: int, start: int) -> bool:
    return behind > 0 and spans[behind - 1].end > start


def _stands_alone(text: str, position: int) -> bool:
    around = text[max(0, position - 1) : position] + text[position + 1 : position + 2]
    return not around.strip()
