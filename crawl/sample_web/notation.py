"""Dates, numbers, prices, telephone numbers and addresses as Japanese pages write them."""

import random
from datetime import date, timedelta

_DIGITS = "〇一二三四五六七八九"
_FULL = str.maketrans("0123456789", "０１２３４５６７８９")
_WEEKDAYS = "月火水木金土日"
_ERAS = ((2019, "令和"), (1989, "平成"), (1926, "昭和"), (1912, "大正"))
EPOCH = date(2026, 9, 30)
"""The day on which the sample web stands still; nothing on it is later."""


def kanji_number(value: int) -> str:
    """A number of at most four digits in kanji with 十, 百 and 千 (1204 is 千二百四).

    Raises:
        ValueError: below 1 or above 9999.
    """
    if not 1 <= value <= 9999:
        raise ValueError(f"kanji_number takes 1 to 9999, not {value}")
    text = ""
    for unit, mark in ((1000, "千"), (100, "百"), (10, "十")):
        digit, value = divmod(value, unit)
        text += ("" if digit == 1 else _DIGITS[digit]) + mark if digit else ""
    return text + (_DIGITS[value] if value else "")


def era_year(day: date) -> str:
    """Era name and year in Western digits; the first year is 元."""
    for start, name in _ERAS:
        if day.year >= start:
            year = day.year - start + 1
            return name + ("元" if year == 1 else str(year))
    return f"{day.year}"


def recent_day(rng: random.Random, years: int = 6) -> date:
    """A day in the years before the sample web stands still."""
    return EPOCH - timedelta(days=rng.randrange(years * 365))


def date_text(rng: random.Random, day: date) -> str:
    """One of the ways in which prose writes a date."""
    plain = f"{day.year}年{day.month}月{day.day}日"
    return rng.choice(
        (
            plain,
            plain,
            plain.translate(_FULL),
            f"{era_year(day)}年{day.month}月{day.day}日",
            f"{day.month}月{day.day}日",
            f"{day.year}/{day.month:02d}/{day.day:02d}",
            f"{plain}（{_WEEKDAYS[day.weekday()]}）",
            f"{day.year}年{day.month}月",
        )
    )


def era_text(rng: random.Random, day: date) -> str:
    """A date by era, mostly in kanji numerals as laws and notices write it."""
    year = day.year - 2018 if day.year >= 2019 else day.year - 1988
    name = "令和" if day.year >= 2019 else "平成"
    numeral = "元" if year == 1 else kanji_number(year)
    formal = f"{name}{numeral}年{kanji_number(day.month)}月{kanji_number(day.day)}日"
    if rng.random() < 0.75:
        return formal
    return f"{era_year(day)}年{day.month}月{day.day}日"


def price_text(rng: random.Random) -> str:
    """One of the ways in which prose writes a price in yen."""
    amount = rng.randrange(3, 980) * rng.choice((10, 10, 10, 100))
    return rng.choice(
        (
            f"{amount:,}円",
            f"{amount}円",
            f"¥{amount:,}",
            f"{amount:,}円（税込）",
            f"{amount}円".translate(_FULL),
            f"{rng.randint(2, 90)}万円",
            f"{rng.randint(2, 90)}億{rng.randint(1, 9)}千万円",
            f"税抜{amount:,}円",
        )
    )


def kanji_price(rng: random.Random) -> str:
    """A price in kanji numerals."""
    return kanji_number(rng.randint(2, 95)) + rng.choice(("万円", "万円", "千円", "万五千円"))


def telephone(rng: random.Random) -> str:
    """A telephone number of the kind printed on pages; the middle group 0000 is never assigned."""
    return f"0{rng.choice((3, 6))}-0000-{rng.randint(1000, 9999)}"


def reading_date(rng: random.Random, day: date) -> str:
    """The date line of an article."""
    return rng.choice(
        (
            f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}-{day.month:02d}-{day.day:02d}",
            f"{day.year}/{day.month:02d}/{day.day:02d}",
            f"{day.year}.{day.month:02d}.{day.day:02d}",
        )
    )
