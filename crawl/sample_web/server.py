"""The sample web on loopback: one port that acts as a forward proxy for all its hosts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from crawl.sample_web.build import build
from crawl.sample_web.model import Response, SampleWeb

_MISSING = Response(404, (("Content-Type", "text/html; charset=utf-8"),), b"<h1>Not Found</h1>")
_NO_HOST = Response(502, (("Content-Type", "text/plain; charset=utf-8"),), b"no such host\n")


@dataclass(slots=True)
class Served:
    """A running server.

    Attributes:
        proxy: URL to use as HTTP proxy.
        seeds: where a crawl starts.
        web: what is served.
        requests: method and URL of each request so far, in order of arrival.
    """

    proxy: str
    seeds: tuple[str, ...]
    web: SampleWeb
    requests: list[tuple[str, str]] = field(default_factory=list)


@contextmanager
def serve(seed: int, hosts: tuple[str, ...] = (), pages: int = 0) -> Iterator[Served]:
    """Serve the sample web on a free port of 127.0.0.1 until the block ends.

    Args:
        seed: of the web.
        hosts: host names to serve; empty serves all.
        pages: most articles per site; 0 serves all.

    Yields:
        The proxy's URL, the seeds and the web. A request names its page by an absolute target, as
        clients ask a proxy, or by its Host header.

    Raises:
        ValueError: a host that the sample web does not have.
    """
    web = build(seed, hosts, pages)
    server = _Server(("127.0.0.1", 0), _Handler)
    served = Served(f"http://127.0.0.1:{server.server_address[1]}", web.seeds, web)
    server.served = served
    server.known = frozenset(web.hosts)
    thread = threading.Thread(target=server.serve_forever, name="sample-web", daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    served: Served
    known: frozenset[str]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Answer with the page's headers."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: requests are kept in ``Served.requests``."""

    def _answer(self, with_body: bool) -> None:
        target = self.path
        if target.startswith("/"):
            target = f"http://{self.headers.get('Host', '')}{target}"
        self.server.served.requests.append((self.command, target))
        parts = urlsplit(target)
        url = f"http://{parts.hostname or ''}{parts.path or '/'}"
        url += f"?{parts.query}" if parts.query else ""
        page = self.server.served.web.pages.get(url)
        if page is None:
            page = _MISSING if (parts.hostname or "") in self.server.known else _NO_HOST
        self.send_response_only(page.status)
        for name, value in page.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(page.body)))
        self.end_headers()
        if with_body:
            self.wfile.write(page.body)
