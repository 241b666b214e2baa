"""What normalization replaces."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Kind = Literal["date", "url", "price", "email", "tel", "block"]
DateForm = Literal["ymd", "ym", "md", "y", "fy", "decade"]

TOKENS: dict[str, str] = {
    "date": "<DATE>",
    "url": "<URL>",
    "price": "<PRICE>",
    "email": "<EMAIL>",
    "tel": "<TEL>",
    "block": "<BLOCK>",
}
"""The special token that stands for each kind of span."""


class NormalizeSettings(BaseModel):
    """Which of the recognised spans are replaced by their special token."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kinds: tuple[Kind, ...] = ("date", "url", "price", "email", "tel", "block")
    """Kinds of span that are replaced; the others are recognised and left as they are. All by
    default: each of them is noise that a model can only memorise."""

    dates: tuple[DateForm, ...] = ("ymd", "ym", "md")
    """Forms of date that are replaced: ymd (year, month, day), ym, md, y (bare year), fy (fiscal
    year), decade. Bare years, fiscal years and decades stay by default, because the year of an
    event is knowledge that a model should learn."""
