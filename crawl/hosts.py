"""What is known of each host while it is crawled, and when it may be asked again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic

from crawl.robots import Robots
from crawl.settings import CrawlSettings


@dataclass(slots=True)
class Turn:
    """Turns at one address: how many requests at a time, and how long after one another."""

    room: asyncio.Semaphore
    ready: float = 0.0


@dataclass(slots=True)
class Host:
    """One origin (scheme, host, port).

    Attributes:
        number: its number in the frontier.
        origin: "https://example.jp".
        turn: turns at the address it lives at.
        robots: rules, once they are known.
        robots_until: monotonic time until which they hold.
        tdm: entries of tdmrep.json.
        delay: seconds between two requests now.
        least: seconds that the delay never goes under.
        ready: monotonic time of the next request at the earliest.
        ended: reason why nothing more is fetched, "" while it is.
        failures: failed requests in a row.
        busy: URLs under way.
        changed: set whenever a URL is done.
    """

    number: int
    origin: str
    turn: Turn
    robots: Robots | None = None
    robots_until: float = 0.0
    tdm: list[tuple[str, bool]] = field(default_factory=list)
    delay: float = 0.0
    least: float = 0.0
    ready: float = 0.0
    ended: str = ""
    failures: int = 0
    busy: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @asynccontextmanager
    async def take_turn(self, ip_delay: float) -> AsyncIterator[None]:
        """Wait until host and address may be asked, and note the end of the request."""
        async with self.turn.room:
            while (wait := max(self.ready, self.turn.ready) - monotonic()) > 0:
                await asyncio.sleep(wait)
            self._note(ip_delay)
            try:
                yield
            finally:
                self._note(ip_delay)

    def _note(self, ip_delay: float) -> None:
        now = monotonic()
        self.ready = max(self.ready, now + self.delay)
        self.turn.ready = max(self.turn.ready, now + min(ip_delay, self.delay))

    def pause(self, seconds: float) -> None:
        """Let the host alone for a while."""
        self.ready = max(self.ready, monotonic() + seconds)

    def throttle(self, latency: float, status: int, settings: CrawlSettings) -> None:
        """Let the delay follow the latency; an error never shortens it.

        Source: Scrapy's AutoThrottle with a target concurrency of 1.
        """
        if not settings.autothrottle or self.delay == 0:
            return
        delay = max(latency, (self.delay + latency) / 2)
        delay = min(max(delay, self.least), max(settings.max_delay, self.least))
        if status == 200 or delay > self.delay:
            self.delay = delay


def backoff(failures: int, settings: CrawlSettings) -> float:
    """Seconds before another try: half a second or the delay, doubled with each failure.

    Args:
        failures: of this request so far, at least 1.
        settings: of the stage.
    """
    return float(max(0.5, settings.delay) * 2 ** (failures - 1))


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Read a Retry-After value.

    Args:
        value: seconds, or an HTTP date.
        now: the present, for the date form.

    Returns:
        Seconds from now, at least 0; None for what is neither.
    """
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - (now or datetime.now(UTC))).total_seconds(), 0.0)
