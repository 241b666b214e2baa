"""Second phase of clean: tallies of sites, verdicts, the lines that recur on a site."""

from collections.abc import Iterable, Iterator
from typing import Any

import apache_beam as beam

from clean.judge import Verdict, judge_site
from clean.judge_overrides import decide
from clean.judge_tally import SiteTally, merge_tallies
from clean.lines import recurring_lines
from clean.records import SITE
from pipelines.clean_work import VERDICT, CleanWork, SourceSegment, bucket_of
from pipelines.parquet import iter_rows, to_parquet
from pipelines.shards import Payload


class TallySites(beam.DoFn):
    """Count the sites of a segment's pages."""

    def __init__(self, work: CleanWork) -> None:
        self.work = work

    def process(self, segment: SourceSegment) -> Iterator[tuple[int, bytes]]:
        """Yield (bucket, tally) for every site in the segment."""
        judge = self.work.settings.judge
        tallies: dict[str, SiteTally] = {}
        columns = ["doc_id", "site", "text", "signals", "reason"]
        for row in iter_rows(self.work.path(self.work.extracted(segment.number)), columns):
            if not row["site"]:
                continue
            tally = tallies.get(row["site"])
            if tally is None:
                tally = tallies[row["site"]] = SiteTally(row["site"], judge.sample_pages)
            tally.add(row["doc_id"], row["signals"], row["text"], row["reason"], judge)
        for site in sorted(tallies):
            yield bucket_of(site), tallies[site].to_bytes()


class JudgeSites(beam.DoFn):
    """Judge the sites of a bucket."""

    def __init__(self, work: CleanWork) -> None:
        self.work = work

    def process(
        self, group: tuple[int, Iterable[bytes]]
    ) -> Iterator[tuple[int, list[tuple[Verdict, frozenset[int]]]]]:
        """Yield the bucket with the rule's verdicts and recurring lines, sorted by site."""
        bucket, parts = group
        by_site: dict[str, list[SiteTally]] = {}
        for part in parts:
            tally = SiteTally.from_bytes(part)
            by_site.setdefault(tally.site, []).append(tally)
        judge = self.work.settings.judge
        judged = []
        for site in sorted(by_site):
            merged = merge_tallies(by_site.pop(site))
            judged.append((judge_site(merged, judge), recurring_lines(merged, judge)))
        yield bucket, judged


class WriteSites(beam.DoFn):
    """Commit a bucket's verdicts."""

    def __init__(self, work: CleanWork) -> None:
        self.work = work

    def process(self, group: tuple[int, list[tuple[Verdict, frozenset[int]]]]) -> Iterator[str]:
        """Yield the bucket's id once it is committed."""
        bucket, judged = group
        overrides = {decision.site: decision for decision in self.work.overrides}
        by_rule = {v.site: v.verdict for v, _ in judged if v.site in overrides}
        judged = [(decide(verdict, overrides), lines) for verdict, lines in judged]
        sites = [site_row(verdict) for verdict, _ in judged]
        verdicts = [
            {
                "site": verdict.site,
                "verdict": verdict.verdict,
                "score": verdict.score,
                "lines": sorted(lines),
            }
            for verdict, lines in judged
        ]
        counters = {"sites": len(sites)}
        for verdict, _ in judged:
            name = f"sites_{verdict.verdict}"
            counters[name] = counters.get(name, 0) + 1
        self.work.store("judge").commit(
            f"{bucket:03d}",
            {
                self.work.sites(bucket): Payload(to_parquet(sites, SITE), len(sites)),
                self.work.verdicts(bucket): Payload(to_parquet(verdicts, VERDICT), len(verdicts)),
            },
            counters,
            {"overridden": by_rule},
        )
        yield f"{bucket:03d}"


def site_row(verdict: Verdict) -> dict[str, Any]:
    """A verdict as a row of sites.parquet."""
    return {
        "site": verdict.site,
        "pages": verdict.pages,
        "verdict": verdict.verdict,
        "decided_by": verdict.decided_by,
        "score": verdict.score,
        "reasons": [
            {
                "signal": reason.signal,
                "value": reason.value,
                "threshold": reason.threshold,
                "pages": reason.pages,
                "lower_bound": reason.lower_bound,
            }
            for reason in verdict.reasons
        ],
        "signals": dict(verdict.signals),
        "sample_doc_ids": list(verdict.sample_doc_ids),
    }
