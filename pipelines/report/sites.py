"""The report's sites and documents, in chunks that are loaded when somebody looks at them."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from clean.judge_settings import JudgeSettings
from pipelines import files
from pipelines.parquet import iter_rows
from pipelines.report.data import short_text, write_chunk
from pipelines.report.overview import clean_summary
from pipelines.settings import RunSettings
from pipelines.stage import StageRecord

CHUNK_DOCUMENTS = 1500
"""Documents in one data file, about: half a megabyte, read in an instant."""

BINS = 24
"""Bars of the pictures of a signal's spread over the sites of the run."""

MAX_URL = 300
Documents = dict[str, list[dict[str, Any]]]


def write_sites(
    root: str, folder: str, settings: RunSettings, records: dict[str, StageRecord]
) -> dict[str, int]:
    """Write the list of sites, their details, and the index of documents.

    Args:
        root: the run's folder.
        folder: the report's folder.
        settings: the run's settings.
        records: the complete stages.

    Returns:
        documents_listed and documents_total: how many the report holds of how many there are.
    """
    if "clean" not in records:
        write_chunk(folder, "sites", [])
        return {"documents_listed": 0, "documents_total": 0}
    total = _rows(records["clean"], "documents-") + _rows(records["clean"], "dropped-")
    limit = settings.report.documents
    share = 1.0 if total <= limit else limit / total
    documents = _documents(root, records, share)
    lines = clean_summary(root, records).get("site_lines", {})
    sites = list(iter_rows(files.join(root, "clean", "sites.parquet")))
    rows, chunk, number, held = [], {}, 0, 0
    for site in sites:
        found = documents.pop(site["site"], [])
        kept = sum(doc["state"] == "kept" for doc in found)
        chunk[site["site"]] = _detail(site, found, lines.get(site["site"]))
        named = [reason["signal"] for reason in site["reasons"][:4]]
        score = None if site["score"] is None else round(site["score"], 4)
        rows.append(
            [
                site["site"],
                site["pages"],
                site["verdict"],
                site["decided_by"],
                score,
                kept,
                named,
                number,
            ]
        )
        held += len(found) + 10
        if held >= CHUNK_DOCUMENTS:
            write_chunk(folder, f"site-{number}", chunk)
            chunk, number, held = {}, number + 1, 0
    write_chunk(folder, f"site-{number}", chunk)
    write_chunk(folder, "sites", rows)
    write_chunk(folder, "population", _population(sites, settings.clean.judge))
    return {"documents_listed": _write_ids(folder, root, records, share), "documents_total": total}


def _rows(record: StageRecord, prefix: str) -> int:
    return sum(output.rows for output in record.outputs if output.path.startswith(prefix))


def _sampled(doc_id: str, share: float) -> bool:
    """Whether the report lists a document: by its id alone, the same in every run."""
    return share >= 1 or int(doc_id[:8], 16) < share * 2**32


def _paths(root: str, records: dict[str, StageRecord], stage: str, prefix: str) -> Iterator[str]:
    if stage in records:
        for output in records[stage].outputs:
            if output.path.startswith(prefix):
                yield files.join(root, stage, output.path)


def _documents(root: str, records: dict[str, StageRecord], share: float) -> Documents:
    """Every listed document by site, with why it stayed or went."""
    gone: dict[str, dict[str, Any]] = {}
    for path in _paths(root, records, "dedup", "duplicates-"):
        for row in iter_rows(path):
            if _sampled(row["doc_id"], share):
                gone[row["doc_id"]] = row
    by_site: Documents = defaultdict(list)
    columns = ["doc_id", "url", "site", "warc_file", "warc_offset"]
    for path in _paths(root, records, "clean", "documents-"):
        for row in iter_rows(path, [*columns, "title", "published", "encoding", "n_chars", "text"]):
            if _sampled(row["doc_id"], share):
                by_site[row["site"]].append(_kept(row, gone.get(row["doc_id"])))
    for path in _paths(root, records, "clean", "dropped-"):
        for row in iter_rows(path, [*columns, "stage", "reason", "value", "threshold", "excerpt"]):
            if _sampled(row["doc_id"], share):
                by_site[row["site"]].append(_dropped(row))
    return by_site


def _identity(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "doc_id": row["doc_id"],
        "url": row["url"][:MAX_URL],
        "warc_file": row["warc_file"],
        "warc_offset": row["warc_offset"],
    }


def _kept(row: dict[str, Any], duplicate: dict[str, Any] | None) -> dict[str, Any]:
    doc = _identity(row) | {
        "title": short_text(row["title"], 120),
        "state": "kept",
        "n_chars": row["n_chars"],
        "published": row["published"],
        "encoding": row["encoding"],
        "excerpt": short_text(row["text"]),
    }
    if duplicate is not None:
        doc |= {
            "state": "dropped",
            "stage": "dedup",
            "reason": duplicate["reason"],
            "kept_doc_id": duplicate["kept_doc_id"],
            "cluster_id": duplicate["cluster_id"],
            "similarity": round(duplicate["similarity"], 4),
        }
    return doc


def _dropped(row: dict[str, Any]) -> dict[str, Any]:
    return _identity(row) | {
        "state": "dropped",
        "stage": row["stage"],
        "reason": row["reason"],
        "value": row["value"],
        "threshold": row["threshold"],
        "excerpt": short_text(row["excerpt"]),
    }


def _detail(
    site: dict[str, Any], documents: list[dict[str, Any]], lines: dict[str, Any] | None
) -> dict[str, Any]:
    documents.sort(key=lambda doc: doc["doc_id"])
    by_id = {doc["doc_id"]: doc for doc in documents}
    samples = [by_id[doc_id] for doc_id in site["sample_doc_ids"] if doc_id in by_id]
    return {
        "reasons": site["reasons"],
        "signals": list(site["signals"].items()),
        "samples": samples,
        "documents": documents,
        "lines": [short_text(line) for line in lines["examples"]] if lines else [],
        "lines_removed": lines["removed"] if lines else 0,
    }


def _population(sites: list[dict[str, Any]], judge: JudgeSettings) -> dict[str, Any]:
    """For each signal the spread of the sites' means in this run, and its line."""
    found = {}
    for name in sites[0]["signals"] if sites else ():
        values = sorted(v for site in sites if (v := site["signals"][name]) is not None)
        if not values:
            continue
        low, high = values[0], values[min(len(values) - 1, int(len(values) * 0.99))]
        line = judge.lines[name].line if name in judge.lines else None
        if line is not None:
            low, high = min(low, line), max(high, line)
        step = (high - low) / BINS or 1.0
        bins = [0] * BINS
        for value in values:
            bins[min(BINS - 1, int((value - low) / step))] += 1
        found[name] = {
            "bins": bins,
            "edges": [low + step * i for i in range(BINS + 1)],
            "line": line,
            "low": line is not None and judge.lines[name].full < line,
        }
    return found


def _write_ids(folder: str, root: str, records: dict[str, StageRecord], share: float) -> int:
    """Write 256 small files from document to site, by the id's first two digits."""
    index: dict[str, dict[str, str]] = {f"{n:02x}": {} for n in range(256)}
    for prefix in ("documents-", "dropped-"):
        for path in _paths(root, records, "clean", prefix):
            for row in iter_rows(path, ["doc_id", "site"], 8192):
                if _sampled(row["doc_id"], share):
                    index[row["doc_id"][:2]][row["doc_id"]] = row["site"]
    for first, part in index.items():
        write_chunk(folder, f"ids-{first}", part)
    return sum(len(part) for part in index.values())
