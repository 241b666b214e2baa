"""A re-crawl against an earlier run: validators sent, 304 and identical pages as revisits."""

import json
import sqlite3

from crawl.frontier import read_rows
from crawl.read import classify
from crawl.settings import CrawlSettings
from crawl.warc import IDENTICAL, NOT_MODIFIED
from tests.crawl.crawling import Ran, crawl, job_for
from tests.crawl.trap_server import serve_traps

SITE = "http://again.test/"


def known_of(ran: Ran) -> list[list[object]]:
    """What a run's index says of its URLs, as pipelines hands it to the next crawl."""
    with sqlite3.connect(ran.work / "frontier.sqlite") as db:
        rows = list(read_rows(db))
    return [[r[0], r[3], r[10], r[11], r[12], r[16] or r[8]] for r in rows]


def test_unchanged_pages_become_revisits(tmp_path) -> None:
    with serve_traps() as traps:
        settings = CrawlSettings(seeds=(SITE,), proxy=traps.proxy, delay=0)
        first = crawl(job_for(tmp_path / "first", settings))
        assert first.counters["rows_out"] == 5
        runs = [first]
        for number in (2, 3):
            traps.memory["version"] = 2
            traps.log.clear()
            work = tmp_path / str(number)
            work.mkdir()
            known = work / "known.jsonl"
            known.write_text("".join(json.dumps(row) + "\n" for row in known_of(runs[-1])))
            ran = crawl(job_for(work, settings, earlier=str(known)))
            runs.append(ran)
            sent = {asked.path: asked.headers for asked in traps.log}
            assert sent["/etag.html"]["If-None-Match"] == '"one"'
            assert sent["/date.html"]["If-Modified-Since"] == "Sat, 21 Nov 2026 00:00:00 GMT"
            assert ran.counters["dropped_not_modified"] == 2
    second, third = runs[1:]
    assert sorted(second.stored()) == [f"{SITE}changed.html", f"{SITE}new.html"]
    assert second.counters["dropped_unchanged"] == 2
    assert third.stored() == []
    assert third.counters["dropped_unchanged"] == 4
    originals = {r.url: r for r in first.records() if r.kind == "response"}
    for ran in (second, third):
        for revisit in (r for r in ran.records() if r.kind == "revisit"):
            profile = NOT_MODIFIED if revisit.status == 304 else IDENTICAL
            assert revisit.headers["warc-profile"] == profile
            assert revisit.headers["warc-refers-to-target-uri"] == revisit.url
            original = originals.get(revisit.url)
            if original is not None and "changed" not in revisit.url:
                assert revisit.headers["warc-refers-to-date"] == original.headers["warc-date"]
                digest = original.headers["warc-payload-digest"]
                assert revisit.headers["warc-payload-digest"] == digest
        for path in ran.warcs():
            with path.open("rb") as stream:
                assert len(list(classify(stream, path.name))) == ran.counters["rows_out"]
