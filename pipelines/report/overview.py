"""The report's first page: the funnel and what each stage counted."""

import contextlib
import json
import math
from collections import Counter
from importlib.metadata import version
from typing import Any

import pyarrow.compute as pc

from pipelines import files
from pipelines.parquet import read_table
from pipelines.settings import RunSettings
from pipelines.stage import TIMING, StageRecord

Records = dict[str, StageRecord]


def overview(root: str, settings: RunSettings, records: Records) -> dict[str, Any]:
    """All figures of the first page, from the stages' own files.

    Args:
        root: the run's folder.
        settings: the run's settings.
        records: the complete stages.
    """
    volume = _volume(root, records)
    summary = clean_summary(root, records)
    counters = {stage: record.counters for stage, record in records.items()}
    sites = {
        name: counters.get("clean", {}).get(f"sites_{name}", 0)
        for name in ("keep", "review", "drop")
    }
    shards = _shards(root, records)
    tokens = sum(shard["tokens"] for shard in shards)
    if volume and tokens:
        volume.append({"stage": "encode", "documents": None, "characters": None, "tokens": tokens})
    return {
        "name": settings.name,
        "kinari": version("kinari"),
        "language": settings.report.language,
        "funnel": [funnel_row(root, stage, record) for stage, record in records.items()],
        "figures": _figures(counters, volume, sites, tokens),
        "volume": volume,
        "site_counts": sites,
        "encodings": ranked(summary.get("encoding", {})),
        "languages": ranked(summary.get("language", {})),
        "opt_outs": _signals(counters.get("crawl", {})),
        "normalization": ranked(summary.get("spans", {})),
        "repairs": ranked(summary.get("repairs", {})),
        "dedup": _dedup(root, records),
        "shards": shards,
        "encode_facts": _encode_facts(root, records),
        "train": _training(root, records),
    }


def funnel_row(root: str, stage: str, record: StageRecord) -> dict[str, Any]:
    """A stage's rows in, rows out, bytes, seconds, and drops by reason, largest first."""
    dropped = {
        name.removeprefix("dropped_"): count
        for name, count in record.counters.items()
        if name.startswith("dropped_") and count
    }
    seconds = 0.0
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        seconds = sum(json.loads(files.read_bytes(files.join(root, stage, TIMING)))["attempts_s"])
    return {
        "stage": stage,
        "rows_in": record.counters["rows_in"],
        "rows_out": record.counters["rows_out"],
        "bytes": record.size(),
        "seconds": round(seconds, 1),
        "dropped": sorted(dropped.items(), key=lambda item: (-item[1], item[0])),
    }


def clean_summary(root: str, records: Records) -> dict[str, Any]:
    """What clean counted beside its records: encodings, repairs, spans, lines of sites."""
    if "clean" not in records:
        return {}
    value: dict[str, Any] = json.loads(files.read_bytes(files.join(root, "clean", "summary.json")))
    return value


def ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Names and counts, largest first."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _signals(counters: dict[str, int]) -> list[tuple[str, int]]:
    """Opt-out signals that crawl met, by URLs."""
    found = {
        name.removeprefix("signal_").removesuffix("_urls"): count
        for name, count in counters.items()
        if name.startswith("signal_") and count
    }
    return ranked(found)


def _volume(root: str, records: Records) -> list[dict[str, Any]]:
    """Documents and characters after clean and after dedup."""
    rows = []
    for stage in ("clean", "dedup"):
        if stage not in records:
            continue
        documents = characters = 0
        for output in records[stage].outputs:
            if not output.path.startswith("documents-"):
                continue
            table = read_table(files.join(root, stage, output.path), ["n_chars"])
            documents += table.num_rows
            characters += pc.sum(table["n_chars"]).as_py() or 0
        rows.append(
            {"stage": stage, "documents": documents, "characters": characters, "tokens": None}
        )
    return rows


def _figures(
    counters: dict[str, dict[str, int]],
    volume: list[dict[str, Any]],
    sites: dict[str, int],
    tokens: int,
) -> list[tuple[str, str]]:
    found: list[tuple[str, int | None]] = [
        ("pages", counters.get("crawl", {}).get("rows_out")),
        ("sites", sum(sites.values()) or None),
        ("documents", counters.get("dedup", counters.get("clean", {})).get("rows_out")),
        (
            "characters",
            volume[-2 if tokens and len(volume) > 1 else -1]["characters"] if volume else None,
        ),
        ("tokens", tokens or None),
    ]
    return [(name, f"{value:,}") for name, value in found if value is not None]


def _dedup(root: str, records: Records) -> dict[str, Any] | None:
    if "dedup" not in records:
        return None
    clusters = Counter[str]()
    mirrors: list[dict[str, Any]] = []
    for output in records["dedup"].outputs:
        path = files.join(root, "dedup", output.path)
        if output.path.startswith("duplicates-"):
            clusters.update(read_table(path, ["cluster_id"])["cluster_id"].to_pylist())
        elif output.path.startswith("mirrors") and output.path.endswith(".parquet"):
            mirrors += read_table(path).to_pylist()
    counters = records["dedup"].counters
    dropped = [
        (name.removeprefix("dropped_"), f"{count:,}")
        for name, count in counters.items()
        if name.startswith("dropped_")
    ]
    figures = [
        *dropped,
        ("clusters", f"{len(clusters):,}"),
        ("largest", f"{max(clusters.values(), default=0) + bool(clusters):,}"),
    ]
    return {"figures": figures, "mirrors": mirrors}


def _shards(root: str, records: Records) -> list[dict[str, Any]]:
    if "encode" not in records:
        return []
    listed = json.loads(files.read_bytes(files.join(root, "encode", "shards.json")))["shards"]
    return [
        {
            "path": shard["path"],
            "records": shard["records"],
            "tokens": shard["tokens"],
            "bytes": shard["bytes"],
            "sha256": shard["sha256"],
            "trace": None,
        }
        for shard in listed
    ]


def _encode_facts(root: str, records: Records) -> list[tuple[str, float | str]]:
    """The plain numbers of encode's statistics."""
    if "encode" not in records:
        return []
    try:
        value = json.loads(files.read_bytes(files.join(root, "encode", "statistics.json")))
    except FileNotFoundError:
        return []
    return [(k, v) for k, v in value.items() if isinstance(v, int | float | str)]


def _training(root: str, records: Records) -> dict[str, Any] | None:
    try:
        data = files.read_bytes(files.join(root, "train", "metrics.jsonl"))
    except FileNotFoundError:
        return None
    rows = [json.loads(line) for line in data.splitlines()]
    points, valid = _curve(rows, "train"), _curve(rows, "valid")
    facts: dict[str, float] = {}
    for row in rows:
        if row.get("kind") != "train":
            facts |= {k: v for k, v in row.items() if k != "step" and isinstance(v, int | float)}
    if points:
        facts["first_loss"], facts["last_loss"] = points[0][1], points[-1][1]
    lines = []
    if "unigram_entropy" in facts:
        lines.append({"y": facts["unigram_entropy"], "label": "unigram entropy"})
    return {"points": points, "valid": valid, "lines": lines, "facts": sorted(facts.items())}


def _curve(rows: list[dict[str, Any]], kind: str) -> list[tuple[int, float]]:
    """Step and loss of the lines of a kind, at most 500 of them."""
    points = [
        (row["step"], row.get("loss", row.get("loss_lm")))
        for row in rows
        if row.get("kind") == kind and math.isfinite(row.get("loss", row.get("loss_lm", math.nan)))
    ]
    every = max(1, len(points) // 500)
    return points[::every] + (points[-1:] if (len(points) - 1) % every else [])
