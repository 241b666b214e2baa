"""The frontier: every URL of a partition, what became of it, and what is to be fetched next.

It lives in one SQLite file, so that its size is the disk's concern and a kill leaves it whole.
"""

import sqlite3
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from crawl.partition import registrable_domain
from crawl.settings import CrawlSettings
from crawl.traps import url_guards, url_trap
from crawl.urls import host_of, origin_of, url_key
from crawl.warc import Place

_SCHEMA = """
CREATE TABLE IF NOT EXISTS hosts(
  id INTEGER PRIMARY KEY, origin TEXT NOT NULL UNIQUE, site TEXT NOT NULL,
  prepared INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS urls(
  id INTEGER PRIMARY KEY, key INTEGER NOT NULL UNIQUE, url TEXT NOT NULL, host INTEGER NOT NULL,
  depth INTEGER NOT NULL, hops INTEGER NOT NULL, via INTEGER, state INTEGER NOT NULL, reason TEXT);
CREATE INDEX IF NOT EXISTS waiting ON urls(host, depth, id) WHERE state = 0;
CREATE TABLE IF NOT EXISTS results(
  id INTEGER PRIMARY KEY, status INTEGER, at TEXT, signals TEXT, etag TEXT, modified TEXT,
  digest TEXT, file TEXT, place INTEGER, target TEXT, first TEXT);
CREATE TABLE IF NOT EXISTS families(key INTEGER PRIMARY KEY, n INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facts(name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS exports(
  key INTEGER PRIMARY KEY, partition INTEGER NOT NULL, url TEXT NOT NULL, depth INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS earlier(
  key INTEGER PRIMARY KEY, etag TEXT, modified TEXT, digest TEXT, at TEXT);
"""
_WAITING, _STORED, _DROPPED = 0, 1, 2
_REFILL = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A URL that waits to be fetched.

    Attributes:
        id: number in the frontier, in the order of finding.
        url: canonical URL.
        host: number of its origin.
        depth: links between a seed and it.
        hops: redirects in a row that led to it.
    """

    id: int
    url: str
    host: int
    depth: int
    hops: int


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a URL.

    Attributes:
        reason: "" where the page is stored, else why it is not.
        status: HTTP status, 0 without an answer.
        at: UTC date of the answer.
        signals: opt-out signals.
        etag: validator of the answer.
        modified: Last-Modified of the answer.
        digest: payload digest.
        place: where its records stand in the WARC files.
        target: where a redirect leads.
        first: UTC date of the stored answer that a revisit refers to.
    """

    reason: str
    status: int = 0
    at: str = ""
    signals: tuple[str, ...] = ()
    etag: str = ""
    modified: str = ""
    digest: str = ""
    place: Place | None = None
    target: str = ""
    first: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier run stored of a URL: validators, payload digest, date."""

    etag: str
    modified: str
    digest: str
    at: str


class Frontier:
    """URLs of one partition. Not for use from several threads.

    Attributes:
        counts: URLs not remembered at all (`over_limit_urls`), session ids taken out, and so on.
    """

    def __init__(self, path: Path, settings: CrawlSettings) -> None:
        self._settings = settings
        self._db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-24000",
                       "temp_store=FILE", "wal_autocheckpoint=2000"):  # fmt: skip
            self._db.execute(f"PRAGMA {pragma}")
        self._db.executescript(_SCHEMA)
        self._hosts: dict[str, int] = {}
        self._origins: dict[int, tuple[str, str]] = {}
        self._buffers: dict[int, deque[Entry]] = {}
        self._busy: set[int] = set()
        self._waiting: Counter[int] = Counter()
        self._known: Counter[str] = Counter()
        self._taken: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._load()

    def _load(self) -> None:
        for tally in (self._waiting, self._known, self._taken):
            tally.clear()
        for number, origin, site in self._db.execute("SELECT id, origin, site FROM hosts"):
            self._hosts[origin] = number
            self._origins[number] = (origin, site)
        query = "SELECT host, state, count(*) FROM urls GROUP BY 1, 2"
        for host, state, n in self._db.execute(query):
            site = self._origins[host][1]
            self._known[site] += n
            if state == _WAITING:
                self._waiting[host] += n
            elif state == _STORED:
                self._taken[site] += n
        for name, value in self._db.execute("SELECT name, value FROM facts"):
            if name.startswith("count:"):
                self.counts[name[6:]] = int(value)

    def add(self, url: str, depth: int, hops: int = 0, via: int | None = None) -> str | None:
        """Remember a URL and queue it.

        Args:
            url: canonical URL, in scope.
            depth: links between a seed and it.
            hops: redirects in a row that led to it.
            via: number of the URL it was found on.

        Returns:
            None where it is known already or cannot be remembered, "" where it is queued, else the
            reason why it is refused; a refused URL is counted once.
        """
        key = url_key(url)
        if self._db.execute("SELECT 1 FROM urls WHERE key = ?", (key,)).fetchone():
            return None
        host = self._host(url)
        site = self._origins[host][1]
        if self._known[site] >= self._settings.max_urls_per_site:
            self.counts["over_limit_urls"] += 1
            return None
        self._begin()
        reason = url_trap(url, depth, self._settings) or self._family(url)
        if hops > self._settings.max_redirects:
            reason = "redirect_limit"
        self._db.execute(
            "INSERT INTO urls(key, url, host, depth, hops, via, state, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (key, url[:8192], host, depth, hops, via, _DROPPED if reason else _WAITING, reason),
        )
        self._known[site] += 1
        if not reason:
            self._waiting[host] += 1
        return reason or ""

    def _family(self, url: str) -> str | None:
        guards = url_guards(url, self._settings)
        for guard in guards:
            row = self._db.execute("SELECT n FROM families WHERE key = ?", (guard.key,)).fetchone()
            if row and row[0] >= guard.limit:
                return guard.reason
        for guard in guards:
            self._db.execute(
                "INSERT INTO families VALUES (?, 1) ON CONFLICT(key) DO UPDATE SET n = n + 1",
                (guard.key,),
            )
        return None

    def _host(self, url: str) -> int:
        origin = origin_of(url)
        number = self._hosts.get(origin)
        if number is None:
            self._begin()
            site = registrable_domain(host_of(url))
            cursor = self._db.execute(
                "INSERT INTO hosts(origin, site) VALUES (?, ?)", (origin, site)
            )
            number = int(cursor.lastrowid or 0)
            self._hosts[origin] = number
            self._origins[number] = (origin, site)
        return number

    def take(self, host: int) -> Entry | None:
        """Take the next URL of a host: nearest to a seed first. It waits on until `finish`.

        Returns:
            None where nothing waits, or the site has all the pages it may have.
        """
        site = self._origins[host][1]
        if self._taken[site] >= self._settings.max_pages_per_site:
            return None
        buffer = self._buffers.setdefault(host, deque())
        if not buffer:
            rows = self._db.execute(
                "SELECT id, url, depth, hops FROM urls WHERE host = ? AND state = 0"
                " ORDER BY depth, id LIMIT ?",
                (host, _REFILL + len(self._busy)),
            )
            for number, url, depth, hops in rows:
                if number not in self._busy:
                    buffer.append(Entry(number, url, host, depth, hops))
        if not buffer:
            return None
        entry = buffer.popleft()
        self._busy.add(entry.id)
        self._taken[site] += 1
        return entry

    def finish(self, entry: Entry, result: Result) -> None:
        """Note what became of a URL that was taken."""
        self._busy.discard(entry.id)
        if result.reason:
            self._taken[self._origins[entry.host][1]] -= 1
        self._close(entry.id, entry.host, result)

    def _close(self, number: int, host: int, result: Result) -> None:
        self._begin()
        self._waiting[host] -= 1
        state = _DROPPED if result.reason else _STORED
        self._db.execute(
            "UPDATE urls SET state = ?, reason = ? WHERE id = ?",
            (state, result.reason or None, number),
        )
        place = result.place or Place("", -1)
        self._db.execute(
            "INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, result.status, result.at, " ".join(result.signals), result.etag,
             result.modified, result.digest, place.file, place.offset, result.target, result.first),
        )  # fmt: skip

    def replay(self, url: str, depth: int, hops: int, result: Result) -> Entry | None:
        """Note a result read back from a WARC file, whether or not the URL is known.

        Returns:
            The entry where this is news, None where the result was noted before.
        """
        key = url_key(url)
        query = "SELECT id, host, depth, hops, state FROM urls WHERE key = ?"
        row = self._db.execute(query, (key,)).fetchone()
        if row is None:
            self.add(url, depth, hops)
            row = self._db.execute(query, (key,)).fetchone()
        if row is None or row[4] == _STORED or (row[4] == _DROPPED and result.reason):
            return None
        if row[4] == _DROPPED:
            self._waiting[row[1]] += 1
        self._close(row[0], row[1], result)
        self._taken[self._origins[row[1]][1]] += not result.reason
        return Entry(row[0], url, row[1], row[2], row[3])

    def export(self, url: str, depth: int, partition: int) -> None:
        """Keep a URL that another partition fetches."""
        self._begin()
        self._db.execute(
            "INSERT OR IGNORE INTO exports VALUES (?, ?, ?, ?)",
            (url_key(url), partition, url, depth),
        )

    def remember_earlier(self, rows: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Keep what an earlier run knew: (url, etag, last-modified, payload digest, date)."""
        self._begin()
        self._db.executemany(
            "INSERT OR REPLACE INTO earlier VALUES (?, ?, ?, ?, ?)",
            ((url_key(url), *others) for url, *others in rows),
        )

    def earlier(self, url: str) -> Known | None:
        """Give what an earlier run knew of a URL, or None."""
        row = self._db.execute(
            "SELECT etag, modified, digest, at FROM earlier WHERE key = ?", (url_key(url),)
        ).fetchone()
        return None if row is None else Known(*row)

    def give_up_waiting(self) -> None:
        """Drop what still waits: the site has all the pages it may have, or its host ended."""
        self._begin()
        self._db.execute("UPDATE urls SET state = 2, reason = 'site_full' WHERE state = 0")
        self._waiting.clear()

    def forget_lost(self, file: str, size: int) -> None:
        """Queue again what was noted as standing behind the end of the WARC files.

        Args:
            file: name of the last file, "" where there is none.
            size: its bytes.
        """
        self._begin()
        lost = "SELECT id FROM results WHERE file > ? OR (file = ? AND place >= ?)"
        self._db.execute(
            f"UPDATE urls SET state = 0, reason = NULL WHERE id IN ({lost})",  # noqa: S608
            (file, file, size),
        )
        gone = self._db.execute(
            "DELETE FROM results WHERE file > ? OR (file = ? AND place >= ?)", (file, file, size)
        )
        if gone.rowcount:
            self._load()

    def mark_prepared(self, host: int) -> None:
        """Note that a host's sitemaps have been read, as far as it has any."""
        self._begin()
        self._db.execute("UPDATE hosts SET prepared = 1 WHERE id = ?", (host,))

    def is_prepared(self, host: int) -> bool:
        """Tell whether a host's sitemaps have been read."""
        query = "SELECT prepared FROM hosts WHERE id = ?"
        return bool(self._db.execute(query, (host,)).fetchone()[0])

    def cut_short(self) -> list[int]:
        """Numbers of the hosts that were visited and whose sitemaps have not been noted as read.

        After a kill all that is known of a host may stand in the WARC files, but for what its
        sitemaps list.
        """
        query = (
            "SELECT DISTINCT u.host FROM urls u JOIN hosts h ON h.id = u.host"
            " WHERE NOT h.prepared AND u.id IN (SELECT id FROM results) ORDER BY 1"
        )
        return [host for (host,) in self._db.execute(query)]

    def waiting_hosts(self) -> list[int]:
        """Numbers of the hosts with URLs to fetch."""
        return [host for host in self._waiting if self.waits(host)]

    def waits(self, host: int) -> bool:
        """Tell whether a host has URLs to fetch and its site has room for a further page."""
        site = self._origins[host][1]
        return self._waiting[host] > 0 and self._taken[site] < self._settings.max_pages_per_site

    def origin(self, host: int) -> tuple[str, str]:
        """Give origin (scheme, host, port) and registrable domain of a host number."""
        return self._origins[host]

    def host_number(self, url: str) -> int:
        """Give the number of a URL's origin, as a new one where it is not known."""
        return self._host(url)

    def fact(self, name: str) -> str | None:
        """Read back what `set_fact` kept."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row[0])

    def set_fact(self, name: str, value: str) -> None:
        """Keep a small text; part of the next commit."""
        self._begin()
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def tallies(self) -> Counter[str]:
        """Count URLs by outcome: "stored", each reason, and "waiting"."""
        found: Counter[str] = Counter()
        query = "SELECT state, reason, count(*) FROM urls GROUP BY 1, 2"
        for state, reason, n in self._db.execute(query):
            name = "stored" if state == _STORED else "waiting" if state == _WAITING else reason
            found[name] += n
        return found

    def signal_counts(self) -> Counter[str]:
        """Count URLs by opt-out signal."""
        found: Counter[str] = Counter()
        query = "SELECT signals, count(*) FROM results WHERE signals != '' GROUP BY 1"
        for signals, n in self._db.execute(query):
            for signal in signals.split():
                found[signal] += n
        return found

    def _begin(self) -> None:
        if not self._db.in_transaction:
            self._db.execute("BEGIN")

    def commit(self, position: Place) -> None:
        """Make everything since the last commit lasting, with the WARC position it goes up to."""
        self.set_fact("position", f"{position.offset} {position.file}")
        for name, n in self.counts.items():
            self.set_fact(f"count:{name}", str(n))
        self._db.execute("COMMIT")

    def position(self) -> Place:
        """Give the WARC position of the last commit."""
        offset, _, name = (self.fact("position") or "0 ").partition(" ")
        return Place(name, int(offset))

    def close(self) -> None:
        """Close the file; what was not committed is lost."""
        self._db.close()


def read_rows(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """Read every URL of a frontier's file.

    Yields:
        url, origin, site, depth, via, outcome, reason, status, at, signals, etag, modified, digest,
        file, place, target, first; sorted by URL.
    """
    yield from db.execute(
        "SELECT u.url, h.origin, h.site, u.depth, v.url,"
        " CASE u.state WHEN 1 THEN 'stored' WHEN 2 THEN 'dropped' ELSE 'waiting' END,"
        " u.reason, r.status, r.at, r.signals, r.etag, r.modified, r.digest, r.file, r.place,"
        " r.target, r.first FROM urls u JOIN hosts h ON h.id = u.host"
        " LEFT JOIN results r ON r.id = u.id LEFT JOIN urls v ON v.id = u.via ORDER BY u.url"
    )


def read_exports(db: sqlite3.Connection) -> Iterator[tuple[int, str, int]]:
    """Yield (partition, URL, depth) of every URL for other partitions, sorted."""
    yield from db.execute("SELECT partition, url, depth FROM exports ORDER BY partition, url")
