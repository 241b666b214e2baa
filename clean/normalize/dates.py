"""Dates with 年, 月 or 日: Western years, era years, months and days, and what brackets add."""

import re

from clean.normalize.attached import attach
from clean.normalize.eras import ERAS, INITIALS, LONG_ERAS, SQUARED_ERAS
from clean.normalize.numerals import NUMERALS, value_of

Reading = tuple[str, int, int]
"""(form, start, end) of a date."""

FIRST_YEAR, LAST_YEAR = 1000, 2199
"""Western years that stand without 西暦: outside, a number before 年 is mostly a duration."""

_N = rf"(?:[0-9]{{1,2}}|[{NUMERALS}]{{1,4}})"
AFTER_SLASH = re.compile(rf" ?月(?:/? ?(?P<day>{_N}) ?日(?![間目]))?")
"""What may follow 2022/9: 月, or 月 and a day."""
_AFTER_YEAR = re.compile(
    rf"(?P<alternative> ?[(\[〈《〔【](?:西暦 ?|[\u4e00-\u9fff]{{2,4}}"
    rf"|[MTSHR])?(?:[0-9]{{1,4}}|[{NUMERALS}]{{1,9}}|元) ?年?[)\]〉》〕】] ?年?)?+"
    rf" {{0,2}}(?:"
    rf"(?:/ ?)?(?P<month>{_N}) ?月(?! ?間)"
    rf"(?: {{0,2}}(?:/ ?)?(?:(?P<day>{_N}) ?日(?![間目])"
    rf"|(?P<first>{_N})(?= ?[~\-・、,,] ?{_N} ?日)))?"
    rf"|(?P<month2>[0-9]{{1,2}})[/.\-](?P<day2>[0-9]{{1,2}})(?![0-9]|[/.\-][0-9]| ?[月日年])"
    rf"|/(?P<month3>[0-9]{{1,2}})(?![0-9/.]| ?[月日年]))"
)
_YEAR_IN_BRACKETS = re.compile(
    rf" ?[(\[〈《〔【](?:西暦 ?|[\u4e00-\u9fff]{{2,4}}|[MTSHR])?(?:[0-9]{{1,4}}"
    rf"|[{NUMERALS}]{{1,9}}|元) ?年?[)\]〉》〕】] ?(?=年)"
)
"""The other reckoning of a year before its 年: 平成30（2018）年."""
_DAY = re.compile(
    rf" ?月 {{0,2}}(?:(?P<day>{_N}) ?日(?![間目])|(?P<first>{_N})(?= ?[~\-・、,,] ?{_N} ?日))"
)
_NOT_A_YEAR = re.compile(
    r" ?(?:間|目|(?:前|後)(?![後半期])|以上|ほど|くらい|ぐらい|余|もの|もた|続|ぶり|近く|弱|強"
    r"|足らず|未満|来の|分の|ローン|保証|契約|物の|毎|ごと|おき|越)"
)
_SENTENCE = ("懲役", "禁錮", "禁固", "拘禁", "刑期")


def before_year(folded: str, start: int, low: int) -> tuple[int, str]:
    """What stands before a year number: an era, its initial, 西暦, an apostrophe.

    Args:
        folded: the folded text.
        start: where the number starts.
        low: nothing before this code point may be taken.

    Returns:
        Where the reading starts, and which it is: era, initial (of an era), ad, bc, short (after
        an apostrophe), or "".
    """
    last = folded[start - 1]
    if last < "\x7f" and last not in " .'MTSHRmtshrCD":
        return start, ""
    at = start - 1 if last == " " else start
    name = folded[at - 2 : at]
    if name in ERAS and at - 2 >= low:
        if folded[at - 4 : at] in LONG_ERAS and at - 4 >= low:
            return at - 4, "era"
        return at - 2, "era"
    if folded[at - 4 : at] in LONG_ERAS and at - 4 >= low:
        return at - 4, "era"
    if folded[at - 1] in SQUARED_ERAS and at - 1 >= low:
        return at - 1, "era"
    if name in ("西暦", "皇紀", "民国") and at - 2 >= low:
        return at - 2, "ad"
    if folded[at - 3 : at] in ("紀元前", "西暦前") and at - 3 >= low:
        at -= 3
        return (at - 2 if folded[at - 2 : at] == "西暦" else at), "bc"
    if last == "'" and start - 1 >= low and not _is_word(folded[start - 2]):
        return start - 1, "short"
    dotted = start - 1 if last == "." else start
    letter = folded[dotted - 1]
    if letter.upper() in INITIALS and dotted - 1 >= low and not _is_word(folded[dotted - 2]):
        return dotted - 1, "initial"
    if folded[at - 2 : at] in ("BC", "AD") and at - 2 >= low and not _is_word(folded[at - 3]):
        return at - 2, "bc"
    return start, ""


