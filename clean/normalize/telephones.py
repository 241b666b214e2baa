"""Telephone numbers of Japan, and international ones with a plus sign."""

import re

_S = r"(?: ?[-ー] ?|\.|\) ?-? ?| ?\( ?| )"
_DOMESTIC = re.compile(
    rf"(0[0-9]{{1,4}})({_S})([0-9]{{1,4}})({_S})([0-9]{{3,4}})(?![0-9A-Za-z]|[-.ー][0-9])"
)
_INTERNATIONAL = re.compile(
    r"[0-9]{1,3}(?:[-. ]?\(0?[0-9]{1,4}\)[-. ]?"
    r"|[-. ]?)(?:[0-9]{1,12})(?:[-. ][0-9]{1,5}){0,5}(?![0-9A-Za-z]|[-.][0-9])"
)
_FREE = re.compile(
    r"(?:0120|0570|0800)[-ー][0-9]{6}(?:[0-9](?<=0800.[0-9]{7}))?(?![0-9A-Za-z]|[-.ー][0-9])"
)
_PLAIN = re.compile(r"[0-9]{9,11}(?![0-9A-Za-z]|[-.ー][0-9])")
_LOCAL = re.compile(r"[0-9]{2,4}[-ー][0-9]{4}(?![0-9A-Za-z]|[-.ー][0-9])")
_FOREIGN = re.compile(r"[0-9]{1,3}-[0-9]{1,4}-[0-9]{2,4}-[0-9]{3,4}(?![0-9A-Za-z]|[-.ー][0-9])")
_LABEL = re.compile(
    r"(?:TEL|Tel|tel|FAX|Fax|fax|PHONE|Phone|phone|電話(?:番号)?|携帯(?:番号|電話)?|ファックス"
    r"|ファクス|ファクシミリ|℡|☎|📞|📱|フリーダイヤル|フリーコール|直通|代表)"
    r"[ .:)(\]】」/=・]{0,3}\Z"
)
_SHAPES = frozenset(
    [
        (2, 4, 4),
        (3, 3, 4),
        (4, 2, 4),
        (5, 1, 4),
        (3, 4, 4),
        (4, 3, 3),
        (4, 2, 4),
        (4, 3, 4),
        (2, 4, 3),
        (3, 2, 4),
    ]
)


def labelled(folded: str, start: int) -> bool:
    """Whether a word like TEL or 電話 stands right before."""
    return bool(_LABEL.search(folded[max(0, start - 10) : start]))


def read_telephone(folded: str, start: int, low: int) -> tuple[int, int] | None:
    """Read a telephone number at a run of digits.

    Args:
        folded: the folded text.
        start: where the digits start.
        low: nothing before this code point may be taken.

    Returns:
        Start and end, or None. A word like TEL stays outside.
    """
    before = folded[start - 1]
    if before == "+" and start - 1 >= low:
        return _read_international(folded, start)
    if (
        before.isascii()
        and (before.isalnum() or before in "-._#@%&=$+")
        and not labelled(folded, start)
    ):
        return None
    if folded[start] == "0":
        match = _FREE.match(folded, start)
        if match:
            return (start, match.end())
        match = _DOMESTIC.match(folded, start)
        if match:
            return _check_domestic(folded, start, low, match)
        match = _PLAIN.match(folded, start)
        if match:
            length = match.end() - start
            mobile = length == 11 and folded[start + 1] in "5789" and folded[start + 2] == "0"
            if mobile or (length >= 10 and labelled(folded, start)):
                return (start, match.end())
    elif folded[start].isdecimal() and labelled(folded, start):
        match = _FOREIGN.match(folded, start) or _LOCAL.match(folded, start)
        if match:
            return (start, match.end())
    return None


def _check_domestic(
    folded: str, start: int, low: int, match: re.Match[str]
) -> tuple[int, int] | None:
    area, first, office, second, line = match.groups()
    lengths = (len(area), len(office), len(line))
    if lengths not in _SHAPES or area == "00":
        return None
    total = sum(lengths)
    if total == 11 and not ((area[1] in "5789" and area[2] == "0") or area == "0800"):
        return None
    if total == 9 and not (area in ("0120", "0570", "0990") or False):
        return None
    if lengths == (4, 3, 3) and area not in ("0120", "0570", "0990", "0180", "0170", "0800"):
        return None
    left = start
    closes, opens = ")" in first, "(" in first
    if closes:
        if folded[start - 1] != "(" or start - 1 < low:
            return None
        left = start - 1
    if opens != (")" in second) or "(" in second:
        return None
    if first == " " != second and not labelled(folded, start):
        return None
    return (left, match.end())


def _read_international(folded: str, start: int) -> tuple[int, int] | None:
    before = folded[start - 2]
    if (before.isascii() and before.isalnum()) or before == "+":
        return None
    match = _INTERNATIONAL.match(folded, start)
    if not match:
        return None
    digits = sum(char.isdecimal() for char in match[0])
    separators = sum(char in "-. (" for char in match[0])
    if not 9 <= digits <= 15 or (
        separators < 2 and not (match[0].startswith(("81", "1", "86", "82", "44", "886")))
    ):
        return None
    return (start - 1, match.end())
