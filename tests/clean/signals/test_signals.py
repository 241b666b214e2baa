"""Each signal on a text whose answer is plain, and all of them on any text."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.signals import classes
from clean.signals.measure import FUNCTIONS, MeasureInput, measure
from clean.signals.names import SIGNALS
from clean.signals.script import SIMPLIFIED

PROSE = (
    "商店街の入り口に、古い金物屋が一軒だけ残っている。店主は八十を過ぎたが、今も毎朝七時には戸を"
    "開ける。鍋の取っ手が取れたと言えば、奥から部品を探してきて、その場で直してくれる。\n"
    "先日、包丁を研いでもらいに行くと、店先に猫が寝ていた。聞けば、雨の夜に迷い込んでから、"
    "そのまま居ついたのだという。名前はまだないらしい。\n"
)


def of(text, **facts):
    return measure(MeasureInput(text=text, **facts))


def test_names_and_functions_agree():
    assert tuple(FUNCTIONS) == SIGNALS == tuple(of(PROSE))
    assert all(function.__doc__ and "Unit" in function.__doc__ for function in FUNCTIONS.values())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("chars", "あい うえ\nお", 5),
        ("kana_share", "あア亜a", 0.5),
        ("hiragana_share", "ああ亜a、1", 0.5),
        ("katakana_share", "アｱ亜a", 0.5),
        ("kanji_share", "亜々〇a", 0.75),
        ("latin_share", "ABcdあああああ", 4 / 9),
        ("hangul_share", "한국あ亜", 0.5),
        ("digit_share", "12あい", 0.5),
        ("digit_share", "１２あい", 0.5),
        ("digit_share", "一二あい", 0),
        ("symbol_share", "★★ああ", 0.5),
        ("sentences", "雨がやんだ。空が晴れた。\n帰ろう。", 3),
        ("sentence_chars", "雨がやんだ。空が晴れた。", 6),
        ("predicate_share", "雨がやんだ。東京都千代田区。", 0.5),
        ("exclaim_share", "本当ですか。すごいです！", 0.5),
        ("ellipsis_share", "雨がやんで…\n空が晴れた。", 0.5),
        ("line_repeat", "同じ行です。\n同じ行です。", 0.5),
        ("term_share", PROSE, 0),
        ("spaced_share", "今日 は あさ", 0.4),
        ("replacement_share", "\ufffd\ufffdああ", 0.5),
        ("broken_share", "を見て、急いで家に帰った。\n雨がやんだので外に出かけた。", 0.5),
        ("broken_starts", "を見て、急いで家に帰った。雨がやんだので外に出かけた。", 0.5),
        ("particle_clash", "雨がを見た。空が晴れた。", 0.5),
        ("topic_jump", "図書館に行った。図書館で寝た。飛行機が来た。", 0.5),
    ],
)
def test_plain_answers(name, text, value):
    assert of(text)[name] == pytest.approx(value, abs=1e-6)


def test_prose_has_no_bad_sign():
    found = of(PROSE)
    assert found["sentence_share"] == 1
    assert found["predicate_share"] > 0.9
    assert 0.06 < found["particle_share"] < 0.2
    assert 5 < found["char_entropy"] < 8
    assert 3 < found["skeleton_entropy"] < 5.5
    for name in ("particle_clash", "broken_share", "mojibake_share", "commercial_density"):
        assert found[name] == 0


def test_repetition_inside_a_page():
    assert of(PROSE * 3)["ngram_repeat"] > 0.6
    assert of(PROSE)["ngram_repeat"] == 0
    assert of("安い鞄を買うなら安い鞄の店へ。" * 30)["compression"] < 0.15
    assert of("短い。")["compression"] == 0.5


def test_one_subject_in_every_sentence():
    text = "".join(f"害虫駆除は害虫駆除の会社{i}へ頼みます。" for i in range(9))
    found = of(text)
    assert found["term_spread"] == 1
    assert found["term_share"] > 0.3
    assert of(PROSE)["term_spread"] < 0.3


def test_five_terms_make_up_the_text():
    assert of("美顔器と青汁と財布。" * 12)["term_concentration"] == 1
    assert of("美顔器と青汁。")["term_concentration"] == 0


def test_lists_of_terms():
    assert of("東京 激安 引越 業者 比較")["term_list_share"] == 1
    assert of(PROSE)["term_list_share"] == 0


def test_layout_facts():
    found = of("本文です。", page_chars=100, link_chars=80, list_items=3, paragraphs=1)
    assert found["link_density"] == pytest.approx(0.8)
    assert found["list_density"] == pytest.approx(0.75)
    assert found["text_density"] == pytest.approx(0.05)
    assert of("本文です。")["text_density"] == 1


@pytest.mark.parametrize(
    "garbled",
    [
        PROSE.encode().decode("cp932", "replace"),
        PROSE.encode().decode("latin-1"),
        PROSE.encode("cp932").decode("cp1252", "replace"),
        "&#26085;&#26412;" * 20,
    ],
)
def test_wrong_decodings_show(garbled):
    assert of(garbled)["mojibake_share"] > 0.15


def test_half_width_katakana_is_no_garbling():
    assert of("ﾜﾛﾀ　それはｽｺﾞｲですね、ｱﾘｶﾞﾄｳ。")["mojibake_share"] == 0


def test_simplified_characters_are_not_japanese():
    assert of("我们说这个问题对于国家经济发展来说还没有解决")["simplified_share"] > 0.15
    assert of(PROSE)["simplified_share"] == 0
    for character in SIMPLIFIED:
        with pytest.raises(UnicodeEncodeError):
            character.encode("iso2022_jp")


def test_words_need_their_context():
    lewd = "無修正の動画が今すぐ無料で見放題。"
    novel = "あの男はエロい本ばかり読んでいた、と祖母は笑った。"
    assert of(lewd)["solicit_share"] == 1
    assert of(novel)["solicit_share"] == 0
    assert of("性感染症の検査は無料で受けられます。")["adult_density"] == 0
    assert of("激安の通販で人気のランキング。")["commercial_density"] > 0.5
    assert of("激安の通販。雨がやんだ。")["commercial_spread"] == 0.5
    assert of("ブックメーカーのオッズです。")["gambling_density"] > 0.5
    assert of("私たちはあなたのための最高の品質を提供します。")["translationese"] > 0.4
    assert of("このドメインは販売中です。")["placeholder_density"] > 0.8


def test_disorder_costs_more_than_prose():
    words = ["の", "猫", "走る", "を", "青い", "に", "包丁", "が", "研ぐ", "朝", "は", "で", "古い"]
    salad = "".join(words[(i * 7 + i * i) % 13] for i in range(200))
    noise = "".join(chr(0x4E00 + (i * 7919) % 20000) for i in range(200))
    prose, mixed, random = of(PROSE), of(salad), of(noise)
    assert prose["char_entropy"] + 1 < mixed["char_entropy"] + 1 < random["char_entropy"]
    assert mixed["skeleton_entropy"] > prose["skeleton_entropy"] + 2
    assert mixed["skeleton_shocks"] > 2 * prose["skeleton_shocks"]


def test_formulas_and_spaces_do_not_change_fluency():
    with_formula = PROSE.replace("。", "。x^2+3x-1=0 ")
    assert of(with_formula)["char_entropy"] == pytest.approx(of(PROSE)["char_entropy"], abs=0.8)


def test_childrens_books_have_no_skeleton():
    text = "むかし むかし、あるところに、おじいさんと おばあさんが すんで いました。" * 3
    assert of(text)["skeleton_entropy"] == 3.0


@settings(max_examples=150)
@given(st.text(alphabet=st.characters(exclude_categories=()), max_size=300))
def test_any_text_gives_finite_numbers(text):
    found = of(text)
    assert all(math.isfinite(value) for value in found.values())
    shares = [n for n in SIGNALS if n.endswith(("_share", "_density", "_spread", "_repeat"))]
    assert all(0 <= found[name] <= 1 for name in shares), {n: found[n] for n in shares}
    assert found == of(text)


def test_measured_figures_are_float32():
    assert all(value == float(np.float32(value)) for value in of(PROSE).values())


def test_planes_above_the_first():
    codes = classes.code_points("𠮷😀\U000f0000")
    kinds = classes.classify(codes, classes.CLASS_TABLE).tolist()
    assert kinds == [classes.KANJI, classes.SYMBOL, classes.DAMAGED]


def test_context_tells_more_of_prose_than_of_words_in_any_order():
    words = PROSE.replace("\n", "").replace("、", "").replace("。", "")
    mixed = "".join(
        np.random.default_rng(3).permutation([words[i : i + 2] for i in range(0, 200, 2)])
    )
    assert of(PROSE)["context_gain"] > 0.8
    assert of(mixed)["context_gain"] < 0.3
    assert of(mixed)["skeleton_entropy"] > of(PROSE)["skeleton_entropy"] + 1
    assert of("短い。")["context_gain"] == 1.5


def test_half_a_garbled_page_is_seen():
    garbled = PROSE.encode("utf-8").decode("cp932", "replace")
    assert of(PROSE * 3)["garbled_share"] == 0
    assert 0.2 < of(PROSE + garbled + PROSE)["garbled_share"] < 0.8
