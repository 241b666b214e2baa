"""Which script a character belongs to, as far as tokens are concerned."""

from typing import Final

SCRIPTS: Final = ("kanji", "hiragana", "katakana", "latin", "digits", "symbols")
"""Scripts that tokens may consist of, one at a time; every other character stands alone."""
DEFAULT_LIMITS: Final[dict[str, int]] = {
    "kanji": 2,
    "hiragana": 3,
    "katakana": 3,
    "latin": 12,
    "digits": 3,
    "symbols": 3,
}
"""Longest token of each script in code points: GPTSAN's for kanji and kana."""
