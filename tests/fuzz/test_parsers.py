"""Parsers on bytes that no site, crawler or person should have written: hypothesis, kept seeds."""

import gzip
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from encode.vocabulary import parse_vocabulary
from tests.fuzz import targets

SEEDS = sorted(Path(__file__).parent.glob("seeds/*/*"))
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck))

japanese = st.text(
    st.sampled_from(
        "これは日本語の文章です。、「」ァ゛ｶﾞ𠮷㍻①年月日円0123456789０１２/-.:,¥$ ＃\n\t"
    ),
    max_size=60,
)
tags = st.sampled_from(
    [
        *(
            "<p>",
            "</p>",
            "<div class=main>",
            "</div>",
            "<article>",
            "<a href='/x'>",
            "</a>",
            "<br>",
        ),
        *("<script>", "</script>", "<!--", "-->", "<![CDATA[", "]]>", "<ruby>", "<rt>", "</ruby>"),
        *(
            "&#x3042;",
            "&#0;",
            "&#xD800;",
            "&#99999999;",
            "&amp",
            "<table>",
            "<td>",
            "<meta charset=x>",
        ),
        *("<title>", "</title>", "<svg>", "<math>", "<template>", "\0", "\ufeff", "<", ">", '"'),
        "<meta http-equiv=content-type content='text/html; charset=euc-jp'>",
    ]
)
pages = st.lists(st.one_of(tags, japanese), max_size=40).map("".join)
encodings = st.sampled_from(["utf-8", "cp932", "euc_jp", "iso2022_jp", "utf-16", "utf-16-be"])
encoded = st.builds(lambda text, name: text.encode(name, "ignore"), pages, encodings)
spans = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *("令和7年11月21日", "2026-11-21", "平成", "http://", "example.jp/", "a@b.example"),
                *(
                    "1,000円",
                    "¥",
                    "03-1234-5678",
                    "━━",
                    "──",
                    "二〇二六年",
                    "約3万",
                    "(木)",
                    "10:30",
                ),
            ]
        ),
        japanese,
    ),
    max_size=30,
).map("".join)


def mutated(data: bytes) -> st.SearchStrategy[bytes]:
    """The bytes with some of them changed, cut out or doubled."""

    def change(edits: list[tuple[int, int, bytes]]) -> bytes:
        changed = bytearray(data)
        for place, length, piece in edits:
            start = place % (len(changed) + 1)
            changed[start : start + length] = piece
        return bytes(changed)

    edit = st.tuples(st.integers(0, len(data)), st.integers(0, 40), st.binary(max_size=20))
    return st.lists(edit, max_size=4).map(change)


def warc(compressed: bool) -> bytes:
    """A WARC file of three pages."""
    sink = BytesIO()
    writer = WARCWriter(sink, gzip=compressed)
    for number in range(3):
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(
                f"http://site.example/{number}",
                "response",
                payload=BytesIO(f"<p>{number}枚目の頁".encode()),
                http_headers=headers,
            )
        )
    return sink.getvalue()


PLAIN, GZIPPED = warc(False), warc(True)
ROBOTS = (
    b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a*$\r\nAllow: /%e3%81%82\r\nCrawl-delay: 2\r\n"
    b"User-agent: GPTBot\nDisallow: /\nSitemap: http://x/s.xml\nContent-Usage: train-ai=n\n"
)
SITEMAP = (
    b"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url>"
    b"<loc>http://site.example/a?b=c&amp;d</loc></url><sitemap><loc>b.xml</loc></sitemap></urlset>"
)
XML = (
    *(
        b"<loc>",
        b"</loc>",
        b"<url>",
        b"</url>",
        b"<sitemap>",
        b"</sitemap>",
        b"<urlset>",
        b"<a:loc>",
    ),
    *(b"&#xD800;", b"&#0;", b"&b;", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"http://[", b"//a"),
    *(b"<!DOCTYPE a [<!ENTITY b 'c'>]>", b"<x xmlns:x='&#xD800;'>", b"\xed\xa0\x80", b"\0"),
    b"<?xml version='1.0' encoding='utf-16'?>",
)
LINKS = (
    b"<base href=http://site.example/b/><meta name=robots content=noai><a href='/a?b=c#d' rel=x>"
    b"<meta http-equiv=refresh content='0; url=c'><area href=//[x><link rel=next href=&#xD800;>"
)
TDMREP = rb'[{"location": "/a*", "tdm-reservation": 1}, {"location": "\ud800", "tdm-policy": "/p"}]'
YAML = b"name: x\nrunner:\n  workers: 2\nclean: {min_chars: 100, judge: {review: drop}}\n"


def vocabulary() -> bytes:
    """A small vocabulary with all its reserved tokens."""
    from encode.learn import learn_lines  # numba loads slowly
    from encode.settings import LearnSettings
    from encode.vocabulary import format_lines

    limits = LearnSettings().limits()
    return format_lines(learn_lines({"日本": 9, "すもも": 5}, 739, limits, 1.0))


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_seeds_that_once_failed_or_found_much(path: Path) -> None:
    targets.TARGETS[path.parent.name](path.read_bytes())


@quick
@given(st.one_of(st.binary(max_size=400), encoded).flatmap(lambda data: st.just(b"\1" + data)))
@example(b"\4\x1b$B$\x1b(B\x80")
def test_any_body_decodes(data: bytes) -> None:
    targets.check_decode(data)


@quick
@given(st.one_of(encoded, st.binary(max_size=300)))
def test_any_markup_is_extracted(data: bytes) -> None:
    targets.check_extract(data)


@settings(max_examples=300)
@given(st.one_of(spans, st.text(max_size=200)))
def test_spans_of_any_text_are_sound(text: str) -> None:
    targets.check_normalize(text.encode("utf-8", "ignore"))


@quick
@given(st.one_of(mutated(PLAIN), mutated(GZIPPED), mutated(PLAIN).map(gzip.compress)))
def test_any_warc_is_read_to_its_end(data: bytes) -> None:
    targets.check_warc(data)


@quick
@given(st.one_of(mutated(ROBOTS), st.binary(max_size=300)))
def test_any_robots_file_answers(data: bytes) -> None:
    targets.check_robots(data)


@quick
@given(st.one_of(mutated(SITEMAP), st.lists(st.sampled_from(XML), max_size=20).map(b"".join)))
def test_any_sitemap_is_read(data: bytes) -> None:
    targets.check_sitemap(data)


@quick
@given(st.one_of(encoded, mutated(LINKS)))
def test_links_of_any_page_are_urls_or_nothing(data: bytes) -> None:
    targets.check_links(data)


@quick
@given(st.one_of(mutated(TDMREP), st.binary(max_size=100)))
def test_any_tdm_file_answers(data: bytes) -> None:
    targets.check_tdmrep(data)


@quick
@given(st.one_of(mutated(YAML), st.binary(max_size=200), japanese.map(str.encode)))
def test_any_config_is_read_or_refused(data: bytes) -> None:
    targets.check_yaml(data)


def test_any_vocabulary_is_read_or_refused() -> None:
    whole = vocabulary()
    assert parse_vocabulary(whole).to_bytes() == whole

    @quick
    @given(st.one_of(mutated(whole), st.binary(max_size=200)))
    def check(data: bytes) -> None:
        targets.check_vocabulary(data)

    check()