def _is_word(char: str) -> bool:
    return char.isascii() and (char.isalnum() or char in "._-#/")


def is_year(kind: str, year: int, initial: str = "") -> bool:
    """Whether a number can be the year of a full date after what stands before it.

    Args:
        kind: as `before_year` says.
        year: the number.
        initial: the initial of the era where kind is "initial".
    """
    if kind == "era":
        return 1 <= year <= 99
    if kind == "initial":
        return 1 <= year <= INITIALS[initial.upper()]
    if kind in ("ad", "bc"):
        return 1 <= year <= 2999
    if kind == "short":
        return 0 <= year <= 99
    return FIRST_YEAR <= year <= LAST_YEAR


def read_year(
    folded: str, start: int, end: int, low: int, unit: int | None = None
) -> Reading | None:
    """Read a date at a number that 年 follows.

    Args:
        folded: the folded text.
        start: where the number (digits, numerals or 元) starts.
        end: where it ends; 年 follows, or a space and 年.
        low: nothing before this code point may be taken.
        unit: where 年 stands, if something in brackets comes between.

    Returns:
        The longest reading, or None.
    """
    numeral = folded[start:end]
    year = value_of(numeral)
    if year < 0:
        return None
    left, kind = before_year(folded, start, low)
    if numeral == "元" and kind not in ("era", "initial"):
        return None
    sure = is_year(kind, year, folded[left]) and not (
        not kind and end - start == 2 and numeral[0] != "二"
    )
    after = unit + 1 if unit else end + (2 if folded[end] == " " else 1)
    match = _AFTER_YEAR.match(folded, after)
    if match:
        reading = _full(folded, match, left, sure, numeral, year)
        if reading:
            return reading
    if not sure:
        if (
            year < 100
            and not kind
            and folded[after] == "代"
            and year % 10 == 0
            and year > 0
            and len(numeral) == 2
        ):
            return ("decade", left, after + 1)
        if kind or not 100 <= year < 1000 or not numeral.isascii() or year % 10 == 0:
            return None
        return (
            None
            if folded[start - 1] == "."
            or folded[after] in "代度"
            or not _bare(folded, start, after)
            else ("y", left, after)
        )
    if folded[after] == "代":
        return ("decade", left, after + 1) if year % 10 == 0 else None
    if folded[after] == "度":
        return ("fy", left, after + 1)
    if kind == "initial" and not numeral.isascii() and numeral != "元":
        return None
    if not kind and (
        (year in (1000, 2000) and not numeral.isascii()) or not _bare(folded, start, after)
    ):
        return None
    if folded[after] in "間目":
        return None
    return ("y", left, after)


def _bare(folded: str, start: int, after: int) -> bool:
    return folded[start - 1] not in "第約全計" and not _NOT_A_YEAR.match(folded, after)


def _full(
    folded: str, match: re.Match[str], left: int, sure: bool, numeral: str, year: int
) -> Reading | None:
    month = value_of(match["month"] or match["month2"] or match["month3"])
    if not 1 <= month <= 12 or not 0 < year <= 9999:
        return None
    day_text = match["day"] or match["first"] or match["day2"]
    day = value_of(day_text) if day_text else 0
    if day_text and 1 <= day <= 31:
        if not sure and year > 99:
            return None
        end = match.end("first") if match["first"] else match.end()
        return ("ymd", left, attach(folded, end))
    if match["month2"] or (match["month3"] and not sure):
        return None
    if not sure and (len(numeral) != 2 or not numeral.isascii() or _in_sentence(folded, left)):
        return None
    if day_text:
        end = match.end("month") + (2 if folded[match.end("month")] == " " else 1)
        return ("ym", left, end)
    return ("ym", left, match.end())


def read_bracketed(folded: str, start: int, end: int, low: int) -> Reading | None:
    """Read a date at a number with the other reckoning before 年: 平成30（2018）年4月1日."""
    match = _YEAR_IN_BRACKETS.match(folded, end)
    return read_year(folded, start, end, low, match.end()) if match else None


def _in_sentence(folded: str, start: int) -> bool:
    return folded[max(0, start - 2) : start] in _SENTENCE or folded[start - 1] in "約満第"


def read_month(folded: str, start: int, end: int) -> Reading | None:
    """Read a date at a number that 月 follows.

    Args:
        folded: the folded text.
        start: where the number starts.
        end: where it ends; 月 follows, or a space and 月.

    Returns:
        A month and day, or None: a month alone is no date.
    """
    if end - start > 3 or not 1 <= value_of(folded[start:end]) <= 12:
        return None
    match = _DAY.match(folded, end)
    if not match or not 1 <= value_of(match["day"] or match["first"]) <= 31:
        return None
    return ("md", start, attach(folded, match.end("first") if match["first"] else match.end()))
