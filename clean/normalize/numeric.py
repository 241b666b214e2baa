"""Dates written with separators: 2022/9/16, 2022-09, H30.4.1, '22.9.16, 9/16(金), 20220916."""

import re
from math import gcd

from clean.normalize.attached import attach
from clean.normalize.dates import AFTER_SLASH, Reading, before_year
from clean.normalize.eras import INITIALS
from clean.normalize.fold import FILL
from clean.normalize.numerals import value_of

_THREE = re.compile(r"([0-9]{1,4})( ?)([/.\-・,ー])\2([0-9]{1,4})\2\3\2([0-9]{1,4})(?![0-9])")
_SPACED = re.compile(r"([0-9]{4})([/.]) ([0-9]{1,2})\2 ([0-9]{1,2})\.?(?![0-9])")
_TWO = re.compile(r"([0-9]{1,4})([/.\-・,ー])([0-9]{1,4})(?![0-9])")
_FIRST_YEAR = re.compile(r"元([/.\-・])([0-9]{1,2})(?:\1([0-9]{1,2}))?(?![0-9])")

_VERSION = re.compile(
    r"(?:[Vv]er(?:sion|\.)?|VER\.?|[Vv]|バージョン|リリース|[Rr]elease|[Rr]ev\.?|版"
    r"|Unity|PyCharm|IDEA|WebStorm|CLion|Rider|Studio|Studio IDE|MATLAB|OpenVINO|Vivado|Maya"
    r"|Max|Houdini) ?\Z"
)
_RELEASE_BEFORE = re.compile(
    r"(?:[Vv]er(?:sion|\.)?|VER\.?|バージョン|[Rr]elease|[Rr]ev\.?|型番|品番|型式) ?\Z"
)
_RELEASE_AFTER = re.compile(
    r" ?(?:リリース|系|版|(?:を|が|は)(?:使|リリース|インストール)|[へに](?:の?アップ|更新))"
)
"""What makes R4.1.2 the release of a program, not a day of an era."""
_UNIT = re.compile(
    r" ?(?:[%A-Za-z℃°度点倍個本人円銭㎞㎜㎝㎏]|ポイント|メートル|キロ|ミリ|センチ|グラム|トン"
    r"|ドル|ユーロ|万|億|兆|[A-Za-z]|インチ|パーセント|リットル|時間|秒|分|系|以上の値)"
)
_SEASON = re.compile(r" ?(?:年|シーズン|[Ss]eason|SEASON|モデル)")
_STRONG = re.compile(
    r" ?(?:発売|開催|公開|配信|放送|放映|更新|開始|オープン|締切|締め切り|〆切?|時点|現在|付け"
    r"|付|生まれ|スタート|開店|実施|号|発表|発送|入荷|入稿|掲載|投稿|撮影|追記|出荷|解禁|上映"
    r"|開幕|終了|必着|〆|発行|午前|午後|到着|着弾|施行)"
)
_WEAK = re.compile(r"に(?!なる|なり|なっ|な[いら]|減|縮|分|す|し|満|達|相当|も満|切|薄|圧|削)")
_CONTEXT_BEFORE = re.compile(
    r"(?:日付|日時|更新日?|撮影日?|作成日?|登録日?|公開日?|発売日?|投稿日?|取得日?|発行日?"
    r"|発表日?|施行日?|生年月日|誕生日|期限|年月日|開催日|納期|[Dd]ate|DATE|[Uu]pdated?"
    r"|UPDATED?)[ :=はが]{0,3}\Z"
)
_CONTEXT_AFTER = re.compile(
    r" ?(?:付け?|更新|撮影|作成|現在|時点|発売|公開|発行|版|放送|収録|開催|投稿|追記|施行|取得"
    r"|登録|掲載|生まれ|[月火水木金土日]曜|\([月火水木金土日](?:曜日?)?\)"
    r"|[0-2]?[0-9]:[0-5][0-9]|T[0-2][0-9]{3}(?:[0-9]{2})?Z?(?![0-9A-Za-z]))"
)
_DATE8_END = frozenset("_-.+/\\=#@&%")


