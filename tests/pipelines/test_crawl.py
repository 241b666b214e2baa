"""The crawl stage through Beam: partitions, imports, indexes, re-crawls, an object store."""

import json
import random
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import apache_beam as beam
import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawl.cdx import Range, Selection, select, surt_host
from crawl.pages import Page
from crawl.read import Terms, read_pages
from crawl.records import member_end
from crawl.settings import CrawlSettings
from pipelines import crawl as stage
from pipelines import files
from pipelines import run as runs
from pipelines.crawl_forget import FORGOTTEN
from pipelines.crawl_lease import Lease
from pipelines.crawl_partition import CrawlPartition, PartitionTask
from pipelines.crawl_plan import Plan
from pipelines.crawl_segments import SegmentWarcs, WarcFile
from pipelines.errors import UserError
from pipelines.forget import forget
from pipelines.settings import RunnerSettings, RunSettings
from pipelines.shards import ShardStore
from pipelines.stage import read_record
from tests.crawl.trap_server import Traps, serve_traps

CROSS = tuple(f"http://cross-{n}.test/" for n in range(5))


@pytest.fixture(scope="module")
def traps() -> Iterator[Traps]:
    with serve_traps() as served:
        yield served


def run(root: Path | str, workers: int = 1, options: dict | None = None, **crawl) -> dict[str, int]:
    settings = RunSettings(
        name="test",
        runner=RunnerSettings(workers=workers, options=options or {}),
        crawl=CrawlSettings(**crawl),
    )
    runs.run(settings, str(root), stages=("crawl",), say=lambda _: None)
    return read_record(str(root), "crawl").counters


def fetch(root: Path | str, traps: Traps, *seeds: str, **other) -> dict[str, int]:
    return run(root, proxy=traps.proxy, seeds=seeds, delay=0, **other)


def pages_of(root: Path | str) -> list[Page]:
    """Read what the next stage will: by `warcs.json`, segment for segment."""
    folder = files.join(str(root), "crawl")
    listed = json.loads(files.read_bytes(files.join(folder, "warcs.json")))
    terms = Terms(listed["obey"], listed["agents"], listed["blocked"])
    found = []
    for entry in listed["warcs"]:
        path = entry["path"] if entry["external"] else files.join(folder, entry["path"])
        count = len(found)
        for start, end in entry["segments"]:
            with files.open_read(path) as stream:
                found += read_pages(stream, entry["path"], start, end, terms)
        assert len(found) - count == entry["pages"]
        assert files.sha256_of(path) == entry["sha256"]
    return found


def index_of(root: Path) -> list[dict]:
    paths = sorted(root.glob("crawl/urls-*.parquet"))
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_links_between_partitions_are_handed_over(tmp_path, traps) -> None:
    one = fetch(tmp_path / "one", traps, *CROSS)
    three = fetch(tmp_path / "three", traps, *CROSS, partitions=3)
    pages = {page.url: page.payload for page in pages_of(tmp_path / "one")}
    assert len(pages) == 5 + 20 + 20 == one["rows_out"]
    assert {page.url: page.payload for page in pages_of(tmp_path / "three")} == pages
    assert len(pages_of(tmp_path / "three")) == len(pages)
    assert three["rows_out"] == one["rows_out"]
    names = sorted(path.name for path in (tmp_path / "three/crawl").glob("*.warc.gz"))
    assert len(names) > 1
    rows = index_of(tmp_path / "three")
    assert {row["url"] for row in rows if row["outcome"] == "stored"} == set(pages)
    assert list(runs.damaged(str(tmp_path / "three"))) == []
    assert not list((tmp_path / "three/crawl/_work").glob("*"))


