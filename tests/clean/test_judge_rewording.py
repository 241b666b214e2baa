"""Pages that say what other pages of the site say: in other words, or around another keyword."""

import random

import numpy as np
import pytest

from clean.digests import TERM_BITS, digest_page
from clean.judge import judge_site
from clean.judge_compare import compare_pages
from clean.judge_lines import DEFAULT_LINES
from clean.judge_settings import JudgeSettings
from clean.judge_tally import SiteTally
from clean.signals.measure import MeasureInput, measure
from tests.clean.judge_kinds.pages import good_lines, sentences

JUDGE = JudgeSettings()
TOWNS = [a + b for a in "北南東西" for b in "浜島丘野"]
TRADES = ["畳張替", "雨樋修理", "庭木剪定", "遺品整理", "浴室塗装"]
SWAPS = {
    "です": ["なのです", "でございます"],
    "した": ["していたのだ", "たのである"],
    "いる": ["おります", "いるわけだ"],
    "こと": ["事柄", "ものごと"],
    "から": ["より", "のであり"],
    "ので": ["ため", "もので"],
    "ます": ["るのです", "るわけです"],
    "は、": ["というのは", "に関しては"],
    "を": ["のことを", "というものを"],
    "という": ["と申す", "とされる"],
}


def tally_of(texts):
    tally = SiteTally("a.example", 128)
    for i, text in enumerate(texts):
        signals = measure(MeasureInput(text=text))
        tally.add(f"{(i * 2654435761) % 2**32:032x}", signals, text, None, JUDGE)
    return tally


def shared(texts, name):
    return compare_pages(list(tally_of(texts).sample.values()), JUDGE)[name]


def articles(count, seed=1, kinds=("novel", "statute", "recipe", "game_guide")):
    rng = random.Random(seed)
    lines = good_lines()
    pool = [line for kind in kinds if kind in lines for line in sentences(kind, rng, 10)]
    rng.shuffle(pool)
    return ["".join(rng.sample(pool, 10)) for _ in range(count)]


def spun(text, rng):
    for word, others in SWAPS.items():
        text = "".join(
            part + (rng.choice(others) if i < text.count(word) else "")
            for i, part in enumerate(text.split(word))
        )
    return text


def slipped(text, keyword, rng):
    said = [f"{keyword}ならではのお安さ", f"{keyword}を探すならこちら", f"{keyword}に強いと人気"]
    parts = text.split("。")[:-1]
    return "".join(
        f"{part}が、{rng.choice(said)}です。" if i % 2 else f"{part}。"
        for i, part in enumerate(parts)
    )


@pytest.mark.parametrize("pages", [8, 24])
def test_an_article_said_again_in_other_words_is_seen(pages):
    rng = random.Random(2)
    base = articles(2)
    site = [spun(base[i % 2], rng) for i in range(pages)]
    line = DEFAULT_LINES["reworded_share"]
    assert np.median(shared(site, "reworded_share")) > line.full
    verdict = judge_site(tally_of(site), JUDGE)
    assert verdict.verdict == "drop"
    assert "reworded_share" in {reason.signal for reason in verdict.reasons[:2]}
    assert shared(base, "reworded_share").max() < line.line


def test_pages_that_repeat_each_other_word_for_word_are_no_rewordings():
    page = articles(1)[0]
    assert shared([page] * 9, "reworded_share").tolist() == [0] * 9


def test_few_terms_make_no_rewordings():
    assert shared(["お茶を飲んだ。", "お茶を飲みました。"] * 5, "reworded_share").max() == 0
    assert shared(["", ""], "reworded_share").tolist() == [0, 0]


@pytest.mark.parametrize("pages", [8, 24])
def test_phrases_slipped_into_the_text_of_others_are_seen(pages):
    rng = random.Random(4)
    honest = articles(pages, seed=5)
    site = [
        slipped(text, f"{TOWNS[i % 16]}の{TRADES[i % 5]}", rng) for i, text in enumerate(honest)
    ]
    line = DEFAULT_LINES["keyword_slots"]
    assert np.median(shared(site, "keyword_slots")) > line.full
    assert max(shared(honest, "keyword_slots")) < line.line
    verdict = judge_site(tally_of(site), JUDGE)
    assert verdict.verdict == "drop"
    assert "keyword_slots" in {reason.signal for reason in verdict.reasons[:2]}


def test_a_keyword_of_the_whole_site_is_no_slot():
    rng = random.Random(6)
    site = [slipped(text, "港町の朝市", rng) for text in articles(12, seed=7)]
    assert max(shared(site, "keyword_slots")) == 0


def test_slots_hold_the_keyword_and_what_stands_beside_it():
    text = "きのうは港町の朝市にでかけたのだ。" + "雨がふりつづいて外に出なかった。" * 2
    assert digest_page(text).slots.size == 0, "a keyword stands in three sentences"
    text += "帰りにまた港町の朝市によって魚をかった。" + "妹もやっぱり港町の朝市がすきらしい。"
    slots = digest_page(text).slots.reshape(-1, 3)
    assert len(slots) == 3
    assert len(set((slots[:, 0] & ((1 << TERM_BITS) - 1)).tolist())) == 1
    assert len(set(slots[:, 1].tolist())) == 3
    assert (slots[:, 2] == 0).tolist() == [True, True, False]