def read_chain(folded: str, start: int, end: int, low: int) -> list[Reading]:
    """Read the dates in a chain of digits and separators.

    Args:
        folded: the folded text.
        start: where the chain starts.
        end: where it ends; no digit, and no separator with a digit behind it, follows.
        low: nothing before this code point may be taken.

    Returns:
        The dates in order: none, one, or the two of a range (2022/9/10-2022/9/16).
    """
    readings: list[Reading] = []
    position = start
    left = low
    while position < end:
        reading = _read_one(folded, position, end, left, bool(readings) or position == start)
        if reading is None:
            return readings
        readings.append(reading)
        position = reading[2] + 1
        left = reading[2]
        if position >= end or folded[position - 1] not in "-/~・ー":
            return readings
    return readings


def _read_one(folded: str, start: int, end: int, low: int, fresh: bool) -> Reading | None:
    match = _THREE.match(folded, start)
    if match:
        return _three(folded, match, low, end)
    match = _TWO.match(folded, start)
    if match:
        return _two(folded, match, low, end, fresh)
    return None


def _ends(folded: str, match: re.Match[str], separator: str) -> bool:
    """No further part hangs on the date, unless that is the second date of a range."""
    end = match.end()
    follower = folded[end]
    if follower == separator and folded[end + 1].isdecimal():
        return bool(_THREE.match(folded, end + 1)) and match.re is _THREE
    if follower == "." and folded[end + 1].isdecimal():
        return False
    return not (follower.isascii() and (follower.isalpha() or follower == "_")) or (
        follower == "T" and folded[end + 1].isdecimal()
    )


def _three(folded: str, match: re.Match[str], low: int, end: int) -> Reading | None:
    first, _, separator, second, third = match.groups()
    if not _ends(folded, match, separator):
        return None
    a, b, c = int(first), int(second), int(third)
    start = match.start()
    left, kind = before_year(folded, start, low)
    before = folded[start - 1]
    if (
        not kind
        and (
            (before.isascii() and (before.isalpha() or before in "_.@#"))
            or (before == "-" and low != start - 1 and folded[start - 2].isalnum())
        )
        and (separator != "/" or not before.isalpha() or len(first) != 4)
    ):
        return None
    if len(first) == 4 and len(second) <= 2 and len(third) <= 2:
        if not (_month_day(b, c) and (kind in ("ad", "era") or 1000 <= a <= 2199)):
            return None
        if (separator in ",・" and not 1800 <= a <= 2199) or (
            separator == "," and (len(second) > 2 or (not kind and not 1900 <= a <= 2099))
        ):
            return None
        if separator == "." and _VERSION.search(folded[max(0, start - 12) : start]):
            return None
        if separator == "-" and before == "第":
            return None
        return ("ymd", left, attach(folded, match.end()))
    if len(third) == 4 and separator in "/-." and len(first) <= 2 and len(second) <= 2 and not kind:
        if (_month_day(a, b) or _month_day(b, a)) and 1900 <= c <= 2099:
            return ("ymd", start, attach(folded, match.end()))
        return None
    if len(first) > 2 or len(second) > 2 or len(third) > 2:
        return None
    return _short(folded, match, left, kind)


def _short(folded: str, match: re.Match[str], left: int, kind: str) -> Reading | None:
    """A year of one or two digits: after an era or apostrophe, or before a weekday or time."""
    first, _, separator, second, third = match.groups()
    year, month, day = int(first), int(second), int(third)
    end = match.end()
    if not _month_day(month, day):
        return None
    if kind in ("era", "ad") and year > 0:
        return ("ymd", left, attach(folded, end))
    if separator == ",":
        return None
    if kind == "initial":
        letter = folded[left]
        if separator == "." and (
            _RELEASE_BEFORE.search(folded[max(0, left - 12) : left])
            or _RELEASE_AFTER.match(folded, end)
        ):
            return None
        if 1 <= year <= INITIALS[letter.upper()] and (letter.isupper() or len(first) == 2):
            return ("ymd", left, attach(folded, end))
        return None
    if kind == "short" and len(first) == 2:
        return ("ymd", left, attach(folded, end))
    if kind or len(first) != 2:
        return None
    tail = attach(folded, end)
    padded = len(second) == 2 and len(third) == 2
    if tail > end and (padded or separator == "/" or folded[end] in " ("):
        return ("ymd", match.start(), tail)
    if separator == "/" and (padded or day > 12) and year != month:
        return ("ymd", match.start(), end)
    return None


