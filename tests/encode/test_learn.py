"""The learner: exact size, one script a token, no holes, the same file always, few ids."""

import numpy as np
import pytest

from encode.counting import MAX_RUN, STRETCH, count_runs
from encode.encoder import Encoder
from encode.learn import choose_characters, learn_lines
from encode.scripts import DEFAULT_LIMITS, SCRIPTS, parse_limits, script_table
from encode.variants import fold, spellings_of
from encode.vocabulary import RESERVED, VocabularyError, format_lines, parse_vocabulary

STEMS = [
    "図書館",
    "電車",
    "学校",
    "先生",
    "國會",
    "東京",
    "大阪",
    "カメラ",
    "インターネット",
    "コーヒー",
    "データベース",
    "GPT",
    "Linux",
    "2021",
    "①",
]
ENDS = [
    "に行きました。",
    "を見ています。",
    "が好きなのですが、",
    "では使われていません。",
    "ということです。",
]


def corpus(lines: int = 3000) -> list[str]:
    draw = np.random.default_rng(3)
    return [f"{draw.choice(STEMS)}の{draw.choice(STEMS)}{draw.choice(ENDS)}" for _ in range(lines)]


def learned(size: int = 1000, **limits: int) -> list[list[str]]:
    return learn_lines(count_runs(corpus()), size, DEFAULT_LIMITS | limits, 1.0)


def test_runs_are_of_one_script_and_folded() -> None:
    runs = count_runs(["國會とｶﾒﾗ、ABC12", "国会 <DATE>と\t<|endoftext|>"])
    assert runs == {"国会": 2, "と": 2, "カメラ": 1, "、": 1, "ABC": 1, "12": 1}


def test_long_runs_are_cut() -> None:
    runs = count_runs(["あ" * (MAX_RUN + 3)])
    assert runs == {"あ" * MAX_RUN: 1, "あああ": 1}


def test_a_run_counts_once_in_a_stretch_of_a_text() -> None:
    assert count_runs(["東京と東京と大阪", "東京"]) == {"東京": 2, "と": 1, "大阪": 1}
    assert count_runs(["東京と" * STRETCH]) == {"東京": 2, "と": 2}


def test_rare_kanji_have_ids_where_there_is_room() -> None:
    counts = count_runs(corpus())
    kanji = {"腕", "鬱", "龗"}
    few, many = (set(choose_characters(counts, room, 1.0)) for room in (10_000, 30_000))
    assert kanji & few == {"腕"}
    assert kanji & many == {"腕", "鬱"}


def test_size_is_exact_and_the_file_loads() -> None:
    for size in (820, 900, 5000):
        vocabulary = parse_vocabulary(format_lines(learned(size)), "v", 12)
        assert len(vocabulary) == size
        assert all(token in vocabulary.ids for token in RESERVED)
        assert "<|byte255|>" in vocabulary.ids


def test_tokens_keep_to_one_script_and_its_limit() -> None:
    table = script_table()
    for line in learned()[: -len(RESERVED)]:
        token = line[0]
        if len(token) > 1:
            scripts = {int(table[ord(char)]) for char in token}
            assert len(scripts) == 1
            assert len(token) <= DEFAULT_LIMITS[SCRIPTS[scripts.pop() - 1]]
    longer = learned(kanji=3, katakana=8)
    assert ["図書館"] in [line[:1] for line in longer]
    assert "インターネット" in {line[0] for line in longer}


def test_no_kana_is_a_hole() -> None:
    vocabulary = parse_vocabulary(format_lines(learned()), "v", 12)
    kana = [chr(code) for code in (*range(0x3041, 0x3097), *range(0x30A1, 0x30FB))]
    assert all(char in vocabulary.ids for char in (*kana, *"、。「」ー・《》，．"))
    encoder = Encoder(vocabulary)
    assert all(len(encoder.encode(chr(code))) == 1 for code in range(0x21, 0x7F))


def test_the_order_of_texts_changes_nothing() -> None:
    texts = corpus()
    one = learn_lines(count_runs(texts), 850, DEFAULT_LIMITS, 1.0)
    other = learn_lines(count_runs(reversed(texts)), 850, DEFAULT_LIMITS, 1.0)
    assert one == other


def test_every_token_is_reachable() -> None:
    vocabulary = parse_vocabulary(format_lines(learned()), "v", 12)
    encoder = Encoder(vocabulary)
    for number, line in enumerate(vocabulary.spellings[: -len(RESERVED)]):
        for spelling in line:
            assert encoder.encode(spelling) == [number], spelling


def test_variants_share_an_id() -> None:
    vocabulary = parse_vocabulary(format_lines(learned()), "v", 12)
    encoder = Encoder(vocabulary)
    for one, other in [
        ("国会", "國會"),
        ("学校", "學校"),
        ("が", "か゛"),
        ("ガ", "ｶﾞ"),
        ("パ", "ハ\u309a"),
        ("カ", "ｶ"),
        ("1", "①"),
        ("学", "学\U000e0100"),
        ("大", "⼤"),
    ]:
        assert encoder.encode(one) == encoder.encode(other), other


def test_folding() -> None:
    assert fold("ｼﾞｬﾊﾟﾝか゛①國神祥\u2f08") == "ジャパンが1国神祥人"
    assert fold("漢字かな交じり") == "漢字かな交じり"
    assert spellings_of("国会", 12) == ["国会", "国會", "國会", "國會"]
    assert spellings_of("ガス", 3) == ["ガス", "ｶﾞｽ"]
    assert spellings_of("ガス", 2) == ["ガス"]


def test_sizes_that_cannot_be_are_refused() -> None:
    with pytest.raises(VocabularyError, match="size 500 is too small: 286 reserved tokens and"):
        learned(500)
    with pytest.raises(VocabularyError, match=r"gives only \d+ ids of the 40000 asked for"):
        learned(40_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kanji", "is not SCRIPT=LENGTH"),
        ("runic=2", "scripts are kanji, hiragana"),
        ("kanji=0", "from 1 to 32"),
        ("kanji=x", "from 1 to 32"),
    ],
)
def test_limits_are_checked(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_limits(text)


def test_limits_are_read() -> None:
    assert parse_limits("kanji=4, kana=6") == DEFAULT_LIMITS | {
        "kanji": 4,
        "hiragana": 6,
        "katakana": 6,
    }