def test_an_import_gives_the_pages_that_the_crawl_gave(tmp_path, traps) -> None:
    own = fetch(tmp_path / "own", traps, "http://optout.test/", "http://site.test/")
    pattern = str(tmp_path / "own/crawl/*.warc.gz")
    counters = run(tmp_path / "import", warcs=(pattern,), segment_bytes=4000)
    assert counters == {"rows_in": own["rows_out"], "rows_out": own["rows_out"]}
    crawled, imported = pages_of(tmp_path / "own"), pages_of(tmp_path / "import")
    own_names = [(page.url, page.payload, page.headers, page.fetched_at) for page in crawled]
    assert [(p.url, p.payload, p.headers, p.fetched_at) for p in imported] == own_names
    assert [(p.warc_offset, p.signals) for p in imported] == [
        (p.warc_offset, p.signals) for p in crawled
    ]
    (entry,) = json.loads((tmp_path / "import/crawl/warcs.json").read_text())["warcs"]
    assert entry["external"] and len(entry["segments"]) > 2


def test_a_small_warc_is_cut_into_several_segments_by_its_size_alone(tmp_path) -> None:
    rng = random.Random(1)
    with (tmp_path / "small.warc.gz").open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for number in range(40):
            headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], "HTTP/1.1")
            url, body = f"http://a.test/{number}", BytesIO(rng.randbytes(80_000))
            record = writer.create_warc_record(url, "response", body, http_headers=headers)
            writer.write_record(record)
    for name, settings, count in [("default", {}, 3), ("smaller", {"segment_bytes": 500_000}, 6)]:
        run(tmp_path / name, warcs=(str(tmp_path / "small.warc.gz"),), **settings)
        (entry,) = json.loads((tmp_path / name / "crawl/warcs.json").read_text())["warcs"]
        segments = entry["segments"]
        assert [start for start, _ in segments] == [0, *(end for _, end in segments[:-1])]
        assert segments[-1][1] == (tmp_path / "small.warc.gz").stat().st_size
        assert len(segments) == count


def test_an_import_drops_what_opts_out_by_its_own_settings(tmp_path, traps) -> None:
    fetch(tmp_path / "all", traps, "http://optout.test/", obey=())
    pattern = str(tmp_path / "all/crawl/*.warc.gz")
    counters = run(tmp_path / "import", warcs=(pattern,))
    assert counters["dropped_opt_out"] == 13
    assert counters["signal_tdm_reservation_urls"] == 3
    assert counters["rows_in"] == counters["rows_out"] + 13
    some = run(tmp_path / "some", warcs=(pattern,), obey=("noai",))
    assert some["dropped_opt_out"] == 2
    assert len(pages_of(tmp_path / "some")) == some["rows_out"]


def test_damaged_records_of_an_import_are_counted(tmp_path, traps) -> None:
    fetch(tmp_path / "own", traps, "http://site.test/")
    (path,) = (tmp_path / "own/crawl").glob("*.warc.gz")
    data = bytearray(path.read_bytes())
    data[pages_of(tmp_path / "own")[3].warc_offset + 150] ^= 255
    (tmp_path / "bad.warc.gz").write_bytes(data[:-9])
    counters = run(tmp_path / "import", warcs=(str(tmp_path / "bad.warc.gz"),))
    assert counters["dropped_damaged"] == 2
    assert counters["rows_in"] == counters["rows_out"] + 2


def test_an_index_selects_byte_ranges(tmp_path, traps) -> None:
    fetch(tmp_path / "own", traps, "http://site.test/", *CROSS[:2])
    (path,) = (tmp_path / "own/crawl").glob("*.warc.gz")
    lines = []
    for page in pages_of(tmp_path / "own"):
        with path.open("rb") as stream:
            end = member_end(stream, page.warc_offset)
        host = page.url.split("/")[2]
        fields = {
            "url": page.url, "mime": "text/html", "status": "200", "filename": f"crawl/{path.name}",
            "offset": str(page.warc_offset), "length": str(end - page.warc_offset),
            "languages": "jpn,eng" if "p1" in page.url else "eng,jpn",
        }  # fmt: skip
        lines.append(f"{surt_host(host)})/x 20261121000000 {json.dumps(fields)}")
    broken = json.dumps(fields | {"offset": "7", "languages": "jpn"})
    lines += [f"test,site)/broken 20261121000000 {broken}", "nonsense", ""]
    index = tmp_path / "index.cdxj"
    index.write_text("\n".join(lines))
    base = {"cdx": str(index), "cdx_base": str(tmp_path / "own")}
    hosts = run(tmp_path / "hosts", **base, cdx_hosts=("site.test",))
    assert hosts["dropped_damaged"] == 1
    wanted = {f"http://site.test/p{n}.html" for n in range(10)} | {"http://site.test/"}
    assert {page.url for page in pages_of(tmp_path / "hosts")} == wanted
    languages = run(tmp_path / "languages", **base, cdx_languages=("jpn",), segment_bytes=1)
    assert [page.url for page in pages_of(tmp_path / "languages")] == ["http://site.test/p1.html"]
    assert languages["cdx_lines"] == len(lines) - 1


