"""Kills: the same URLs stored, none twice, nothing half-written left."""

import random
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from crawl.frontier import Frontier
from crawl.read import read_pages
from crawl.records import member_end, read_records
from crawl.recover import recover
from crawl.sample_web.server import serve
from crawl.scope import Scope
from crawl.settings import CrawlSettings
from tests.crawl.crawling import Ran, crawl, job_for, start
from tests.crawl.trap_server import serve_traps


def _settings(proxy: str, seeds: tuple[str, ...], **other: object) -> CrawlSettings:
    return CrawlSettings(seeds=seeds, proxy=proxy, delay=0, concurrency_per_host=4, **other)


def _kill_until_done(work: Path, settings: CrawlSettings, kills: int, seed: int) -> tuple[Ran, int]:
    """Kill a crawl at random moments, then let it end."""
    rng = random.Random(seed)
    done = 0
    for _ in range(kills):
        process = start(job_for(work, settings))
        before = sum(path.stat().st_size for path in work.glob("*.warc.gz"))
        wait = rng.randrange(5_000, 120_000)
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            size = sum(path.stat().st_size for path in work.glob("*.warc.gz"))
            if size >= before + wait:
                break
            time.sleep(0.002)
        done += process.poll() is None
        process.kill()
        process.wait()
        process.stdin.close()
    return crawl(job_for(work, settings)), done


def _same(killed: Ran, whole: Ran) -> None:
    stored = Counter(killed.stored())
    assert not [url for url, n in stored.items() if n > 1]
    assert set(stored) == set(whole.stored())
    ids = [record.headers["warc-record-id"] for record in killed.records()]
    assert len(ids) == len(set(ids))
    for name in ("rows_in", "rows_out"):
        assert killed.counters[name] == whole.counters[name]
    bodies = {page.url: page.payload for page in whole.pages()}
    assert all(bodies[page.url] == page.payload for page in killed.pages())


@pytest.mark.heavy
def test_three_kills(tmp_path) -> None:
    with serve(3, pages=6) as web:
        settings = _settings(web.proxy, web.seeds, warc_bytes=300_000)
        whole = crawl(job_for(tmp_path / "whole", settings))
        web.requests.clear()
        killed, kills = _kill_until_done(tmp_path / "killed", settings, 3, 1)
        assert kills == 3
        assert len(killed.warcs()) > 1
        _same(killed, whole)
        asked = Counter(url for _, url in web.requests if "robots.txt" not in url)
        again = sum(n - 1 for n in asked.values())
        hosts = len({url.split("/")[2] for url in asked})
        assert again <= kills * (settings.concurrency + 2 * hosts)


@pytest.mark.heavy
def test_twenty_kills_during_one_crawl_of_the_sample_web(tmp_path) -> None:
    with serve(1) as web:
        settings = _settings(web.proxy, web.seeds)
        whole = crawl(job_for(tmp_path / "whole", settings))
        killed, kills = _kill_until_done(tmp_path / "killed", settings, 20, 20)
        assert kills == 20
        _same(killed, whole)


def test_a_file_cut_at_any_byte_loses_at_most_its_last_fetch(tmp_path) -> None:
    """After any cut, recovery leaves a sound file, and the crawl ends as an undisturbed one."""
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=("http://site.test/",), proxy=traps.proxy, delay=0)
        whole = crawl(job_for(tmp_path / "whole", settings))
    (path,) = whole.warcs()
    data = path.read_bytes()
    offsets = [page.warc_offset for page in whole.pages()]
    rng = random.Random(5)
    cuts = {0, 1, 5, len(data) - 1, *offsets, *(o + 1 for o in offsets)}
    cuts |= set(rng.sample(range(len(data)), 20))
    work = tmp_path / "cut"
    for cut in sorted(cuts):
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        (work / path.name).write_bytes(data[:cut])
        frontier = Frontier(work / "frontier.sqlite", settings)
        recover(frontier, work, "p00000", Scope(settings), settings.agents)
        stored = frontier.tallies()["stored"]
        frontier.close()
        left = (work / path.name).read_bytes()
        with (work / path.name).open("rb") as stream:
            pages = list(read_pages(stream, path.name))
            assert not [item for item in read_records(stream, path.name) if "Damage" in repr(item)]
        assert data.startswith(left)
        assert stored == len(pages) >= sum(o < cut for o in offsets) - 1


@pytest.mark.parametrize("keep_frontier", [True, False])
def test_a_crawl_goes_on_from_its_files_alone(tmp_path, keep_frontier: bool) -> None:
    """The WARC files are the log: without the frontier nothing stored is fetched again."""
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=("http://site.test/",), proxy=traps.proxy, delay=0)
        whole = crawl(job_for(tmp_path / "whole", settings))
        (path,) = whole.warcs()
        half = whole.pages()[5].warc_offset + 9
        work = tmp_path / "half"
        work.mkdir()
        if keep_frontier:
            shutil.copy(whole.work / "frontier.sqlite", work)
        (work / path.name).write_bytes(path.read_bytes()[:half])
        traps.log.clear()
        again = crawl(job_for(work, settings))
        _same(again, whole)
        asked = {f"http://site.test{path}" for path in traps.paths("site.test")}
        with_pages = {page.url for page in whole.pages()[:5]}
        assert not asked & with_pages
        assert asked >= set(whole.stored()) - with_pages


def test_sitemaps_are_read_again_where_that_was_not_noted(tmp_path) -> None:
    """All that was known of a host may be stored already; what its sitemaps list is not lost."""
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=("http://rules.test/no/but/2",), proxy=traps.proxy, delay=0)
        whole = crawl(job_for(tmp_path / "whole", settings))
        (path,) = whole.warcs()
        first = whole.pages()[0].warc_offset
        work = tmp_path / "half"
        work.mkdir()
        with path.open("rb") as stream:
            (work / path.name).write_bytes(path.read_bytes()[: member_end(stream, first)])
        traps.log.clear()
        _same(crawl(job_for(work, settings)), whole)
    assert set(whole.stored()) == {
        "http://rules.test/no/but/2", "http://rules.test/hidden0.html",
        "http://rules.test/hidden1.html",
    }  # fmt: skip
    assert "/no/but/2" not in traps.paths("rules.test")


def test_the_crawl_ends_with_its_parent(tmp_path) -> None:
    """A killed worker closes the pipe, and its crawl process stops by itself."""
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=("http://slowly.test/x",), proxy=traps.proxy, delay=0)
        job = job_for(tmp_path, settings, seeds=(("http://robotshang.test/", 0),))
        process = start(job)
        process.stdin.close()
        try:
            assert process.wait(20) == 3
        except subprocess.TimeoutExpired:
            process.kill()
            raise
