"""The clean stage: pages to documents, a verdict for every site, a reason for every page that goes.

One pipeline in three phases: pages are decoded, extracted and measured; sites are tallied and
judged; site lines are taken out, verdicts applied and texts normalized. Only site tallies are
shuffled, never texts.
"""

import io
import json
import sys
from dataclasses import dataclass
from typing import Any

import apache_beam as beam
import pyarrow.parquet as pq

from clean.judge_overrides import effect_of
from clean.records import SITE
from clean.settings import CleanSettings
from pipelines import files
from pipelines.clean_extract import ExtractSegment
from pipelines.clean_judge import JudgeSites, TallySites, WriteSites
from pipelines.clean_work import BUCKETS, CleanWork, SourceSegment, digest_of, read_segments
from pipelines.clean_write import (
    ApplyVerdicts,
    NormalizeText,
    ReadExtracted,
    RemoveSiteLines,
    WriteDocuments,
)
from pipelines.overrides import load_overrides, overrides_digest
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile, ShardStore, add_counters
from pipelines.stage import StageContext, StageResult, code_digest

SUMMARY = "summary.json"
"""Counts for the report: repairs, encodings, languages, characters by what became of their page,
spans replaced, site lines with examples, what people decided."""

_SITES_WITH_EXAMPLES = 200

JUDGED = "all"
"""The shard that says that every bucket of sites has been judged."""


@dataclass
class ExtractPages(beam.PTransform):
    """WARC segments to extracted pages; a segment comes out once its pages are committed."""

    work: CleanWork

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[SourceSegment]:
        """Build the transform."""
        return (
            pipeline
            | "ListSegments" >> beam.Create(list(self.work.segments))
            | "SpreadSegments" >> beam.Reshuffle()
            | "ExtractSegment" >> beam.ParDo(ExtractSegment(self.work))
        )


@dataclass
class JudgeAllSites(beam.PTransform):
    """Segments with their pages extracted to verdicts; the ids of buckets come out."""

    work: CleanWork

    def expand(self, segments: beam.PCollection[SourceSegment]) -> beam.PCollection[str]:
        """Build the transform."""
        return (
            segments
            | "TallySites" >> beam.ParDo(TallySites(self.work))
            | "GroupBySite" >> beam.GroupByKey()
            | "JudgeSites" >> beam.ParDo(JudgeSites(self.work))
            | "WriteSites" >> beam.ParDo(WriteSites(self.work))
        )


@dataclass
class FinishDocuments(beam.PTransform):
    """Extracted pages and verdicts to documents, once every bucket of sites is judged."""

    work: CleanWork
    judged: beam.PCollection[str]

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection[str]:
        """Build the transform."""
        return (
            pipeline
            | "ListSegments" >> beam.Create(list(self.work.segments))
            | "SpreadSegments" >> beam.Reshuffle()
            | "ReadExtracted"
            >> beam.ParDo(ReadExtracted(self.work), judged=beam.pvalue.AsIter(self.judged))
            | "RemoveSiteLines" >> beam.ParDo(RemoveSiteLines(self.work))
            | "ApplyVerdicts" >> beam.ParDo(ApplyVerdicts(self.work))
            | "NormalizeText" >> beam.ParDo(NormalizeText(self.work))
            | "WriteDocuments" >> beam.ParDo(WriteDocuments(self.work))
        )


def run_inputs(settings: RunSettings, root: str) -> dict[str, str]:
    """Files of the run's own that clean reads: the decisions of people about sites."""
    return overrides_digest(settings, root)


def run_stage(context: StageContext) -> StageResult:
    """Clean the pages that crawl left.

    Args:
        context: where, with what settings.

    Returns:
        documents-*, dropped-*, sites.parquet and summary.json, and the counts.

    Raises:
        UserError: crawl's list of WARC files is missing.
    """
    work = plan(context)
    shards = len(work.segments)
    extract, judge, write = (
        context.store("extract", work.extract_fingerprint),
        context.store("judge", work.judge_fingerprint),
        context.store("write"),
    )
    judged = judge.manifest(JUDGED) is not None and len(work.extracted_shards()) == shards

    def build(pipeline: beam.Pipeline) -> None:
        """From pages to documents; where every site is judged already, only what follows."""
        if judged:
            buckets = pipeline | "SkipJudging" >> beam.Create([JUDGED])
        else:
            segments = pipeline | "ExtractPages" >> ExtractPages(work)
            buckets = segments | "JudgeAllSites" >> JudgeAllSites(work)
        pipeline | "FinishDocuments" >> FinishDocuments(work, buckets)

    if not judged or write.done() < shards:
        context.run_pipeline("pages to documents", build, (extract, write), 2 * shards)
        judge.commit(JUDGED, {}, {})
    return _result(context, work, extract, judge, write)


