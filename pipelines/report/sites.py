"""The report's sites, in chunks that are loaded when somebody looks at them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import pyarrow.parquet as pq

from clean.judge_settings import SITE_MEANINGS, JudgeSettings
from clean.signals.measure import FUNCTIONS
from pipelines import files
from pipelines.parquet import iter_rows
from pipelines.report.data import short_text, write_chunk
from pipelines.report.documents import Listing, Records, list_documents, outputs, write_documents
from pipelines.report.marks import marked_excerpt, page_signs
from pipelines.report.overview import clean_summary
from pipelines.settings import RunSettings

CHUNK_DOCUMENTS = 1500
"""Documents in one data file, about: half a megabyte, read in an instant."""

BINS = 24
"""Bars of the pictures of a signal's spread over the sites of the run."""

MARKED_PAGES = 20_000
"""Sample pages in which passages are marked, those of sites that go first: each costs about ten
milliseconds."""

LEAST_MARKED = 0.1
"""Points from which a page's passages are looked for."""


def write_sites(root: str, folder: str, settings: RunSettings, records: Records) -> Listing:
    """Write the list of sites, their details, and the documents.

    Args:
        root: the run's folder.
        folder: the report's folder.
        settings: the run's settings.
        records: the complete stages.

    Returns:
        The documents that the report holds.
    """
    found = list_documents(root, records, settings)
    write_documents(folder, found, records)
    sites = (
        list(iter_rows(files.join(root, "clean", "sites.parquet"))) if "clean" in records else []
    )
    summary = clean_summary(root, records)
    lines = summary.get("site_lines", {})
    decisions = {item["site"]: item for item in summary.get("overrides", ())}
    samples = _samples(root, records, sites, settings.clean.judge)
    rows, chunk, number, held = [], {}, 0, 0
    for site in sites:
        name = site["site"]
        documents = sorted(found.by_site.get(name, ()), key=lambda doc: str(doc["doc_id"]))
        by_id = {doc["doc_id"]: doc for doc in documents}
        chunk[name] = {
            "reasons": site["reasons"],
            "signals": list(site["signals"].items()),
            "samples": [
                by_id.get(doc_id, {"doc_id": doc_id}) | samples.get(doc_id, {})
                for doc_id in site["sample_doc_ids"]
            ],
            "documents": documents,
            "decision": decisions.get(name),
            "lines": [short_text(line) for line in lines.get(name, {}).get("examples", ())],
            "lines_removed": lines.get(name, {}).get("removed", 0),
        }
        rows.append(
            [
                name,
                site["pages"],
                site["verdict"],
                site["decided_by"],
                None if site["score"] is None else round(site["score"], 4),
                found.kept[name],
                [reason["signal"] for reason in site["reasons"][:4]],
                number,
            ]
        )
        held += len(documents) + 10
        if held >= CHUNK_DOCUMENTS:
            write_chunk(folder, f"site-{number}", chunk)
            chunk, number, held = {}, number + 1, 0
    write_chunk(folder, f"site-{number}", chunk)
    write_chunk(folder, "sites", rows)
    write_chunk(folder, "population", _population(sites, settings.clean.judge))
    return found


def _samples(
    root: str, records: Records, sites: list[dict[str, Any]], judge: JudgeSettings
) -> dict[str, dict[str, Any]]:
    """What each sample page says for or against its site, with the passages that weighed.

    The text is the one that was measured, from clean's work files; where a copy of a run has none,
    that of the kept documents.
    """
    order = {"drop": 0, "review": 1, "keep": 2}
    wanted: dict[str, None] = {}
    for site in sorted(sites, key=lambda site: order[site["verdict"]]):
        wanted.update(dict.fromkeys(site["sample_doc_ids"]))
    marked = set(list(wanted)[:MARKED_PAGES])
    found: dict[str, dict[str, Any]] = {}
    work = files.join(root, "clean", "_work", "extracted-*.parquet")
    if "clean" in records:
        for item in files.listing(work):
            found |= _weighed(_rows(item.path, wanted, ["reason"]), marked, judge)
    missing = wanted.keys() - found.keys()
    if missing:
        for path in outputs(root, records, "clean", "documents-"):
            found |= _weighed(_rows(path, missing, []), marked, judge)
    return found


def _rows(path: str, wanted: Iterable[str], more: list[str]) -> list[dict[str, Any]]:
    """Rows of some documents, with their text and figures."""
    with files.open_read(path) as stream:
        columns = ["doc_id", "title", "url", "text", "signals", *more]
        table = pq.read_table(stream, columns=columns, filters=[("doc_id", "in", list(wanted))])
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def _weighed(
    rows: list[dict[str, Any]], marked: set[str], judge: JudgeSettings
) -> dict[str, dict[str, Any]]:
    found = {}
    for row in rows:
        signs = page_signs(row["signals"], row.get("reason"), judge)
        points = sum(sign.points for sign in signs)
        thin = row["signals"]["chars"] < judge.thin_chars and row.get("reason") not in (
            *judge.reason_points,
            *judge.unknown_reasons,
        )
        facts: dict[str, Any] = {
            "points": round(points, 3),
            "thin": thin,
            "signs": [list(asdict(sign).values()) for sign in signs],
        }
        if row["doc_id"] in marked and points >= LEAST_MARKED and not thin:
            facts["excerpt"], facts["marks"] = marked_excerpt(row["text"], signs, judge)
        else:
            facts["excerpt"] = short_text(row["text"])
        found[row["doc_id"]] = facts
    return found


def _population(sites: list[dict[str, Any]], judge: JudgeSettings) -> dict[str, Any]:
    """For each signal its meaning, its line, and the spread of the sites' means in this run."""
    found = {}
    for name in sites[0]["signals"] if sites else ():
        values = sorted(v for site in sites if (v := site["signals"][name]) is not None)
        line = judge.lines[name].line if name in judge.lines else None
        meaning, unit = signal_meaning(name)
        found[name] = {
            "bins": [],
            "edges": [],
            "line": line,
            "low": line is not None and judge.lines[name].full < line,
            "meaning": meaning,
            "unit": unit,
        }
        if values:
            found[name] |= _spread(values, line)
    return found


def _spread(values: list[float], line: float | None) -> Mapping[str, list[float]]:
    """Count sorted values in BINS equal bins; the largest hundredth is counted in the last."""
    low, high = values[0], values[min(len(values) - 1, int(len(values) * 0.99))]
    if line is not None:
        low, high = min(low, line), max(high, line)
    step = (high - low) / BINS or 1.0
    bins = [0] * BINS
    for value in values:
        bins[min(BINS - 1, int((value - low) / step))] += 1
    return {"bins": bins, "edges": [low + step * i for i in range(BINS + 1)]}


def signal_meaning(name: str) -> tuple[str, str]:
    """Give a signal's first sentence and unit, as its function's docstring has them."""
    described = FUNCTIONS[name].__doc__ if name in FUNCTIONS else SITE_MEANINGS.get(name)
    doc = " ".join((described or "").split())
    head, _, tail = doc.partition(" Unit: ")
    return head.split(". ")[0].rstrip("."), tail.split(". ")[0].rstrip(".")
