"""What normalization finds: one span a reading."""

from typing import NamedTuple


class Span(NamedTuple):
    """One recognised piece of a text.

    Attributes:
        kind: date, url, price, email, tel or block.
        form: of a date ymd, ym, md, y, fy or decade; None for every other kind.
        start: first code point of the span in the input.
        end: one past its last code point.
        replaced: True where the settings ask for the special token, False where the text stays.
    """

    kind: str
    form: str | None
    start: int
    end: int
    replaced: bool
