"""Finds dates, URLs, prices, e-mail addresses, telephone numbers and box drawing, and replaces them."""

import re
from dataclasses import dataclass

from clean.normalize.dates import Reading, read_month, read_year
from clean.normalize.english import read_english
from clean.normalize.fold import fill, fold
from clean.normalize.links import find_emails, find_urls
from clean.normalize.numerals import NUMERALS
from clean.normalize.numeric import read_chain, read_eight, read_first_year, read_spaced
from clean.normalize.prices import FOLLOWS, PRECEDES, SCALES, read_price
from clean.normalize.settings import TOKENS, NormalizeSettings
from clean.normalize.spans import Span
from clean.normalize.telephones import labelled, read_telephone

_TOKEN = re.compile(rf"[0-9]++((?:[,./・\-ー][0-9]++)++)?|[{NUMERALS}]++|元(?=[年./・-])")
_SPECIAL = re.compile(
    r"<(?:DATE|URL|PRICE|EMAIL|TEL|BLOCK|SP|BR|TAB|KIGOU|U2000U2BFF|\|[a-z0-9]+\|)>"
)
_BLOCK = re.compile("[\u2500-\u259f]+")
_LAST_PART = re.compile(r"[0-9]+(?:[,.][0-9]+)*\Z")
_LONGEST_CHAIN = 80
_ROUNDS = 4

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
        Spans in code points of the text, sorted and disjoint. What is replaced now is looked at again
        as a token, so that normalizing the output once more changes nothing.
    """
    kinds = frozenset(settings.kinds)
    spans = _find_links(text, kinds)
    taken = [(span.start, span.end) for span in spans]
    taken.extend(match.span() for match in _SPECIAL.finditer(text))
    taken.sort()
    folded = fill(fold(text), taken)
    dates = frozenset(settings.dates) if "date" in kinds else frozenset[str]()
    for _ in range(_ROUNDS):
        found = [
            Span(kind, form, start, end, form in dates if kind == "date" else kind in kinds)
            for kind, form, start, end in _scan(folded)
        ]
        fresh = [(span.start, span.end) for span in found if span.replaced]
        spans.extend(span for span in found if span.replaced)
        if not fresh:
            break
        folded = fill(folded, fresh)
    spans.extend(span for span in found if not span.replaced)
    spans.sort(key=lambda span: span.start)
    return spans


def _find_links(text: str, kinds: frozenset[str]) -> list[Span]:
    spans = [Span("url", None, start, end, "url" in kinds) for start, end in find_urls(text)]
    if "@" in text or "＠" in text or "at" in text or "アット" in text or "AT" in text:
        taken = {position for span in spans for position in (span.start,)} if spans else set()
        emails = find_emails(text)
        if taken:
            emails = [
                email
                for email in emails
                if not any(s.start < email[1] and email[0] < s.end for s in spans)
            ]
        spans.extend(Span("email", None, start, end, "email" in kinds) for start, end in emails)
    for match in _BLOCK.finditer(text):
        start, end = match.span()
        if end - start == 1 and match[0] in "─━" and _between_words(text, start):
            continue
        spans.append(Span("block", None, start, end, "block" in kinds))
    spans.sort(key=lambda span: span.start)
    return spans


def _between_words(text: str, position: int) -> bool:
    return (
        0 < position < len(text) - 1
        and text[position - 1].isalnum()
        and text[position + 1].isalnum()
    )


def _scan(folded: str) -> list[tuple[str, str | None, int, int]]:
    found: list[tuple[str, str | None, int, int]] = []
    low = 0
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        if start < low:
            continue
        if match.lastindex:
            readings = _read_chain(folded, start, end, low)
        else:
            follower = folded[end]
            if follower == " ":
                follower = folded[end + 1]
            reading = _read_number(folded, start, end, low, follower)
            readings = [reading] if reading else []
        for reading in readings:
            found.append(reading)
            low = reading[3]
    return found


Found = tuple[str, str | None, int, int]


def _dated(reading: Reading | None) -> Found | None:
    return ("date", *reading) if reading else None


def _read_number(folded: str, start: int, end: int, low: int, follower: str) -> Found | None:
    first = folded[start]
    before = folded[start - 1]
    if follower == "年":
        found = _dated(read_year(folded, start, end, low))
        return found
    if follower == "月":
        return _dated(read_month(folded, start, end))
    if first == "元":
        return _dated(read_first_year(folded, start, low))
    if (
        follower in FOLLOWS
        or before in PRECEDES
        or before == " "
        and folded[start - 2] in PRECEDES
        or before.isupper()
        or before == " "
        and folded[start - 2].isupper()
        or folded[end - 1] in SCALES
        and follower.isdecimal()
    ):
        price = read_price(folded, start, low)
        if price:
            return ("price", None, *price)
    if not first.isascii():
        return None
    length = end - start
    if (
        before == "+"
        or length <= 5
        and first == "0"
        or length in (9, 10, 11)
        or (follower == "-" or length == 4)
        and labelled(folded, start)
    ):
        telephone = read_telephone(folded, start, low)
        if telephone:
            return ("tel", None, *telephone)
    if length == 8:
        return _dated(read_eight(folded, start, end))
    if length <= 4:
        if length != 3 and (
            before in " .'-/"
            or before.isascii()
            and before.isalpha()
            or follower.isascii()
            and follower.isalpha()
            or follower in "-/.,"
        ):
            reading = read_english(folded, start, end, low)
            if reading:
                return ("date", *reading)
        if length == 4 and folded[end] in "./ -":
            return _dated(read_spaced(folded, start, low))
        if length == 4 and folded[end] in "~-ー" or length == 4 and folded[end : end + 2] == "から":
            return _dated(_range_start(folded, start, end))
    return None


_RANGE_END = re.compile(r" ?(?:[~\-ー]|から) ?(?:1[0-9]|20|21)[0-9]{2} ?年(?![間前後目])")


def _range_start(folded: str, start: int, end: int) -> Reading | None:
    if 1000 <= int(folded[start:end]) <= 2199 and _RANGE_END.match(folded, end):
        before = folded[start - 1]
        if not (before.isascii() and before.isalnum()):
            return ("y", start, end)
    return None


def _read_chain(folded: str, start: int, end: int, low: int) -> list[Found]:
    follower = folded[end]
    if follower == " ":
        follower = folded[end + 1]
    if end - start <= _LONGEST_CHAIN:
        readings = read_chain(folded, start, end, low)
        if readings:
            found: list[Found] = [("date", *reading) for reading in readings]
            return found
        if folded[start] == "0" or folded[start - 1] == "+" or labelled(folded, start):
            telephone = read_telephone(folded, start, low)
            if telephone:
                return [("tel", None, *telephone)]
    before = folded[start - 1]
    signed = (
        before in PRECEDES
        or before == " "
        and folded[start - 2] in PRECEDES
        or before.isupper()
        or before == " "
        and folded[start - 2].isupper()
    )
    if signed:
        price = read_price(folded, start, low)
        if price:
            return [("price", None, *price)]
    last = _LAST_PART.search(folded, max(start, end - 40), end)
    if last and follower in FOLLOWS:
        price = read_price(folded, last.start(), low)
        if price:
            return [("price", None, *price)]
    part = end
    while part > start and folded[part - 1].isdecimal():
        part -= 1
    separator = folded[part - 1]
    if follower == "年" and separator not in "," and (separator != "." or end - part == 4):
        reading = read_year(folded, part, end, low)
        if reading and (separator != "." or reading[0] in ("ymd", "ym")):
            return [("date", *reading)]
    elif follower == "月" and separator != ".":
        reading = read_month(folded, part, end)
        if reading:
            return [("date", *reading)]
    elif end - part <= 2 and follower.isascii() and follower.isalpha() and separator in "-・/":
        reading = read_english(folded, part, end, low)
        if reading:
            return [("date", *reading)]
    return []
