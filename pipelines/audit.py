"""Answers to an auditor: why a page was kept or dropped, where an example came from."""

from collections.abc import Iterator
from typing import Any

import pyarrow.parquet as pq

from clean.extract_process import Extractor
from clean.lines import remove_lines
from clean.normalize.normalize import normalize
from clean.page import clean_page
from clean.records import doc_id as name_document
from crawl.pages import Page
from crawl.read import read_pages
from encode.records import ShardError
from encode.shards import read_shards
from pipelines import files
from pipelines.clean_extract import content_type
from pipelines.clean_work import bucket_of, read_segments
from pipelines.clean_write import mark_short
from pipelines.errors import UserError
from pipelines.parquet import iter_rows
from pipelines.report.data import short_text
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import StageRecord, read_record

Facts = dict[str, Any]
_IDENTITY = ("doc_id", "url", "host", "site", "fetched_at", "warc_file", "warc_offset")

_DEDUP_REASONS = {
    "exact": "exact_duplicate",
    "near": "near_duplicate",
    "contained": "contained",
    "known": "known",
}
"""Reason in duplicates-*.parquet -> reason in the counters."""


class Auditor:
    """Looks things up in the files of one run.

    Args:
        root: the run's folder.
        settings: the settings it was run with.

    Raises:
        UserError: clean is not complete, so there is nothing to ask about.
    """

    def __init__(self, root: str, settings: RunSettings) -> None:
        self.root = root
        self.settings = settings
        self.records: dict[str, StageRecord] = {
            stage: record for stage in STAGES if (record := read_record(root, stage))
        }
        if "clean" not in self.records:
            raise UserError(f"{root}: clean is not complete; run it first")

    def document(self, doc_id: str) -> Facts:
        """Everything known of a document.

        Args:
            doc_id: 32 hexadecimal digits.

        Raises:
            UserError: no such document in the run.
        """
        found = self._find(("doc_id", "=", doc_id))
        if not found:
            raise UserError(f"{self.root}: no document {doc_id} in this run")
        return found[0]

    def url(self, url: str) -> list[Facts]:
        """Every document fetched from an address; for an address without one, what crawl did.

        Raises:
            UserError: the run never met the address.
        """
        found = self._find(("url", "=", url))
        if found:
            return found
        met = [
            {"url": url, "state": "dropped", "stage": "crawl", **_plain(row)}
            for row in self._rows("crawl", "urls-", ("url", "=", url))
        ]
        if not met:
            raise UserError(f"{self.root}: the run never met {url}")
        return met

    def site(self, site: str) -> Facts:
        """A site's verdict with its evidence, and its documents counted by what became of them.

        Raises:
            UserError: no such site in the run.
        """
        rows = list(self._rows("clean", "sites.parquet", ("site", "=", site)))
        if not rows:
            raise UserError(f"{self.root}: no site {site} in this run")
        counts: dict[str, int] = {}
        for row in self._rows("clean", "dropped-", ("site", "=", site), ["reason"]):
            name = f"clean: {row['reason']}"
            counts[name] = counts.get(name, 0) + 1
        kept = {
            row["doc_id"]
            for row in self._rows("clean", "documents-", ("site", "=", site), ["doc_id"])
        }
        for row in self._rows("dedup", "duplicates-", ("site", "=", site), ["doc_id", "reason"]):
            name = f"dedup: {row['reason']}"
            counts[name] = counts.get(name, 0) + 1
            kept.discard(row["doc_id"])
        return {**_plain(rows[0]), "kept_documents": len(kept), "dropped_documents": counts}

    def example(self, shard: str, number: int) -> Facts:
        """The document behind a record of a shard.

        Args:
            shard: the file, or its name in the run's encode folder.
            number: the record's place in the file, from 0.

        Raises:
            UserError: no such shard or record, or the shard is damaged before it.
        """
        path = shard if files.exists(shard) else files.join(self.root, "encode", shard)
        try:
            for record in read_shards(path):
                if record.number == number:
                    break
            else:
                raise UserError(f"{path}: has no record {number}")
        except FileNotFoundError:
            raise UserError(f"{shard}: no such shard in {self.root}/encode") from None
        except ShardError as error:
            raise UserError(str(error)) from None
        place = {
            "shard": record.shard,
            "record": number,
            "first_token": record.start,
            "end_token": record.end,
            "document_tokens": record.total,
        }
        return {**place, "document": self.document(record.doc_id)}

    def recompute(self, facts: Facts) -> Facts:
        """Read the page's WARC record again and give what cleaning it says now.

        Args:
            facts: what `document` gave.

        Returns:
            reason, value, threshold, n_chars and encoding as they come out today; `same_bytes` says
            whether the record still is the one that the document's id names.
        """
        paths = {
            segment.name: segment.path for segment in read_segments(files.join(self.root, "crawl"))
        }
        with files.open_read(paths[facts["warc_file"]]) as stream:
            place = (facts["warc_file"], facts["warc_offset"])
            page = next(read_pages(stream, *place, obey=()), None)
        if not isinstance(page, Page):
            return {"reason": "damaged_record", "same_bytes": False}
        extractor = Extractor(self.settings.clean.extract)
        try:
            found = clean_page(
                page.payload, content_type(page), page.url, self.settings.clean, extractor
            )
        finally:
            extractor.close()
        row: Facts = {"text": found.text, "reason": found.reason}
        row |= {"value": found.value, "threshold": found.threshold}
        if row["reason"] is None:
            judge = self.settings.clean.judge
            text, removed = remove_lines(row["text"], self._site_lines(facts["site"]), judge)
            if removed:
                row["text"] = text
                mark_short(row, self.settings.clean.min_chars)
        return {
            "reason": row["reason"],
            "value": row["value"],
            "threshold": row["threshold"],
            "n_chars": len(normalize(row["text"], self.settings.clean.normalize).text),
            "encoding": found.encoding,
            "same_bytes": name_document(page.url, page.payload) == facts["doc_id"],
        }

    def _site_lines(self, site: str) -> frozenset[int]:
        """Digests of the lines that clean took out of a site's pages, where they are on file."""
        pattern = files.join(self.root, "clean", "_work", f"verdicts-{bucket_of(site):03d}.parquet")
        for item in files.listing(pattern):
            for row in iter_rows(item.path):
                if row["site"] == site:
                    return frozenset(row["lines"])
        return frozenset()

    def _find(self, condition: tuple[str, str, str]) -> list[Facts]:
        found = [self._kept(row) for row in self._rows("clean", "documents-", condition)]
        for row in self._rows("clean", "dropped-", condition):
            facts = {name: row[name] for name in _IDENTITY}
            facts |= {"state": "dropped", "stage": row["stage"], "reason": row["reason"]}
            facts |= {"value": row["value"], "threshold": row["threshold"]}
            facts |= {
                "excerpt": short_text(row["excerpt"]),
                "site_verdict": self._verdict(row["site"]),
            }
            found.append(_plain(facts))
        return found

    def _kept(self, row: Facts) -> Facts:
        facts = {name: row[name] for name in _IDENTITY}
        facts |= {name: row[name] for name in ("title", "published", "encoding", "n_chars")}
        duplicate = next(self._rows("dedup", "duplicates-", ("doc_id", "=", row["doc_id"])), None)
        verdict = self._verdict(row["site"])
        if duplicate is None:
            facts |= {"state": "kept", "stage": list(self.records)[-1], "reason": "passed"}
            facts |= {
                "checks": [
                    {
                        "reason": "too_short",
                        "value": row["n_chars"],
                        "threshold": self.settings.clean.min_chars,
                    },
                    {
                        "reason": "site_verdict",
                        "value": verdict["score"] if verdict else None,
                        "threshold": self.settings.clean.judge.drop_share,
                    },
                ]
            }
        else:
            facts |= {"state": "dropped", "stage": "dedup"}
            facts |= {
                "reason": f"{duplicate['reason']}_duplicate",
                "value": duplicate["similarity"],
            }
            facts |= {"threshold": self.settings.dedup.threshold}
            facts |= {name: duplicate[name] for name in ("kept_doc_id", "kept_site", "cluster_id")}
        facts |= {"excerpt": short_text(row["text"]), "site_verdict": verdict}
        facts["signals"] = row["signals"]
        return _plain(facts)

    def _verdict(self, site: str) -> Facts | None:
        columns = ["verdict", "decided_by", "score", "reasons"]
        return next(self._rows("clean", "sites.parquet", ("site", "=", site), columns), None)

    def _rows(
        self,
        stage: str,
        prefix: str,
        condition: tuple[str, str, str],
        columns: list[str] | None = None,
    ) -> Iterator[Facts]:
        """Rows of a stage's Parquet files that meet a condition."""
        if stage not in self.records:
            return
        for output in self.records[stage].outputs:
            if output.path.startswith(prefix) and output.path.endswith(".parquet"):
                with files.open_read(files.join(self.root, stage, output.path)) as stream:
                    table = pq.read_table(stream, columns=columns, filters=[condition])
                yield from table.to_pylist()


def _plain(facts: Facts) -> Facts:
    """The facts with times as text, so that they are JSON."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
        for name, value in facts.items()
    }
