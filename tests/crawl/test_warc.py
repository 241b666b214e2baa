"""The WARC files: sound to other readers, damage skipped, one page record by every road."""

import io
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from fastwarc import ArchiveIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator

from crawl.bodies import BadEncodingError, TooLargeError, decode_body, is_html
from crawl.forget import Blocked, filler, find_regions
from crawl.pages import Damage, Page, Skipped
from crawl.read import EVERYTHING, MAX_URL_CHARS, classify, read_pages
from crawl.settings import CrawlSettings
from crawl.warc import Fetched, WarcFiles
from tests.crawl.crawling import Ran, crawl, job_for
from tests.crawl.trap_server import serve_traps


@pytest.fixture(scope="module")
def ran(tmp_path_factory) -> Ran:
    """Two small sites in several WARC files."""
    with serve_traps() as traps:
        settings = CrawlSettings(
            seeds=("http://site.test/", "http://optout.test/"),
            proxy=traps.proxy,
            delay=0,
            warc_bytes=8_000,
            allowed_sites=("test",),
        )
        work = tmp_path_factory.mktemp("warc")
        return crawl(job_for(work, settings), http_proxy="http://127.0.0.1:9", NO_PROXY="*")


def test_an_ambient_proxy_changes_nothing(ran: Ran) -> None:
    """`ran` was crawled with http_proxy naming a dead port."""
    assert {f"http://site.test/p{n}.html" for n in range(10)} <= set(ran.stored())


def test_names_sort_and_files_rotate_by_size(ran: Ran) -> None:
    names = [path.name for path in ran.warcs()]
    assert len(names) > 2
    assert names == [f"p00000-{n:05d}.warc.gz" for n in range(len(names))]
    assert all(path.stat().st_size < 8_000 + 5_000 for path in ran.warcs())


