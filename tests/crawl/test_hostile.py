"""Answers made to break or hold up a crawler: it goes on, and each is noted with its reason."""

import gzip
import socketserver
import threading
from collections.abc import Iterator

import pytest

from crawl.bodies import BadEncodingError, decode_body, to_text
from crawl.links import MAX_LINKS, read_html
from crawl.settings import CrawlSettings
from crawl.sitemaps import read_sitemap
from crawl.urls import canonical_url
from tests.crawl.crawling import Ran, crawl, job_for

HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PAGE = b"<html><body>good</body></html>"
CHUNKED = HTML + b"Transfer-Encoding: chunked\r\n\r\n"
STRANGE_HOSTS = (
    b"http://a b.fuzz.test/", b"http://a%00b.fuzz.test/", b"http://\x01.fuzz.test/", b"http://[::1",
    b"http://[v1.x]/", b"http://" + b"a" * 300 + b".fuzz.test/", b"http://a..fuzz.test/",
    b"http://fuzz.test:99999/", b"http://fuzz.test:abc/", b"http://x&lt;y.fuzz.test/",
    b"http://user:pw@fuzz.test/", b"http://a^`{|}.fuzz.test/", b"http://fuzz.test/&#xD800;",
)  # fmt: skip

ANSWERS = {
    "http09": (b"<html>hello", "network"),
    "garbage": (bytes(range(256)) * 20, "network"),
    "badstatus": (b"HTTP/1.1 abc OK\r\n\r\n", "network"),
    "negative": (HTML + b"Content-Length: -5\r\n\r\n" + PAGE, "network"),
    "endless": (HTML + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", "network"),
    "twice": (HTML + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n" + PAGE, "network"),
    "nochunk": (CHUNKED + b"zz\r\nabc\r\n", "network"),
    "hugechunk": (CHUNKED + b"ffffffffffffffffff\r\nabc", "network"),
    "extension": (CHUNKED + b"5;" + b"x" * 200_000 + b"\r\nhello\r\n0\r\n\r\n", "network"),
    "trailers": (CHUNKED + b"5\r\nhello\r\n0\r\n" + b"X: y\r\n" * 200_000, "network"),
    "continues": (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, "too_large"),
    "codings": (
        HTML + b"Content-Encoding: " + b",".join([b"gzip"] * 500) + b"\r\n\r\n" + PAGE,
        "bad_encoding",
    ),
    "charset": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset="
        + b" " * 15_000
        + b"!\r\n\r\n"
        + PAGE,
        "stored",
    ),
    "punycode": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=punycode\r\n\r\n<html>"
        + b"-abcdefghij" * 90_000,
        "stored",
    ),
    "refresh": (
        HTML + b"\r\n<html><meta http-equiv=refresh content='" + b" " * 100_000 + b"!'>",
        "stored",
    ),
    "hosts": (
        HTML + b"\r\n<html>" + b"".join(b"<a href='%s'>x</a>" % host for host in STRANGE_HOSTS),
        "stored",
    ),
    "javascript": (b"HTTP/1.1 302 F\r\nLocation: javascript:alert(1)\r\n\r\n", "bad_redirect"),
    "control": (b"HTTP/1.1 302 F\r\nLocation: http://x\x01y/\r\n\r\n", "bad_redirect"),
    "octal": (b"HTTP/1.1 302 F\r\nLocation: http://0177.1/\r\n\r\n", "redirect_off_scope"),
    "years": (
        b"HTTP/1.1 429 R\r\nRetry-After: Fri, 20 Nov 2026 00:00:00 +99999999999999\r\n\r\n",
        "http_error",
    ),
}

ABOUT = {
    "robots.txt": b"\xef\xbb\xbf\0\xff\nSitemap: http://[x\nSitemap: http://fuzz.test/map.xml\n"
    b"User-agent: *\nCrawl-delay: nan\nCrawl-delay: " + b"9" * 5000 + b"x\nAllow: /\n",
    "tdmrep.json": b'[{"location": "\\ud800*", "tdm-reservation": 1}, {"location": 5}, "x", null]',
    "map.xml": b"<sitemapindex>"
    + b"".join(b"<sitemap><loc>%s</loc></sitemap>" % host for host in STRANGE_HOSTS)
    + b"</sitemapindex>",
}
"""What the host says about itself."""


class Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked and (more := self.request.recv(65536)):
            asked += more
        name = asked.split()[1].decode("latin-1").rsplit("/", 1)[-1]
        answer = ANSWERS.get(name, (HTML + b"\r\n" + PAGE, ""))[0]
        if name in ABOUT:
            answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + ABOUT[name]
        elif not name:
            # Ten failures in a row would end the host, so good pages stand between them.
            names = [part for n, bad in enumerate(ANSWERS) for part in (bad, f"good{n}")]
            answer = HTML + b"\r\n" + "".join(f"<a href=/{n}>x</a>" for n in names).encode()
        try:
            self.request.sendall(answer)
        except OSError:
            return


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 128

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings = CrawlSettings(
            seeds=("http://fuzz.test/",),
            allowed_sites=("fuzz.test",),
            proxy=f"http://127.0.0.1:{server.server_address[1]}",
            delay=0,
            retries=0,
            allow=("^http://fuzz.test/",),
        )
        yield crawl(job_for(tmp_path_factory.mktemp("hostile"), settings))
        server.shutdown()


@pytest.mark.parametrize("name", ANSWERS)
def test_each_answer_is_noted_with_its_reason(ran: Ran, name: str) -> None:
    assert ran.notes()[f"http://fuzz.test/{name}"] == [(ANSWERS[name][1], "")]


def test_the_good_pages_beside_them_are_stored(ran: Ran) -> None:
    assert {f"http://fuzz.test/good{n}" for n in range(len(ANSWERS))} <= set(ran.stored())


def test_codings_put_one_over_the_other_are_undone_up_to_a_number() -> None:
    body = gzip.compress(gzip.compress(PAGE))
    assert decode_body(body, "gzip, gzip", 1000) == PAGE
    with pytest.raises(BadEncodingError):
        decode_body(body, "gzip," * 5, 1000)


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "utf-7", "rot13"])
def test_only_charsets_of_pages_are_decoded(charset: str) -> None:
    text = "日本語の本文".encode()
    assert to_text(text, f"text/html; charset={charset}") == ("日本語の本文", "utf-8")


def test_links_of_one_page_are_bounded() -> None:
    for more in (0, 1):
        found = read_html("<html>" + "<a href=x>" * (MAX_LINKS + more), "http://a.jp/")
        assert (len(found.links), found.cut) == (MAX_LINKS, bool(more))


def test_queries_of_utf_16_pages_are_utf_8() -> None:
    assert canonical_url("/?q=日", "http://a.jp/", "utf-16") == "http://a.jp/?q=%E6%97%A5"


def test_a_sitemap_of_other_elements_and_entities_is_read_past() -> None:
    entity = b'<!DOCTYPE u [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'
    body = (
        b"<x/>" * 1000
        + b"<url><image><loc>http://a.jp/i</loc></image><loc>http://a.jp/1</loc></url>"
    )
    data = entity + b"<urlset>" + body + b"<url><loc>&b;</loc></url></urlset>"
    assert read_sitemap(data) == (["http://a.jp/1"], [])
