"""The report's first page: the funnel and what each stage counted."""

import contextlib
import json
import math
from collections import Counter
from importlib.metadata import version
from typing import Any

import pyarrow.compute as pc

from pipelines import files
from pipelines.overrides import load_overrides, overrides_path
from pipelines.parquet import read_table
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import TIMING, StageRecord

Records = dict[str, StageRecord]
HABITS = "eval.jsonl"
"""In the run's folder: the rows of `kinari eval` with the run as its model."""


def overview(root: str, settings: RunSettings, records: Records) -> dict[str, Any]:
    """All figures of the first page, from the stages' own files.

    Args:
        root: the run's folder.
        settings: the run's settings.
        records: the complete stages.
    """
    summary = clean_summary(root, records)
    counters = {stage: record.counters for stage, record in records.items()}
    cleaned = counters.get("clean", {})
    sites = {name: cleaned.get(f"sites_{name}", 0) for name in ("keep", "review", "drop")}
    encoded = _encoded(root, records)
    volume = _volume(root, records, summary, encoded)
    return {
        "name": settings.name,
        "kinari": version("kinari"),
        "language": settings.report.language,
        "stages": [stage for stage in STAGES if stage in records],
        "funnel": [funnel_row(root, stage, record) for stage, record in records.items()],
        "figures": _figures(counters, volume, sites),
        "volume": volume,
        "site_counts": sites,
        "site_reasons": _site_reasons(root, records),
        "decisions": _decisions(root, settings, records, summary),
        "characters": ranked(
            {k: v for k, v in summary.get("characters", {}).items() if k != "rows_out"}
        ),
        "encodings": _with_rest(summary.get("encoding", {}), cleaned),
        "languages": _with_rest(summary.get("language", {}), cleaned),
        "opt_outs": _signals(counters.get("crawl", {})),
        "normalization": ranked(summary.get("spans", {})),
        "repairs": ranked(summary.get("repairs", {})),
        "site_lines": cleaned.get("site_lines_removed_lines", 0),
        "dedup": _dedup(root, records),
        "encode": encoded,
        "min_chars": settings.clean.min_chars,
        "confidence": settings.clean.judge.confidence,
        "shards": _shards(root, records),
        "train": _training(root),
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


def _with_rest(counts: dict[str, int], cleaned: dict[str, int]) -> list[tuple[str, int]]:
    """Counts of pages, largest first, and last the pages of which it is not known."""
    rest = cleaned.get("rows_in", 0) - sum(counts.values())
    return ranked(counts) + ([("", rest)] if counts and rest > 0 else [])


def _volume(
    root: str, records: Records, summary: dict[str, Any], encoded: dict[str, Any] | None
) -> list[dict[str, Any]]:
    """Documents, characters and tokens after each stage.

    The text of crawl's pages is what clean extracted from them. Only encode counts tokens; before
    it they are an estimate by its characters per token.
    """
    rows: list[dict[str, Any]] = []
    if "crawl" in records and summary.get("characters"):
        pages = records["crawl"].counters["rows_out"]
        rows.append(_volume_row("crawl", pages, sum(summary["characters"].values())))
    for stage in ("clean", "dedup"):
        if stage not in records:
            continue
        documents = characters = 0
        for output in records[stage].outputs:
            if output.path.startswith("documents-"):
                table = read_table(files.join(root, stage, output.path), ["n_chars"])
                documents += table.num_rows
                characters += pc.sum(table["n_chars"]).as_py() or 0
        rows.append(_volume_row(stage, documents, characters))
    if encoded:
        for row in rows:
            row["tokens"] = round(row["characters"] / (encoded["chars_per_token"] or 1))
            row["estimated"] = True
        last = _volume_row("encode", encoded["documents"], encoded["code_points"])
        rows.append({**last, "tokens": encoded["tokens"]})
    return rows


def _volume_row(stage: str, documents: int, characters: int) -> dict[str, Any]:
    return {
        "stage": stage,
        "documents": documents,
        "characters": characters,
        "tokens": None,
        "estimated": False,
    }


def _figures(
    counters: dict[str, dict[str, int]], volume: list[dict[str, Any]], sites: dict[str, int]
) -> list[tuple[str, int]]:
    last = volume[-1] if volume else {}
    found: list[tuple[str, int | None]] = [
        ("pages", counters.get("crawl", {}).get("rows_out")),
        ("sites", sum(sites.values()) if "clean" in counters else None),
        ("documents", counters.get("dedup", counters.get("clean", {})).get("rows_out")),
        ("characters", last.get("characters")),
        ("tokens", None if last.get("estimated") else last.get("tokens")),
    ]
    return [(name, value) for name, value in found if value is not None]


def _site_reasons(root: str, records: Records) -> list[tuple[str, int]]:
    """The heaviest reason of each site that is dropped, counted."""
    if "clean" not in records:
        return []
    table = read_table(files.join(root, "clean", "sites.parquet"), ["verdict", "reasons"])
    found = Counter[str]()
    for row in table.to_pylist():
        if row["verdict"] == "drop" and row["reasons"]:
            found[row["reasons"][0]["signal"]] += 1
    return ranked(found)


def _decisions(
    root: str, settings: RunSettings, records: Records, summary: dict[str, Any]
) -> list[dict[str, Any]]:
    """What people decided, with the rule's verdict and what it changes.

    A decision that clean has not read yet has the effect `pending`.
    """
    known = {item["site"]: item for item in summary.get("overrides", ())}
    asked = decided_now(root, settings)
    if asked is None:
        return list(known.values())
    pages = {}
    if asked.keys() - known.keys() and "clean" in records:
        table = read_table(files.join(root, "clean", "sites.parquet"), ["site", "verdict"])
        pages = {row["site"]: row["verdict"] for row in table.to_pylist()}
    found = []
    for site, item in asked.items():
        if site in known and known[site]["verdict"] == item["verdict"]:
            found.append({**known[site], **item})
        else:
            rule = known[site]["rule_verdict"] if site in known else pages.get(site)
            found.append({**item, "rule_verdict": rule, "effect": "pending"})
    found += [{**item, "effect": "withdrawn"} for s, item in known.items() if s not in asked]
    return found


def decided_now(root: str, settings: RunSettings) -> dict[str, dict[str, Any]] | None:
    """Decisions by site as the file has them now; None where a copied run lacks its file."""
    if not files.exists(overrides_path(settings, root)) and settings.clean.judge.overrides:
        return None
    return {d.site: d.model_dump(mode="json") for d in load_overrides(settings, root)}


_SIZES = ((2, 2), (3, 5), (6, 20), (21, 100), (101, None))


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
    names = ("exact_duplicate", "near_duplicate", "contained", "known")
    figures = [(name, counters.get(f"dropped_{name}", 0)) for name in names]
    largest = max(clusters.values(), default=0) + bool(clusters)
    # The document that stays is no row of duplicates-*: one more than there are.
    sizes = [
        (low, high, sum(1 for n in clusters.values() if low <= n + 1 <= (high or n + 1)))
        for low, high in _SIZES
    ]
    return {
        "figures": [*figures, ("clusters", len(clusters)), ("largest", largest)],
        "sizes": [item for item in sizes if item[2]],
        "mirrors": sorted(mirrors, key=lambda m: (-m["repeated"], m["site"])),
    }


def _shards(root: str, records: Records) -> list[dict[str, Any]]:
    if "encode" not in records:
        return []
    listed = json.loads(files.read_bytes(files.join(root, "encode", "shards.json")))["shards"]
    names = ("path", "split", "records", "documents", "tokens", "bytes", "sha256")
    return [{**{name: shard[name] for name in names}, "trace": None} for shard in listed]


def _encoded(root: str, records: Records) -> dict[str, Any] | None:
    """The plain numbers of encode's statistics."""
    if "encode" not in records:
        return None
    value = json.loads(files.read_bytes(files.join(root, "encode", "statistics.json")))
    return {k: v for k, v in value.items() if isinstance(v, int | float | str)}


def _training(root: str) -> dict[str, Any] | None:
    """Loss curves, and the last figures of validation and of the baseline beside it.

    They are read while training goes on as well.
    """
    data = read_metrics(root)
    rows = [json.loads(line) for line in data.splitlines()]
    if not rows:
        return None
    last = {row["kind"]: row for row in rows}
    facts = {
        kind: {k: v for k, v in last[kind].items() if isinstance(v, int | float)}
        for kind in ("train", "valid", "baseline")
        if kind in last
    }
    first = next((row for row in rows if row["kind"] == "train"), None)
    if first is not None:
        facts["train"]["first_loss"] = first["loss"]
    return {
        "points": _curve(rows, "train"),
        "valid": _curve(rows, "valid"),
        "facts": facts,
        "habits": [json.loads(line) for line in read_habits(root).splitlines()],
    }


def read_metrics(root: str) -> bytes:
    """What training has written down so far, whole lines only; nothing before it began."""
    try:
        data = files.read_bytes(files.join(root, "train", "metrics.jsonl"))
    except FileNotFoundError:
        return b""
    return data[: data.rfind(b"\n") + 1]


def read_habits(root: str) -> bytes:
    """What `kinari eval` found of the run's model; nothing before it ran."""
    try:
        return files.read_bytes(files.join(root, HABITS))
    except FileNotFoundError:
        return b""


def _curve(rows: list[dict[str, Any]], kind: str) -> list[tuple[int, float]]:
    """Step and loss of the lines of a kind, at most 500 of them."""
    points = [
        (row["step"], row.get("loss", row.get("loss_lm")))
        for row in rows
        if row.get("kind") == kind and math.isfinite(row.get("loss", row.get("loss_lm", math.nan)))
    ]
    every = max(1, len(points) // 500)
    return points[::every] + (points[-1:] if (len(points) - 1) % every else [])
