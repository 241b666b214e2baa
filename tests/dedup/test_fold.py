"""Folding: what counts as the same text."""

import hashlib
import itertools
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.fold import SPECIAL_TOKENS, digests, fold, fold_texts
from dedup.fold_table import fold_character, is_run_sign


@pytest.mark.parametrize(
    ("text", "folded", "why"),
    [
        ("", "", "nothing"),
        (" 　\t\r\n\u200b\ufeff", "", "white space and zero width"),
        ("Ｋｉｎａｒｉ１２３", "kinari123", "width and case"),
        ("ﾊﾟｿｺﾝ ｳﾞｧｲｵﾘﾝ", "パソコンヴァイオリン", "half-width kana with their marks"),
        ("か\u3099は\u309aウ\u3099", "がぱヴ", "marks after their letters"),
        ("\u3099か", "\u3099か", "a mark with nothing before it"),
        ("〜～−－–—", "~-", "cp932 and JIS forms, and runs"),
        ("10〜20と10～20", "10~20と10~20", "wave dash"),
        ("すごい！！！！？？", "すごい!?", "runs of one sign"),
        ("・・・…‥", "・.", "an ellipsis is dots"),
        ("! !\n!", "!", "runs over white space"),
        ("すごーーい", "すごーーい", "the long vowel is a letter"),
        ("<DATE>に<PRICE>、Ｄａｔｅ", "<DATE>に<PRICE>、date", "special tokens kept"),
        ("<Date><<DATE>><DATE", "<date><<DATE>><date", "only whole tokens"),
        ("＜DATE＞", "<date>", "a full-width sign makes no token"),
        ("＜DATE＞か\u3099", "<date>が", "nor where marks are composed"),
        ("㈱㍻①ﬁ", "(株)平成1fi", "one sign that stands for several"),
        ("Straße ＩＩ Ⅱ", "strasseiiii", "case folding, not lower case"),
        ("神\ufe00社\U000e0100", "神社", "variation selectors"),
        ("𠮷野家\U0002f80a", "𠮷野家" + unicodedata.normalize("NFKC", "\U0002f80a"), "beyond BMP"),
        ("がﾞ", "が\u3099", "a mark that has nothing to join"),
        ("a\ud800b", "a\ud800b", "a lone surrogate"),
    ],
)
def test_folds(text, folded, why):
    assert fold(text) == folded, why


def reference(text: str) -> str:
    """Folding as its docstring says, a character at a time; for texts without < signs."""
    whole = "".join(fold_character(c) for c in unicodedata.normalize("NFKC", text))
    runs = ((sign, list(same)) for sign, same in itertools.groupby(whole))
    return "".join(sign if is_run_sign(sign) else "".join(same) for sign, same in runs)


ANY = st.characters(exclude_characters="<＜﹤≮≮", exclude_categories=["Cs"])
MARKS = st.sampled_from("かきハヘﾊﾞﾟ\u3099\u309aeE\u0301\u0345\u0327ᄀ\u1161\u11a8가İ")


@settings(max_examples=400)
@given(st.text(st.one_of(ANY, MARKS), max_size=30))
def test_kernel_is_the_reference(text):
    assert fold(text) == reference(text)


@settings(max_examples=200)
@given(st.lists(st.lists(st.one_of(ANY, MARKS, st.sampled_from(SPECIAL_TOKENS))).map("".join)))
def test_texts_do_not_touch_each_other(texts):
    folded = fold_texts(texts)
    assert [folded.text(i) for i in range(len(texts))] == [fold(text) for text in texts]


@settings(max_examples=200)
@given(st.text(st.one_of(ANY, MARKS), max_size=30))
def test_normal_forms_fold_alike(text):
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert fold(unicodedata.normalize(form, text)) == fold(text)


def test_digest_is_blake2b_over_code_points():
    folded = fold_texts(["武田", "", "信玄"])
    for row, text in zip(digests(folded), ["武田", "", "信玄"], strict=True):
        digest = hashlib.blake2b(text.encode("utf-32-le"), digest_size=16).digest()
        assert b"".join(int(half).to_bytes(8, "big") for half in row) == digest


def test_take_picks_texts_in_any_order():
    folded = fold_texts(["あ", "いう", "", "えおか"])
    taken = folded.take(np.array([3, 0, 2, 3]))
    assert [taken.text(i) for i in range(4)] == ["えおか", "あ", "", "えおか"]
