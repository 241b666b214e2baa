"""The report and the audit of a real small run: every figure counted again from the files."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from encode.shards import read_shards
from pipelines.audit import Auditor
from pipelines.report.build import build_report
from pipelines.run import open_run
from tests.end_to_end.small import Run, kinari

Facts = dict[str, Any]


@pytest.fixture(scope="module")
def report(small_run: Run) -> Path:
    return Path(build_report(str(small_run.root), open_run(str(small_run.root)))).parent


def overview(report: Path) -> Facts:
    text = (report / "data" / "overview.js").read_text(encoding="utf-8")
    value: Facts = json.loads(text.removeprefix("window.kinariReport={overview:")[: -len("};\n")])
    return value


def chunk(report: Path, name: str) -> Any:
    text = (report / "data" / f"{name}.js").read_text(encoding="utf-8")
    return json.loads(text[len(f'kinariPut("{name}",') : -len(");\n")])


def rows(root: Path, pattern: str) -> list[Facts]:
    paths = sorted(root.glob(pattern))
    assert paths, pattern
    return [row for path in paths for row in pq.read_table(path).to_pylist()]


def test_every_total_is_what_the_files_hold(small_run: Run, report: Path) -> None:
    root, facts = small_run.root, overview(report)
    urls, kept = rows(root, "crawl/urls-*.parquet"), rows(root, "clean/documents-*.parquet")
    dropped, sites = rows(root, "clean/dropped-*.parquet"), rows(root, "clean/sites.parquet")
    stays, twins = (rows(root, f"dedup/{name}-*.parquet") for name in ("documents", "duplicates"))
    records = list(read_shards(root))
    funnel = {row["stage"]: row for row in facts["funnel"]}
    assert funnel["crawl"]["rows_in"] == len(urls)
    assert funnel["clean"]["rows_in"] == len(kept) + len(dropped) == funnel["crawl"]["rows_out"]
    assert dict(funnel["clean"]["dropped"]) == Counter(row["reason"] for row in dropped)
    assert dict(funnel["crawl"]["dropped"]) == Counter(r["reason"] for r in urls if r["reason"])
    assert sum(n for _, n in funnel["dedup"]["dropped"]) == len(twins)
    assert facts["site_counts"] == {
        name: sum(site["verdict"] == name for site in sites) for name in ("keep", "review", "drop")
    }
    volume = {row["stage"]: row for row in facts["volume"]}
    assert volume["clean"]["characters"] == sum(len(row["text"]) for row in kept)
    assert volume["dedup"]["documents"] == len(stays)
    assert volume["dedup"]["characters"] == sum(len(row["text"]) for row in stays)
    assert volume["encode"]["documents"] == len({record.doc_id for record in records})
    assert volume["encode"]["tokens"] == sum(len(record.tokens) for record in records)
    dedup = dict(facts["dedup"]["figures"])
    clusters = Counter(row["cluster_id"] for row in twins)
    assert (dedup["clusters"], dedup["largest"]) == (len(clusters), max(clusters.values()) + 1)
    assert sum(count for _, _, count in facts["dedup"]["sizes"]) == len(clusters)
    assert facts["dedup"]["mirrors"] == sorted(
        rows(root, "dedup/mirrors.parquet"), key=lambda row: (-row["repeated"], row["site"])
    )
    pages = len(kept) + len(dropped)
    assert sum(n for _, n in facts["encodings"]) == sum(n for _, n in facts["languages"]) == pages
    assert dict(facts["languages"])["ja"] >= len(kept)
    assert sum(shard["records"] for shard in facts["shards"]) == len(records)
    assert sum(n for _, n in facts["opt_outs"]) == sum(bool(row["signals"]) for row in urls)
    tokens = sum(row["text"].count(f"<{kind}>") for row in kept for kind in ("DATE", "PRICE"))
    counted = sum(
        n for kind, n in facts["normalization"] if kind.split("/")[0] in ("date", "price")
    )
    assert 0 < tokens <= counted


def test_sites_and_documents_are_listed_as_the_files_have_them(
    small_run: Run, report: Path
) -> None:
    root = small_run.root
    sites = {row[0]: row for row in chunk(report, "sites")}
    stays = rows(root, "dedup/documents-*.parquet")
    counts = Counter(row["site"] for row in stays)
    details = {name: chunk(report, f"site-{row[7]}")[name] for name, row in sites.items()}
    listed = {doc["doc_id"]: doc for detail in details.values() for doc in detail["documents"]}
    assert {name: row[5] for name, row in sites.items()} == {name: counts[name] for name in sites}
    assert {d for d, doc in listed.items() if doc["state"] == "kept"} == {
        row["doc_id"] for row in stays
    }
    for row in rows(root, "clean/dropped-*.parquet"):
        if row["site"]:
            doc = listed[row["doc_id"]]
            assert (doc["reason"], doc["value"]) == (row["reason"], row["value"])
    for row in rows(root, "dedup/duplicates-*.parquet"):
        cluster = chunk(report, "cluster-" + row["cluster_id"][:2])[row["cluster_id"]]
        assert cluster["kept"] == row["kept_doc_id"]
        assert [row["doc_id"], row["url"]] in [member[:2] for member in cluster["members"]]
        assert listed[row["kept_doc_id"]]["cluster_id"] == row["cluster_id"]


def test_passages_that_weighed_are_marked_on_dropped_sites_and_their_text_is_short(
    small_run: Run, report: Path
) -> None:
    dropped = [row for row in chunk(report, "sites") if row[2] == "drop"]
    assert dropped
    for name, *_, number in dropped:
        samples = chunk(report, f"site-{number}")[name]["samples"]
        assert samples
        for sample in samples:
            assert len(sample["excerpt"]) <= 200
            assert all(0 <= a < b <= len(sample["excerpt"]) for a, b in sample.get("marks", ()))
    detail = chunk(report, f"site-{dropped[0][7]}")["otoku-hikaku.example"]
    marked = [
        sample["excerpt"][a:b] for sample in detail["samples"] for a, b in sample.get("marks", ())
    ]
    assert any("激安" in text or "最安値" in text or "お得" in text for text in marked), marked


def test_an_example_is_traced_to_its_document_warc_record_and_address(
    small_run: Run, report: Path
) -> None:
    shard = overview(report)["shards"][0]
    traced = chunk(report, f"trace-{shard['trace']}")
    record = next(
        r for r in read_shards(small_run.root / "encode" / shard["path"]) if r.number == 7
    )
    assert traced[7][:4] == [7, record.doc_id, record.start, record.end]
    asked = ("--shard", shard["path"], "--record", 7, "--json")
    said = kinari("audit", small_run.root, *asked, cwd=small_run.root)
    facts = json.loads(said.out)
    asked = ("--shard", f"encode/{shard['path']}", "--record", 7, "--json")
    again = json.loads(kinari("audit", small_run.root, *asked, cwd=small_run.root.parent).out)
    assert again == facts
    document = facts["document"]
    assert (facts["doc_id"], document["url"]) == (record.doc_id, traced[7][4])
    assert (facts["first_token"], facts["end_token"]) == (record.start, record.end)
    held = next(
        row for row in rows(small_run.root, "clean/documents-*.parquet")
        if row["doc_id"] == record.doc_id
    )  # fmt: skip
    assert document["warc_offset"] == held["warc_offset"]
    words = facts["excerpt"].removesuffix("…")[:20].split()
    assert all(word in held["text"] or word.startswith("<") for word in words)


@pytest.mark.heavy
def test_the_numbers_of_an_audit_recompute_from_the_page(small_run: Run) -> None:
    root = small_run.root
    auditor = Auditor(str(root), open_run(str(root)))
    by_reason: dict[str, list[str]] = {}
    for row in rows(root, "clean/dropped-*.parquet"):
        by_reason.setdefault(row["reason"], []).append(row["doc_id"])
    by_reason["duplicate"] = [row["doc_id"] for row in rows(root, "dedup/duplicates-*.parquet")]
    by_reason["kept"] = [row["doc_id"] for row in rows(root, "dedup/documents-*.parquet")]
    assert {"site_verdict", "too_short", "not_japanese", "duplicate", "kept"} <= by_reason.keys()
    for ids in by_reason.values():
        for doc_id in ids[:: max(1, len(ids) // 8)]:
            facts = auditor.document(doc_id)
            assert all(
                facts[name] is not None for name in ("stage", "reason", "value", "threshold")
            )
            now = auditor.recompute(facts)
            assert now["agrees"], (facts, now)
            changed = {**facts, "value": facts["value"] + 0.01}
            assert not auditor.recompute(changed)["agrees"]
    for site in rows(root, "clean/sites.parquet")[:3]:
        facts = auditor.site(site["site"])
        assert auditor.recompute(facts)["agrees"]
