"""The sample web's server, asked as a proxy and by Host header."""

import http.client
from urllib.parse import urlsplit

import pytest

from crawl.sample_web.server import serve

HOSTS = ("kawara-shinpo.example", "yukemuri-tabi.example")


def _get(proxy: str, target: str, host: str = "") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(proxy).netloc, timeout=10)
    connection.request("GET", target, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


def test_pages_come_by_absolute_target_and_by_host_header() -> None:
    with serve(3, HOSTS, pages=5) as served:
        page = served.web.pages["http://kawara-shinpo.example/"]
        assert _get(served.proxy, "http://kawara-shinpo.example/")[2] == page.body
        assert _get(served.proxy, "/", host="kawara-shinpo.example")[2] == page.body
        assert ("GET", "http://kawara-shinpo.example/") in served.requests


def test_redirects_missing_pages_and_unknown_hosts() -> None:
    with serve(3, HOSTS, pages=5) as served:
        status, headers, _ = _get(served.proxy, "http://kawara-shinpo.example/old/top")
        assert (status, headers["Location"]) == (302, "http://kawara-shinpo.example/old/top2")
        assert _get(served.proxy, "http://kawara-shinpo.example/none")[0] == 404
        assert _get(served.proxy, "http://nowhere.example/")[0] == 502


def test_compressed_hosts_say_so() -> None:
    with serve(3, HOSTS, pages=5) as served:
        headers = _get(served.proxy, "http://yukemuri-tabi.example/")[1]
        assert headers["Content-Encoding"] == "gzip"


def test_the_port_is_free_after_the_block() -> None:
    with serve(3, HOSTS[:1], pages=1) as served:
        proxy = served.proxy
    with pytest.raises(OSError):
        _get(proxy, "http://kawara-shinpo.example/")
