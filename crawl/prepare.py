"""Getting to know a host before its first page: address, robots.txt, TDM file, sitemaps."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic, time

from crawl.addresses import RefusedAddressError, Resolver, refused_port
from crawl.bodies import BadEncodingError, TooLargeError, decode_body
from crawl.fetch import Fetcher, FetchError
from crawl.frontier import Frontier
from crawl.hosts import Host, Turn, backoff
from crawl.robots import FORBIDDEN, MAX_BYTES, Robots, parse_robots
from crawl.scope import Scope
from crawl.settings import CrawlSettings
from crawl.signals import parse_tdmrep
from crawl.sitemaps import MAX_SITEMAP_BYTES, read_sitemap
from crawl.urls import canonical_url, host_of, origin_of, path_of
from crawl.warc import Fetched

ROBOTS_SECONDS = 24 * 3600
"""How long a robots.txt is held, in seconds; RFC 9309 asks for a day at most."""

FAILED_ROBOTS_SECONDS = 3600
"""After how long a robots.txt that could not be had is asked for again, in seconds."""

_ROBOTS_REDIRECTS = 5
_ROBOTS_DECODED = 16 * MAX_BYTES
"""Bytes of a robots.txt after decompression; a bomb counts as a file that could not be had."""

_ANY_SIZE = 2**40

_SITEMAPS_AT_ONCE = 3
"""Sitemaps in memory at once, whatever the number of hosts: each may have 50 MiB."""

_UNANSWERED_SITEMAPS = 2
"""Sitemaps of a host that may stay without an answer: the others wait meanwhile."""


class Preparation:
    """Prepares hosts. One for each crawl process."""

    def __init__(
        self,
        settings: CrawlSettings,
        frontier: Frontier,
        fetcher: Fetcher,
        resolver: Resolver,
        scope: Scope,
        add: Callable[[str, int], None],
    ) -> None:
        self._settings = settings
        self._frontier = frontier
        self._fetcher = fetcher
        self._resolver = resolver
        self._scope = scope
        self._add = add
        self._turns: dict[str, Turn] = {}
        self._sitemap_room = asyncio.Semaphore(_SITEMAPS_AT_ONCE)

    async def prepare(self, number: int) -> Host:
        """Make a host ready: where it must not be fetched from, `ended` says why.

        Args:
            number: of the host in the frontier.

        Returns:
            The host with its rules.
        """
        origin, _ = self._frontier.origin(number)
        name = host_of(origin)
        ended, address = await self._address(origin)
        room = asyncio.Semaphore(self._settings.concurrency_per_host)
        turn = self._turns.setdefault(address or name, Turn(room))
        delay = self._settings.delay
        host = Host(number, origin, turn, delay=delay, least=delay, ended=ended)
        if not ended:
            await self.refresh_robots(host)
        if not host.ended and host.robots is not None and not host.robots.forbidden:
            await self._read_tdm(host)
            if self._settings.sitemaps and not self._frontier.is_prepared(number):
                await self._read_sitemaps(host)
        self._frontier.mark_prepared(number)
        return host

    async def _address(self, url: str) -> tuple[str, str]:
        """Judge the address and port of a URL: why it is refused, and where it is."""
        name = host_of(url)
        if refused_port(url) or self._scope.refuses_literal(name):
            return "refused_address", ""
        if self._settings.proxy:
            return "", ""
        try:
            return "", (await self._resolver.resolve(name))[0]
        except RefusedAddressError:
            return "refused_address", ""
        except (OSError, UnicodeError):
            return "dns", ""

    async def check_address(self, host: Host) -> None:
        """Judge a host's address again where its pinned one has grown old."""
        if not host.ended and not self._settings.proxy:
            host.ended, _ = await self._address(host.origin)

    async def refresh_robots(self, host: Host) -> None:
        """Read a host's robots.txt, unless it was read within a day."""
        name = f"robots:{host.origin}"
        kept = self._frontier.fact(name)
        until, _, text = (kept or "0\n").partition("\n")
        left = float(until) - time()
        if left <= 0:
            data = await self._fetch_robots(host)
            text = "!" if data is None else "=" + data.decode("latin-1")
            left = float(ROBOTS_SECONDS if data is not None else FAILED_ROBOTS_SECONDS)
            self._frontier.set_fact(name, f"{time() + left:.0f}\n{text}")
        forbidden = text == "!"
        host.robots = FORBIDDEN if forbidden else parse_robots(text[1:].encode("latin-1"))
        host.robots_until = monotonic() + left
        asked = host.robots.crawl_delay(self._settings.user_agent)
        if asked is not None:
            host.least = max(self._settings.delay, asked)
            host.delay = max(host.delay, host.least)
            if asked > self._settings.max_crawl_delay:
                host.ended = "crawl_delay"

    async def _fetch_robots(self, host: Host) -> bytes | None:
        """Fetch robots.txt by RFC 9309, 2.3.1: None where everything is forbidden.

        4xx but 429: nothing is forbidden. 5xx, 429, no answer: everything is. Redirects are
        followed five times, to other hosts as well; beyond that the file counts as missing.
        """
        url = f"{host.origin}/robots.txt"
        for _ in range(_ROBOTS_REDIRECTS + 1):
            fetched = await self._get(host, url, _ANY_SIZE, cut_at=2 * MAX_BYTES)
            if fetched is None or fetched.status == 429 or fetched.status >= 500:
                return None
            location = field(fetched, "location")
            if 300 <= fetched.status < 400 and location:
                target = canonical_url(location, url)
                if target is None or (await self._address(target))[0]:
                    return b""
                url = target
                continue
            return self._robots_body(fetched) if fetched.status == 200 else b""
        return b""

    async def _get(self, host: Host, url: str, max_bytes: int, cut_at: int = 0) -> Fetched | None:
        """Ask, and again after a failure: once at least, as a robots.txt decides on a host.

        Returns:
            The answer; None where none came.
        """
        for failures in range(1, max(self._settings.retries, 1) + 2):
            try:
                async with host.take_turn(self._settings.ip_delay):
                    fetched, _ = await self._fetcher.get(url, max_bytes=max_bytes, cut_at=cut_at)
                return fetched
            except FetchError as error:
                if not error.again or (failures > 1 and error.reason == "timeout"):
                    return None
                host.pause(backoff(failures, self._settings))
        return None

    @staticmethod
    def _robots_body(fetched: Fetched) -> bytes | None:
        """The file without content-coding; None where the coding hides what it says.

        Text under a wrong coding name is read as it stands.
        """
        coding = field(fetched, "content-encoding")
        try:
            return decode_body(fetched.body, coding, _ROBOTS_DECODED)
        except TooLargeError:
            return None
        except BadEncodingError:
            return None if b"\0" in fetched.body else fetched.body

    @staticmethod
    def _body(fetched: Fetched, limit: int) -> bytes:
        try:
            return decode_body(fetched.body, field(fetched, "content-encoding"), limit)
        except (TooLargeError, BadEncodingError):
            return b""

    async def _read_tdm(self, host: Host) -> None:
        url = f"{host.origin}/.well-known/tdmrep.json"
        if not (host.robots or Robots()).allowed(self._settings.user_agent, path_of(url)):
            return
        fetched = await self._get(host, url, 2**20)
        if fetched is not None and fetched.status == 200:
            host.tdm = parse_tdmrep(self._body(fetched, 2**20))

    async def _read_sitemaps(self, host: Host) -> None:
        """Read the sitemaps that robots.txt names, and those that they name, of this host."""
        robots = host.robots or Robots()
        queue = [canonical_url(url, host.origin) for url in robots.sitemaps]
        seen: set[str] = set()
        unanswered = 0
        while queue and len(seen) < self._settings.max_sitemaps:
            url = queue.pop(0)
            if url is None or url in seen or origin_of(url) != host.origin:
                continue
            seen.add(url)
            if not robots.allowed(self._settings.user_agent, path_of(url)):
                continue
            async with self._sitemap_room:
                fetched = await self._get(host, url, MAX_SITEMAP_BYTES)
                unanswered += fetched is None
                if unanswered == _UNANSWERED_SITEMAPS:
                    return
                if fetched is None or fetched.status != 200:
                    continue
                pages, more = read_sitemap(self._body(fetched, MAX_SITEMAP_BYTES))
            queue += [canonical_url(entry, url) for entry in more]
            for entry in pages:
                page = canonical_url(entry, url)
                if page is not None and self._scope.contains(page):
                    self._add(page, 1)


def field(fetched: Fetched, name: str) -> str:
    """Give the first header field of that name (lower case); "" where there is none."""
    return next((value for key, value in fetched.headers if key.lower() == name), "")


def utc_now() -> str:
    """Give the present as WARC writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