@pytest.mark.parametrize(
    ("fields", "taken"),
    [
        ({}, True),
        ({"status": "301"}, False),
        ({"mime-detected": "application/pdf"}, False),
        ({"length": "0"}, False),
        ({"offset": "x"}, False),
        ({"languages": "eng,jpn"}, False),
    ],
)
def test_index_lines(fields: dict[str, str], taken: bool) -> None:
    line = {"filename": "f", "offset": "5", "length": "7", "status": "200", "languages": "jpn"}
    text = f"jp,example,www)/a 20240101000000 {json.dumps(line | fields)}".encode()
    found = list(select([text], Selection(("example.jp",), ("jpn",))))
    assert found == [Range("f", 5, 7) if taken else None]
    assert list(select([text], Selection(("ample.jp",)))) == [None]


def test_a_re_crawl_asks_only_for_changes(tmp_path, traps) -> None:
    traps.memory["version"] = 1
    fetch(tmp_path / "first", traps, "http://again.test/")
    traps.memory["version"] = 2
    earlier = str(tmp_path / "first")
    second = fetch(tmp_path / "second", traps, "http://again.test/", earlier=earlier, partitions=2)
    assert second["dropped_not_modified"] == 2
    assert second["dropped_unchanged"] == 2
    assert {p.url.rsplit("/", 1)[1] for p in pages_of(tmp_path / "second")} == {
        "changed.html",
        "new.html",
    }


def test_forgetting_takes_pages_out_and_keeps_them_out(tmp_path, traps) -> None:
    root = tmp_path / "run"
    before = fetch(root, traps, "http://site.test/", CROSS[0])
    kept = [page for page in pages_of(root) if page.url.startswith("http://site")]
    gone = "http://site.test/p3.html"
    removed = forget(str(root), gone)
    assert removed["crawl pages"] == 1
    forget(str(root), "cross-0.test")
    assert pages_of(root) == [page for page in kept if page.url != gone]
    record = read_record(str(root), "crawl")
    assert record.counters["rows_out"] == before["rows_out"] - 2
    assert list(runs.damaged(str(root))) == []
    assert json.loads((root / FORGOTTEN).read_text()) == ["cross-0.test", gone]
    assert not [row for row in index_of(root) if row["url"] == gone or row["via"] == gone]
    traps.log.clear()
    again = fetch(tmp_path / "later", traps, "http://site.test/", CROSS[0], earlier=str(root))
    assert "/p3.html" not in traps.paths("site.test")
    assert not traps.paths("cross-0.test")
    assert again["rows_out"] == 0


def test_what_is_imported_can_be_forgotten_too(tmp_path, traps) -> None:
    fetch(tmp_path / "own", traps, "http://site.test/")
    counters = run(tmp_path / "import", warcs=(str(tmp_path / "own/crawl/*.warc.gz"),))
    forget(str(tmp_path / "import"), "http://site.test/p3.html")
    now = read_record(str(tmp_path / "import"), "crawl").counters
    assert now["dropped_forgotten"] == 1
    assert now["rows_out"] == counters["rows_out"] - 1
    listed = json.loads((tmp_path / "import/crawl/warcs.json").read_text())
    assert listed["blocked"] == ["http://site.test/p3.html"]


