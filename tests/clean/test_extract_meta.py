"""Titles and days as pages state them."""

import pytest

from clean.extract import extract
from clean.extract_meta import day_of, written_day

BODY = "".join(f"<p>{n}つ目の段落では、川のそばの町について書いています。</p>" for n in range(6))


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2024-03-09", "2024-03-09"),
        ("2024-03-09T23:30:00+09:00", "2024-03-09"),
        ("2024-03-09T15:00:00Z", "2024-03-10"),
        ("2024-03-09T14:59:59Z", "2024-03-09"),
        ("2023-12-31T10:00:00-05:00", "2024-01-01"),
        ("2024-03-09T23:30", "2024-03-09"),
        ("20240309T150000Z", "2024-03-10"),
        ("2024-02-30", None),
        ("1970-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("2024-03-09T10:00:00+99:00", None),
    ],
)
def test_day_in_japan(stamp, day):
    assert day_of(stamp) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("投稿日：2022年9月16日（金）", "2022-09-16"),
        ("２０２２年９月１６日", "2022-09-16"),
        ("令和四年九月十六日", "2022-09-16"),
        ("二〇二二年九月二十六日", "2022-09-26"),
        ("令和元年5月1日", "2019-05-01"),
        ("平成30年4月1日", "2018-04-01"),
        ("2022/9/16 10:00", "2022-09-16"),
        ("2022.09.16", "2022-09-16"),
        ("2022年9月", None),
        ("12022-09-161", None),
        ("2022年13月1日", None),
    ],
)
def test_written_day(text, day):
    assert written_day(text) == day


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        (
            '<meta property="article:published_time" content="2021-06-30T15:30:00Z">',
            "",
            "2021-07-01",
        ),
        (
            '<script type="application/ld+json">{"datePublished": "2020-01-02"}</script>',
            "",
            "2020-01-02",
        ),
        ("", '<time datetime="2019-12-31T16:00Z">大みそか</time>', "2020-01-01"),
        ("", "<p>更新日：2018年2月3日</p><p>公開日：2017年1月2日</p>", "2017-01-02"),
        ("", '<div class="post-date">書いた日 2016/05/04</div>', "2016-05-04"),
        ("", "<p>二〇一五年三月二日</p>", "2015-03-02"),
        ("", "", None),
    ],
)
def test_published(head, body, day):
    page = f"<html><head>{head}</head><body><h1>題名</h1>{body}{BODY}</body></html>"
    assert extract(page).published == day


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("http://a.example.jp/2024/03/09/title.html", "2024-03-09"),
        ("http://a.example.jp/news/20240309-title", "2024-03-09"),
        ("http://a.example.jp/news/2024-03-09.html", "2024-03-09"),
        ("http://a.example.jp/2024/13/09/", None),
        ("http://a.example.jp/item/2024030912", None),
        ("http://a.example.jp/", None),
    ],
)
def test_day_in_the_address(url, day):
    assert extract(f"<body>{BODY}</body>", url).published == day


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>川の町 | 旅の記録</title>", "<h1>川の町</h1>", "川の町"),
        ("<title>川の町 | 旅の記録</title>", "<h1><a href=/>旅の記録</a></h1>", "川の町"),
        ("<title>旅の記録 - 川の町を歩く</title>", "<h1>川の町を歩く</h1>", "川の町を歩く"),
        ("<title>川の町：旅の記録</title>", "", "川の町：旅の記録"),
        (
            '<meta property="og:title" content="川の町"><meta property="og:site_name" content="旅">'
            "<title>川の町 旅</title>",
            "",
            "川の町",
        ),
        ("<title>川の町を歩いた日のこと ｜ 旅の記録</title>", "", "川の町を歩いた日のこと"),
        ("", "<h2>題のない頁</h2>", "題のない頁"),
        ("<title>川\n  と町</title>", "", "川 と町"),
    ],
)
def test_title(head, body, title):
    assert extract(f"<html><head>{head}</head><body>{body}{BODY}</body></html>").title == title
