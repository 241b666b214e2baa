"""A web full of traps on one loopback port: hosts are told apart as a forward proxy does."""

import gzip
import inspect
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HTML = "text/html; charset=utf-8"


@dataclass
class Asked:
    """One request as the server saw it: when it came, and a moment before its answer was out."""

    host: str
    path: str
    headers: dict[str, str]
    start: float
    end: float = 0.0


@dataclass
class Traps:
    """A running trap server."""

    proxy: str
    port: int
    log: list[Asked] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)

    def paths(self, host: str) -> list[str]:
        return [asked.path for asked in self.log if asked.host == host]

    def count(self, host: str, prefix: str) -> int:
        return sum(path.startswith(prefix) for path in self.paths(host))

    def times(self, host: str) -> Counter[str]:
        return Counter(self.paths(host))


def page(body: str, *links: str, head: str = "") -> bytes:
    anchors = "".join(f'<a href="{link}">次へ</a>\n' for link in links)
    text = f"<!DOCTYPE html><html><head><title>罠</title>{head}</head><body><p>{body}</p>{anchors}"
    return (text + "</body></html>").encode()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "Server"
    asked: Asked

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        host = parts.netloc or self.headers["Host"]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self.asked = Asked(host, target, dict(self.headers), time.monotonic())
        self.server.traps.log.append(self.asked)
        name = host.split(":")[0].split(".")[0].split("-")[0]
        try:
            if target == "/.well-known/tdmrep.json" and name != "optout":
                self.reply(404, b"")
            else:
                getattr(self, f"on_{name}", self.on_site)(parts.path, parse_qs(parts.query))
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    def reply(self, status: int, body: bytes, kind: str = HTML, **fields: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for key, value in fields.items():
            self.send_header(key.replace("_", "-"), value)
        time.sleep(0.002)
        # Taken before the client can know that the answer is whole.
        self.asked.end = time.monotonic()
        self.end_headers()
        self.wfile.write(body)

    def start(self, status: int = 200, **fields: str) -> None:
        self.close_connection = True
        self.send_response(status)
        for key, value in {"Content_Type": HTML, "Connection": "close", **fields}.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()

    def go(self, location: str, status: int = 302) -> None:
        self.reply(status, b"", Location=location)

    def robots(self, *lines: str) -> None:
        self.reply(200, "\n".join(lines).encode(), "text/plain")

    def on_site(self, path: str, _: dict[str, list[str]]) -> None:
        """An ordinary site of ten pages; its robots.txt is missing."""
        if path == "/robots.txt":
            self.reply(404, b"no")
        elif path == "/":
            self.reply(200, page("入口", *(f"/p{n}.html" for n in range(10))))
        elif path.startswith("/p"):
            self.reply(200, page(f"ページ{path}", "/", "/p0.html"))
        else:
            self.reply(404, b"no such page")

    # --- robots.txt -------------------------------------------------------------------------

    def on_rules(self, path: str, _: dict[str, list[str]]) -> None:
        text = (
            "\ufeff# ロボット\r\nUser-Agent: *\r\nDisallow: /\r\n\r\nuser-agent: KINARI # 私\r\n"
            "Disallow: /no\r\nAllow: /no/but\r\nDisallow: /*.cgi$\r\n"
            "Crawl-delay: 0.25\r\nSitemap: http://rules.test/map.xml\r\n"
        )
        if path == "/robots.txt":
            self.reply(200, text.encode(), "text/plain")
        elif path == "/map.xml":
            body = "<sitemapindex><sitemap><loc>http://rules.test/map2.xml.gz</loc></sitemap>"
            self.reply(200, (body + "</sitemapindex>").encode(), "text/xml")
        elif path == "/map2.xml.gz":
            urls = "".join(f"<url><loc>/hidden{n}.html</loc></url>" for n in range(2))
            self.reply(200, gzip.compress(f"<urlset>{urls}</urlset>".encode()), "application/gzip")
        elif path == "/":
            links = ("/no/1", "/no/but/2", "/x.cgi", "/x.cgi?a=1", "/%6Eo/3")
            self.reply(200, page("規則", *links))
        else:
            self.reply(200, page(f"あり {path}"))

    def on_robots503(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(503, b"") if path == "/robots.txt" else self.on_site(path, query)

    def on_robots429(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(429, b"") if path == "/robots.txt" else self.on_site(path, query)

    def on_robots403(self, path: str, query: dict[str, list[str]]) -> None:
        self.reply(403, b"") if path == "/robots.txt" else self.on_site(path, query)

    def on_robotsreset(self, path: str, query: dict[str, list[str]]) -> None:
        """Hangs up on the first that asks for robots.txt."""
        if path == "/robots.txt" and self.server.traps.count("robotsreset.test", path) == 1:
            self.trap_reset()
        else:
            self.on_site(path, query)

    def on_robotshang(self, path: str, query: dict[str, list[str]]) -> None:
        if path == "/robots.txt":
            self.server.stop.wait(20)
            self.close_connection = True
        else:
            self.on_site(path, query)

    def on_robotsfar(self, path: str, query: dict[str, list[str]]) -> None:
        """Five redirects before the file."""
        self._robots_chain(path, query, 5)

    def on_robotstoofar(self, path: str, query: dict[str, list[str]]) -> None:
        """Six redirects before the file."""
        self._robots_chain(path, query, 6)

    def _robots_chain(self, path: str, query: dict[str, list[str]], length: int) -> None:
        step = 0 if path == "/robots.txt" else int(path[2:] or 0) if path[:2] == "/r" else -1
        if step < 0:
            self.on_site(path, query)
        elif step < length:
            self.go(f"/r{step + 1}")
        else:
            self.robots("User-agent: *", "Disallow: /p1")

    def on_robotsbig(self, path: str, query: dict[str, list[str]]) -> None:
        if path == "/robots.txt":
            filler = "# 充填 filler\n" * 25_000
            self.robots("User-agent: *", filler, "Disallow: /p1", "#" * 2_000_000)
        else:
            self.on_site(path, query)

    # --- traps ------------------------------------------------------------------------------

    def on_traps(self, path: str, query: dict[str, list[str]]) -> None:
        name = path.split("/")[1]
        getattr(self, f"trap_{name}", self.trap_)(path, query)

    def trap_(self, path: str, _: dict[str, list[str]]) -> None:
        names = re.findall(r"def trap_(\w+)\(", inspect.getsource(Handler))
        if path == "/":
            links = [f"/{name}/" for name in names] + [f"/good{n}.html" for n in range(20)]
            self.reply(200, page("罠の目次", *links))
        elif path == "/robots.txt":
            self.reply(404, b"")
        elif path.startswith("/good"):
            self.reply(200, page(f"よいページ {path}"))
        else:
            self.reply(404, b"")

    def trap_bomb(self, *_: object) -> None:
        self.reply(200, self.server.bomb, Content_Encoding="gzip")

    def trap_huge(self, *_: object) -> None:
        self.start()
        for _ in range(300):
            self.wfile.write(b"x" * 2**20)

    def trap_hugelength(self, *_: object) -> None:
        self.start(Content_Length=str(300 * 2**20))
        for _ in range(300):
            self.wfile.write(b"x" * 2**20)

    def trap_drip(self, *_: object) -> None:
        self.start()
        while not self.server.stop.wait(0.2):
            self.wfile.write(b"x")
            self.wfile.flush()

    def trap_slowheader(self, *_: object) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.stop.wait(0.2):
            self.wfile.write(b"X: y\r\n")
            self.wfile.flush()

    def trap_headers(self, *_: object) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for n in range(1_000_000):
            self.wfile.write(b"X-%d: %s\r\n" % (n, b"y" * 1000))

    def trap_longline(self, *_: object) -> None:
        self.close_connection = True
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(1_000):
            self.wfile.write(b"y" * 2**20)

    def trap_loop(self, path: str, _: object) -> None:
        self.go("/loop/b" if path == "/loop/" else "/loop/")

    def trap_chain(self, path: str, _: object) -> None:
        self.go(f"/chain/{int(path[7:] or 0) + 1}", 301)

    def trap_private(self, *_: object) -> None:
        self.go(f"http://127.0.0.1:{self.server.traps.port}/secret")

    def trap_metadata(self, *_: object) -> None:
        self.go("http://169.254.169.254/latest/meta-data/")

    def trap_port(self, *_: object) -> None:
        self.go("http://traps.test:25/secret")

    def trap_v6(self, *_: object) -> None:
        self.go("http://[::1]/secret")

    def trap_mapped(self, *_: object) -> None:
        self.go("http://2130706433/secret")

    def trap_file(self, *_: object) -> None:
        self.go("file:///etc/passwd")

    def trap_calendar(self, _: str, query: dict[str, list[str]]) -> None:
        year, month = int(query.get("y", ["2026"])[0]), int(query.get("m", ["11"])[0])
        links = [f"/calendar/?y={year + (month == 12)}&m={month % 12 + 1}"]
        self.reply(200, page(f"{year}年{month}月", *links))

    def trap_cal(self, path: str, _: object) -> None:
        year, month = [*path[5:].strip("/").split("/"), "", ""][:2]
        y, m = int(year or 2026), int(month or 1)
        self.reply(200, page(f"{y}/{m}", f"/cal/{y + (m == 12)}/{m % 12 + 1:02d}/"))

    def trap_session(self, *_: object) -> None:
        links = [f"/session/?PHPSESSID={time.monotonic_ns():032x}&page={n}" for n in range(3)]
        self.reply(200, page("会員", *links))

    def trap_sessionpath(self, *_: object) -> None:
        self.reply(200, page("会員", f"/sessionpath/;jsessionid={time.monotonic_ns():032x}"))

    def trap_rep(self, path: str, _: object) -> None:
        self.reply(200, page(path, "a/b/"))

    def trap_path(self, path: str, _: object) -> None:
        self.reply(200, page(path, f"{path}{len(path)}/"))

    def trap_q(self, _: str, query: dict[str, list[str]]) -> None:
        n = int(query.get("n", ["0"])[0])
        self.reply(200, page(f"並べ替え{n}", f"/q/?n={2 * n + 1}", f"/q/?n={2 * n + 2}"))

    def trap_long(self, path: str, _: object) -> None:
        self.reply(200, page("長い", f"/long/{'x' * (2 * len(path))}"))

    def trap_deep(self, path: str, _: object) -> None:
        self.reply(200, page("深い", f"/deep/s{int(path[7:] or 0) + 1}"))

    def trap_reset(self, *_: object) -> None:
        self.close_connection = True
        self.connection.close()

    def trap_cut(self, *_: object) -> None:
        self.start(Content_Length="1000")
        self.wfile.write(b"<html>half")

    def trap_badgzip(self, *_: object) -> None:
        self.reply(200, b"\x1f\x8b\x08" + b"not gzip" * 20, Content_Encoding="gzip")

    def trap_unknown(self, *_: object) -> None:
        self.reply(200, b"<html>x", Content_Encoding="rot13")

    def trap_pdf(self, *_: object) -> None:
        self.reply(200, b"%PDF" * 100_000, "application/pdf")

    def trap_boom(self, *_: object) -> None:
        self.reply(500, b"boom")

    def trap_teapot(self, *_: object) -> None:
        self.reply(418, b"teapot")

    def trap_nul(self, *_: object) -> None:
        self.reply(200, b"<html>\0\0<a href='/good1.html'>\0" + bytes(range(256)))

    # --- manners ----------------------------------------------------------------------------

    def on_busy(self, path: str, query: dict[str, list[str]]) -> None:
        """Asks for a second of rest once a page."""
        if path.startswith("/p") and self.server.traps.count("busy.test", path) == 1:
            self.reply(429 if path < "/p5" else 503, b"", Retry_After="1")
        else:
            self.on_site(path, query)

    def on_away(self, path: str, query: dict[str, list[str]]) -> None:
        """Asks for a day of rest."""
        if path.startswith("/p"):
            self.reply(503, b"", Retry_After="86400")
        else:
            self.on_site(path, query)

    def on_slowly(self, path: str, query: dict[str, list[str]]) -> None:
        if path == "/robots.txt":
            self.robots("User-agent: *", "Crawl-delay: 86400")
        else:
            self.on_site(path, query)

    # --- opting out -------------------------------------------------------------------------

    def on_optout(self, path: str, _: dict[str, list[str]]) -> None:
        meta = '<meta name="{}" content="{}">'.format
        heads = {
            "meta_noindex": meta("robots", "noindex"),
            "meta_noai": meta("ROBOTS", "NoAI, noimageai"),
            "meta_none": meta("robots", "none"),
            "meta_noarchive": meta("gptbot", "noarchive"),
            "meta_other": meta("googlebot", "noindex"),
            "meta_tdm": meta("tdm-reservation", "1"),
            "tdmfile_free": meta("tdm-reservation", "0"),
        }
        fields = {
            "x_noindex": {"X_Robots_Tag": "noindex, nofollow"},
            "x_noai": {"X_Robots_Tag": "unavailable_after: 25 Jun 2030 15:00:00 PST, noai"},
            "x_other": {"X_Robots_Tag": "otherbot: noindex, nofollow"},
            "x_ours": {"X_Robots_Tag": "kinari: noindex"},
            "x_tdm": {"TDM_Reservation": "1"},
            "x_usage": {"Content_Usage": "train-ai=n, search=y"},
            "x_usage_yes": {"Content_Usage": "train-ai=y"},
        }
        name = path.strip("/")
        if path == "/robots.txt":
            self.robots(
                "User-agent: *", "Disallow:", "Content-Usage: /usage_robots train-ai=n", "",
                "User-agent: GPTBot", "User-agent: CCBot", "Disallow: /for_people",
            )  # fmt: skip
        elif path == "/.well-known/tdmrep.json":
            body = b'[{"location": "/tdmfile*", "tdm-reservation": 1}]'
            self.reply(200, body, "application/json")
        elif path == "/":
            extra = ("tdmfile", "usage_robots", "for_people", "plain")
            self.reply(200, page("意思表示", *(f"/{n}" for n in (*heads, *fields, *extra))))
        elif name.startswith("from_"):
            self.reply(200, page(f"続き {name}"))
        else:
            body = page(f"本文 {name}", f"/from_{name}", head=heads.get(name, ""))
            self.reply(200, body, **fields.get(name, {}))

    # --- links between sites ----------------------------------------------------------------

    def on_cross(self, path: str, _: dict[str, list[str]]) -> None:
        """Five sites; pages that only another site links to, two sites deep."""
        own = urlsplit(self.path).netloc.split(".")[0]
        others = [f"cross-{n}" for n in range(5) if f"cross-{n}" != own]
        if path == "/robots.txt":
            self.reply(404, b"")
        elif path == "/":
            self.reply(200, page(own, *(f"http://{o}.test/from-{own}.html" for o in others)))
        elif path.startswith("/from-"):
            back = path[6:-5]
            self.reply(200, page(path, f"http://{back}.test/deep-{own}.html"))
        else:
            self.reply(200, page(f"{own} {path}"))

    # --- re-crawl ---------------------------------------------------------------------------

    def on_again(self, path: str, query: dict[str, list[str]]) -> None:
        version = self.server.traps.memory.get("version", 1)
        if path == "/etag.html":
            tag = '"one"'
            if self.headers.get("If-None-Match") == tag:
                self.reply(304, b"", ETag=tag)
            else:
                self.reply(200, page("変わらない"), ETag=tag)
        elif path == "/date.html":
            date = "Sat, 21 Nov 2026 00:00:00 GMT"
            if self.headers.get("If-Modified-Since") == date:
                self.reply(304, b"", Last_Modified=date)
            else:
                self.reply(200, page("日付"), Last_Modified=date)
        elif path == "/same.html":
            self.reply(200, page("同じ"))
        elif path == "/changed.html":
            links = ["/new.html"] if version > 1 else []
            self.reply(200, page(f"版{version}", *links), ETag=f'"v{version}"')
        elif path == "/new.html":
            self.reply(200, page("新しい"))
        elif path == "/":
            names = ("etag", "date", "same", "changed")
            self.reply(200, page("入口", *(f"/{name}.html" for name in names)))
        else:
            self.on_site(path, query)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    block_on_close = False
    traps: Traps
    stop: threading.Event
    bomb: bytes

    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what many traps expect."""


@contextmanager
def serve_traps() -> Iterator[Traps]:
    server = Server(("127.0.0.1", 0), Handler)
    port = server.server_address[1]
    server.traps = Traps(f"http://127.0.0.1:{port}", port)
    server.stop = threading.Event()
    server.bomb = gzip.compress(bytes(300 * 2**20), 1)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.traps
    finally:
        server.stop.set()
        server.shutdown()
        thread.join()
        server.server_close()
