"""The documents that a report lists: why each stayed or went, its cluster, samples by reason."""

from bisect import insort
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dedup.settings import DedupSettings
from pipelines import files
from pipelines.parquet import iter_rows
from pipelines.report.data import short_text, write_chunk
from pipelines.settings import RunSettings
from pipelines.stage import StageRecord

KEPT = "passed"
"""Stands where a reason would: the document was kept."""

SAMPLED = 20
"""Listed documents shown at random for every reason; the same ones each time, by their ids."""

MEMBERS = 50
"""Members of a cluster that are named; all are counted."""

MAX_URL = 300
Records = dict[str, StageRecord]
Document = dict[str, Any]


@dataclass
class Listing:
    """What is listed of a run's documents.

    Attributes:
        by_site: listed documents of each site.
        kept: documents of each site that stayed, listed or not.
        urls: address of each listed document.
        clusters: what listed documents are duplicates of.
        samples: by reason the SAMPLED listed documents with the smallest ids, read backwards.
        total: documents of the run.
    """

    by_site: dict[str, list[Document]] = field(default_factory=lambda: defaultdict(list))
    kept: Counter[str] = field(default_factory=Counter)
    urls: dict[str, str] = field(default_factory=dict)
    clusters: dict[str, dict[str, Any]] = field(default_factory=dict)
    samples: dict[str, list[tuple[str, Document]]] = field(default_factory=dict)
    total: int = 0

    def add(self, site: str, doc: Document) -> None:
        """Take a document in."""
        self.by_site[site].append(doc)
        self.urls[doc["doc_id"]] = doc["url"]
        found = self.samples.setdefault(doc.get("reason", KEPT), [])
        insort(found, (doc["doc_id"][::-1], {**doc, "site": site}), key=lambda item: item[0])
        del found[SAMPLED:]


def is_listed(doc_id: str, share: float) -> bool:
    """Whether the report lists a document: by its id alone, the same in every run."""
    return share >= 1 or int(doc_id[:8], 16) < share * 2**32


def outputs(root: str, records: Records, stage: str, prefix: str) -> Iterator[str]:
    """Paths of a stage's outputs whose name begins with a prefix; none where it is not complete."""
    if stage in records:
        for output in records[stage].outputs:
            if output.path.startswith(prefix):
                yield files.join(root, stage, output.path)


def duplicate_threshold(reason: str, settings: DedupSettings) -> float | None:
    """What a duplicate's similarity was held against."""
    return settings.containment if reason == "contained" else settings.threshold


def list_documents(root: str, records: Records, settings: RunSettings) -> Listing:
    """Gather the documents of a run.

    Args:
        root: the run's folder.
        records: the complete stages.
        settings: `report.documents` is the most that is listed; of more a fair sample is.
    """
    found = Listing()
    for prefix in ("documents-", "dropped-"):
        if "clean" in records:
            rows = (o.rows for o in records["clean"].outputs if o.path.startswith(prefix))
            found.total += sum(rows)
    limit = settings.report.documents
    share = 1.0 if found.total <= limit else limit / found.total
    gone, stays = _duplicates(root, records, share, found, settings.dedup)
    columns = ["doc_id", "url", "site", "warc_file", "warc_offset"]
    for path in outputs(root, records, "clean", "documents-"):
        for row in iter_rows(path, [*columns, "title", "published", "encoding", "n_chars", "text"]):
            found.kept[row["site"]] += 1
            if is_listed(row["doc_id"], share):
                fate = gone.get(row["doc_id"]) or stays.get(row["doc_id"], {})
                found.add(row["site"], _kept(row) | fate)
    for path in outputs(root, records, "clean", "dropped-"):
        for row in iter_rows(path, [*columns, "stage", "reason", "value", "threshold", "excerpt"]):
            if is_listed(row["doc_id"], share):
                found.add(row["site"], _dropped(row))
    return found


