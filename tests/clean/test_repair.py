"""Mends of a text, each counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.repair import repair, undo_mojibake
from clean.settings import RepairSettings

SENTENCE = "日本語の文章を読み書きする。これはテストです、カタカナもあります。"


@pytest.mark.parametrize(
    ("text", "expected", "counts"),
    [
        ("ﾊﾟｿｺﾝ｡", "パソコン。", {"half_width_kana": 6}),
        ("か\u3099は\u309aカ\u3099", "がぱガ", {"combining_marks": 3}),
        ("\ufa19社の\u2f00", "神社の一", {"compatibility_forms": 2}),
        ("終わり︒﹁鉤﹂", "終わり。「鉤」", {"compatibility_forms": 3}),
        ("外\ue000字", "外字", {"private_use": 1}),
        ("ゼロ\u200b幅\ufeffと\u202e向き", "ゼロ幅と向き", {"invisible": 3}),
        ("　段落の頭\n　　次の段落", "段落の頭\n次の段落", {"indents": 2}),
        ("ＡＢＣ①㈱髙１２", "ＡＢＣ①㈱髙１２", {}),
        ("家族👨‍👩‍👧の日", "家族👨‍👩‍👧の日", {}),
        ("普通の文。", "普通の文。", {}),
    ],
)
def test_mend(text, expected, counts):
    found = repair(text, RepairSettings())
    assert (found.text, found.counts) == (expected, counts)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mojibake", SENTENCE.encode().decode("latin-1")),
        ("half_width_kana", "ｶﾅ"),
        ("combining_marks", "か\u3099"),
        ("compatibility_forms", "\ufa19"),
        ("indents", "　文"),
    ],
)
def test_each_mend_can_be_left_out(name, text):
    found = repair(text, RepairSettings(**{name: False}))
    assert name not in found.counts
    assert name in repair(text, RepairSettings()).counts


def test_width_changes_only_when_asked():
    assert repair("ＡＢＣ１２３", RepairSettings(full_width=True)).text == "ABC123"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("latin-1", "utf-8"),
        ("latin-1", "cp932"),
        ("latin-1", "euc_jp"),
    ],
)
def test_mojibake_is_undone(wrong, right):
    garbled = SENTENCE.encode(right).decode(wrong)
    found = repair(f"前の行\n{garbled}", RepairSettings())
    assert found.text == f"前の行\n{SENTENCE}"
    assert found.counts["mojibake"] == 1


def test_utf8_read_as_cp932_is_undone():
    lossless = (
        "".join(
            char
            for char in "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほ"
            if "\ufffd" not in (char * 2).encode().decode("cp932", "replace")
        )
        + "ああいい"
    )
    garbled = lossless.encode().decode("cp932", "replace")
    if "\ufffd" not in garbled:
        assert undo_mojibake(garbled) == lossless
    assert undo_mojibake("縺ゅ＞縺�".replace("\ufffd", "")) is not None


@pytest.mark.parametrize(
    "line",
    [
        "普通の日本語の行です。",
        "縺れた糸を繧繝縁の畳の上でほどく。",
        "Café à la carte, naïve façade",
        "ﾊﾝｶｸだけの行",
        "¥1,000",
    ],
)
def test_good_lines_stay(line):
    assert undo_mojibake(line) == line


@given(st.text(max_size=80))
def test_lines_keep_their_number_and_mending_twice_changes_nothing(text):
    once = repair(text, RepairSettings(mojibake=False)).text
    assert repair(once, RepairSettings(mojibake=False)).text == once
    plain = text.translate({ord(c): " " for c in "\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"})
    assert repair(plain, RepairSettings()).text.count("\n") == plain.count("\n")
