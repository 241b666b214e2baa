"""The cheap test before extraction, and the language of a text."""

import json
from pathlib import Path

import pytest

from clean.japanese import japanese_test, language_of, visible_text
from tests.clean.layouts.every import pages

FLOORS = json.loads(
    (Path(__file__).resolve().parents[2] / "benchmarks" / "floors.json").read_text("utf-8")
)["extraction"]


def test_falsely_dropped_share_is_below_the_floor():
    checked = [(name, japanese_test(page.html)) for name, page in pages(14)]
    wrong = [name for name, found in checked if not found.passed]
    assert len(checked) > 1000
    assert len(wrong) <= FLOORS["japanese_falsely_dropped"] * len(checked), wrong


@pytest.mark.parametrize(
    ("markup", "why"),
    [
        ("<p>短い文です。</p>", "kana"),
        ("<p>" + "".join(f"&#x{ord(c):x};" for c in "数値参照だけの頁です") + "</p>", "kana"),
        ("<p>" + "".join(f"&#{ord(c)};" for c in "十進の参照だけの頁です") + "</p>", "kana"),
        ("<p>" + "HTTP/2 server config: timeout 30s, 接続設定値の確認。" * 5, "kana"),
        (
            "<script>" + "var a = 1; " * 5000 + "</script><p>台本の後ろに日本語があります。</p>",
            "kana",
        ),
        (
            "<html lang='ja'><p>" + "東京都千代田区北町三番地 Contact Access " * 5,
            "declared",
        ),
        ("<p>" + "駅前広場 歩道橋 発着場 円形劇場 経済対策 検討会 変電所 " * 4, "kanji"),
        (
            "<p>" + "This page is in English. " * 30 + "<a>日本語</a><a>中文</a><a>한국어</a>",
            "no_kana",
        ),
        ("<p>" + "This page is in English. " * 30 + "<a>ログイン</a>", "little_kana"),
        ("<p>" + "这是一个关于中国历史的网页，我们来学习。" * 10, "no_kana"),
        ("<p>" + "我最喜欢这个地方の风景，我们来学习历史吧。" * 10, "little_kana"),
        ("<p>" + "이 페이지는 한국어로 되어 있습니다. " * 10, "no_kana"),
        ("<p></p>", "no_text"),
    ],
)
def test_reason(markup, why):
    found = japanese_test(markup)
    assert found.why == why
    assert found.passed == (why in ("kana", "declared", "kanji"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("これは日本語です。", "ja"),
        ("サーバー設定 timeout=30 の値を変更する", "ja"),
        ("この単語 means something in English", "ja"),
        ("An English text that quotes 日本 once and goes on in English for a good while.", "en"),
        ("这是中文，没有假名。", "zh"),
        ("這是中文，沒有假名。", "zh"),
        ("한국어 문장입니다.", "ko"),
        ("Это русский текст, в котором нет японского.", "other"),
        ("駅売歳図楽実県対応", "ja"),
        ("123 456", ""),
    ],
)
def test_language(text, language):
    assert language_of(text) == language


def test_visible_text_is_what_a_reader_sees():
    markup = "<title>題</title><style>p{}</style><!-- 注 --><script>x</script><p>&#x672c;文</p>"
    assert visible_text(markup) == "題 本文"
