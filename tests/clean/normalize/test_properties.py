"""What holds for any text."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from clean.normalize.fold import END, fold
from clean.normalize.normalize import find_spans, normalize
from clean.normalize.numerals import value_of
from clean.normalize.settings import TOKENS, NormalizeSettings

WORDS = """
2022 9 16 22 4 1 0 03 1234 5678 090 12 30 1,980 980 5 千 百 万 億 円 ¥ ￥ $ ドル 元 ウォン
€ USD JPY 年 月 日 度 代 / - . ・ , : ： ～ 〜 から まで 頃 （ ） ( ) 金 （金） 午後 時 半
分 令和 平成 昭和 元 天保 H R S ' 二 〇 十 三 一 第 章 数 約 http:// https:// www.
example.com example .jp /a ? 。 、 @ info + +81 (03) ─ ━ │ 税込 （税込） Sep September
16, 2022年9月16日 9月16日 1円 銭 <DATE> <PRICE> <URL> <|endoftext|> T Z ID: 電話 TEL v 更新
に は の x あ １ ２ ０ ／ ． － ー \\ % 人 年度 1/2 3-2 9/16 2022/9/16 H30.4.1 20220916 発売
札 玉
"""
PIECES = [*WORDS.split(), " ", "\n", "　"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)
ANY_TEXT = st.text(max_size=60) | TEXTS


@settings(max_examples=1500)
@given(ANY_TEXT)
def test_spans_are_sorted_disjoint_and_inside(text):
    position = 0
    for span in find_spans(text):
        assert position <= span.start < span.end <= len(text)
        position = span.end
        assert (span.form is None) == (span.kind != "date")


@settings(max_examples=1500)
@given(ANY_TEXT)
def test_unmatched_text_is_untouched(text):
    normalized = normalize(text)
    rest, position = [], 0
    for span in find_spans(text):
        if span.replaced:
            rest.append(text[position : span.start])
            position = span.end
    rest.append(text[position:])
    tokens = [TOKENS[span.kind] for span in find_spans(text) if span.replaced]
    expected = "".join(a + b for a, b in zip(rest, [*tokens, ""], strict=True))
    assert normalized.text == expected
    assert sum(normalized.counts.values()) == len(tokens)


@settings(max_examples=2500)
@given(ANY_TEXT)
def test_normalizing_twice_changes_nothing(text):
    once = normalize(text).text
    assert normalize(once).text == once


@settings(max_examples=500)
@given(TEXTS)
def test_all_forms_replaced_is_stable_too(text):
    every = NormalizeSettings(dates=("ymd", "ym", "md", "y", "fy", "decade"))
    once = normalize(text, every).text
    assert normalize(once, every).text == once


@settings(max_examples=500)
@given(st.lists(st.sampled_from(sorted(TOKENS.values())), max_size=5), TEXTS)
def test_special_tokens_in_the_input_stay(tokens, text):
    whole = "".join(tokens) + text
    for token in tokens:
        assert normalize(whole).text.count(token) >= whole.count(token)


@given(st.text(alphabet="あいうえお、。漢字かなカナABCabc \n", max_size=80))
def test_text_without_numbers_or_links_is_returned_as_it_is(text):
    assert normalize(text).text == text
    assert find_spans(text) == []


@given(ANY_TEXT)
def test_folding_keeps_positions(text):
    assert len(fold(text)) == len(text) + len(END)


@given(st.integers(1, 9999))
def test_numerals_read_back(number):
    digits = "〇一二三四五六七八九"
    positional = "".join(digits[int(digit)] for digit in str(number))
    scaled = ""
    for scale, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            scaled += (digits[digit] if digit > 1 or scale == 1 else "") + name
    assert value_of(positional) == number
    assert value_of(scaled) == number


def test_no_numeral_has_no_value():
    for text in ("十十", "二三千", "百千", "一" * 20, "年", "1x", ""):
        assert value_of(text) == -1


def test_settings_choose_what_is_replaced():
    text = "2022年9月16日、2022年、1,980円"
    assert normalize(text).text == "<DATE>、2022年、<PRICE>"
    years = NormalizeSettings(dates=("y",), kinds=("date",))
    assert normalize(text, years).text == "2022年9月16日、<DATE>、1,980円"
    assert [span.replaced for span in find_spans(text, years)] == [False, True, False]
    assert not re.search("<", normalize(text, NormalizeSettings(kinds=())).text)
