"""One pass over the numbers of a text: each is tried as a date, a price and a telephone number."""

import re
from typing import NamedTuple

from clean.normalize.dates import Reading, read_bracketed, read_month, read_year
from clean.normalize.english import month_before, month_behind, read_english
from clean.normalize.fold import END, FILL
from clean.normalize.numerals import NUMERALS
from clean.normalize.numeric import read_chain, read_eight, read_first_year, read_spaced
from clean.normalize.prices import FOLLOWS, SCALES, is_signed, read_price
from clean.normalize.telephones import labelled, read_telephone

Found = tuple[str, str | None, int, int]
"""(kind, form, start, end)."""

Token = tuple[int, int, bool]
"""(start, end, whether it has separators)."""

_TOKEN = re.compile(rf"[0-9]++((?:[,./・\-ー][0-9]++)++)?|[{NUMERALS}]++|元(?=[年./・-])")
_LAST_PART = re.compile(r"[0-9]+(?:[,.][0-9]+)*\Z")
_DOTTED = re.compile(r"(?<![0-9・])[0-9]{1,4}・[0-9]{1,2}\Z|[0-9]+(?:[,.][0-9]+)*\Z")
_RANGE_END = re.compile(r" ?(?:[~\-ー]|から) ?(?:1[0-9]|20|21)[0-9]{2} ?年(?![間前後目])")
_LONGEST_CHAIN = 80
_LOOK_BACK = 24
_LOOK_AHEAD = 100
_NEIGHBOUR = 48


class Unread(NamedTuple):
    """A number that was not read as anything, though what stands behind it will become a token.

    Attributes:
        start: where its token starts.
        end: where its token ends.
        low: nothing before this code point may be taken.
        high: nothing from this code point on may be taken.
        chain: whether the token has separators.
    """

    start: int
    end: int
    low: int
    high: int
    chain: bool


def scan(folded: str) -> tuple[list[Found], list[Unread]]:
    """Read every number of a text.

    Args:
        folded: the folded text, ending in `clean.normalize.fold.END`, `FILL` over what is taken.

    Returns:
        What was read, sorted and disjoint; and the unread numbers shortly before something read.
    """
    found: list[Found] = []
    unread: list[Unread] = []
    recent: list[Token] = []
    low = 0
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        if start < low:
            continue
        token = (start, end, match.lastindex is not None)
        before, readings, rest = _read_whole(folded, token, low)
        recent.extend(before)
        if readings:
            if recent:
                unread.extend(_near(recent, readings[0][2], low))
            found.extend(readings)
            low = readings[-1][3]
            recent = rest
    return found, unread


def _near(recent: list[Token], high: int, low: int) -> list[Unread]:
    near = []
    for start, end, chain in reversed(recent):
        if end < high - _NEIGHBOUR:
            break
        near.append(Unread(start, end, low, high, chain))
    near.reverse()
    return near


def read_again(folded: str, unread: list[Unread]) -> tuple[list[Found], list[Unread]]:
    """Read numbers once more, now that what stands behind them is a token.

    Args:
        folded: the folded text with `FILL` over the tokens.
        unread: numbers that could not be read before, sorted.

    Returns:
        What was read now, sorted; and the numbers that still were not.
    """
    found: list[Found] = []
    left: list[Unread] = []
    done = 0
    for number in unread:
        low = max(number.low, done)
        if number.start < low:
            continue
        token = (number.start, number.end, number.chain)
        before, readings, rest = _read_whole(folded, token, low)
        high = number.high
        if readings and readings[-1][3] <= high:
            left.extend(
                Unread(start, end, low, readings[0][2], mixed) for start, end, mixed in before
            )
            found.extend(readings)
            low = done = readings[-1][3]
        else:
            rest = [token]
        left.extend(Unread(start, end, low, high, mixed) for start, end, mixed in rest)
    return found, left


def _read_whole(
    folded: str, token: Token, low: int
) -> tuple[list[Token], list[Found], list[Token]]:
    """Read a token, and what is left of it behind a reading that ends inside it.

    Returns:
        The unread tokens before the first reading, the readings, the unread tokens behind it.
    """
    start, end, chain = token
    readings = _read(folded, start, end, low, chain)
    if not readings:
        return [token], readings, []
    before = _tokens(folded, start, readings[0][2]) if readings[0][2] > start else []
    low = readings[-1][3]
    if low >= end:
        return before, readings, []
    rest: list[Token] = []
    for part in _tokens(folded, low, end):
        if part[0] >= low:
            more = _read(folded, part[0], part[1], low, part[2])
            if more:
                readings.extend(more)
                low = more[-1][3]
            else:
                rest.append(part)
    return before, readings, rest


