"""One crawl through every trap: what was asked, what came of it, what it cost."""

from itertools import pairwise

import pytest

from crawl.settings import CrawlSettings
from tests.crawl.crawling import Ran, crawl, job_for
from tests.crawl.trap_server import Traps, serve_traps

HOSTS = [
    "site", "rules", "robots503", "robots429", "robots403", "robotshang", "robotsfar",
    "robotstoofar", "robotsbig", "robotsreset", "traps", "busy", "away", "slowly",
]  # fmt: skip
DELAY = 0.02

COSTS = {
    "/bomb/": 1, "/huge/": 1, "/hugelength/": 1, "/drip/": 2, "/slowheader/": 2, "/headers/": 1,
    "/longline/": 2, "/loop/": 2, "/chain/": 6, "/private/": 1, "/metadata/": 1, "/v6/": 1,
    "/mapped/": 1, "/file/": 1, "/calendar/": 13, "/cal/": 13, "/session/": 4, "/sessionpath/": 1,
    "/path/": 16, "/rep/": 4, "/q/": 31, "/long/": 7, "/deep/": 16, "/reset/": 2, "/cut/": 2,
    "/badgzip/": 1, "/unknown/": 1, "/pdf/": 1, "/boom/": 2, "/port/": 1, "/teapot/": 1, "/nul/": 1,
}  # fmt: skip
"""Requests that each trap costs under the settings below; no retry is hidden in here."""

REASONS = {
    "/bomb/": "too_large",
    "/huge/": "too_large",
    "/hugelength/": "too_large",
    "/drip/": "timeout",
    "/slowheader/": "timeout",
    "/headers/": "too_large",
    "/longline/": "network",
    "/loop/b": "redirect",
    "/chain/5": "redirect",
    "/file/": "bad_redirect",
    "/mapped/": "redirect_off_scope",
    "/reset/": "network",
    "/cut/": "network",
    "/badgzip/": "bad_encoding",
    "/unknown/": "bad_encoding",
    "/pdf/": "not_html",
    "/boom/": "http_error",
    "/teapot/": "http_error",
}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    with serve_traps() as traps:
        settings = CrawlSettings(
            seeds=tuple(f"http://{host}.test/" for host in HOSTS),
            allowed_sites=("test", "127.0.0.1", "169.254.169.254", "::1"),
            proxy=traps.proxy,
            delay=DELAY,
            timeout=2.5,
            retries=1,
            autothrottle=False,
            max_calendar_pages=12,
            max_query_variants=30,
            max_url_chars=1500,
        )
        yield traps, crawl(job_for(tmp_path_factory.mktemp("traps"), settings))


def test_counts_balance_and_memory_is_bounded(crawled: tuple[Traps, Ran]) -> None:
    _, ran = crawled
    dropped = sum(n for name, n in ran.counters.items() if name.startswith("dropped_"))
    assert ran.counters["rows_in"] == ran.counters["rows_out"] + dropped
    assert ran.counters["rows_out"] == len(ran.stored()) == len(set(ran.stored()))
    assert ran.peak_bytes < 400e6


def test_good_pages_behind_the_traps_are_all_stored(crawled: tuple[Traps, Ran]) -> None:
    _, ran = crawled
    stored = set(ran.stored())
    assert stored >= {f"http://traps.test/good{n}.html" for n in range(20)}
    for host in ("site", "robots403", "busy", "robotstoofar", "robotsreset"):
        assert stored >= {f"http://{host}.test/p{n}.html" for n in range(10)}


@pytest.mark.parametrize("prefix", COSTS)
def test_each_trap_ends_within_its_bound(crawled: tuple[Traps, Ran], prefix: str) -> None:
    traps, _ = crawled
    assert traps.count("traps.test", prefix) == COSTS[prefix]


@pytest.mark.parametrize("path", REASONS)
def test_each_trap_has_its_reason(crawled: tuple[Traps, Ran], path: str) -> None:
    _, ran = crawled
    assert [outcome for outcome, _ in ran.notes()[f"http://traps.test{path}"]] == [REASONS[path]]


def test_refused_urls_are_counted_by_trap(crawled: tuple[Traps, Ran]) -> None:
    _, ran = crawled
    counters = ran.counters
    assert counters["dropped_calendar"] == 2
    assert counters["dropped_query_variants"] == 32
    assert counters["dropped_path_repeats"] == 1
    assert counters["dropped_url_too_long"] == 1
    assert counters["dropped_depth"] == 2
    assert counters["dropped_redirect_limit"] == 1
    assert counters["dropped_refused_address"] == 4
    assert counters["session_id_links"] >= 4


