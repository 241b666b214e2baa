"""A copy of the text for matching: same length, one spelling for each digit, hyphen and bracket."""

import re

FILL = "\ufdd0"
"""Stands in the folded text for what is already taken (a noncharacter, never in real text)."""

END = "\n\0\0"
"""Appended to the folded text, so that one may look past its end and before its start."""

_KANGXI = dict(zip("⼀⼆⼋⼗⽉⽇⽕⽔⽊⾦⼟", "一二八十月日火水木金土", strict=True))

FOLDS: dict[str, str] = (
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000", " ")
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff70", "-")
    | dict.fromkeys("\u301c\u223c\u223e\u3030", "~")
    | dict.fromkeys("\u2018\u2019\u02bc\u00b4\u2032", "'")
    | dict.fromkeys("\u00b7\uff65\u2022\u2219\u22c5", "・")
    | dict.fromkeys("\u2215\u2044", "/")
    | {"\u2236": ":", "\uff61": "。", "\uff64": "、", "\uffe5": "¥", "\uffe1": "£", "\uffe6": "₩"}
    | _KANGXI
)
"""Code point to code point: full-width ASCII, spaces, hyphens, tildes, apostrophes, dots, slashes,
currency signs, and the Kangxi radicals that PDF text has in place of 月 and 日."""

_TABLE = str.maketrans(FOLDS)
_FOLDED = re.compile("[" + "".join(re.escape(char) for char in FOLDS) + "]+")


def _fold_run(match: re.Match[str]) -> str:
    return match[0].translate(_TABLE)


def fold(text: str) -> str:
    """Fold a text for matching.

    Args:
        text: any string.

    Returns:
        A string in which position i stands for text[i], followed by `END`.
    """
    return _FOLDED.sub(_fold_run, text) + END


def fill(folded: str, spans: list[tuple[int, int]]) -> str:
    """Put `FILL` over spans of a folded text.

    Args:
        folded: what `fold` returned.
        spans: (start, end) in code points, sorted and disjoint.

    Returns:
        A string of the same length.
    """
    if not spans:
        return folded
    pieces = []
    position = 0
    for start, end in spans:
        pieces.append(folded[position:start])
        pieces.append(FILL * (end - start))
        position = end
    pieces.append(folded[position:])
    return "".join(pieces)
