"""Opting out: every signal against the server, obeyed or recorded; crawled or imported."""

import io

import pytest

from crawl.read import Terms, classify, read_pages
from crawl.settings import SIGNALS, CrawlSettings
from crawl.signals import (
    forbids_usage,
    header_rules,
    in_order,
    meta_rules,
    parse_tdmrep,
    tdm_reserved,
)
from crawl.warc import Fetched, WarcFiles
from tests.crawl.crawling import crawl, job_for
from tests.crawl.trap_server import serve_traps

SIGNAL_OF = {
    "meta_noindex": "noindex",
    "meta_noai": "noai",
    "meta_none": "none",
    "meta_noarchive": "noarchive",
    "meta_tdm": "tdm-reservation",
    "x_noindex": "noindex",
    "x_noai": "noai",
    "x_ours": "noindex",
    "x_tdm": "tdm-reservation",
    "x_usage": "content-usage",
    "tdmfile": "tdm-reservation",
    "usage_robots": "content-usage",
    "for_people": "robots-ai",
}
NOT_ASKED = {"usage_robots", "for_people"}
NOT_FOLLOWED = {"meta_none", "x_noindex"}
FREE = {"meta_other", "x_other", "x_usage_yes", "tdmfile_free", "plain"}
SITE = "http://optout.test/"


@pytest.fixture(scope="module")
def obeyed(tmp_path_factory):
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=(SITE,), proxy=traps.proxy, delay=0)
        yield traps, crawl(job_for(tmp_path_factory.mktemp("obeyed"), settings))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=(SITE,), proxy=traps.proxy, delay=0, obey=())
        yield crawl(job_for(tmp_path_factory.mktemp("recorded"), settings))


def test_obeyed_pages_leave_url_time_and_signal_only(obeyed) -> None:
    _, ran = obeyed
    notes = ran.notes()
    for name, signal in SIGNAL_OF.items():
        assert notes[SITE + name] == [("opt_out", signal)]
    stored = set(ran.stored())
    assert not stored & {SITE + name for name in SIGNAL_OF}
    assert stored >= {SITE + name for name in FREE}
    assert ran.counters["dropped_opt_out"] == len(SIGNAL_OF)
    assert ran.counters["signal_noai_urls"] == 2
    for path in ran.warcs():
        import gzip

        content = gzip.decompress(path.read_bytes()).decode()
        assert "本文 plain" in content
        assert not any(f"本文 {name}<" in content for name in SIGNAL_OF)


def test_their_links_are_followed_unless_nofollow(obeyed) -> None:
    traps, ran = obeyed
    stored = set(ran.stored())
    for name in SIGNAL_OF:
        follows = name not in NOT_ASKED | NOT_FOLLOWED
        assert (f"{SITE}from_{name}" in stored) is follows, name
    assert not [path for path in traps.paths("optout.test") if path.strip("/") in NOT_ASKED]


def test_signals_that_are_not_obeyed_are_recorded(recorded) -> None:
    everything = CrawlSettings(obey=())
    signals = {page.url: page.signals for page in recorded.pages(everything)}
    for name, signal in SIGNAL_OF.items():
        assert signals[SITE + name] == (signal,), name
    for name in FREE:
        assert signals[SITE + name] == ()


def test_an_import_passes_the_same_test(obeyed, recorded) -> None:
    """A WARC file written without obeying gives, read with obedience, what an obedient crawl did.

    What stood behind links of pages that opted out by nofollow is the one difference.
    """
    _, ran = obeyed
    extra = {f"{SITE}from_{name}" for name in NOT_ASKED | NOT_FOLLOWED}
    assert set(recorded.stored()) - extra == set(ran.stored())


