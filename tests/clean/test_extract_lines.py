"""What short lines are: furniture, dates, heads of posts; and sentences that only look so."""

import pytest

from clean.extract_lines import (
    heads_aside,
    heads_listing,
    is_crumbs,
    is_furniture,
    is_post_header,
    is_slot,
    is_stamp,
)

FURNITURE = [
    "続きを読む",
    "前の記事 | 次の記事",
    "[戻る]",
    "この記事をシェアする",
    "いいね！ 12",
    "コメント(3)",
    "トップページへ戻る",
    "Copyright © 2020 例のサイト All Rights Reserved.",
    "ホーム > 暮らし > 庭",
    "無断転載を禁じます。",
    "ログイン",
    "カートに入れる",
    "▲ページの先頭へ",
    "佐伯さんの回答",
    "広告",
    "運営：例の会社　住所：東京都港区",
    "Powered by WordPress",
]
STAMPS = [
    "2020年1月2日",
    "投稿日：2020/01/02 12:34",
    "2020.01.02",
    "令和2年1月2日（木）",
    "二〇二〇年一月二日",
    "公開日: 2020年1月2日 更新日: 2020年3月4日",
    "カテゴリ：日記",
    "Posted by 佐伯",
    "著者：佐伯",
    "12:34",
    "ID:abcDEF12",
    "質問者：三浦 2016/5/1 10:00",
]
HEADERS = [
    "1 ：名無しさん：2005/08/02(月) 12:30:01 ID:aBcXyZ0",
    "12: 名無しさん＠お腹いっぱい。 2014/02/11(火) 10:01:11.22 ID:k1Jh0",
    "投稿者：佐伯 投稿日：2001/12/01(Sat) 09:11",
    "[203] 佐伯 2007年03月01日(木) 18時40分",
    "0003名無しの権兵衛",
]  # fmt: skip
SENTENCES = [
    "記者（45）は会見でそう話した。",
    "x > y のときは左の枝へ進む",
    "Copyrightの書きかたを説明します",
    "2020年1月2日、町に雪が降った。",
    "2001年4月1日 会社を設立",
    "コメントを書くときの決まりについて",
    "次の記事で詳しく述べる。",
    "戻るボタンを押すと前の画面に戻る",
    "1990年代の音楽",
    "広告を出すには費用がかかる",
    "ホームでの試合は三勝二敗",
    "3人で行った。",
    "検索",
]  # fmt: skip


@pytest.mark.parametrize("line", FURNITURE)
def test_furniture(line):
    assert is_furniture(line) or (is_crumbs(line) and ">" in line)


@pytest.mark.parametrize("line", STAMPS)
def test_stamps(line):
    assert is_stamp(line) or is_slot(line)


@pytest.mark.parametrize("line", HEADERS)
def test_heads_of_posts(line):
    assert is_post_header(line)


@pytest.mark.parametrize("line", SENTENCES[:-1])
def test_sentences_are_none_of_them(line):
    assert not is_furniture(line)
    assert not is_stamp(line)
    assert not is_post_header(line)


@pytest.mark.parametrize("line", SENTENCES[:2])
def test_a_comparison_is_no_path_without_links(line):
    assert not is_furniture(line)


@pytest.mark.parametrize(
    ("line", "aside", "listing"),
    [
        ("関連記事", True, False),
        ("■ コメント（3）", True, False),
        ("最近のエントリー", True, False),
        ("プロフィール", True, False),
        ("アクセスランキング", True, False),
        ("検索", False, True),
        ("カテゴリー", False, True),
        ("リンク集", False, True),
        ("関連法令の改正点", False, False),
        ("コメントの書きかた", False, False),
        ("検索の仕組み", False, False),
    ],
)
def test_headings_beside_the_article(line, aside, listing):
    assert heads_aside(line) == aside
    assert heads_listing(line) == listing
