"""Extraction: floors on labelled layouts and the sample web, and what single rules do."""

import gzip
import json
import statistics
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.decode import decode
from clean.extract import extract
from clean.repair import repair
from clean.settings import RepairSettings
from crawl.sample_web.build import build
from tests.clean.layouts.every import LAYOUTS, f1, pages
from tests.clean.layouts.mixed import mixed

FLOORS = json.loads(
    (Path(__file__).resolve().parents[2] / "benchmarks" / "floors.json").read_text("utf-8")
)["extraction"]


def tenth(scores):
    return sorted(scores)[len(scores) // 10]


@pytest.fixture(scope="module")
def labelled():
    return [(name, page, extract(page.html)) for name, page in pages(2)]


def test_layouts_reach_their_floor(labelled):
    scores = {}
    for name, page, found in labelled:
        scores.setdefault(name, []).append(f1(found.text, "\n".join(page.main)))
    flat = [score for group in scores.values() for score in group]
    assert len(LAYOUTS) >= 60
    worst = sorted(scores, key=lambda name: min(scores[name]))[:5]
    assert statistics.mean(flat) >= FLOORS["layouts_mean"], worst
    assert tenth(flat) >= FLOORS["layouts_tenth_percentile"], worst


def test_pages_mixed_at_random_reach_their_floor():
    scores = [f1(extract(page.html).text, "\n".join(page.main)) for page in map(mixed, range(200))]
    assert statistics.mean(scores) >= FLOORS["mixed_mean"]
    assert tenth(scores) >= FLOORS["mixed_tenth_percentile"]


def test_layouts_give_titles_and_days(labelled):
    titles = [found.title == page.title for _, page, found in labelled]
    days = [found.published == page.published for _, page, found in labelled if page.published]
    assert sum(titles) >= FLOORS["titles"] * len(titles)
    assert sum(days) >= FLOORS["published"] * len(days)


def test_sample_web_reaches_its_floor():
    web = build(11, pages=6)
    scores, titles, days = [], [], []
    for url, truth in web.truth.pages.items():
        if truth.role != "article" or not truth.main or not truth.encoding:
            continue
        headers = {name.lower(): value for name, value in web.pages[url].headers}
        body = web.pages[url].body
        if "content-encoding" in headers:
            body = gzip.decompress(body)
        found = extract(decode(body, headers.get("content-type")).text, url)
        scores.append(f1(repair(found.text, RepairSettings()).text, truth.main))
        titles.append(found.title == truth.title)
        days.append(found.published == truth.published)
    assert len(scores) > 100
    assert statistics.mean(scores) >= FLOORS["sample_web_mean"]
    assert tenth(scores) >= FLOORS["sample_web_tenth_percentile"]
    assert sum(titles) >= FLOORS["titles"] * len(titles)
    assert sum(days) >= FLOORS["published"] * len(days)


LONG = "".join(
    f"<p>{n}つ目の段落では、川のそばの古い町について少しずつ書いていきます。</p>" for n in range(6)
)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>の話", "漢字の話"),
        ("<ruby><rb>漢<rt>かん<rb>字<rt>じ</ruby>の話", "漢字の話"),
        ("<ruby>漢<rt><span>かん</span></rt>字<rt>じ</rt></ruby>の話", "漢字の話"),
        ("改行した\n    原稿の行です", "改行した原稿の行です"),
        ("English words\n  stay apart", "English words stay apart"),
        ('見出し<span class="mw-editsection">[編集]</span>', "見出し"),
        ("縦に<span style='text-combine-upright:all'>12</span>月", "縦に12月"),
        ("見える<span style='display:none'>見えない</span>文", "見える文"),
    ],
)
def test_inline_markup(markup, expected):
    text = extract(f"<body>{LONG}<p>{markup}</p>{LONG}</body>").text
    assert expected in text.split("\n")


def test_rows_and_definitions_become_lines():
    rows = (("所在地", "海辺の町"), ("創業", "明治元年"))
    table = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in rows)
    table = f"<table>{table}</table>"
    terms = "<dl><dt>潮汐</dt><dd>海面が上下すること。</dd></dl>"
    lines = extract(f"<body><div>{LONG}{table}{terms}</div></body>").text.split("\n")
    assert lines[-4:] == ["所在地 海辺の町", "創業 明治元年", "潮汐", "海面が上下すること。"]


def test_a_paragraph_that_stands_twice_is_kept_once():
    text = extract(f"<body><div>{LONG}</div><div>{LONG}</div></body>").text
    assert len(text.split("\n")) == 6


def test_headers_of_posts_go_and_posts_stay():
    posts = "".join(
        f"<dt>{n} ：名無しさん：2005/08/0{n}(月) 12:30:0{n} ID:aBc{n}"
        f"<dd>それは{n}番目の意見ですね<br>"
        for n in range(1, 7)
    )
    text = extract(f"<body><h1>雑談</h1><dl>{posts}</dl></body>").text
    assert text.split("\n") == [f"それは{n}番目の意見ですね" for n in range(1, 7)]


def test_facts_for_the_signals():
    found = extract(f"<body><ul><li><a href=/>入口</a></li></ul>{LONG}</body>")
    assert (found.links, found.link_chars, found.list_items, found.paragraphs) == (1, 2, 1, 6)
    assert found.page_chars == len("".join(found.text.split())) + 2
    assert found.language == "ja"


@pytest.mark.parametrize(
    "markup", ["", "   ", "<html></html>", "<!-- only -->", "<br>" * 50, "\x00"]
)
def test_pages_without_text(markup):
    assert extract(markup).text == ""


TAGS = [
    "div",
    "p",
    "a",
    "table",
    "td",
    "li",
    "dl",
    "dt",
    "pre",
    "br",
    "ruby",
    "rt",
    "script",
    "nav",
]
PIECES = [
    "<!--",
    "-->",
    "&#x65e5;",
    "&bogus;",
    "本文の一行です。",
    "2020年1月1日",
    "関連記事",
    "\u3000",
]


@settings(max_examples=150)
@given(
    st.lists(
        st.one_of(
            st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
            st.sampled_from(PIECES),
            st.text(max_size=12),
        ),
        max_size=60,
    )
)
def test_no_markup_breaks_it(parts):
    found = extract("".join(parts))
    assert found.link_chars <= found.page_chars
    assert "\x00" not in found.text