def test_warcio_check_passes(ran: Ran) -> None:
    command = [sys.executable, "-m", "warcio.cli", "check", "-v", *map(str, ran.warcs())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "digest pass" in done.stdout
    assert "digest fail" not in done.stdout


def test_warcio_and_fastwarc_read_the_same_records(ran: Ran) -> None:
    for path in ran.warcs():
        with path.open("rb") as stream:
            by_warcio = [
                (r.rec_type, r.rec_headers.get_header("WARC-Record-ID"), len(r.raw_stream.read()))
                for r in WarcioIterator(stream, no_record_parse=True)
            ]
        with path.open("rb") as stream:
            by_fastwarc = [
                (r.headers["WARC-Type"], r.headers["WARC-Record-ID"], len(r.reader.read()))
                for r in ArchiveIterator(stream, parse_http=False)
            ]
        assert by_warcio == by_fastwarc
        assert by_warcio[0][0] == "warcinfo"
        kinds = [kind for kind, _, _ in by_warcio[1:]]
        for at, kind in enumerate(kinds):
            if kind == "response":
                assert kinds[at - 2 : at] == ["metadata", "request"]


def test_every_record_is_one_gzip_member(ran: Ran) -> None:
    path = ran.warcs()[0]
    with path.open("rb") as stream:
        starts = [record.stream_pos for record in ArchiveIterator(stream, parse_http=False)]
    data = path.read_bytes()
    assert all(data[start : start + 2] == b"\x1f\x8b" for start in starts)
    with path.open("rb") as stream:
        stream.seek(starts[-1])
        assert len(list(ArchiveIterator(stream, parse_http=False))) == 1


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_segments_together_give_every_page_once(ran: Ran, pieces: int) -> None:
    path = ran.warcs()[1]
    with path.open("rb") as stream:
        whole = list(read_pages(stream, path.name))
        borders = sorted({0, *(p.warc_offset for p in whole[:: max(len(whole) // pieces, 1)])})
        ends = [*borders[1:], None]
        parts = [
            list(read_pages(stream, path.name, start, end, terms=EVERYTHING))
            for start, end in zip(borders, ends, strict=True)
        ]
    assert [page.url for part in parts for page in part] == [page.url for page in whole]


def test_a_cut_file_loses_at_most_its_last_record(ran: Ran) -> None:
    data = ran.warcs()[0].read_bytes()
    offsets = [page.warc_offset for page in read_pages(io.BytesIO(data), "w")]
    for cut in random.Random(7).sample(range(1, len(data)), 80):
        items = list(read_pages(io.BytesIO(data[:cut]), "w"))
        pages = [item for item in items if isinstance(item, Page)]
        damage = [item for item in items if isinstance(item, Damage)]
        assert len(pages) >= sum(offset < cut for offset in offsets) - 1
        assert len(damage) <= 1
        assert all(item.reason == "truncated" for item in damage), cut


def test_damage_in_the_middle_costs_only_its_record(ran: Ran) -> None:
    path = max(ran.warcs(), key=lambda p: p.stat().st_size)
    data = bytearray(path.read_bytes())
    pages = list(read_pages(io.BytesIO(data), "w"))
    hurt = pages[len(pages) // 2]
    end = data.find(b"\x1f\x8b\x08", hurt.warc_offset + 3)
    for at in range(hurt.warc_offset + 100, end - 20):
        data[at] = 0
    items = list(read_pages(io.BytesIO(bytes(data)), "w"))
    assert [p.url for p in items if isinstance(p, Page)] == [p.url for p in pages if p != hurt]
    assert [d.reason for d in items if isinstance(d, Damage)] == ["unreadable"]
    garbage = b"garbage" * 100
    mixed = bytes(data[: hurt.warc_offset]) + garbage + bytes(data[end:])
    assert sum(isinstance(p, Page) for p in read_pages(io.BytesIO(mixed), "w")) == len(pages) - 1


def test_uncompressed_chunked_and_odd_records_of_other_writers() -> None:
    http = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"6\r\n<html>\r\n3\r\nabc\r\n0\r\n\r\n"
    )

    def record(url: str, block: bytes) -> bytes:
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <{url}>\r\n"
            f"WARC-Record-ID: <urn:x:{url}>\r\nWARC-Date: 2020-01-02T03:04:05Z\r\n"
            f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}"
        )
        return head.encode() + b"\r\n\r\n" + block + b"\r\n\r\n"

    html = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>"
    data = b"".join(
        [
            record("http://a.jp/chunked", http),
            record("http://a.jp/moved", b"HTTP/1.1 301 Moved\r\nLocation: /x\r\n\r\n"),
            record("http://a.jp/gone", b"HTTP/1.1 404 Not Found\r\n\r\n"),
            record("http://a.jp/image", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx"),
            record("http://a.jp/plain", html),
        ]
    )
    items = list(classify(io.BytesIO(data), "f"))
    assert [getattr(item, "reason", "page") for item in items] == [
        "page", "redirect", "http_error", "not_html", "page",
    ]  # fmt: skip
    assert items[0].payload == b"<html>abc"
    assert (items[0].url, items[0].fetched_at) == ("http://a.jp/chunked", "2020-01-02T03:04:05Z")


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "gzip, br"])
def test_content_codings(coding: str) -> None:
    import gzip
    import zlib

    import brotli
    from backports import zstd

    encoders = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstd.compress,
    }
    plain = b"<html>" + bytes(100_000)
    body = plain
    for name in coding.split(", "):
        body = encoders[name](body)
    assert decode_body(body, coding, 200_000) == plain
    with pytest.raises(TooLargeError):
        decode_body(body, coding, 90_000)
    with pytest.raises(BadEncodingError):
        decode_body(b"\xff\xfe nonsense", coding, 90_000)


def test_html_is_told_by_type_or_by_its_beginning() -> None:
    assert is_html("text/html; charset=x", b"")
    assert is_html("Application/XHTML+xml", b"")
    assert is_html("", b"\xef\xbb\xbf \n<!DOCTYPE HTML>")
    assert not is_html("", b"%PDF-1.4")
    assert not is_html("text/plain", b"<html>")


@pytest.mark.parametrize("length", [None, 0, 1, 2, 150, 59_000, 60_001, 119_999, 300_000])
def test_filler_is_sound_warc_of_just_that_length(length: int | None) -> None:
    shortest = next(n for n in range(1, 1000) if _fills(n))
    wanted = shortest if length is None else shortest + length
    data = filler(wanted)
    assert len(data) == wanted
    assert all(record.rec_type == "metadata" for record in WarcioIterator(io.BytesIO(data)))
    assert [r.headers["WARC-Type"] for r in ArchiveIterator(io.BytesIO(data))]
    assert list(classify(io.BytesIO(data), "f")) == []


def _fills(length: int) -> bool:
    try:
        return len(filler(length)) == length
    except ValueError:
        return False


def test_blocked_pages_are_blanked_and_others_stay(ran: Ran, tmp_path) -> None:
    path = ran.warcs()[0]
    data = bytearray(path.read_bytes())
    before = list(classify(io.BytesIO(data), "w"))
    gone = next(item for item in before if isinstance(item, Page))
    blocked = Blocked.of([gone.url])
    for start, end in find_regions(io.BytesIO(data), blocked):
        data[start:end] = filler(end - start)
    after = list(classify(io.BytesIO(data), "w"))
    assert after == [item for item in before if item.url != gone.url]
    Path(tmp_path / "x.warc.gz").write_bytes(data)
    command = [sys.executable, "-m", "warcio.cli", "check", str(tmp_path / "x.warc.gz")]
    assert subprocess.run(command, check=False).returncode == 0


def test_blocked_sites() -> None:
    blocked = Blocked.of(["example.jp", "ameblo.jp/someone", "http://a.test/x"])
    assert "http://www.example.jp/y" in blocked
    assert "http://notexample.jp/" not in blocked
    assert "https://ameblo.jp/someone/entry.html" in blocked
    assert "https://ameblo.jp/another/" not in blocked
    assert "http://a.test/x" in blocked
    assert "http://a.test/xy" not in blocked


def test_metadata_says_what_became_of_each_url(ran: Ran) -> None:
    outcomes = {outcome for noted in ran.notes().values() for outcome, _ in noted}
    assert outcomes == {"stored", "opt_out"}
    assert json.loads((ran.work / "outcome.json").read_text())["counters"] == ran.counters


def test_a_page_is_written_as_it_came(tmp_path) -> None:
    files = WarcFiles(tmp_path, "one", 10**9, {"software": "test"})
    headers = (("Content-Type", "text/html"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    at, asked = "2026-01-01T00:00:00Z", (("Host", "a.jp"),)
    fetched = Fetched("http://a.jp/", 200, "HTTP/1.1", headers, asked, b"<html>", at, "192.0.2.1")
    files.write_page(fetched, {"kinari-outcome": "stored", "kinari-signals": "noai"})
    files.close()
    with (tmp_path / "one-00000.warc.gz").open("rb") as stream:
        (page,) = read_pages(stream, "one", terms=EVERYTHING)
        assert list(read_pages(stream, "one")) == []
    assert page.headers == (*headers, ("Content-Length", "6"))
    assert (page.payload, page.signals, page.fetched_at) == (
        b"<html>", ("noai",), "2026-01-01T00:00:00Z",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("http://a.jp/x", "http://a.jp/x"),
        ("<http://a.jp/x>", "http://a.jp/x"),
        ("HTTP://A.JP:80/y/../x#f", "http://a.jp/x"),
        ("http://日本.jp/\u202ex", "http://xn--wgv71a.jp/%E2%80%AEx"),
        *(
            (bad, None)
            for bad in ("", "javascript:alert(1)//", "urn:x", "dns:a.jp", "ftp://a.jp/x")
        ),
        *(
            (bad, None)
            for bad in ("http://[x/", "http://a..jp/", "http://u:p@a.jp/", "http://.../")
        ),
        ("http://a.jp/" + "x" * MAX_URL_CHARS, None),
    ],
)
def test_records_of_other_urls_than_pages_have_are_counted(target: str, url: str | None) -> None:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>x"
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {target}\r\n".encode()
    data = head + b"Content-Length: %d\r\n\r\n%b\r\n\r\n" % (len(block), block)
    (found,) = classify(io.BytesIO(data), "w")
    if url is None:
        assert isinstance(found, Skipped)
        assert found.reason == "bad_url"
    else:
        assert found.url == url