def test_private_addresses_are_never_asked(crawled: tuple[Traps, Ran]) -> None:
    traps, ran = crawled
    assert not [asked for asked in traps.log if "secret" in asked.path or "latest" in asked.path]
    notes = ran.notes()
    for url in (
        f"http://127.0.0.1:{traps.port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/secret",
        "http://traps.test:25/secret",
    ):
        assert notes[url] == [("refused_address", "")]


def test_robots_is_obeyed(crawled: tuple[Traps, Ran]) -> None:
    traps, ran = crawled
    rules = traps.paths("rules.test")
    assert not [path for path in rules if path.startswith("/no/") and path != "/no/but/2"]
    assert "/x.cgi" not in rules
    assert {"/x.cgi?a=1", "/no/but/2", "/hidden0.html", "/hidden1.html"} <= set(rules)
    for host in ("robots503", "robots429", "robotshang"):
        assert set(traps.paths(f"{host}.test")) == {"/robots.txt"}
        assert ran.notes()[f"http://{host}.test/"] == [("robots", "")]
    for host in ("robotsfar", "robotsbig"):
        assert "/p1.html" not in traps.paths(f"{host}.test")
        assert "/p2.html" in traps.paths(f"{host}.test")
    assert "/p1.html" in traps.paths("robotstoofar.test")
    for host in HOSTS:
        twice = host in ("robotshang", "robotsreset")
        assert traps.times(f"{host}.test")["/robots.txt"] == (2 if twice else 1), host


def test_gaps_respect_the_delay(crawled: tuple[Traps, Ran]) -> None:
    """From the end of one answer to the next request; drips and resets end at the crawler."""
    traps, _ = crawled
    for host in set(HOSTS) - {"traps", "robotshang"}:
        asked = [a for a in traps.log if a.host == f"{host}.test"]
        least = 0.25 if host == "rules" else DELAY
        gaps = [b.start - a.start for a, b in pairwise(asked)]
        begun = 1 if host == "rules" else 0
        assert min(gaps[begun:], default=9.9) >= least, (host, sorted(gaps)[:3])


def test_a_host_is_asked_one_at_a_time(crawled: tuple[Traps, Ran]) -> None:
    traps, _ = crawled
    for host in set(HOSTS) - {"traps", "robotshang"}:
        asked = [a for a in traps.log if a.host == f"{host}.test"]
        assert all(b.start >= a.end for a, b in pairwise(asked)), host


def test_retry_after_is_waited_for(crawled: tuple[Traps, Ran]) -> None:
    traps, _ = crawled
    for path in (f"/p{n}.html" for n in range(10)):
        first, second = (a for a in traps.log if (a.host, a.path) == ("busy.test", path))
        assert second.start - first.end >= 1


def test_a_host_that_asks_for_too_long_a_rest_is_left_alone(crawled: tuple[Traps, Ran]) -> None:
    traps, ran = crawled
    assert len([p for p in traps.paths("away.test") if p.startswith("/p")]) == 1
    assert ran.counters["dropped_retry_after"] == 10
    assert traps.paths("slowly.test") == ["/robots.txt"]
    assert ran.notes()["http://slowly.test/"] == [("crawl_delay", "")]


def test_requests_are_plain_gets_that_name_us(crawled: tuple[Traps, Ran]) -> None:
    traps, _ = crawled
    for asked in traps.log:
        assert asked.headers["User-Agent"] == "kinari/0.1 (+https://kinari.example/)"
        assert not {"Cookie", "Authorization", "Referer"} & set(asked.headers)


@pytest.mark.heavy
def test_sixty_hosts_of_bombs_at_once_stay_under_400_mb(tmp_path) -> None:
    kinds = ("huge", "bomb", "hugelength", "longline", "headers")
    with serve_traps() as traps:
        settings = CrawlSettings(
            seeds=tuple(f"http://traps-{n}.test/{kind}/" for n in range(60) for kind in kinds),
            allowed_sites=("test",),
            proxy=traps.proxy,
            delay=0,
        )
        ran = crawl(job_for(tmp_path, settings))
    assert ran.peak_bytes < 400e6
    for url, ((outcome, _),) in ran.notes().items():
        assert outcome == ("network" if "longline" in url else "too_large"), url
    assert ran.counters["rows_in"] == 5 * 60
    assert ran.counters["rows_out"] == 0