def _month_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _two(folded: str, match: re.Match[str], low: int, end: int, fresh: bool) -> Reading | None:
    first, separator, second = match.groups()
    if not _ends(folded, match, separator) or not fresh:
        return None
    start = match.start()
    a, b = int(first), int(second)
    left, kind = before_year(folded, start, low)
    if kind == "era" and 1 <= a <= 99 and 1 <= b <= 12:
        return ("ym", left, match.end())
    if (
        kind == "initial"
        and separator in "./"
        and len(first) == 2
        and 1 <= b <= 12
        and folded[left] in "HRS"
        and not _UNIT.match(folded, match.end())
    ):
        return ("ym", left, match.end())
    if kind == "short" and len(first) == 2 and separator in "./" and 1 <= b <= 12:
        return ("ym", left, match.end())
    if len(second) > 2:
        return None
    if len(first) == 4:
        return _year_month(folded, match, left, kind)
    if len(first) <= 2 and separator in "/.-・" and _month_day(a, b):
        return _month_and_day(folded, match, low)
    return None


def _year_month(folded: str, match: re.Match[str], left: int, kind: str) -> Reading | None:
    first, separator, second = match.groups()
    year, month = int(first), int(second)
    start, end = match.span()
    if not 1 <= month <= 12 or not (kind == "ad" or 1800 <= year <= 2199):
        return None
    if kind == "ad":
        return ("ym", left, end)
    if _in_code(folded, start) or _goes_on(folded, end, "-_:/") or _SEASON.match(folded, end):
        return None
    if separator == "/":
        return _slashed_month(folded, start, end)
    if separator in "-ー":
        return None if len(second) < 2 or folded[end] in "%円" else ("ym", start, end)
    if separator == "," or not 1900 <= year <= 2099:
        return None
    # 2021.3 is a month where nothing measures it and no name or version stands before it
    named = folded[start - 1] == " " and folded[start - 2].isascii() and folded[start - 2].isalpha()
    version = named or folded[end] == "." or _VERSION.search(folded[max(0, start - 12) : start])
    return None if version or _UNIT.match(folded, end) else ("ym", start, end)


def _slashed_month(folded: str, start: int, end: int) -> Reading | None:
    match = AFTER_SLASH.match(folded, end)
    if not match:
        return None if _LETTER.match(folded, end) else ("ym", start, end)
    if match["day"] and 1 <= value_of(match["day"]) <= 31:
        return ("ymd", start, attach(folded, match.end()))
    return ("ym", start, match.start() + match[0].index("月") + 1)


def _in_code(folded: str, start: int) -> bool:
    """Whether a letter, digit or joining mark right before makes the number part of a code."""
    before = folded[start - 1]
    return before.isascii() and (before.isalnum() or before in "-_./#@$,:+*=")


def _goes_on(folded: str, end: int, marks: str) -> bool:
    return folded[end] in marks and folded[end + 1].isascii() and folded[end + 1].isalnum()


def _month_and_day(folded: str, match: re.Match[str], low: int) -> Reading | None:
    first, separator, second = match.groups()
    month, day = int(first), int(second)
    start, end = match.span()
    second_of_range = low == start - 1 and folded[low] in "-~"
    if _in_code(folded, start) and not second_of_range:
        return None
    tail = attach(folded, end)
    if tail > end:
        # 1.5 15:00 and 3-2 2回 are no dates; a bracket with a weekday makes them one
        timed = separator == "/" and (folded[end] != " " or _CLOCK_START.match(folded, end))
        return ("md", start, tail) if timed or _WEEKDAY_START.match(folded, end) else None
    if separator != "/" or _UNIT.match(folded, end):
        return None
    if _goes_on(folded, end, "/-.:") and not (folded[end] == "-" and _TWO.match(folded, end + 1)):
        return None
    padded = len(first) == 2 == len(second) and (first[0] == "0" or second[0] == "0")
    if (
        padded
        or second_of_range
        or _says_date(folded, end, month, day)
        or _range_follows(folded, end, month, day)
        or _RANGE_BEFORE.search(folded[max(0, start - 5) : start])
        or (
            _alone(folded, start, end) and ((month >= 2 and day >= 13 and day != 16) or month > day)
        )
    ):
        return ("md", start, end)
    return None