def write_documents(folder: str, found: Listing, records: Records) -> None:
    """Write clusters, samples by reason, and 256 small files from document to site."""
    parts: dict[str, dict[str, Any]] = defaultdict(dict)
    for cluster_id, cluster in found.clusters.items():
        cluster["kept_url"] = found.urls.get(cluster["kept"])
        parts[cluster_id[:2]][cluster_id] = cluster
    for first, part in parts.items():
        write_chunk(folder, f"cluster-{first}", part)
    index: dict[str, dict[str, str]] = {f"{n:02x}": {} for n in range(256)}
    for site, documents in found.by_site.items():
        for doc in documents:
            index[doc["doc_id"][:2]][doc["doc_id"]] = site
    for first, ids in index.items():
        write_chunk(folder, f"ids-{first}", ids)
    counts = _counts(records)
    order = sorted(found.samples, key=lambda name: (name != KEPT, -counts.get(name, 0), name))
    samples = []
    for name in order:
        documents = [doc for _, doc in found.samples[name]]
        samples.append({"reason": name, "count": counts.get(name), "documents": documents})
    write_chunk(folder, "samples", samples)


def _counts(records: Records) -> dict[str, int]:
    """Documents by reason, from the stages' counters; those that stayed under KEPT."""
    counts: dict[str, int] = {}
    for stage in ("clean", "dedup"):
        counters = records[stage].counters if stage in records else {}
        for name, count in counters.items():
            if name.startswith("dropped_"):
                counts[name.removeprefix("dropped_").removesuffix("_duplicate")] = count
        counts[KEPT] = counters.get("rows_out", counts.get(KEPT, 0))
    return counts


def _duplicates(
    root: str, records: Records, share: float, found: Listing, settings: DedupSettings
) -> tuple[dict[str, Document], dict[str, Document]]:
    """What dedup says of documents that went, and of those that stay for others."""
    gone: dict[str, Document] = {}
    stays: dict[str, Document] = {}
    for path in outputs(root, records, "dedup", "duplicates-"):
        for row in iter_rows(path):
            found.kept[row["site"]] -= 1
            listed = is_listed(row["doc_id"], share)
            if not listed and not is_listed(row["kept_doc_id"], share):
                continue
            if listed:
                gone[row["doc_id"]] = _gone(row, settings)
            cluster = found.clusters.setdefault(
                row["cluster_id"],
                {
                    "kept": row["kept_doc_id"],
                    "kept_site": row["kept_site"],
                    "kept_run": row["kept_run"],
                    "count": 0,
                    "members": [],
                },
            )
            cluster["count"] += 1
            if len(cluster["members"]) < MEMBERS:
                names = ("doc_id", "url", "site", "similarity", "reason")
                cluster["members"].append([row[name] for name in names])
            if row["kept_run"] is None:
                stays[row["kept_doc_id"]] = {"cluster_id": row["cluster_id"]}
    return gone, stays


def _gone(row: dict[str, Any], settings: DedupSettings) -> Document:
    return {
        "state": "dropped",
        "stage": "dedup",
        "reason": row["reason"],
        "value": row["similarity"],
        "threshold": duplicate_threshold(row["reason"], settings),
        "cluster_id": row["cluster_id"],
        "kept_doc_id": row["kept_doc_id"],
    }


def _identity(row: dict[str, Any]) -> Document:
    return {
        "doc_id": row["doc_id"],
        "url": row["url"][:MAX_URL],
        "warc_file": row["warc_file"],
        "warc_offset": row["warc_offset"],
    }


def _kept(row: dict[str, Any]) -> Document:
    return _identity(row) | {
        "title": short_text(row["title"], 120),
        "state": "kept",
        "n_chars": row["n_chars"],
        "published": row["published"],
        "encoding": row["encoding"],
        "excerpt": short_text(row["text"]),
    }


def _dropped(row: dict[str, Any]) -> Document:
    return _identity(row) | {
        "state": "dropped",
        "stage": row["stage"],
        "reason": row["reason"],
        "value": row["value"],
        "threshold": row["threshold"],
        "excerpt": short_text(row["excerpt"]),
    }