def _tokens(folded: str, start: int, end: int) -> list[Token]:
    return [
        (match.start(), match.end(), match.lastindex is not None)
        for match in _TOKEN.finditer(folded, start, end)
    ]


def _read(folded: str, start: int, end: int, low: int, chain: bool) -> list[Found]:
    """Read one token, which sees `FILL` in place of all that lies before `low`."""
    shift = 0
    if start - low < _LOOK_BACK and low:
        # the text behind a reading looks as it will once a token stands in its place
        shift = low - 1
        folded = FILL + folded[low : end + _LOOK_AHEAD] + END
        start, end, low = start - shift, end - shift, 1
    if chain:
        readings = _read_chain(folded, start, end, low) if end - start <= _LONGEST_CHAIN else []
    else:
        reading = _read_number(folded, start, end, low)
        readings = [reading] if reading else []
    if shift:
        return [(kind, form, left + shift, right + shift) for kind, form, left, right in readings]
    return readings


def _dated(reading: Reading | None) -> Found | None:
    return ("date", *reading) if reading else None


def _read_number(folded: str, start: int, end: int, low: int) -> Found | None:
    follower = folded[end]
    if follower == " ":
        follower = folded[end + 1]
    if follower == "年":
        return _dated(read_year(folded, start, end, low))
    if follower == "月":
        return _dated(read_month(folded, start, end))
    first = folded[start]
    if follower in "([〈《〔【":
        reading = read_bracketed(folded, start, end, low)
        if reading:
            return _dated(reading)
    if first == "元":
        return _dated(read_first_year(folded, start, low))
    if (
        follower in FOLLOWS
        or is_signed(folded, start)
        or (follower.isdecimal() and folded[end - 1] in SCALES)
        or (follower in "・、." and first > "9")
    ):
        price = read_price(folded, start, low)
        if price:
            return ("price", None, *price)
    if not first.isascii():
        return None
    length = end - start
    if _may_be_telephone(folded, start, end):
        telephone = read_telephone(folded, start, low)
        if telephone:
            return ("tel", None, *telephone)
    if length == 8:
        return _dated(read_eight(folded, start, end))
    if length > 4 or length == 3:
        return None
    if month_behind(folded, end) or month_before(folded, start):
        reading = read_english(folded, start, end, low)
        if reading:
            return ("date", *reading)
    if length < 4:
        return None
    if folded[end] in "./ -":
        return _dated(read_spaced(folded, start, low))
    if folded[end] in "~-ーか":
        return _dated(_range_start(folded, start, end))
    return None


def _may_be_telephone(folded: str, start: int, end: int) -> bool:
    length = end - start
    if folded[start - 1] == "+":
        return True
    if folded[start] == "0":
        return length <= 5 or 9 <= length <= 11
    return 2 <= length <= 11 and labelled(folded, start)


def _range_start(folded: str, start: int, end: int) -> Reading | None:
    """The first year of 2018〜2022年, which has no 年 of its own."""
    before = folded[start - 1]
    if before.isascii() and before.isalnum():
        return None
    if 1000 <= int(folded[start:end]) <= 2199 and _RANGE_END.match(folded, end):
        return ("y", start, end)
    return None


def _read_chain(folded: str, start: int, end: int, low: int) -> list[Found]:
    readings = read_chain(folded, start, end, low)
    if readings:
        return [("date", *reading) for reading in readings]
    if folded[start] == "0" or folded[start - 1] == "+" or labelled(folded, start):
        telephone = read_telephone(folded, start, low)
        if telephone:
            return [("tel", None, *telephone)]
    follower = folded[end]
    if follower == " ":
        follower = folded[end + 1]
    price = None
    if is_signed(folded, start):
        price = read_price(folded, start, low)
    if price is None and follower in FOLLOWS:
        pattern = _DOTTED if follower in "万億兆" else _LAST_PART
        last = pattern.search(folded, max(start, end - 40), end)
        price = read_price(folded, last.start(), low) if last else None
    if price:
        return [("price", None, *price)]
    reading = _last_part_date(folded, start, end, low, follower)
    return [("date", *reading)] if reading else []


def _last_part_date(folded: str, start: int, end: int, low: int, follower: str) -> Reading | None:
    """A date whose number ends a chain: 8・9月16日, 1.2022年9月16日, 3/16 Sep 2022."""
    part = end
    while folded[part - 1].isdecimal():
        part -= 1
    separator = folded[part - 1]
    if follower == "年" and separator != ",":
        reading = read_year(folded, part, end, low)
        listed = separator == "." and (end - part < 4 or not reading or len(reading[0]) < 2)
        return None if listed else reading
    if follower == "月" and separator != ".":
        return read_month(folded, part, end)
    if end - part <= 2 and follower.isascii() and follower.isalpha() and separator in "-・/":
        return read_english(folded, part, end, low)
    return None
