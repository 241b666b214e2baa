"""Going on after a kill: cut off a half-written record, read back what was not noted yet."""

import os
from collections.abc import Sequence
from pathlib import Path

from fastwarc import ArchiveIterator
from fastwarc.warc import WarcRecord, WarcRecordType

from crawl.bodies import decode_body, to_text
from crawl.frontier import Entry, Frontier, Result
from crawl.links import read_html
from crawl.pages import Damage
from crawl.records import (
    MAX_PAYLOAD,
    Record,
    member_end,
    metadata_fields,
    read_records,
)
from crawl.scope import Scope
from crawl.signals import header_rules, meta_rules
from crawl.urls import canonical_url
from crawl.warc import Place


def recover(
    frontier: Frontier, folder: Path, prefix: str, scope: Scope, agents: Sequence[str]
) -> int:
    """Bring frontier and WARC files of a partition to one state.

    The WARC files are the log: the records behind the frontier's last commit are read back and
    their links followed again. With an empty frontier these are all of them.

    Args:
        frontier: opened.
        folder: where the WARC files are.
        prefix: how their names begin.
        scope: which links are followed.
        agents: names that mean us in X-Robots-Tag and meta elements, in lower case.

    Returns:
        Answers and notes that were read back.
    """
    files = sorted(folder.glob(f"{prefix}-?????.warc.gz"))
    if not files:
        frontier.forget_lost("", 0)
        return 0
    position = frontier.position()
    if position.file > files[-1].name:
        position = Place(files[-1].name, 0)
    count = 0
    for path in files:
        if path.name < position.file:
            continue
        start = position.offset if path.name == position.file else 0
        if start > path.stat().st_size:
            start = 0
        _cut(path, start)
        if start < path.stat().st_size:
            count += _replay(frontier, path, start, scope, agents)
    last = files[-1]
    frontier.forget_lost(last.name, last.stat().st_size)
    frontier.commit(Place(last.name, last.stat().st_size))
    return count


def _cut(path: Path, start: int) -> None:
    """Cut a file behind its last whole fetch: metadata and request without answer go as well.

    Args:
        path: a WARC file that is only ever appended to.
        start: a byte where a fetch begins.
    """
    with path.open("r+b") as stream:
        whole = start
        stream.seek(start)
        found: list[tuple[int, bool]] = []
        try:
            for record in ArchiveIterator(stream, parse_http=False):
                found.append((record.stream_pos, _ends_fetch(record)))
        except OSError:
            pass
        for number, (offset, ends) in enumerate(found):
            last = number + 1 == len(found)
            end = member_end(stream, offset) if last else found[number + 1][0]
            if ends and end is not None:
                whole = end
        if whole < stream.seek(0, os.SEEK_END):
            stream.truncate(whole)
            stream.flush()
            os.fsync(stream.fileno())


def _ends_fetch(record: WarcRecord) -> bool:
    if record.record_type == WarcRecordType.metadata:
        return record.headers.get("WARC-Concurrent-To") is None
    return bool(record.record_type != WarcRecordType.request)


def _replay(frontier: Frontier, path: Path, start: int, scope: Scope, agents: Sequence[str]) -> int:
    """Read back the fetches of one file from a byte on."""
    count = 0
    notes: dict[str, str] = {}
    noted_at = 0
    with path.open("rb") as stream:
        for record in read_records(stream, path.name, start):
            if isinstance(record, Damage):
                continue
            if record.kind == "metadata":
                notes, noted_at = metadata_fields(record.body), record.offset
                if "kinari-outcome" in notes and "warc-concurrent-to" not in record.headers:
                    count += _replay_note(
                        frontier, record, notes, Place(path.name, noted_at), scope
                    )
            else:
                count += _replay_answer(frontier, record, notes, path.name, scope, agents)
    return count


def _replay_note(
    frontier: Frontier, record: Record, notes: dict[str, str], at: Place, scope: Scope
) -> bool:
    """Note a URL that was not stored, and where its redirect leads.

    A page that opted out is asked for again: its links are not in the file.
    """
    reason = notes["kinari-outcome"]
    status = int(notes.get("kinari-status", "0"))
    if reason == "opt_out" and status:
        return False
    depth, hops = int(notes.get("hopsfromseed", "0")), int(notes.get("kinari-redirects", "0"))
    target = notes.get("kinari-target", "")
    signals = tuple(notes.get("kinari-signals", "").split())
    date = record.headers.get("warc-date", "")
    result = Result(reason, status, date, signals, place=at, target=target)
    entry = frontier.replay(record.url, depth, hops, result)
    if entry is not None and reason == "redirect" and target:
        _add(frontier, scope, target, depth, hops + 1, entry.id)
    return entry is not None


def _replay_answer(
    frontier: Frontier,
    record: Record,
    notes: dict[str, str],
    file: str,
    scope: Scope,
    agents: Sequence[str],
) -> bool:
    """Note a stored page or revisit and queue the links of the page."""
    outcome = notes.get("kinari-outcome", "stored")
    result = Result(
        "" if outcome == "stored" else outcome,
        record.status,
        record.headers.get("warc-date", ""),
        tuple(notes.get("kinari-signals", "").split()),
        record.http_field("etag"),
        record.http_field("last-modified"),
        record.headers.get("warc-payload-digest", ""),
        Place(file, record.offset),
        first=record.headers.get("warc-refers-to-date", ""),
    )
    depth, hops = int(notes.get("hopsfromseed", "0")), int(notes.get("kinari-redirects", "0"))
    entry = frontier.replay(record.url, depth, hops, result)
    if entry is None:
        return False
    if record.kind == "response":
        _follow(frontier, record, entry, scope, agents)
    return True


def _follow(
    frontier: Frontier, record: Record, entry: Entry, scope: Scope, agents: Sequence[str]
) -> None:
    coding = ",".join(v for n, v in record.http if n.lower() == "content-encoding")
    payload = decode_body(record.body, coding, MAX_PAYLOAD)
    text, encoding = to_text(payload, record.http_field("content-type"))
    page = read_html(text, entry.url)
    rules = header_rules(record.http, agents)
    meta_rules(page.metas, agents, rules)
    if rules.nofollow:
        return
    for reference in page.links:
        url = canonical_url(reference, page.base, encoding)
        if url is not None and scope.contains(url):
            _add(frontier, scope, url, entry.depth + 1, 0, entry.id)


def _add(frontier: Frontier, scope: Scope, url: str, depth: int, hops: int, via: int) -> None:
    owner = scope.owner(url)
    if owner is None:
        frontier.add(url, depth, hops, via)
    else:
        frontier.export(url, depth, owner)
