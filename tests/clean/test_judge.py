"""Tallies and verdicts: few pages condemn nobody, words alone neither, order never matters."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.judge import judge_site
from clean.judge_bounds import count_bounds, share_bounds
from clean.judge_compare import TYPICAL_GROWTH, compare_pages
from clean.judge_lines import DEFAULT_LINES, EvidenceLine
from clean.judge_pages import GOOD, THIN, weigh_pages
from clean.judge_settings import JudgeSettings
from clean.judge_tally import SiteTally, bin_of, edge_of, merge_tallies
from clean.lines import recurring_lines, remove_lines
from clean.signals.measure import MeasureInput, measure
from clean.signals.names import SIGNALS
from tests.clean.judge_kinds.bad import BAD
from tests.clean.judge_kinds.pages import filled, good_lines, sentences

JUDGE = JudgeSettings()
GOOD_KINDS = sorted(good_lines())


def prose(seed, count=9):
    rng = random.Random(seed)
    return "\n".join(
        "".join(sentences(rng.choice(GOOD_KINDS[:4]), rng, 3)) for _ in range(count // 3)
    )


def spam(seed):
    made = BAD["ranking"](random.Random(seed), seed)
    return "\n".join(made.paragraphs)


def tally_of(texts, site="a.example", reason=None, sample=128, first=0):
    tally = SiteTally(site, sample)
    for i, text in enumerate(texts, first):
        signals = measure(MeasureInput(text=text, reason=reason))
        tally.add(f"{(i * 2654435761) % 2**32:032x}", signals, text, reason, JUDGE)
    return tally


def verdict_of(texts, **more):
    return judge_site(tally_of(texts, **more), JUDGE)


def test_prose_stays_and_spam_goes():
    assert verdict_of([prose(i) for i in range(20)]).verdict == "keep"
    gone = verdict_of([spam(i) for i in range(20)])
    assert gone.verdict == "drop"
    assert gone.score > 0.9
    first = next(r for r in gone.reasons[:5] if r.signal.startswith("commercial"))
    assert first.value > first.threshold == DEFAULT_LINES[first.signal].line
    assert first.pages == 20
    assert 0.8 < first.lower_bound < 1


@pytest.mark.parametrize("pages", [1, 2, 3, 4])
def test_few_pages_condemn_nobody(pages):
    for maker in (spam, lambda i: "This is English. " * 30):
        assert verdict_of([maker(i) for i in range(pages)]).verdict != "drop"


def test_one_good_article_is_not_dropped():
    assert verdict_of([prose(1)]).verdict in ("keep", "review")


def test_enough_bad_pages_are_named_as_samples():
    verdict = verdict_of([spam(i) for i in range(8)] + [prose(i) for i in range(34)])
    assert verdict.verdict == "keep"
    assert len(verdict.against) == len(verdict.in_favour) == JUDGE.sample_doc_ids
    assert not set(verdict.against) & set(verdict.in_favour)
    assert verdict.sample_doc_ids == (*verdict.against, *verdict.in_favour)


def test_walls_are_empty_pages_and_shared_lines_are_not():
    lines = good_lines()["novel"][:10]
    wall = verdict_of(["\n".join(lines)] * 20)
    assert wall.verdict == "drop"
    assert wall.reasons[0].signal == "empty_pages"
    rng = random.Random(2)
    shared = verdict_of(["\n".join(rng.sample(lines, 8)) for _ in range(20)])
    assert shared.verdict != "drop"


def test_rude_words_alone_drop_nothing():
    rude = "エロい話ばかりしやがって、このクソ野郎。おっぱいおっぱいうるさいんだよ。"
    pages = [prose(i) + ("\n" + rude * 3 if i % 2 else "") for i in range(24)]
    assert verdict_of(pages).verdict == "keep"
    every = [prose(i) + "\n" + rude * 3 for i in range(24)]
    assert verdict_of(every).verdict != "drop"


def test_word_signals_cannot_reach_a_point():
    with pytest.raises(ValueError, match="less than 1"):
        JudgeSettings(lines={"adult_density": {"points": 0.8}})
    changed = JudgeSettings(lines={"adult_density": {"points": 0.3}})
    assert changed.lines["adult_density"].line == DEFAULT_LINES["adult_density"].line


def test_settings_name_what_is_wrong():
    with pytest.raises(ValueError, match=r"lines\.nonsense is no signal"):
        JudgeSettings(lines={"nonsense": {"line": 0, "full": 1, "points": 1}})
    with pytest.raises(ValueError, match="must differ"):
        JudgeSettings(lines={"digit_share": {"line": 0.5, "full": 0.5}})
    with pytest.raises(ValueError, match="could be both"):
        JudgeSettings(drop_share=0.4, keep_share=0.6)


def test_other_languages_and_unreadable_pages():
    english = ["The quick brown fox went home. " * 20] * 8
    assert verdict_of(english, reason="not_japanese").verdict == "drop"
    assert verdict_of([""] * 8, reason="timeout").verdict == "review"
    mixed = tally_of([prose(i) for i in range(24)])
    mixed.merge(tally_of([""] * 30, reason="crash", first=50))
    assert judge_site(mixed, JUDGE).verdict == "keep"


def test_walls_are_empty_pages():
    wall = "会員の方はこちらからお入りください。\nお名前と暗証番号を入れてください。\n" * 2
    verdict = verdict_of([wall + f"第{i}号" for i in range(20)])
    assert verdict.verdict == "drop"
    assert verdict.reasons[0].signal == "empty_pages"
    kinds = [p.kind for p in weigh_pages(list(tally_of([wall] * 9).sample.values()), JUDGE)]
    assert set(kinds) == {THIN}


def test_footers_go_and_passages_stay():
    footer = "当サイトの文章を無断で転載することを禁じます。"
    tally = tally_of([prose(i) + "\n" + footer for i in range(12)])
    lines = recurring_lines(tally, JUDGE)
    assert remove_lines(f"本文の一行。\n {footer} \n次の行。", lines, JUDGE) == (
        "本文の一行。\n次の行。",
        1,
    )
    assert remove_lines(footer, lines, JUDGE) == (footer, 0)
    assert remove_lines("本文。", frozenset(), JUDGE) == ("本文。", 0)
    assert not recurring_lines(tally_of([prose(i) + "\n" + footer for i in range(3)]), JUDGE)


@settings(max_examples=25)
@given(st.permutations(range(14)), st.integers(1, 13))
def test_order_and_cuts_do_not_matter(order, cut):
    texts = [prose(i) if i % 3 else spam(i) for i in range(14)]
    whole = tally_of(texts, sample=16)
    parts = []
    for chosen in (order[:cut], order[cut:]):
        part = SiteTally("a.example", 16)
        for i in chosen:
            signals = measure(MeasureInput(text=texts[i]))
            part.add(f"{(i * 2654435761) % 2**32:032x}", signals, texts[i], None, JUDGE)
        parts.append(SiteTally.from_bytes(part.to_bytes()))
    for shuffled in (parts, parts[::-1]):
        merged = merge_tallies(shuffled)
        assert merged.to_bytes() == whole.to_bytes()
        assert judge_site(merged, JUDGE) == judge_site(whole, JUDGE)


def test_the_sample_is_the_same_from_any_side():
    texts = [prose(i) for i in range(40)]
    whole = tally_of(texts, sample=16)
    halves = [tally_of(texts[:25], sample=16), tally_of(texts[25:], sample=16, first=25)]
    assert merge_tallies(halves[::-1]).to_bytes() == whole.to_bytes()
    assert len(whole.sample) == 16
    assert whole.pages == 40


def test_halves_never_contradict_each_other():
    pages = [tally_of([text], first=i) for i, text in enumerate(map(spam, range(40)))]
    good = [tally_of([prose(i)], first=100 + i) for i in range(40)]
    seen = set()
    for seed in range(200):
        chance = random.Random(seed)
        bad = chance.randint(0, 40)
        mixed = chance.sample(pages, bad) + chance.sample(good, 40 - bad)
        chance.shuffle(mixed)
        halves = [judge_site(merge_tallies(mixed[i::2]), JUDGE).verdict for i in (0, 1)]
        assert set(halves) != {"keep", "drop"}, (seed, bad, halves)
        seen.update(halves)
    assert seen == {"keep", "drop", "review"}


def test_merging_other_sites_or_samples_is_refused():
    with pytest.raises(ValueError, match=r"b\.example"):
        tally_of(["一。"]).merge(SiteTally("b.example", 128))
    with pytest.raises(ValueError, match="no tally"):
        merge_tallies([])
    with pytest.raises(ValueError, match="not a site tally"):
        SiteTally.from_bytes(b"nonsense")


def test_figures_of_a_tally():
    tally = tally_of([prose(i) for i in range(9)])
    values = [record.signals[SIGNALS.index("kana_share")] for record in tally.sample.values()]
    assert tally.mean("kana_share") == pytest.approx(sum(values) / 9, abs=1e-4)
    assert tally.spread("kana_share") == pytest.approx(
        (sum((v - sum(values) / 9) ** 2 for v in values) / 9) ** 0.5, abs=1e-3
    )
    middle = sorted(values)[4]
    assert edge_of(bin_of(middle)) == pytest.approx(tally.quantile("kana_share", 0.5), abs=0.08)


@given(st.floats(0, 1e5))
def test_bins_hold_their_values(value):
    index = bin_of(value)
    assert edge_of(index) <= value * (1 + 1e-9)
    assert value < edge_of(index + 1) * (1 + 1e-9)


def test_bounds_are_those_of_clopper_and_pearson():
    assert share_bounds(0, 0, 0.95) == (0.0, 1.0)
    low, high = share_bounds(5, 5, 0.95)
    assert low == pytest.approx(0.05 ** (1 / 5))
    assert high == 1
    low, high = share_bounds(3, 20, 0.95)
    assert low == pytest.approx(0.0422, abs=1e-3)
    assert high == pytest.approx(0.3437, abs=1e-3)


def test_bounds_of_counts_are_those_of_garwood():
    assert count_bounds(0, 0.95) == (0.0, pytest.approx(2.9957, abs=1e-3))
    low, high = count_bounds(10, 0.95)
    assert low == pytest.approx(5.4254, abs=1e-3)
    assert high == pytest.approx(16.9622, abs=1e-3)


_SUBJECTS = [a + b for a in "山川海空町村島谷森野" for b in "道橋寺塔門池岸岬峰原"]
_FRAMES = [
    f"{a}{{0}}{b}{{1}}{c}"
    for a in ("むかし", "やがて", "そして", "たしか", "まるで")
    for b in ("のそばに", "のうえから", "をすぎると", "といっしょに")
    for c in ("がみえた。", "をさがした。", "へむかった。", "はねむった。")
]


def pages_of_subjects(rng, dealt, subjects=160):
    """Twenty pages of ten sentences: each page on eight subjects of its own, or all mixed."""
    kanji = [chr(code) for code in range(0x5B57, 0x5BB7)]
    named = ["".join(rng.sample(kanji, 5)) for _ in range(subjects)]
    own = [named[i % subjects] for i in range(160)]
    said = [
        rng.choice(_FRAMES).format(*rng.sample(own[8 * i : 8 * i + 8], 2)) + "あ" * (i % 7)
        for i in range(20)
        for _ in range(10)
    ]
    said = [f"{chr(0x3042 + 2 * (n // 40))}{chr(0x3042 + n % 40)}と{s}" for n, s in enumerate(said)]
    if dealt:
        rng.shuffle(said)
    return ["".join(said[10 * i : 10 * i + 10]) for i in range(20)]


def test_sentences_from_one_pot_could_change_places():
    def shared(dealt, subjects=160):
        tally = tally_of(pages_of_subjects(random.Random(4), dealt, subjects))
        return compare_pages(list(tally.sample.values()), JUDGE)["interchange"]

    assert max(shared(dealt=False)) < DEFAULT_LINES["interchange"].line
    assert min(shared(dealt=True)) > DEFAULT_LINES["interchange"].line
    assert set(shared(dealt=True, subjects=16)) == {0}, "a site on one subject"
    few = tally_of(pages_of_subjects(random.Random(4), True)[:1])
    assert compare_pages(list(few.sample.values()), JUDGE)["interchange"].tolist() == [0]
    stock = tally_of([prose(i) for i in range(20)])
    assert set(compare_pages(list(stock.sample.values()), JUDGE)["interchange"]) == {0}


def test_new_sentences_need_new_terms():
    def growth(pages):
        return compare_pages(list(tally_of(pages).sample.values()), JUDGE)["term_growth"]

    rng = random.Random(3)
    filled = [
        "".join(
            f"{_SUBJECTS[n]}の人口は{rng.randint(100, 9999)}人、面積は{rng.randint(1, 99)}です。"
            for n in range(6)
        )
        for _ in range(20)
    ]
    line = DEFAULT_LINES["term_growth"]
    assert max(growth(filled)) < line.full < line.line
    assert set(growth(filled[:3])) == {TYPICAL_GROWTH}, "too few sentences to tell"
    assert set(growth(filled[:1] * 20)) == {TYPICAL_GROWTH}, "repeats of a few sentences"
    assert min(growth(pages_of_subjects(rng, False))) > line.line


def test_a_page_bad_by_itself_names_its_own_reasons():
    rng = random.Random(5)
    kanji = [chr(code) for code in range(0x4E00, 0x5200)]
    noise = ["".join(rng.choice(kanji) for _ in range(400)) + "のはがに。" for _ in range(20)]
    signals = [reason.signal for reason in verdict_of(noise).reasons]
    assert {"char_entropy", "garbled_share"} & set(signals)
    assert not {"interchange", "term_growth"} & set(signals)


def test_what_is_told_of_the_whole_site_keeps_no_half_and_drops_the_other():
    tally = tally_of(pages_of_subjects(random.Random(4), dealt=True))
    ratio = float(compare_pages(list(tally.sample.values()), JUDGE)["interchange"][0])
    for line, full, expected in (
        (ratio - 0.1, ratio - 0.01, "drop"),
        (ratio - 0.1, ratio + 0.5, "review"),
        (ratio + 0.1, ratio + 0.5, "keep"),
    ):
        lines = {
            name: value.model_copy(update={"points": 0.0}) for name, value in JUDGE.lines.items()
        }
        lines["interchange"] = EvidenceLine(line=line, full=full, points=1.2)
        judged = judge_site(tally, JUDGE.model_copy(update={"lines": lines}))
        assert judged.verdict == expected


def test_a_keyword_in_every_frame_of_the_site_is_seen():
    frames = [
        "{0}でおこまりのかたは、まずこちらへ。",
        "{0}のことなら、なんでもおまかせください。",
        "いまなら{0}がたいへんおやすくなっています。",
        "このまちでは{0}をえらぶひとがふえました。",
        "雨の朝は窓をあけて、静かにお茶をのみます。",
    ]
    doors = tally_of(["".join(f.format(word) for f in frames) for word in _SUBJECTS[:20]])
    shares = compare_pages(list(doors.sample.values()), JUDGE)["slot_share"]
    assert shares.tolist() == pytest.approx([0.8] * 20)
    honest = tally_of([prose(i) for i in range(20)])
    shares = compare_pages(list(honest.sample.values()), JUDGE)["slot_share"]
    assert (shares > DEFAULT_LINES["slot_share"].line).mean() <= 0.1


def test_short_notes_are_no_empty_pages():
    notes = [
        f"けさは{a}まで歩いた。{b}がよく見えた。帰ってから、ゆっくりお茶を飲んで、すぐに寝た。"
        for a, b in zip(_SUBJECTS[:20], _SUBJECTS[50:70], strict=True)
    ]
    tally = tally_of(notes)
    assert {page.kind for page in weigh_pages(list(tally.sample.values()), JUDGE)} == {GOOD}
    assert judge_site(tally, JUDGE).verdict == "keep"


def test_slots_are_filled():
    assert filled("{一|一}と二", random.Random(0)) == "一と二"