def _says_date(folded: str, end: int, month: int, day: int) -> bool:
    """Whether the word behind M/D is one that dates have and fractions have not."""
    if _STRONG.match(folded, end):
        fraction = month < day <= 12 and gcd(month, day) == 1
        return not fraction or folded[end] in "発開公配放更締〆付生号施必"
    return day >= 13 and month >= 2 and bool(_WEAK.match(folded, end))


_LETTER = re.compile(r"[A-Za-z%円]")
_CLOCK_START = re.compile(
    r" {0,3}(?:午前|午後|[AaPp]\.?[Mm]|朝|夜|夕方|深夜|早朝|未明|昼|正午|[0-9]{1,2}(?::[0-9]|時))"
)
_WEEKDAY_START = re.compile(r" {0,2}(?:[(\[【〔〈《<「『｢{≪]|[月火水木金土日]曜|[㈪-㈰㊊-㊐])")
_RANGE_END = re.compile(r" ?(?:[~\-]|から|より) ?([0-9]{1,2})/([0-9]{1,2})(?![0-9/.])")
_RANGE_BEFORE = re.compile(rf"{FILL} ?(?:[~\-]|から|より) ?\Z")


def _range_follows(folded: str, end: int, month: int, day: int) -> bool:
    """Whether another M/D behind makes this one a day: 10/1〜10/31, but not 1/3〜1/2."""
    match = _RANGE_END.match(folded, end)
    if not match:
        return False
    last_month, last_day = int(match[1]), int(match[2])
    if not _month_day(last_month, last_day):
        return False
    if month == last_month and day < last_day and last_day > 12:
        return True
    small = day <= 10 and last_day <= 10 and month < day and last_month < last_day
    return not small and day > 1


def _alone(folded: str, start: int, end: int) -> bool:
    """Nothing but white space stands beside it on its line."""
    if folded[start - 1] == " ":
        start -= 1
    if folded[end] == " ":
        end += 1
    return folded[start - 1] in "\n\r\0" and folded[end] in "\n\r\0"


def read_eight(folded: str, start: int, end: int) -> Reading | None:
    """Read 20220916 where a word, a weekday or a time beside it says that it is a date.

    Args:
        folded: the folded text.
        start: where the eight digits start.
        end: where they end.
    """
    digits = folded[start:end]
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not (1900 <= year <= 2099 and _month_day(month, day)):
        return None
    if folded[start - 1] in _DATE8_END or (
        folded[end] in _DATE8_END and folded[end + 1].isascii() and folded[end + 1].isalnum()
    ):
        return None
    if _CONTEXT_AFTER.match(folded, end) or _CONTEXT_BEFORE.search(
        folded[max(0, start - 12) : start]
    ):
        return ("ymd", start, attach(folded, end))
    return None


def read_first_year(folded: str, start: int, low: int) -> Reading | None:
    """Read 令和元.5.1 at its 元."""
    match = _FIRST_YEAR.match(folded, start)
    if not match:
        return None
    left, kind = before_year(folded, start, low)
    if kind not in ("era", "initial") or not 1 <= int(match[2]) <= 12:
        return None
    if match[3]:
        return ("ymd", left, attach(folded, match.end())) if 1 <= int(match[3]) <= 31 else None
    return ("ym", left, match.end())


def read_spaced(folded: str, start: int, low: int) -> Reading | None:
    """Read 2022. 9. 16 and 2022 / 9 / 16 at their first digit."""
    match = _SPACED.match(folded, start)
    if match:
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    else:
        match = _THREE.match(folded, start)
        if not match or not match[2] or len(match[1]) != 4 or match[3] not in "/-.":
            return None
        year, month, day = int(match[1]), int(match[4]), int(match[5])
    if not (1900 <= year <= 2099 and _month_day(month, day)):
        return None
    left, _ = before_year(folded, start, low)
    end = match.end()
    if folded[end - 1] == "." and folded[end] != " ":
        end -= 1
    return ("ymd", left, attach(folded, end))