def plan(context: StageContext) -> CleanWork:
    """Say what is to be done: shards, and what each phase depends on."""
    settings: CleanSettings = context.settings.clean
    value = json.loads(settings.model_dump_json())
    crawl = context.inputs["crawl"].digest
    code = code_digest("clean")
    bounds = [value[name] for name in ("min_chars", "kana_share", "extract", "repair", "sites")]
    extract = digest_of("extract", crawl, code, bounds)
    overrides = load_overrides(context.settings, context.root)
    decided = sorted((decision.site, decision.verdict) for decision in overrides)
    return CleanWork(
        stage_dir=context.path(),
        extract_fingerprint=extract,
        judge_fingerprint=digest_of("judge", extract, value["judge"], decided),
        fingerprint=context.fingerprint,
        settings=settings,
        segments=read_segments(context.input_path("crawl")),
        overrides=overrides,
    )


def _result(
    context: StageContext,
    work: CleanWork,
    extract: ShardStore,
    judge: ShardStore,
    write: ShardStore,
) -> StageResult:
    """Join the committed shards to the stage's outputs and counts."""
    counters: dict[str, int] = {"rows_in": 0, "rows_out": 0}
    outputs: list[OutputFile] = []
    summary: dict[str, Any] = {"characters": {}, "spans": {}, "site_lines": {}}
    for manifest in write.manifests():
        add_counters(counters, manifest.counters)
        outputs += manifest.outputs
        for name in ("characters", "spans"):
            add_counters(summary[name], manifest.facts[name])
        for site, found in manifest.facts["site_lines"].items():
            known = summary["site_lines"].setdefault(site, {"removed": 0, "examples": []})
            known["removed"] += found["removed"]
            known["examples"] = list(dict.fromkeys([*known["examples"], *found["examples"]]))[:5]
    for manifest in extract.manifests():
        for name in ("repeated_records", "damaged_bytes"):
            add_counters(counters, {name: manifest.counters[name]})
        for name, counts in manifest.facts.items():
            add_counters(summary.setdefault(name, {}), counts)
    most = sorted(summary["site_lines"].items(), key=lambda item: (-item[1]["removed"], item[0]))
    counters["site_lines_removed_lines"] = sum(found["removed"] for _, found in most)
    summary["site_lines"] = dict(most[:_SITES_WITH_EXAMPLES])
    by_rule: dict[str, str] = {}
    for manifest in judge.manifests():
        add_counters(counters, manifest.counters)
        by_rule |= manifest.facts.get("overridden", {})
    summary["overrides"] = [
        {
            **decision.model_dump(mode="json"),
            "rule_verdict": by_rule.get(decision.site),
            "effect": effect_of(decision, by_rule.get(decision.site)),
        }
        for decision in work.overrides
    ]
    for decision in summary["overrides"]:
        if decision["effect"] != "decides":
            why = "the rule says the same" if decision["effect"] == "agrees" else "no page of it"
            sys.stderr.write(f"clean: the override of {decision['site']} changes nothing: {why}\n")
    outputs.append(_join_sites(context, work, judge))
    data = json.dumps(summary, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"
    outputs.append(context.output_file(SUMMARY, data, 0))
    return StageResult(outputs, counters)


def _join_sites(context: StageContext, work: CleanWork, judge: ShardStore) -> OutputFile:
    """Write sites.parquet from the buckets, one row group a bucket."""
    sink = io.BytesIO()
    rows = 0
    with pq.ParquetWriter(sink, SITE, compression="zstd", compression_level=3) as writer:
        for bucket in range(BUCKETS):
            if judge.manifest(f"{bucket:03d}") is None:
                continue
            with files.open_read(work.path(work.sites(bucket))) as stream:
                table = pq.read_table(stream, schema=SITE)
            if table.num_rows:
                writer.write_table(table)
                rows += table.num_rows
    return context.output_file("sites.parquet", sink.getvalue(), rows)
