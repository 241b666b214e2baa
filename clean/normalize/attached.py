"""What may hang on a date: a weekday in any bracket, then a clock time."""

import re

from clean.normalize.numerals import NUMERALS

_ENGLISH_DAY = (
    r"(?:[Mm]on(?:day)?|[Tt]ue(?:s(?:day)?)?|[Ww]ed(?:nesday)?|[Tt]hu(?:r(?:s(?:day)?)?)?"
    r"|[Ff]ri(?:day)?"
    r"|[Ss]at(?:urday)?|[Ss]un(?:day)?|MON(?:DAY)?|TUE(?:SDAY)?|WED(?:NESDAY)?|THU(?:RSDAY)?"
    r"|FRI(?:DAY)?|SAT(?:URDAY)?|SUN(?:DAY)?)"
)
_DAY = r"[月火水木金土日](?:曜日?)?"
_HOLIDAY = r"(?:祝祭日|祝日?|休日|休|振替休日|振替|振休|国民の休日)"
_IN_BRACKETS = rf"(?:{_DAY}|{_HOLIDAY}|{_ENGLISH_DAY}\.?)(?: ?[・、,/.&]? ?(?:{_DAY}|{_HOLIDAY}))?"

WEEKDAY = (
    r" {0,2}(?:"
    rf"[(\[【〔〈《<「『｢{{≪] ?{_IN_BRACKETS} ?[)\]】〕〉》>」』｣}}≫]"
    r"|[月火水木金土日]曜日?"
    r"|[㈪-㈰㊊-㊐]"
    rf"|,? ?{_ENGLISH_DAY}(?![A-Za-z])\.?"
    r")"
    r"|(?<=[0-9日]) [月火水木金土日](?= [0-9]|\n| *\Z)"
)

_HALF = r"(?:午前|午後|[AaPp]\.?[Mm]\.?|朝|夜|夕方|深夜|早朝|未明|昼|晩)"
_ZONE = (
    r"(?: ?(?:Z|JST|GMT|UTC|[PEMC][SD]T|CET|CEST|BST|KST)(?![A-Za-z])(?:[+-][0-9]{1,2}(?![0-9:]))?"
    r"| ?\+[01][0-9]:?[0-5][0-9](?![0-9:])"
    r"|(?<=[0-9]:[0-9]{2}:[0-9]{2})-[01][0-9]:?[0-5][0-9](?![0-9:]))"
    r"(?: ?\([A-Z]{3,4}\))?"
)
_CLOCK = (
    r"[0-3]?[0-9]:[0-5][0-9](?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?![0-9:])"
    r"(?: ?[AaPp]\.?[Mm](?![A-Za-z])\.?)?"
)
_KANJI_CLOCK = (
    rf"(?:[0-3]?[0-9]|[{NUMERALS}]{{1,3}}) ?時(?!間|代|期|点|給)"
    rf"(?: ?(?:[0-5]?[0-9]|[{NUMERALS}]{{1,3}}) ?分(?!間|の[0-9])(?: ?(?:[0-5]?[0-9]"
    rf"|[{NUMERALS}]{{1,3}}) ?秒)?|半)?"
)

TIME = (
    rf"(?:[T_]| {{0,3}}|, | at |:(?=[0-2][0-9](?::[0-5][0-9]){{2}}))(?:"
    rf"{_HALF}? ?(?:{_KANJI_CLOCK}|{_CLOCK}(?:{_ZONE})?)"
    rf"|[0-1]?[0-9](?:[.:][0-5][0-9])? ?[AaPp]\.?[Mm](?![A-Za-z])\.?"
    r"|(?<=T)[0-2][0-9][0-5][0-9](?:[0-5][0-9])?Z?(?![0-9A-Za-z])"
    rf"|正午)"
)

_ATTACHED = re.compile(rf"(?P<weekday>{WEEKDAY})?+(?P<time>{TIME})?+")
_STARTS = frozenset(
    " ([【〔〈《<「『｢{≪月火水木金土日㈪㈫㈬㈭㈮㈯㈰㊊㊋㊌㊍㊎㊏㊐T_,:午AaPp朝夜夕深早未昼晩正M"
    "FSW0123456789"
) | frozenset(NUMERALS)


def attach(folded: str, end: int) -> int:
    """Extend a date over the weekday and the clock time that hang on it.

    Args:
        folded: the folded text, ending in `clean.normalize.fold.END`.
        end: one past the last code point of the date.

    Returns:
        The new end; the same where nothing hangs on it. A word like 頃, から or 〜 is never taken.
    """
    if folded[end] not in _STARTS:
        return end
    match = _ATTACHED.match(folded, end)
    return match.end() if match else end
