"""One pass over the numbers of a text: each is tried as a date, a price and a telephone number."""

import re

from clean.normalize.dates import Reading, read_bracketed, read_month, read_year
from clean.normalize.english import month_before, read_english
from clean.normalize.fold import END, FILL
from clean.normalize.numerals import NUMERALS
from clean.normalize.numeric import read_chain, read_eight, read_first_year, read_spaced
from clean.normalize.prices import FOLLOWS, SCALES, is_signed, read_price
from clean.normalize.telephones import labelled, read_telephone

Found = tuple[str, str | None, int, int]
"""(kind, form, start, end)."""

_TOKEN = re.compile(rf"[0-9]++((?:[,./・\-ー][0-9]++)++)?|[{NUMERALS}]++|元(?=[年./・-])")
_LAST_PART = re.compile(r"[0-9]+(?:[,.][0-9]+)*\Z")
_DOTTED = re.compile(r"(?<![0-9・])[0-9]{1,4}・[0-9]{1,2}\Z|[0-9]+(?:[,.][0-9]+)*\Z")
_RANGE_END = re.compile(r" ?(?:[~\-ー]|から) ?(?:1[0-9]|20|21)[0-9]{2} ?年(?![間前後目])")
_LONGEST_CHAIN = 80
_LOOK_BACK = 24
_LOOK_AHEAD = 160
_NEIGHBOUR = 48


def scan(folded: str) -> list[Found]:
    """Read every number of a text.

    Args:
        folded: the folded text, ending in `clean.normalize.fold.END`, `FILL` over what is taken.

    Returns:
        What was read, sorted and disjoint.
    """
    found: list[Found] = []
    low = 0
    for match in _TOKEN.finditer(folded):
        start, end = match.span()
        if start >= low:
            readings = _read(folded, start, end, low, bool(match.lastindex))
            if readings:
                found.extend(readings)
                low = readings[-1][3]
    return found


def scan_beside(folded: str, start: int, end: int, low: int, high: int) -> list[Found]:
    """Read once more the numbers beside a span that is now taken.

    Args:
        folded: the folded text, `FILL` over what is taken, this span included.
        start: where the span starts.
        end: where it ends.
        low: nothing before this code point may be taken: the end of the span before.
        high: nothing from this code point on may be taken: the start of the span behind.

    Returns:
        What reads differently now that its neighbour is a token.
    """
    found: list[Found] = []
    for left, right in ((max(low, start - _NEIGHBOUR), start), (end, min(high, end + 2))):
        if left >= right or (left > low and _TOKEN.match(folded, left) and left < start):
            left = _after_token(folded, left, right)
        for match in _TOKEN.finditer(folded, left, right):
            if match.start() >= low:
                begin = match.start()
                whole = _TOKEN.match(folded, begin)
                stop = whole.end() if whole else match.end()
                for reading in _read(folded, begin, stop, low, bool(whole and whole.lastindex)):
                    if reading[2] >= low and reading[3] <= high:
                        found.append(reading)
                        low = reading[3]
        low = max(low, end)
    return found


def _after_token(folded: str, left: int, right: int) -> int:
    """Past a token that began before the window: only whole tokens are read."""
    match = _TOKEN.match(folded, left)
    return min(match.end(), right) if match else left


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
    letter = follower.isascii() and (follower.isalpha() or follower in "-/.,")
    if letter or month_before(folded, start):
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
    """A date whose number is the last part of a chain: 8・9月16日, 1.2022年9月16日, 3/16 Sep 2022."""
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
