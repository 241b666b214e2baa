"""Fetching through Scrapy's downloader: bounded, to judged addresses only, without cookies."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
)
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    StopDownload,
)
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution
from twisted.web._newclient import ParseError
from zope.interface import implementer  # type: ignore[import-untyped]

from crawl.addresses import Resolver
from crawl.bodies import HTML_TYPES, media_type
from crawl.settings import CrawlSettings
from crawl.warc import Fetched, header_pairs

_TOO_MANY_FIELDS = "more header bytes than allowed"


class FetchError(Exception):
    """An answer could not be had.

    Attributes:
        reason: "timeout", "too_large", "network", "refused_address" or "dns".
        again: whether a further try may help.
    """

    def __init__(self, reason: str, detail: str, again: bool) -> None:
        super().__init__(detail)
        self.reason = reason
        self.again = again


class Fetcher:
    """GET requests of one crawl process."""

    def __init__(self, spider: Spider, settings: CrawlSettings, user_agent: str) -> None:
        self._engine = spider.crawler.engine
        self._settings = settings
        self._user_agent = user_agent
        self._room = asyncio.Semaphore(settings.concurrency)
        spider.crawler.signals.connect(_stop_other_types, signals.headers_received)
        spider.crawler.signals.connect(_stop_when_enough, signals.bytes_received)
        self.requests = 0

    async def get(
        self,
        url: str,
        extra: Sequence[tuple[str, str]] = (),
        html_only: bool = False,
        max_bytes: int = 0,
        cut_at: int = 0,
    ) -> tuple[Fetched, float]:
        """Ask for a URL once. Redirects are not followed.

        Args:
            url: canonical URL; its host has been judged by the resolver (or a proxy is set).
            extra: further request fields.
            html_only: hang up after the header where a 200 is no HTML.
            max_bytes: most bytes of the body as sent; 0: `max_bytes` of the settings.
            cut_at: hang up once so many bytes have come, and be content with them; 0: never.

        Returns:
            The answer and the seconds until its header had come.

        Raises:
            FetchError: none came, or it broke a bound.
        """
        fields = [
            ("User-Agent", self._user_agent),
            ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"),
            ("Accept-Language", "ja,en;q=0.3"),
            ("Accept-Encoding", "gzip, deflate"),
            *extra,
        ]
        meta: dict[str, Any] = {
            "download_timeout": self._settings.timeout,
            "download_maxsize": max_bytes or self._settings.max_bytes,
            "html_only": html_only,
            "left": cut_at,
        }
        if self._settings.proxy:
            meta["proxy"] = self._settings.proxy
        request = Request(url, headers=dict(fields), meta=meta, dont_filter=True)
        async with self._room:
            self.requests += 1
            try:
                response = await self._engine.download_async(request)
            except DownloadTimeoutError as error:
                raise FetchError("timeout", str(error), again=True) from error
            except DownloadCancelledError as error:
                raise FetchError("too_large", str(error), again=False) from error
            except CannotResolveHostError as error:
                raise FetchError("dns", str(error), again=False) from error
            except (DownloadFailedError, ResponseDataLossError) as error:
                large = _TOO_MANY_FIELDS in f"{error} {error.__cause__!r}"
                reason = "too_large" if large else "network"
                raise FetchError(reason, str(error), again=not large) from error
            except (DownloadConnectionRefusedError, OSError) as error:
                raise FetchError("network", str(error), again=True) from error
        host = request.headers.get(b"Host")
        asked = [("Host", host.decode() if host else url.split("/", 3)[2]), *fields]
        headers = header_pairs(list(response.headers.items()))
        address = "" if self._settings.proxy or not response.ip_address else response.ip_address
        fetched = Fetched(
            url=url,
            status=response.status,
            protocol=response.protocol or "HTTP/1.1",
            headers=headers,
            request=tuple(asked),
            body=response.body,
            at=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            address=str(address),
        )
        return fetched, float(request.meta.get("download_latency", 0.0))


def _stop_other_types(headers: Any, request: Request, **_: object) -> None:
    """Hang up on a body that no page can be made of, as soon as its type is known."""
    if request.meta.get("html_only"):
        kind = media_type((headers.get(b"Content-Type") or b"").decode("latin-1"))
        if kind and kind not in HTML_TYPES:
            raise StopDownload(fail=False)


def _stop_when_enough(data: bytes, request: Request, **_: object) -> None:
    """Hang up on a file of which the beginning is enough."""
    if request.meta.get("left"):
        request.meta["left"] -= len(data)
        if request.meta["left"] <= 0:
            raise StopDownload(fail=False)


class BoundedParser(_LenientHTTPClientParser):  # type: ignore[misc]
    """Response parser that gives up on endless header fields."""

    limit = 64 * 1024
    seen = 0

    def lineReceived(self, line: bytes) -> None:
        """Count a line and parse it."""
        self.seen += len(line)
        if self.seen > self.limit:
            raise ParseError(_TOO_MANY_FIELDS, line[:40])
        super().lineReceived(line)


class BoundedProtocol(_LenientHTTP11ClientProtocol):  # type: ignore[misc]
    """Connection whose answers are parsed by `BoundedParser`."""

    def request(self, request: Any) -> Any:
        """Send a request."""
        answer = super().request(request)
        self._parser.__class__ = BoundedParser
        return answer


class BoundedFactory(_LenientHTTP11ClientFactory):  # type: ignore[misc]
    """Makes `BoundedProtocol` connections."""

    def buildProtocol(self, addr: Any) -> BoundedProtocol:
        """Make the protocol of a new connection."""
        return BoundedProtocol(self._quiescentCallback)


class BoundedHandler(HTTP11DownloadHandler):  # type: ignore[misc]
    """Scrapy's HTTP/1.1 handler with a bound on header fields and without retries of its own."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        BoundedParser.limit = crawler.settings.getint("KINARI_MAX_HEADER_BYTES")
        self._pool._factory = BoundedFactory
        self._pool.retryAutomatically = False


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Nothing is under way: answers are pinned beforehand."""


@implementer(IHostnameResolver)
class PinnedNames:
    """Twisted's name resolver, which knows only the addresses that a `Resolver` has judged."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> _Resolution:
        """Hand over the pinned addresses of a host; a name that was not judged has none."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        for address in self._resolver.pinned(hostName):
            kind = IPv6Address if ":" in address else IPv4Address
            resolutionReceiver.addressResolved(kind(transportSemantics, address, portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


def scrapy_settings(settings: CrawlSettings) -> dict[str, Any]:
    """Give the Scrapy settings of a crawl process: its downloader and nothing else of it."""
    handler = "crawl.fetch.BoundedHandler"
    return {
        "DOWNLOAD_HANDLERS": {
            "http": handler, "https": handler, "file": None, "data": None, "ftp": None, "s3": None,
        },
        "DOWNLOADER_MIDDLEWARES_BASE": {},
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {},
        "TELNETCONSOLE_ENABLED": False,
        "COOKIES_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "CONCURRENT_REQUESTS": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": settings.concurrency,
        "DOWNLOAD_DELAY": 0,
        "DOWNLOAD_TIMEOUT": settings.timeout,
        "DOWNLOAD_MAXSIZE": settings.max_bytes,
        "DOWNLOAD_WARNSIZE": 0,
        "DOWNLOAD_FAIL_ON_DATALOSS": True,
        "LOG_LEVEL": "ERROR",
        "LOG_INSTALL_ROOT_HANDLER": False,
        "KINARI_MAX_HEADER_BYTES": settings.max_header_bytes,
    }  # fmt: skip
