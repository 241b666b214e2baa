"""Dates with an English month: 16 Sep 2022, Sept. 16, 2022, September 2022, Fri, 16 Sep."""

import re

from clean.normalize.attached import attach
from clean.normalize.dates import Reading

_MONTH = (
    r"(?:[Jj]an(?:uary)?|[Ff]eb(?:ruary)?|[Mm]ar(?:ch)?|[Aa]pr(?:il)?|[Mm]ay|[Jj]une?|[Jj]uly?"
    r"|[Aa]ug(?:ust)?"
    r"|[Ss]ept?(?:ember)?|[Oo]ct(?:ober)?|[Nn]ov(?:ember)?|[Dd]ec(?:ember)?"
    r"|JAN(?:UARY)?|FEB(?:RUARY)?|MAR(?:CH)?|APR(?:IL)?|MAY|JUNE?|JULY?|AUG(?:UST)?"
    r"|SEPT?(?:EMBER)?|OCT(?:OBER)?|NOV(?:EMBER)?|DEC(?:EMBER)?)"
)
_DAY = (
    r"(?:(?:[Mm]on(?:day)?|[Tt]ue(?:s(?:day)?)?|[Ww]ed(?:nesday)?|[Tt]hu(?:r(?:s(?:day)?)?)?"
    r"|[Ff]ri(?:day)?"
    r"|[Ss]at(?:urday)?|[Ss]un(?:day)?|MON(?:DAY)?|TUE(?:SDAY)?|WED(?:NESDAY)?|THU(?:RSDAY)?"
    r"|FRI(?:DAY)?"
    r"|SAT(?:URDAY)?|SUN(?:DAY)?)[.,]{0,2} )"
)
_DAY_FIRST = re.compile(
    rf"(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)?[ \-/.]? ?(?P<month>{_MONTH})(?![A-Za-z])"
    rf"(?:\.?,?[ \-/']? ?'?(?P<year>[0-9]{{4}}|(?<=['\-/])[0-9]{{2}})(?![0-9]|[,.][0-9]))?"
)
_YEAR_FIRST = re.compile(
    rf"(?P<year>[0-9]{{4}})[ \-/.,]? ?(?P<month>{_MONTH})(?![A-Za-z])\.?(?:[ \-/] ?(?P<day>"
    rf"[0-9]{{1,2}})(?:st|nd|rd|th)?(?![0-9A-Za-z:]|[.,][0-9]))?"
)
_MONTH_BEFORE = re.compile(rf"(?<![A-Za-z0-9]){_DAY}?{_MONTH}\.?[ \-/]? ?'?\Z")
_DAY_BEFORE = re.compile(rf"(?<![A-Za-z0-9]){_DAY}\Z")
_AFTER_DAY = re.compile(
    r"[0-9]{1,2}(?P<ordinal>st|nd|rd|th)?(?![0-9A-Za-z:/%]|[.,][0-9]"
    r"|-[0-9]{3})(?P<rest>(?:(?: [0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?(?: [A-Z]{3,4})?)? ?(?:"
    r"[,.] ?|[-/ ])(?P<year>[0-9]{4})(?![0-9]|[,.][0-9]))?)"
)
_COUNTED = re.compile(r" ?(?:[%人個件位名冊本枚回点曲分円年月日号番点歳才代話巻章]|[A-Za-z])")
_LONGEST = 24


_MONTH_HEADS = "jan feb mar apr may jun jul aug sep oct nov dec"
_HEADS = frozenset(_MONTH_HEADS.split())
_TAILS = _HEADS | frozenset({"ept", "ary", "rch", "ril", "une", "uly", "ust", "ber"})
_ORDINALS = frozenset({"st", "nd", "rd", "th"})


def month_before(folded: str, start: int) -> bool:
    """Whether the word before a number may be an English month: a look at its last letters."""
    at = start
    for _ in range(3):
        if folded[at - 1] not in " .-/'":
            break
        at -= 1
    return folded[at - 3 : at].lower() in _TAILS


def month_behind(folded: str, end: int) -> bool:
    """Whether the word behind a number may be an English month, or an ordinal's ending."""
    at = end
    if folded[at] in " .-/,":
        at += 1
        if folded[at] == " ":
            at += 1
    if not "A" <= folded[at] <= "z":
        return False
    return folded[at : at + 3].lower() in _HEADS or folded[end : end + 2] in _ORDINALS


def read_english(folded: str, start: int, end: int, low: int) -> Reading | None:
    """Read a date at a day or year number that an English month stands before or after.

    Args:
        folded: the folded text.
        start: where the number starts.
        end: where the digits end.
        low: nothing before this code point may be taken.

    Returns:
        The longest reading, or None.
    """
    length = end - start
    before = folded[start - 1]
    if length <= 2:
        match = _DAY_FIRST.match(folded, start)
        if match and 1 <= int(match["day"]) <= 31 and not _joined(before):
            return _day_first(folded, match, start, low)
    elif length == 4 and not _joined(before):
        match = _YEAR_FIRST.match(folded, start)
        if match and 1500 <= int(match["year"]) <= 2199:
            form = "ymd" if match["day"] and 1 <= int(match["day"]) <= 31 else "ym"
            if form == "ymd":
                return (form, start, attach(folded, match.end()))
            return (form, start, match.end("month"))
    if not month_before(folded, start):
        return None
    window = max(low, start - _LONGEST)
    month = _MONTH_BEFORE.search(folded[window:start])
    if not month:
        return None
    return _month_first(folded, window + month.start(), start, end, month[0])


def _joined(before: str) -> bool:
    return before.isascii() and (before.isalnum() or before in "-_/.$#:,")


def _day_first(folded: str, match: re.Match[str], start: int, low: int) -> Reading | None:
    window = max(low, start - 12)
    weekday = _DAY_BEFORE.search(folded[window:start])
    left = window + weekday.start() if weekday else start
    month = match["month"]
    if match["year"]:
        return ("ymd", left, attach(folded, match.end()))
    if not month[0].isupper() or not len(month) >= 3:
        return None
    return ("md", left, attach(folded, match.end("month")))


def _month_first(folded: str, left: int, start: int, end: int, name: str) -> Reading | None:
    if end - start == 4:
        year = int(folded[start:end])
        if (
            1500 <= year <= 2199 and not folded[end].isalnum() and folded[end] not in "-/."
        ) or _is_plain_end(folded, end, year):
            return ("ym", left, end)
        return None
    if folded[start - 1] == "'" and end - start == 2:
        return ("ym", left, end)
    match = _AFTER_DAY.match(folded, start)
    if not match or not 1 <= int(folded[start:end]) <= 31:
        return None
    if match["year"] and 1500 <= int(match["year"]) <= 2199:
        return ("ymd", left, attach(folded, match.end()))
    stripped = name.strip(" .-/'")
    if folded[start - 1] not in " ." or not stripped.rpartition(" ")[2][0].isupper():
        return None
    tail = match.end("ordinal") if match["ordinal"] else end
    if _COUNTED.match(folded, tail):
        return None
    return ("md", left, attach(folded, tail))


def _is_plain_end(folded: str, end: int, year: int) -> bool:
    follower = folded[end]
    if not 1500 <= year <= 2199:
        return False
    if follower in "-/.":
        return not folded[end + 1].isalnum()
    return not follower.isascii()
