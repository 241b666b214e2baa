"""Answers to an auditor: why a page was kept or dropped, where an example came from."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from encode.decoder import Decoder
from encode.records import ShardError
from encode.shards import Record, read_shards
from encode.vocabulary import VocabularyError, load_vocabulary
from pipelines import files
from pipelines.audit_recompute import Recomputer
from pipelines.errors import UserError
from pipelines.report.data import short_text
from pipelines.report.documents import duplicate_threshold
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import StageRecord, code_digest, read_record

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
        self._recomputer = Recomputer(root, settings, self._site_pages, self.document)
        self._decisions = {item["site"]: item for item in self._summary().get("overrides", ())}

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
        counted = {"kept_documents": len(kept), "dropped_documents": counts}
        return {**_plain(rows[0]), **self._decision(site), **counted}

    def example(self, shard: str, number: int) -> Facts:
        """The document behind a record of a shard; of an example made of a pair there is none.

        Args:
            shard: the file, or its name in the run or in its encode folder.
            number: the record's place in the file, from 0.

        Raises:
            UserError: no such shard or record, or the shard is damaged before it.
        """
        places = (shard, files.join(self.root, shard), files.join(self.root, "encode", shard))
        path = next(filter(files.exists, places), places[-1])
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
            "excerpt": _tokens_text(record),
            "doc_id": record.doc_id,
        }
        found = self._find(("doc_id", "=", record.doc_id))
        return {**place, "document": found[0]} if found else place

    def recompute(self, facts: Facts) -> Facts:
        """Put a page through clean and dedup again, or judge a site again; see `Recomputer`.

        Args:
            facts: what `document` or `site` gave.

        Returns:
            What came out, and `same_code`: whether it is this very code that made the run. Figures
            may differ where it is not.
        """
        again = self._recomputer
        found = again.recompute(facts) if "doc_id" in facts else again.site(facts)
        return {**found, "same_code": self.records["clean"].code == code_digest("clean")}

    def _site_pages(self, site: str) -> list[Facts]:
        """Where every page of a site stands."""
        columns = ["doc_id", "site", "warc_file", "warc_offset"]
        return [
            row
            for prefix in ("documents-", "dropped-")
            for row in self._rows("clean", prefix, ("site", "=", site), columns)
        ]

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
            facts |= {"value": row["n_chars"], "threshold": self.settings.clean.min_chars}
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
                "reason": _DEDUP_REASONS[duplicate["reason"]],
                "value": duplicate["similarity"],
                "threshold": duplicate_threshold(duplicate["reason"], self.settings.dedup),
            }
            names = ("kept_doc_id", "kept_site", "kept_run", "cluster_id")
            facts |= {name: duplicate[name] for name in names}
        facts |= {"excerpt": short_text(row["text"]), "site_verdict": verdict}
        facts["signals"] = row["signals"]
        return _plain(facts)

    def _verdict(self, site: str) -> Facts | None:
        columns = ["site", "verdict", "decided_by", "score", "reasons"]
        row = next(self._rows("clean", "sites.parquet", ("site", "=", site), columns), None)
        return row and row | self._decision(site)

    def _decision(self, site: str) -> Facts:
        """What a person decided about a site, with the rule's verdict and what it changes."""
        return {"override": self._decisions[site]} if site in self._decisions else {}

    def _summary(self) -> Facts:
        value: Facts = json.loads(files.read_bytes(files.join(self.root, "clean", "summary.json")))
        return value

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


def _tokens_text(record: Record) -> str | None:
    """The text of a record's tokens, where its shard holds tokens and lies by its vocabulary."""
    vocabulary = Path(record.shard).with_name("vocab.txt")
    if record.tokens is None or not vocabulary.exists():
        return None
    try:
        return short_text(Decoder(load_vocabulary(vocabulary)).decode(record.tokens.tolist()))
    except (VocabularyError, ValueError) as error:
        raise UserError(f"{record.shard}: does not fit {vocabulary}: {error}") from None


def _plain(facts: Facts) -> Facts:
    """The facts with times as text, so that they are JSON."""
    return {
        name: value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
        for name, value in facts.items()
    }
