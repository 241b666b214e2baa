"""Japanese numerals: positional (二〇二二) and with 十百千 (二千二十二)."""

DIGITS: dict[str, int] = {char: value for value, char in enumerate("〇一二三四五六七八九")} | {
    "零": 0,
    "○": 0,
    "◯": 0,
    "壱": 1,
    "弐": 2,
    "参": 3,
    "伍": 5,
}
SCALES: dict[str, int] = {"十": 10, "拾": 10, "百": 100, "千": 1000}
TIES: dict[str, int] = {"廿": 20, "卅": 30}

NUMERALS = "".join(DIGITS) + "".join(SCALES) + "".join(TIES)
"""Every character of a numeral below ten thousand."""


def value_of(numeral: str) -> int:
    """The value of a run of ASCII digits or of Japanese numerals.

    Args:
        numeral: characters 0-9, or of `NUMERALS`; or 元, the first year of an era.

    Returns:
        The number, or -1 where the run is no number (十十, 二三千) or too long to matter.
    """
    if len(numeral) > 9:
        return -1
    if numeral.isascii():
        return int(numeral) if numeral.isdecimal() else -1
    if numeral == "元":
        return 1
    if all(char in DIGITS for char in numeral):
        value = 0
        for char in numeral:
            value = value * 10 + DIGITS[char]
        return value
    return _scaled(numeral)


def _scaled(numeral: str) -> int:
    total = 0
    digit = -1
    last_scale = 10_000
    for char in numeral:
        if char in DIGITS:
            if digit > 0 or (digit == 0 and char != "〇"):
                return -1
            digit = DIGITS[char]
            continue
        if char in TIES:
            if last_scale <= 10 or digit >= 0:
                return -1
            total, last_scale = total + TIES[char], 10
            continue
        scale = SCALES.get(char, 0)
        if not scale or scale >= last_scale or digit == 0:
            return -1
        total, last_scale, digit = total + (digit if digit > 0 else 1) * scale, scale, -1
    return total + max(digit, 0)
