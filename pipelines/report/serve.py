"""Serve a report on loopback, with a search over all documents by DuckDB on the run's Parquet."""

import json
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import duckdb

from pipelines import files
from pipelines.errors import UserError
from pipelines.report.data import short_text

HITS = 200
"""Most documents that one search gives."""

MAX_WORDS = 16
"""Most words of a search that count."""

_MAX_QUERY = 500
_DUCKDB = {"threads": 2, "autoinstall_known_extensions": False, "autoload_known_extensions": False}
_TWINS = "select doc_id, reason from read_parquet(?)"
_NO_TWINS = "select '' as doc_id, '' as reason where false"
_KEPT = """
    select doc_id, url, site, coalesce(title, '') as title, text as body, '' as stage,
           '' as reason, concat_ws(' ', doc_id, url, title, text) as haystack
    from read_parquet(?)"""
_GONE = """
    select doc_id, url, site, '' as title, excerpt as body, stage, reason,
           concat_ws(' ', doc_id, url, excerpt) as haystack
    from read_parquet(?)"""
_LOOPBACK = ("127.0.0.1", "localhost")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def serve(root: str, port: int) -> None:
    """Serve a run's report until interrupted.

    Args:
        root: the run's folder, on this machine.
        port: TCP port on 127.0.0.1; 0 takes a free one.

    Raises:
        UserError: the run is not on this machine, or the port is taken.
    """
    with make_server(root, port) as server:
        sys.stdout.write(f"http://127.0.0.1:{server.server_port}/\n")
        sys.stdout.flush()
        server.serve_forever()


def make_server(root: str, port: int) -> ThreadingHTTPServer:
    """The server, bound to loopback and not yet serving; arguments and errors as of `serve`."""
    if not files.is_local(root):
        raise UserError(f"{root}: --serve searches files on this machine; copy the run here first")
    handler = partial(_Handler, root=Path(root), directory=str(Path(root) / "report"))
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), handler)
    except (OSError, OverflowError) as error:
        raise UserError(f"--serve {port}: cannot listen on 127.0.0.1:{port}: {error}") from None


def search(root: Path, text: str) -> list[dict[str, object]]:
    """Documents whose URL, title or text holds all words, kept ones first.

    Args:
        root: the run's folder.
        text: words apart by white space; case does not matter.

    Returns:
        At most HITS rows: doc_id, url, site, title, state, stage, reason, excerpt.
    """
    words = [word.lower() for word in text.split()][:MAX_WORDS]
    kept = _parquet(root / "clean", "documents-*")
    gone = _parquet(root / "clean", "dropped-*")
    twins = _parquet(root / "dedup", "duplicates-*")
    if not kept and not gone:
        return []
    parts, bound = [], []
    if kept:
        parts.append(_KEPT)
        bound.append(kept)
    if gone:
        parts.append(_GONE)
        bound.append(gone)
    holds = " and ".join(["contains(lower(haystack), ?)"] * len(words)) or "true"
    query = f"""
        with duplicates as ({_TWINS if twins else _NO_TWINS}),
        found as ({" union all ".join(parts)})
        select found.doc_id, url, site, title, body,
               case when duplicates.reason is not null then 'dedup' else stage end,
               coalesce(duplicates.reason, found.reason)
        from found left join duplicates using (doc_id)
        where {holds}
        order by coalesce(duplicates.reason, found.reason) <> '', doc_id limit {HITS}
    """  # noqa: S608 - only constants are put into the text; words are bound
    with duckdb.connect(":memory:", config=_DUCKDB) as connection:
        rows = connection.execute(query, [*([twins] if twins else []), *bound, *words]).fetchall()
    return [
        {
            "doc_id": doc_id,
            "url": url[:300],
            "site": site,
            "title": short_text(title, 120),
            "state": "dropped" if reason else "kept",
            "stage": stage,
            "reason": reason,
            "excerpt": short_text(_around(body, words)),
        }
        for doc_id, url, site, title, body, stage, reason in rows
    ]


def _parquet(folder: Path, name: str) -> list[str]:
    """Parquet files by name; they are named one by one, for DuckDB would read signs in a path."""
    return [str(path) for path in sorted(folder.glob(f"{name}.parquet"))]


def _around(body: str, words: list[str]) -> str:
    """The part of a text where the first word stands."""
    at = max(0, body.lower().find(words[0]) - 60) if words else 0
    return body[at : at + 800]


class _Handler(SimpleHTTPRequestHandler):
    """Files of the report, and /search; answers only to loopback names."""

    def __init__(self, *args: object, root: Path, directory: str) -> None:
        self.root = root
        super().__init__(*args, directory=directory)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a request for a file or a search."""
        parts = urlsplit(self.path)
        if parts.path != "/search":
            super().do_GET()
            return
        if not self._is_welcome():
            return
        text = parse_qs(parts.query).get("q", [""])[0][:_MAX_QUERY]
        body = json.dumps(search(self.root, text), ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(200)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def send_head(self) -> Any:
        """Open the file asked for by GET or HEAD, if the request may have it."""
        if not self._is_welcome():
            return None
        if "\0" in unquote(self.path):
            self.send_error(404, "no such page")
            return None
        return super().send_head()

    def _is_welcome(self) -> bool:
        """Refuse names that are not loopback's (DNS rebinding) and requests of other pages."""
        try:
            host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        except ValueError:
            host = None
        if host not in _LOOPBACK:
            self.send_error(403, "only 127.0.0.1 and localhost are served")
            return False
        if self.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            self.send_error(403, "another page asked for this; open the address itself")
            return False
        return True

    def end_headers(self) -> None:
        """Add the headers that every answer carries."""
        for name, value in _HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: object) -> None:
        """Refuse to list folders."""
        self.send_error(404, "no such page")

    def log_message(self, *_: object) -> None:
        """Keep quiet: the address was printed once."""
