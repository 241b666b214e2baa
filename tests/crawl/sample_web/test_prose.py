"""The writer of prose and the notations it uses."""

import random
from datetime import date

import pytest

from crawl.sample_web import notation
from crawl.sample_web.lexicon.load import topic, topics
from crawl.sample_web.prose import Writer, make_rng


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, "一"),
        (10, "十"),
        (11, "十一"),
        (20, "二十"),
        (105, "百五"),
        (1204, "千二百四"),
        (9999, "九千九百九十九"),
    ],
)
def test_kanji_numbers(value: int, expected: str) -> None:
    assert notation.kanji_number(value) == expected


@pytest.mark.parametrize("value", [0, -3, 10_000])
def test_kanji_numbers_have_bounds(value: int) -> None:
    with pytest.raises(ValueError, match="1 to 9999"):
        notation.kanji_number(value)


def test_first_year_of_an_era_is_gannen() -> None:
    assert notation.era_year(date(2019, 6, 1)) == "令和元"
    assert notation.era_year(date(2018, 6, 1)) == "平成30"


def test_nothing_is_later_than_the_day_the_web_stands_still() -> None:
    rng = random.Random(1)
    assert all(notation.recent_day(rng) <= notation.EPOCH for _ in range(500))


@pytest.mark.parametrize("key", topics())
def test_each_topic_fills_its_sentences_in_both_styles(key: str) -> None:
    for style, ending in (("polite", ("す", "た", "ん", "だ", "い")), ("plain", ())):
        writer = Writer(make_rng(1, key), topic(key), style)  # type: ignore[arg-type]
        for _ in range(60):
            sentence = writer.sentence()
            assert sentence.endswith("。")
            assert not set("{}<>") & set(sentence), sentence
            if ending:
                assert sentence[-2] in ending, sentence


def test_the_same_parts_give_the_same_text() -> None:
    texts = {Writer(make_rng(5, "a"), topic("stars")).paragraph(8) for _ in range(3)}
    assert len(texts) == 1


def test_a_slot_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="no slot 'weather'"):
        Writer(make_rng(1), topic("stars")).fill("今日は{weather}だ。")
