"""Third phase of clean: site lines out, verdicts applied, texts normalized, documents written."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import apache_beam as beam

from clean.lines import remove_lines
from clean.normalize.normalize import normalize
from clean.records import DOCUMENT, DROPPED, EXCERPT_CHARS, IDENTITY, excerpt_of
from pipelines.clean_work import BUCKETS, CleanWork, SourceSegment, bucket_of
from pipelines.parquet import iter_rows, read_table, to_parquet
from pipelines.shards import Payload

_LINE_EXAMPLES = 5
_IDENTITY_NAMES = tuple(field.name for field in IDENTITY)


@dataclass(frozen=True)
class SiteRule:
    """What holds for a site's pages: its verdict, score and recurring lines."""

    verdict: str
    score: float
    lines: frozenset[int]


@dataclass
class SegmentRows:
    """A shard's pages after extraction, and what is counted on the way: the element that passes."""

    segment: SourceSegment
    rows: list[dict[str, Any]]
    rules: dict[str, SiteRule]
    site_lines: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    spans: Counter[str] = field(default_factory=Counter)


class _WriteFn(beam.DoFn):
    def __init__(self, work: CleanWork) -> None:
        self.work = work


class ReadExtracted(_WriteFn):
    """Read a segment's pages and its sites' rules; segments done already yield nothing."""

    def process(self, segment: SourceSegment, judged: Iterable[str]) -> Iterator[SegmentRows]:
        """Yield the segment's rows.

        Args:
            segment: the shard.
            judged: the buckets of sites; a side input, so that all are judged before this begins.
        """
        if self.work.store("write").manifest(segment.shard) is not None:
            return
        rows = list(iter_rows(self.work.path(self.work.extracted(segment.number))))
        rules: dict[str, SiteRule] = {}
        for site in {row["site"] for row in rows if row["site"]}:
            path = self.work.path(self.work.verdicts(bucket_of(site)))
            rules[site] = _rules(path, self.work.judge_fingerprint)[site]
        yield SegmentRows(segment, rows, rules)


class RemoveSiteLines(_WriteFn):
    """Take the lines out that recur on their site."""

    def process(self, pages: SegmentRows) -> Iterator[SegmentRows]:
        """Yield the segment with lines removed, and pages that this leaves too short marked."""
        judge = self.work.settings.judge
        for row in pages.rows:
            if row["reason"] is not None or not pages.rules[row["site"]].lines:
                continue
            text, removed = remove_lines(row["text"], pages.rules[row["site"]].lines, judge)
            if not removed:
                continue
            count, examples = pages.site_lines.get(row["site"], (0, []))
            if len(examples) < _LINE_EXAMPLES:
                kept = set(text.split("\n"))
                for line in row["text"].split("\n"):
                    if line not in kept and line not in examples:
                        examples = [*examples, line[:EXCERPT_CHARS]][:_LINE_EXAMPLES]
            pages.site_lines[row["site"]] = (count + removed, examples)
            row["text"] = text
            mark_short(row, self.work.settings.min_chars)
        yield pages


class ApplyVerdicts(_WriteFn):
    """Mark the pages of sites that are dropped."""

    def process(self, pages: SegmentRows) -> Iterator[SegmentRows]:
        """Yield the segment with the sites' verdicts on its pages."""
        judge = self.work.settings.judge
        for row in pages.rows:
            if row["reason"] is not None:
                continue
            rule = pages.rules[row["site"]]
            if rule.verdict == "drop":
                row.update(reason="site_verdict", value=rule.score, threshold=judge.drop_share)
            elif rule.verdict == "review" and judge.review == "drop":
                row.update(reason="site_review", value=rule.score, threshold=judge.keep_share)
        yield pages


class NormalizeText(_WriteFn):
    """Put special tokens in place of dates, URLs, prices and the like."""

    def process(self, pages: SegmentRows) -> Iterator[SegmentRows]:
        """Yield the segment with normalized texts on the pages that stay."""
        for row in pages.rows:
            if row["reason"] is not None:
                continue
            found = normalize(row["text"], self.work.settings.normalize)
            row["text"] = found.text
            for (kind, form), count in found.counts.items():
                pages.spans[f"{kind}/{form}" if form else kind] += count
        yield pages


class WriteDocuments(_WriteFn):
    """Commit a segment's documents and dropped pages."""

    def process(self, pages: SegmentRows) -> Iterator[str]:
        """Yield the shard's id once it is committed."""
        documents, dropped = [], []
        counters = {"rows_in": len(pages.rows)}
        characters: Counter[str] = Counter()
        for row in pages.rows:
            characters[row["reason"] or "rows_out"] += len(row["text"])
            identity = {name: row[name] for name in _IDENTITY_NAMES}
            if row["reason"] is None:
                document = {name: row[name] for name in DOCUMENT.names}
                document["n_chars"] = len(row["text"])
                documents.append(document)
                continue
            dropped.append(
                {
                    **identity,
                    "stage": "clean",
                    "reason": row["reason"],
                    "value": row["value"],
                    "threshold": row["threshold"],
                    "excerpt": excerpt_of(row["text"]),
                }
            )
            name = f"dropped_{row['reason']}"
            counters[name] = counters.get(name, 0) + 1
        counters["rows_out"] = len(documents)
        number, total = pages.segment.number, len(self.work.segments)
        tail = f"{number:05d}-of-{total:05d}.parquet"
        self.work.store("write").commit(
            pages.segment.shard,
            {
                f"documents-{tail}": Payload(to_parquet(documents, DOCUMENT), len(documents)),
                f"dropped-{tail}": Payload(to_parquet(dropped, DROPPED), len(dropped)),
            },
            counters,
            {
                "characters": dict(sorted(characters.items())),
                "spans": dict(sorted(pages.spans.items())),
                "site_lines": {
                    site: {"removed": count, "examples": examples}
                    for site, (count, examples) in sorted(pages.site_lines.items())
                },
            },
        )
        yield pages.segment.shard


def mark_short(row: dict[str, Any], min_chars: int) -> None:
    """Mark a page that is nothing much without its site's lines."""
    size = len(row["text"])
    if size < min_chars:
        row.update(reason="boilerplate_only", value=float(size), threshold=float(min_chars))


@lru_cache(maxsize=BUCKETS)
def _rules(path: str, fingerprint: str) -> dict[str, SiteRule]:
    """The rules of a bucket's sites; the fingerprint tells one run's file from another's."""
    return {
        row["site"]: SiteRule(row["verdict"], row["score"], frozenset(row["lines"]))
        for row in read_table(path).to_pylist()
    }
