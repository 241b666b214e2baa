"""A made run of any size: stage records and Parquet files as the stages write them."""

import json
from datetime import UTC, datetime
from pathlib import Path

from clean.records import DOCUMENT, DROPPED, SITE
from clean.signals.names import SIGNALS
from dedup.records import DUPLICATE, MIRROR
from pipelines.parquet import to_parquet
from pipelines.settings import RunSettings
from pipelines.shards import Payload
from pipelines.stage import StageContext, StageResult, make_record

WHEN = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)
HOSTILE = [
    '<script>document.title="owned"</script>',
    '"><img src=x onerror="document.title=1">',
    "javascript:alert(1)",
    "\u202eevil\u202c \u2066x\u2069",
    "</script><!--",
    "題" * 1_000_000,
    "\u2028\u2029\x00\x1b[31m",
]


def signals(value):
    return dict.fromkeys(SIGNALS, value)


def identity(number, site):
    return {
        "doc_id": f"{number * 2654435761 % 2**32:08x}{number:024x}",
        "url": f"http://{site}/page/{number}.html",
        "host": site,
        "site": site,
        "fetched_at": WHEN,
        "warc_file": "p00000-00000.warc.gz",
        "warc_offset": number * 1000,
    }


def site_name(number):
    return f"site-{number:05d}.example"


def make_run(root: Path, sites: int = 5, documents: int = 60, hostile: bool = False) -> RunSettings:
    """Write a run of complete crawl, clean and dedup stages.

    Of every six documents one is dropped by clean and one is a duplicate of the one before it;
    every fifth site is dropped by its verdict.
    """
    settings = RunSettings(name="made")
    kept, dropped, duplicates = [], [], []
    for number in range(documents):
        site = site_name(number % sites)
        row = identity(number, site)
        if number % 6 == 5 or number % sites % 5 == 4:
            text = HOSTILE[number % len(HOSTILE)] if hostile else "短い頁 03-1234-5678 a@b.example"
            reason = ("too_short", 20.0, 200.0) if number % 6 == 5 else ("site_verdict", 0.9, 0.5)
            verdict = dict(zip(("reason", "value", "threshold"), reason, strict=True))
            dropped.append({**row, "stage": "clean", **verdict, "excerpt": text[:200]})
            continue
        title = HOSTILE[number % len(HOSTILE)] if hostile else f"題{number}"
        text = (title[:300] if hostile else "") + f"これは{number}番の本文です。" * 20
        kept.append(
            {
                **row,
                "title": title,
                "published": "2026-10-01" if number % 2 else None,
                "encoding": "utf-8" if number % 3 else "cp932",
                "text": text,
                "n_chars": len(text),
                "signals": signals(0.25),
            }
        )
        if number % 6 == 3 and len(kept) > 1:
            duplicates.append(
                {
                    "doc_id": row["doc_id"],
                    "cluster_id": f"{number:016x}",
                    "kept_doc_id": kept[-2]["doc_id"],
                    "similarity": 0.875,
                    "reason": "near",
                    "url": row["url"],
                    "site": site,
                    "kept_site": kept[-2]["site"],
                    "kept_run": None,
                }
            )
    by_id = sorted(kept, key=lambda row: row["doc_id"])
    gone = {row["doc_id"] for row in duplicates}
    site_rows = [site_row(number, kept, dropped, sites) for number in range(sites)]
    counts = {}
    for row in dropped:
        counts[f"dropped_{row['reason']}"] = counts.get(f"dropped_{row['reason']}", 0) + 1
    stages = {
        "crawl": (
            {"warcs.json": (b'{"warcs": []}', 0)},
            {"rows_in": documents, "rows_out": documents},
        ),
        "clean": (
            {
                "documents-00000-of-00001.parquet": (to_parquet(by_id, DOCUMENT), len(by_id)),
                "dropped-00000-of-00001.parquet": (to_parquet(dropped, DROPPED), len(dropped)),
                "sites.parquet": (to_parquet(site_rows, SITE), sites),
                "summary.json": (
                    json.dumps({"encoding": {"utf-8": 2}, "spans": {"date/ymd": 7}}).encode(),
                    0,
                ),
            },
            {"rows_in": documents, "rows_out": len(kept), **counts, "sites_keep": sites},
        ),
        "dedup": (
            {
                "documents-00000-of-00001.parquet": (
                    to_parquet([row for row in by_id if row["doc_id"] not in gone], DOCUMENT),
                    len(kept) - len(gone),
                ),
                "duplicates-00000-of-00001.parquet": (
                    to_parquet(duplicates, DUPLICATE),
                    len(duplicates),
                ),
                "mirrors.parquet": (to_parquet([], MIRROR), 0),
            },
            {
                "rows_in": len(kept),
                "rows_out": len(kept) - len(gone),
                "dropped_near_duplicate": len(gone),
            },
        ),
    }
    digests = {}
    for stage, (outputs, counters) in stages.items():
        context = StageContext(str(root), stage, settings, "0" * 64)
        written = [
            context.output_file(name, *Payload(*item).__dict__.values())
            for name, item in outputs.items()
        ]
        record = make_record(stage, settings, digests, StageResult(written, counters))
        (root / stage / "stage.json").write_bytes(record.to_json())
        digests = {stage: ""}
    run = {"name": "made", "kinari": "0", "settings": json.loads(settings.model_dump_json())}
    (root / "run.json").write_text(json.dumps(run), encoding="utf-8")
    return settings


def site_row(number, kept, dropped, sites):
    bad = number % 5 == 4
    name = site_name(number)
    reason = {
        "signal": "ngram_repeat",
        "value": 0.6,
        "threshold": 0.35,
        "pages": 9,
        "lower_bound": 0.7,
    }
    sample = [row["doc_id"] for row in (dropped if bad else kept)[:200] if row["site"] == name][:3]
    return {
        "site": name,
        "pages": 10 + number % 40,
        "verdict": "drop" if bad else "review" if number % 7 == 3 else "keep",
        "decided_by": "rule",
        "score": 0.9 if bad else number % 10 / 30,
        "reasons": [reason] if bad else [],
        "signals": signals(number % 17 / 17),
        "sample_doc_ids": sample,
    }
