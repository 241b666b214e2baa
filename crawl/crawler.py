"""The crawl of one partition: hosts side by side, each at its own pace."""

import asyncio
from base64 import b32encode
from collections import deque
from hashlib import sha1
from time import monotonic

from crawl.bodies import (
    BadEncodingError,
    TooLargeError,
    decode_body,
    is_html,
    media_type,
    to_text,
)
from crawl.fetch import Fetcher, FetchError
from crawl.frontier import Entry, Frontier, Known, Result
from crawl.hosts import Host, backoff, retry_after
from crawl.links import read_html
from crawl.prepare import Preparation, field, utc_now
from crawl.robots import Robots
from crawl.scope import Scope
from crawl.settings import CrawlSettings
from crawl.signals import (
    header_rules,
    in_order,
    meta_rules,
    robots_signals,
    tdm_reserved,
)
from crawl.urls import path_of, strip_url
from crawl.warc import Earlier, Fetched, WarcFiles

MAX_HOSTS = 500
"""Hosts crawled at once by one process; the others wait."""

MAX_FAILURES = 10
"""Requests in a row without any answer after which a host counts as down."""

COMMIT_SECONDS = 0.5
_AGAIN = frozenset({429, 500, 502, 503, 504})


class Crawler:
    """Crawls until no URL waits.

    Attributes:
        frontier: URLs and what became of them.
    """

    def __init__(
        self,
        settings: CrawlSettings,
        frontier: Frontier,
        files: WarcFiles,
        scope: Scope,
    ) -> None:
        self._settings = settings
        self.frontier = frontier
        self._files = files
        self._scope = scope
        self._agents = settings.agents
        self._queue: deque[int] = deque()
        self._queued: set[int] = set()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._hosts: dict[int, Host] = {}
        self._wake = asyncio.Event()
        self._committed = monotonic()
        self._fetcher: Fetcher
        self._preparation: Preparation

    def use(self, fetcher: Fetcher, preparation: Preparation) -> None:
        """Give the crawler what needs a running reactor."""
        self._fetcher = fetcher
        self._preparation = preparation

    async def run(self) -> None:
        """Fetch everything that waits, and what it leads to."""
        for host in self.frontier.cut_short():
            self._queue.append(host)
            self._queued.add(host)
        while True:
            for host in self.frontier.waiting_hosts():
                self._enqueue(host)
            if not self._queue:
                break
            await self._run_queue()
        self.frontier.give_up_waiting()
        self._commit(force=True)

    async def _run_queue(self) -> None:
        while self._queue or self._tasks:
            while self._queue and len(self._tasks) < MAX_HOSTS:
                host = self._queue.popleft()
                self._queued.discard(host)
                self._tasks[host] = asyncio.create_task(self._crawl_host(host))
            self._wake.clear()
            await self._wake.wait()
            for number, task in list(self._tasks.items()):
                if task.done():
                    del self._tasks[number]
                    task.result()
                    if self.frontier.waits(number):
                        self._enqueue(number)

    def _enqueue(self, host: int) -> None:
        if host not in self._queued and host not in self._tasks and self.frontier.waits(host):
            self._queue.append(host)
            self._queued.add(host)
            self._wake.set()

    async def _crawl_host(self, number: int) -> None:
        try:
            host = self._hosts.get(number)
            if host is None:
                host = self._hosts[number] = await self._preparation.prepare(number)
            workers = 1 if host.ended else self._settings.concurrency_per_host
            await asyncio.gather(*(self._work(host) for _ in range(workers)))
        finally:
            self._wake.set()

    async def _work(self, host: Host) -> None:
        """Fetch a host's URLs one after another; wait where others may still find more."""
        while True:
            entry = self.frontier.take(host.number)
            if entry is None:
                if not host.busy:
                    return
                host.changed.clear()
                await host.changed.wait()
                continue
            host.busy += 1
            try:
                await self._visit(host, entry)
            finally:
                host.busy -= 1
                host.changed.set()
            self._commit()

    async def _visit(self, host: Host, entry: Entry) -> None:
        """Bring one URL to its end: a page stored, or a reason."""
        if not host.ended and host.robots_until < monotonic():
            await self._preparation.refresh_robots(host)
        robots = host.robots or Robots()
        path = path_of(entry.url)
        if host.ended:
            self._drop(entry, host.ended)
            return
        if not robots.allowed(self._settings.user_agent, path):
            self._drop(entry, "robots")
            return
        signals = robots_signals(robots, self._settings.user_agent, self._settings.ai_agents, path)
        if signals.intersection(self._settings.obey):
            self._drop(entry, "opt_out", signals=in_order(signals))
            return
        fetched = await self._fetch(host, entry)
        if fetched is not None:
            self._receive(host, entry, fetched, signals)

    async def _fetch(self, host: Host, entry: Entry) -> Fetched | None:
        """Ask until an answer comes or the tries are used up; None where the URL is closed."""
        known = self.frontier.earlier(entry.url)
        extra = []
        if known is not None and known.etag:
            extra.append(("If-None-Match", known.etag))
        if known is not None and known.modified:
            extra.append(("If-Modified-Since", known.modified))
        retries = self._settings.retries
        for left in range(retries, -1, -1):
            wait = backoff(retries - left + 1, self._settings)
            if host.ended:
                break
            try:
                async with host.take_turn(self._settings.ip_delay):
                    await self._preparation.check_address(host)
                    if host.ended:
                        break
                    fetched, latency = await self._fetcher.get(entry.url, extra, html_only=True)
            except FetchError as error:
                host.failures += error.reason in ("timeout", "network")
                if host.failures >= MAX_FAILURES:
                    host.ended = "host_down"
                elif error.again and left > (retries > 1) * (error.reason == "timeout"):
                    host.pause(wait)
                    continue
                self._drop(entry, error.reason)
                return None
            host.failures = 0
            host.throttle(latency, fetched.status, self._settings)
            if fetched.status not in _AGAIN:
                return fetched
            asked = retry_after(field(fetched, "retry-after"))
            wait = wait if asked is None else asked
            if wait > self._settings.max_retry_after:
                host.ended = "retry_after"
            elif left or asked is not None:
                host.pause(wait)
            if not left:
                return fetched
        self._drop(entry, host.ended)
        return None

    def _receive(self, host: Host, entry: Entry, fetched: Fetched, signals: set[str]) -> None:
        """Store an answer or note why not, and follow its links. Nothing here waits."""
        if 300 <= fetched.status < 400 and fetched.status != 304:
            self._redirect(entry, fetched)
            return
        known = self.frontier.earlier(entry.url)
        if fetched.status == 304 and known is not None:
            earlier = Earlier(entry.url, known.at, known.digest)
            self._store(entry, fetched, signals, earlier, "not_modified", known)
            return
        if fetched.status != 200:
            self._drop(entry, "http_error", fetched)
            return
        content_type = field(fetched, "content-type")
        if media_type(content_type) and not is_html(content_type, b""):
            self._drop(entry, "not_html", fetched)
            return
        coding = ",".join(v for n, v in fetched.headers if n.lower() == "content-encoding")
        try:
            payload = decode_body(fetched.body, coding, self._settings.max_bytes)
        except (TooLargeError, BadEncodingError) as error:
            large = isinstance(error, TooLargeError)
            self._drop(entry, "too_large" if large else "bad_encoding", fetched)
            return
        if not is_html(content_type, payload):
            self._drop(entry, "not_html", fetched)
            return
        self._judge(host, entry, fetched, payload, signals)

    def _judge(
        self, host: Host, entry: Entry, fetched: Fetched, payload: bytes, signals: set[str]
    ) -> None:
        """Obey what the page says about itself, store it, follow its links."""
        text, encoding = to_text(payload, field(fetched, "content-type"))
        page = read_html(text, entry.url)
        rules = header_rules(fetched.headers, self._agents)
        meta_rules(page.metas, self._agents, rules)
        reserved = rules.tdm
        if reserved is None:
            reserved = tdm_reserved(host.tdm, path_of(entry.url))
        found = signals | rules.signals | ({"tdm-reservation"} if reserved else set())
        if found.intersection(self._settings.obey):
            self._drop(entry, "opt_out", fetched, signals=in_order(found))
        else:
            known = self.frontier.earlier(entry.url)
            self._store(entry, fetched, found, None, "", known)
        if not rules.nofollow:
            self.frontier.counts["link_limit_pages"] += page.cut
            self.follow(page.links, page.base, encoding, entry)

    def follow(self, links: list[str], base: str, encoding: str, entry: Entry) -> None:
        """Queue the links of a page that are in scope."""
        for reference in dict.fromkeys(links):
            url, session = strip_url(reference, base, encoding)
            self.frontier.counts["session_id_links"] += session
            if url is None or url == entry.url:
                continue
            if self._scope.contains(url):
                self.add(url, entry.depth + 1, via=entry.id)
            else:
                self.frontier.counts["off_scope_links"] += 1

    def add(self, url: str, depth: int, hops: int = 0, via: int | None = None) -> None:
        """Queue a URL that is in scope, or keep it for the partition that fetches it."""
        owner = self._scope.owner(url)
        if owner is not None:
            self.frontier.export(url, depth, owner)
        elif self.frontier.add(url, depth, hops, via) == "":
            self._enqueue(self.frontier.host_number(url))

    def _redirect(self, entry: Entry, fetched: Fetched) -> None:
        location = field(fetched, "location")
        target, _ = strip_url(location, entry.url) if location else (None, False)
        if target is None:
            self._drop(entry, "bad_redirect", fetched)
        elif not self._scope.contains(target):
            self._drop(entry, "redirect_off_scope", fetched, target=target)
        else:
            self._drop(entry, "redirect", fetched, target=target)
            self.add(target, entry.depth, entry.hops + 1, entry.id)

    def _store(
        self,
        entry: Entry,
        fetched: Fetched,
        signals: set[str],
        earlier: Earlier | None,
        reason: str,
        known: Known | None,
    ) -> None:
        """Write an answer into the WARC files: as a response, or as a revisit."""
        ordered = in_order(signals)
        notes = self._notes(entry, reason or "stored", ordered, fetched.status)
        same = known is not None and payload_digest(fetched.body) == known.digest
        if known is not None and earlier is None and same:
            earlier, reason = Earlier(entry.url, known.at, known.digest), "unchanged"
            notes["kinari-outcome"] = reason
        place, digest = self._files.write_page(fetched, notes, earlier)
        result = Result(
            reason,
            fetched.status,
            fetched.at,
            ordered,
            field(fetched, "etag") or (known.etag if known and reason else ""),
            field(fetched, "last-modified") or (known.modified if known and reason else ""),
            digest,
            place,
            first=earlier.at if earlier else "",
        )
        self.frontier.finish(entry, result)

    def _drop(
        self,
        entry: Entry,
        reason: str,
        fetched: Fetched | None = None,
        signals: tuple[str, ...] = (),
        target: str = "",
    ) -> None:
        """Note that a URL is not stored, and why."""
        status, at = (fetched.status, fetched.at) if fetched else (0, utc_now())
        notes = self._notes(entry, reason, signals, status)
        if target:
            notes["kinari-target"] = target
        place = self._files.write_note(entry.url, at, notes)
        self.frontier.finish(entry, Result(reason, status, at, signals, place=place, target=target))

    @staticmethod
    def _notes(entry: Entry, outcome: str, signals: tuple[str, ...], status: int) -> dict[str, str]:
        notes = {"kinari-outcome": outcome, "hopsFromSeed": str(entry.depth)}
        if entry.hops:
            notes["kinari-redirects"] = str(entry.hops)
        if signals:
            notes["kinari-signals"] = " ".join(signals)
        if status:
            notes["kinari-status"] = str(status)
        return notes

    def _commit(self, force: bool = False) -> None:
        if force or monotonic() - self._committed > COMMIT_SECONDS:
            self.frontier.commit(self._files.position)
            self._committed = monotonic()


def payload_digest(body: bytes) -> str:
    """Digest a body as WARC-Payload-Digest does."""
    return "sha1:" + b32encode(sha1(body, usedforsecurity=False).digest()).decode()
