"""The Scrapy spider of one partition, and what it works with."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import scrapy

from crawl.addresses import Resolver
from crawl.crawler import Crawler
from crawl.fetch import Fetcher, PinnedNames, scrapy_settings
from crawl.frontier import Frontier
from crawl.partition import Share
from crawl.prepare import Preparation
from crawl.process import Job, Outcome
from crawl.recover import recover
from crawl.scope import Scope
from crawl.urls import canonical_url, host_of
from crawl.warc import WarcFiles

__all__ = ["Crawl", "PartitionSpider", "open_crawl", "scrapy_settings"]


class Crawl:
    """A partition's frontier, WARC files and crawler, opened and recovered.

    Attributes:
        failure: what ended the crawl early, None where nothing did.
        finished: whether no URL waits any more.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.failure: Exception | None = None
        self.finished = False
        work = Path(job.work)
        self.frontier = Frontier(work / "frontier.sqlite", job.settings)
        share = Share(job.partition, job.partitions, dict(job.placed))
        self.scope = Scope(job.settings, share, job.blocked)
        recover(self.frontier, work, job.prefix, self.scope, job.settings.agents)
        info = {
            "software": "kinari (Scrapy, warcio)",
            "format": "WARC File Format 1.1",
            "conformsTo": "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            "robots": "obey (RFC 9309)",
            "http-header-user-agent": job.agent,
        }
        if job.settings.contact:
            info["operator"] = job.settings.contact
        self.files = WarcFiles(work, job.prefix, job.settings.warc_bytes, info)
        self.crawler = Crawler(job.settings, self.frontier, self.files, self.scope)
        if job.earlier and self.frontier.fact("earlier") is None:
            self._take_earlier(Path(job.earlier))
        for url, depth in job.seeds:
            canonical = canonical_url(url)
            if canonical is not None and self.scope.contains(canonical):
                self.crawler.add(canonical, depth)
        self.frontier.commit(self.files.position)

    def _take_earlier(self, path: Path) -> None:
        """Queue what an earlier run knew and keep its validators; in one commit."""
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                url, depth, *known = json.loads(line)
                if self.scope.contains(url):
                    self.crawler.add(url, depth)
                    if known[2]:
                        self.frontier.remember_earlier([(url, *known)])
        self.frontier.set_fact("earlier", "read")

    async def run(self, spider: scrapy.Spider) -> None:
        """Crawl to the end, inside Scrapy's running engine."""
        from twisted.internet import reactor

        settings = self.job.settings
        resolver = Resolver(settings.allow_private)
        if settings.proxy:
            proxy = Resolver(allow_private=True, ttl=float("inf"))
            await proxy.resolve(host_of(settings.proxy))
            reactor.installNameResolver(PinnedNames(proxy))  # type: ignore[attr-defined]
        else:
            reactor.installNameResolver(PinnedNames(resolver))  # type: ignore[attr-defined]
        fetcher = Fetcher(spider, settings, self.job.agent)
        preparation = Preparation(
            settings, self.frontier, fetcher, resolver, self.scope, self.crawler.add
        )
        self.crawler.use(fetcher, preparation)
        await self.crawler.run()
        self.frontier.counts["requests"] += fetcher.requests
        self.frontier.commit(self.files.position)
        self.finished = True

    def close(self) -> Outcome:
        """Close files and frontier and count."""
        self.files.close()
        tallies = self.frontier.tallies()
        counters = {"rows_in": sum(tallies.values()), "rows_out": tallies.pop("stored", 0)}
        counters |= {f"dropped_{reason}": n for reason, n in sorted(tallies.items())}
        counters |= {name: n for name, n in sorted(self.frontier.counts.items()) if n}
        for signal, n in sorted(self.frontier.signal_counts().items()):
            counters[f"signal_{signal.replace('-', '_')}_urls"] = n
        self.frontier.close()
        return Outcome(counters)


def open_crawl(job: Job) -> Crawl:
    """Open a partition's crawl where it was left."""
    return Crawl(job)


class PartitionSpider(scrapy.Spider):  # type: ignore[misc]
    """Gives Scrapy no requests: it asks Scrapy's downloader for each page itself."""

    name = "kinari"

    def __init__(self, crawl: Crawl, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._crawl = crawl

    async def start(self) -> AsyncIterator[scrapy.Request]:
        """Run the crawl; it yields nothing."""
        try:
            await self._crawl.run(self)
        except Exception as error:  # noqa: BLE001 - Scrapy would log it and end well
            self._crawl.failure = error  # `process` raises it again once Scrapy has stopped
        nothing: tuple[scrapy.Request, ...] = ()
        for request in nothing:
            yield request
