"""Canonical URLs, trap patterns, sitemaps and links: tables of text and result."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawl.links import read_html
from crawl.partition import Share, partition_domains, partition_of, registrable_domain
from crawl.settings import CrawlSettings
from crawl.sitemaps import read_sitemap
from crawl.traps import url_guards, url_trap
from crawl.urls import canonical_url, strip_url, url_key

BASE = "http://example.jp/a/b.html?q=1"

CANONICAL = [
    ("c.html#top", "http://example.jp/a/c.html"),
    ("HTTP://EXAMPLE.jp:80", "http://example.jp/"),
    ("https://example.jp:443/x", "https://example.jp/x"),
    ("http://example.jp:8080/x", "http://example.jp:8080/x"),
    ("//other.jp/x", "http://other.jp/x"),
    ("../../../x/./y/../z/", "http://example.jp/x/z/"),
    ("?p=2", "http://example.jp/a/b.html?p=2"),
    ("/%7euser/%e3%81%82", "http://example.jp/~user/%E3%81%82"),
    ("/あ?い=う", "http://example.jp/%E3%81%82?%E3%81%84=%E3%81%86"),
    ("/a b\t\n", "http://example.jp/a%20b"),
    ("/x?utm_source=a&id=3&gclid=z&fbclid=y", "http://example.jp/x?id=3"),
    ("/x?PHPSESSID=0123456789abcdef&id=3", "http://example.jp/x?id=3"),
    ("/x;jsessionid=ABCDEF0123456789?id=3", "http://example.jp/x?id=3"),
    ("/(S(abcd1234))/x.aspx", "http://example.jp/x.aspx"),
    ("/x?sid=5", "http://example.jp/x?sid=5"),
    ("http://日本語.jp/", "http://xn--wgv71a119e.jp/"),
    ("http://example.jp./", "http://example.jp/"),
    ("http://[2001:DB8::1]:8080/", "http://[2001:db8::1]:8080/"),
    ("mailto:a@example.jp", None),
    ("javascript:void(0)", None),
    ("file:///etc/passwd", None),
    ("http://user:secret@example.jp/", None),
    ("http://example.jp:port/", None),
    ("http://[::1", None),
    ("http://a..b/", None),
]


@pytest.mark.parametrize(("reference", "expected"), CANONICAL)
def test_canonical(reference: str, expected: str | None) -> None:
    assert canonical_url(reference, BASE) == expected


@pytest.mark.parametrize(("_", "url"), [case for case in CANONICAL if case[1]])
def test_canonical_again_is_the_same(_: str, url: str) -> None:
    assert canonical_url(url) == url


@given(st.text(max_size=60))
def test_any_reference_gives_a_url_or_nothing(reference: str) -> None:
    url = canonical_url(reference, BASE)
    assert url is None or (url.isascii() and url.startswith(("http://", "https://")))


def test_queries_are_encoded_as_the_page_is_and_paths_as_utf8() -> None:
    assert canonical_url("/あ?q=あ", BASE, "cp932") == "http://example.jp/%E3%81%82?q=%82%A0"


def test_session_ids_are_told() -> None:
    assert strip_url("/x?PHPSESSID=0123456789abcdef", BASE)[1]
    assert strip_url("/x;jsessionid=0123456789abcdef", BASE)[1]
    assert not strip_url("/x?page=0123456789abcdef", BASE)[1]


def test_the_order_of_parameters_does_not_make_another_url() -> None:
    assert url_key("http://a.jp/?a=1&b=2") == url_key("http://a.jp/?b=2&a=1")
    assert url_key("http://a.jp/?a=1&b=2") != url_key("http://a.jp/?a=1&b=3")


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("user.ameblo.jp", "ameblo.jp"),
        ("someone.github.io", "github.io"),
        ("www.city.yokohama.lg.jp", "yokohama.lg.jp"),
        ("www.example.co.jp", "example.co.jp"),
        ("co.jp", "co.jp"),
        ("a.b.test", "b.test"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
    ],
)
def test_registrable_domain(host: str, domain: str) -> None:
    assert registrable_domain(host) == domain


def test_domains_behind_one_address_share_a_partition() -> None:
    domains = [f"d{n}.jp" for n in range(50)]
    shared = {"d1.jp": ["192.0.2.1"], "d2.jp": ["192.0.2.1", "192.0.2.2"], "d3.jp": ["192.0.2.2"]}
    placed = partition_domains(domains, 7, shared)
    assert placed["d1.jp"] == placed["d2.jp"] == placed["d3.jp"]
    assert set(placed.values()) == set(range(7))
    assert partition_domains(reversed(domains), 7, shared) == placed
    share = Share(0, 7, {d: n for d, n in placed.items() if n != partition_of(d, 7)})
    assert {domain: share.owner(domain) for domain in domains} == placed


@pytest.mark.parametrize(
    ("url", "depth", "reason"),
    [
        ("http://a.jp/" + "x" * 2000, 0, "url_too_long"),
        ("http://a.jp/a/b/a/b/a/b/a/b/", 0, "path_repeats"),
        ("http://a.jp/a/b/a/b/a/c/", 0, None),
        ("http://a.jp/", 17, "depth"),
        ("http://a.jp/", 16, None),
    ],
)
def test_url_traps(url: str, depth: int, reason: str | None) -> None:
    assert url_trap(url, depth, CrawlSettings()) == reason


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("/cal/2026/11/", "/cal/2031/01/", True),
        ("/cal?year=2026&month=11", "/cal?year=1999&month=2", True),
        ("/cal?date=2026-11-21", "/cal?date=2040-01-01", True),
        ("/20261121/", "/20261122/", True),
        ("/2026/11/21/first", "/2026/11/22/second", False),
        ("/news/100001", "/news/100002", False),
        ("/v1.2", "/v1.3", False),
    ],
)
def test_calendar_families(first: str, second: str, same: bool) -> None:
    def family(path: str) -> set[int]:
        guards = url_guards(f"http://a.jp{path}", CrawlSettings())
        return {guard.key for guard in guards if guard.reason == "calendar"}

    assert bool(family(first) & family(second)) is same


def test_links_and_metas() -> None:
    text = (
        '<?xml version="1.0" encoding="utf-8"?><html><head><base href="/x/"><base href="/y/">'
        '<link rel="next" href="n"><link rel="stylesheet" href="s.css">'
        '<meta name="robots" content="noai"><meta http-equiv="refresh" content="0; URL=\'r\'">'
        '</head><body><a href="1">a</a><a rel="external nofollow" href="2">b</a><area href="3">'
        '<iframe src="4"></iframe><a name="no-href">c</a><form action="5"></form></body>'
    )
    found = read_html(text, "http://a.jp/b/c.html")
    assert found.links == ["n", "r", "1", "3", "4"]
    assert found.metas == [("robots", "noai")]
    assert found.base == "http://a.jp/x/"


@pytest.mark.parametrize("text", ["", " ", "\0", "<", "<html", "plain 文字", "<a href=>"])
def test_odd_html_gives_no_links(text: str) -> None:
    assert read_html(text, "http://a.jp/").links == []


def test_sitemaps() -> None:
    urlset = (
        b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        b"<url><loc> http://a.jp/1 </loc></url><url><loc>http://a.jp/2</loc></url></urlset>"
    )
    assert read_sitemap(urlset) == (["http://a.jp/1", "http://a.jp/2"], [])
    assert read_sitemap(gzip.compress(urlset)) == (["http://a.jp/1", "http://a.jp/2"], [])
    assert read_sitemap(urlset[:-40])[0][0] == "http://a.jp/1"
    assert read_sitemap(b"http://a.jp/1\r\nhttp://a.jp/2\n") == (
        ["http://a.jp/1", "http://a.jp/2"],
        [],
    )
    index = b"<sitemapindex><sitemap><loc>http://a.jp/s.gz</loc></sitemap></sitemapindex>"
    assert read_sitemap(index) == ([], ["http://a.jp/s.gz"])
    assert read_sitemap(b"") == read_sitemap(b"not xml <") == ([], [])


def test_entities_of_a_sitemap_are_not_resolved() -> None:
    bomb = (
        b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">'
        b'<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        b"<urlset><url><loc>http://a.jp/&b;</loc></url><url><loc>&f;</loc></url></urlset>"
    )
    pages, _ = read_sitemap(bomb)
    assert all("aaaa" not in page and "root" not in page for page in pages)