def test_a_foreign_record_is_tested_by_its_own_fields(tmp_path) -> None:
    """Records of other crawlers come without our metadata."""
    plain = b"<html><body>x</body></html>"
    cases = {
        "http://a.jp/free": ((), plain),
        "http://a.jp/header": ((("X-Robots-Tag", "noai"),), plain),
        "http://a.jp/meta": ((), b'<html><meta name="robots" content="noindex">'),
        "http://a.jp/tdm": ((("tdm-reservation", "1"),), plain),
    }
    files = WarcFiles(tmp_path, "foreign", 10**9, {})
    for url, (fields, body) in cases.items():
        headers = (("Content-Type", "text/html"), *fields)
        fetched = Fetched(url, 200, "HTTP/1.1", headers, (), body, "2026-11-21T00:00:00Z")
        files.write_page(fetched, {"fetchTimeMs": "5"})
    files.close()
    data = (tmp_path / "foreign-00000.warc.gz").read_bytes()
    assert [page.url for page in read_pages(io.BytesIO(data), "f")] == ["http://a.jp/free"]
    left = list(classify(io.BytesIO(data), "f", terms=Terms(obey=("noai",))))
    assert [getattr(item, "reason", "") for item in left] == ["", "opt_out", "", ""]
    assert [item.signals for item in left] == [(), ("noai",), ("noindex",), ("tdm-reservation",)]


@pytest.mark.parametrize(
    ("value", "signals", "nofollow"),
    [
        ("noindex", {"noindex"}, False),
        ("NOAI, NoImageAI", {"noai"}, False),
        ("none", {"none"}, True),
        ("all, index, follow", set(), False),
        ("googlebot: noindex, nofollow", set(), False),
        ("googlebot: nofollow, kinari: noindex", {"noindex"}, False),
        ("CCBot: noarchive", {"noarchive"}, False),
        ("max-snippet: 20, noarchive", {"noarchive"}, False),
        ("unavailable_after: Friday, 25-Jun-30 15:00:00 PST, noindex", {"noindex"}, False),
        ("noindex; nofollow", {"noindex"}, True),
        ("gptbot/1.1: noai, otherbot: none", set(), False),
        ("CCBot/2.0: noai, otherbot: none", {"noai"}, False),
        ('"NoArchive"', {"noarchive"}, False),
        ("", set(), False),
    ],
)
def test_x_robots_tag(value: str, signals: set[str], nofollow: bool) -> None:
    rules = header_rules([("x-robots-tag", value)], ("kinari", "ccbot"))
    assert (rules.signals, rules.nofollow) == (signals, nofollow)


@pytest.mark.parametrize(
    ("value", "no"),
    [
        ("train-ai=n", True),
        ("bots=y, train-ai=n", True),
        ("bots=n", True),
        ("search=n", False),
        ("train-ai=y", False),
        ("ai-train=no, search=yes", True),
        ("train-ai=?0", True),
        ("not-train-ai=n", False),
        ("", False),
    ],
)
def test_usage_preferences(value: str, no: bool) -> None:
    assert forbids_usage(value) is no


def test_tdm_rules() -> None:
    entries = parse_tdmrep(
        b'[{"location": "/a/", "tdm-reservation": 1}, {"location": "/a/b*.html$", '
        b'"tdm-reservation": 0}, {"location": 5}, 7]'
    )
    assert tdm_reserved(entries, "/a/x") is True
    assert tdm_reserved(entries, "/a/bc.html") is False
    assert tdm_reserved(entries, "/c") is None
    for bad in (b"", b"{}", b"[" * 100_000, b"\xff"):
        assert parse_tdmrep(bad) == []
    rules = header_rules([("TDM-Reservation", "1")], ())
    meta_rules([("tdm-reservation", "0")], (), rules)
    assert rules.tdm is False


def test_order_of_signals() -> None:
    assert in_order(reversed(SIGNALS)) == SIGNALS


def test_the_names_that_mean_us_are_a_setting(tmp_path) -> None:
    """Crawled, imported and read back after a kill alike: what names only others does not count."""
    header = (("Content-Type", "text/html"), ("X-Robots-Tag", "mybot: noai"))
    body = b'<html><meta name="otherbot" content="noindex"><p>x'
    fetched = Fetched("http://a.jp/", 200, "HTTP/1.1", header, (), body, "2026-11-21T00:00:00Z")
    files = WarcFiles(tmp_path, "named", 10**9, {})
    files.write_page(fetched, {"fetchTimeMs": "5"})
    files.close()
    data = next(tmp_path.glob("*.warc.gz")).read_bytes()
    for agents, signals in (("CCBot",), ()), (("MyBot",), ("noai",)), (("otherbot",), ("noindex",)):
        terms = Terms((), CrawlSettings(ai_agents=agents).agents)
        (found,) = classify(io.BytesIO(data), "f", terms=terms)
        assert found.signals == signals, agents