@pytest.mark.heavy
def test_a_run_on_an_object_store(tmp_path, traps, s3) -> None:
    """Published WARC files are the log there: each round begins from them alone."""
    local = fetch(tmp_path / "local", traps, *CROSS, partitions=2)
    remote = fetch("s3://runs/test", traps, *CROSS, partitions=2, options=s3)
    assert {k: v for k, v in remote.items() if k != "requests"} == {
        k: v for k, v in local.items() if k != "requests"
    }
    pages = {page.url: page.payload for page in pages_of(tmp_path / "local")}
    assert {page.url: page.payload for page in pages_of("s3://runs/test")} == pages


@pytest.mark.parametrize(
    ("crawl", "message"),
    [
        ({}, "nothing to do"),
        ({"seeds": ("https://example.jp/",)}, "crawl.contact"),
        ({"seeds": ("https://example.jp/",), "contact": "a@example.jp", "delay": 0}, "crawl.delay"),
        ({"seeds": ("http://a.jp/",), "proxy": "http://proxy.example:8080"}, "crawl.contact"),
        ({"warcs": ("/nowhere/*.warc.gz",)}, "/nowhere"),
        ({"cdx": "/nowhere/index.gz"}, "/nowhere/index.gz"),
        ({"seeds": ("http://127.0.0.1/",), "earlier": "/nowhere"}, "/nowhere"),
    ],
)
def test_mistakes_are_said_before_anything_is_fetched(tmp_path, crawl, message) -> None:
    with pytest.raises(UserError, match=message):
        run(tmp_path / "run", **crawl)


def test_loopback_needs_no_contact_but_allow_private(tmp_path, traps) -> None:
    url = f"http://127.0.0.1:{traps.port}/"
    refused = run(tmp_path / "refused", seeds=(url,), delay=0)
    assert refused["dropped_refused_address"] == refused["rows_in"] == 1
    allowed = run(tmp_path / "allowed", seeds=(url,), delay=0, allow_private=True)
    assert allowed["rows_out"] == 11


def test_the_pipelines_are_made_of_named_steps(tmp_path) -> None:
    store = ShardStore(str(tmp_path), "round0", "0" * 64)
    crawl = beam.Pipeline()
    _ = (
        crawl
        | "PlanPartitions" >> stage.PlanPartitions([PartitionTask(0, 0, ())])
        | "CrawlPartitions" >> beam.ParDo(CrawlPartition(CrawlSettings(), Plan(1, {}, {}), store))
    )
    cut = beam.Pipeline()
    _ = (
        cut
        | "ListWarcs" >> stage.ListWarcs([WarcFile("a", external=False)])
        | "SegmentWarcs" >> beam.ParDo(SegmentWarcs(CrawlSettings(), store))
    )
    labels = {
        transform.unique_name
        for pipeline in (crawl, cut)
        for transform in pipeline.to_runner_api().components.transforms.values()
    }
    assert labels >= {"PlanPartitions", "CrawlPartitions", "ListWarcs", "SegmentWarcs"}


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept += seconds


def test_a_lease_of_another_machine_is_waited_for(tmp_path) -> None:
    clock = Clock()
    path = str(tmp_path / "p.lease")
    first = Lease(path, 60, clock, clock.sleep)
    first.acquire()
    held = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps(held | {"host": "elsewhere"}))
    second = Lease(path, 60, clock, clock.sleep)
    second.acquire()
    assert 59 <= clock.slept <= 62
    assert not first.renew()
    first.release()
    assert second.renew()
    second.release()
    assert not Path(path).exists()


def test_a_lease_of_a_process_that_is_gone_is_taken_at_once(tmp_path) -> None:
    clock = Clock()
    path = str(tmp_path / "p.lease")
    Lease(path, 60, clock, clock.sleep).acquire()
    held = json.loads(Path(path).read_text())
    Path(path).write_text(json.dumps(held | {"started": 1.0}))
    Lease(path, 60, clock, clock.sleep).acquire()
    assert clock.slept < 1


def test_a_lease_of_a_living_process_is_waited_for(tmp_path) -> None:
    clock = Clock()
    path = str(tmp_path / "p.lease")
    first = Lease(path, 60, clock, clock.sleep)
    first.acquire()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        if clock.slept > 5:
            first.release()

    Lease(path, 60, clock, sleep).acquire()
    assert 5 < clock.slept < 7
