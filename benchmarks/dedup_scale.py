"""Dedup end to end on millions of synthetic documents with known clusters: time, memory, exactness.

    python benchmarks/dedup_scale.py                          0.25 and 2 million, two workers
    python benchmarks/dedup_scale.py --documents 1000000 --workers 1

Documents are generated as signatures with a few characters of text, so that what is measured is the
stage's shuffles, components, decisions and files, not the reading of text. Three quarters of them
are alone; the others are pairs, clusters of ten, one cluster of a twentieth of all, and chains of a
thousand in which only neighbours are alike.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq

from clean.records import DOCUMENT, SITE
from clean.signals.names import SIGNALS
from dedup.contain import PASSAGES
from dedup.keep import FACTS
from pipelines import dedup
from pipelines.dedup_sign import site_hash
from pipelines.dedup_work import work_file
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile, Payload
from pipelines.stage import StageContext, StageRecord

PERMUTATIONS = 256
SHARD = 50_000
CHAIN = 1000


def cluster_sizes(documents: int) -> list[tuple[str, int]]:
    """Kinds and sizes of all clusters, which sum to the documents."""
    chains = max(1, documents // 200_000)
    plan = [("tight", documents // 20), *[("chain", CHAIN)] * chains]
    tens, pairs = documents // 100, documents // 20
    plan += [("tight", 10)] * tens + [("tight", 2)] * pairs
    return plan + [("alone", 1)] * (documents - sum(size for _, size in plan))


def shard_bounds(documents: int) -> list[tuple[int, int]]:
    """First and last document of each shard."""
    return [(start, min(start + SHARD, documents)) for start in range(0, documents, SHARD)]


def make_signatures(documents: int) -> tuple[np.ndarray, "np.memmap"]:
    """The cluster of every document and its signature, in an order that mixes clusters."""
    rng = np.random.default_rng(7)
    path = tempfile.NamedTemporaryFile(suffix=".signatures")  # noqa: SIM115 - gone with the array
    signatures = np.memmap(path, np.uint32, "w+", shape=(documents, PERMUTATIONS))
    order = rng.permutation(documents)
    clusters = np.empty(documents, np.int64)
    at = 0
    for number, (kind, size) in enumerate(cluster_sizes(documents)):
        places = order[at : at + size]
        at += size
        clusters[places] = number
        if kind == "chain":
            rows = np.empty((size, PERMUTATIONS), np.uint32)
            rows[0] = rng.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
            for i in range(1, size):
                rows[i] = rows[i - 1]
                changed = rng.choice(PERMUTATIONS, PERMUTATIONS // 10, replace=False)
                rows[i, changed] = rng.integers(0, 1 << 32, len(changed), dtype=np.uint32)
            signatures[places] = rows
            continue
        base = rng.integers(0, 1 << 32, PERMUTATIONS, dtype=np.uint32)
        for start in range(0, size, SHARD):
            some = places[start : start + SHARD]
            rows = np.repeat(base[None], len(some), axis=0)
            if size > 1:
                changed = rng.random(rows.shape, np.float32) < 0.02
                rows[changed] = rng.integers(0, 1 << 32, int(changed.sum()), dtype=np.uint32)
            signatures[some] = rows
    return clusters, signatures


def prepare(root: Path, documents: int, settings: RunSettings) -> tuple[StageContext, np.ndarray]:
    """A run whose clean stage stands and whose documents are already signed."""
    clusters, signatures = make_signatures(documents)
    bounds = shard_bounds(documents)
    outputs = []
    (root / "clean").mkdir(parents=True)
    for number, (start, end) in enumerate(bounds):
        name = f"documents-{number:05d}-of-{len(bounds):05d}.parquet"
        ids = [f"{i:032x}" for i in range(start, end)]
        size = end - start
        nothing = pa.array([dict.fromkeys(SIGNALS)] * size, DOCUMENT.field("signals").type)
        same = {"host": "h.example", "site": "h.example", "warc_file": "w", "encoding": "utf-8"}
        columns = {
            "doc_id": ids,
            "url": ids,
            "text": ids,
            "warc_offset": range(start, end),
            "n_chars": [1000] * size,
            "signals": nothing,
            **{name: [value] * size for name, value in same.items()},
            **{name: [None] * size for name in ("fetched_at", "title", "published")},
        }
        pq.write_table(
            pa.table([columns[name] for name in DOCUMENT.names], schema=DOCUMENT),
            root / "clean" / name,
        )
        outputs.append(OutputFile(name, size, 0, ""))
    pq.write_table(pa.Table.from_pylist([], schema=SITE), root / "clean" / "sites.parquet")
    record = StageRecord("clean", "0", "f" * 64, {}, "", "", {}, tuple(outputs), {})
    context = StageContext(str(root), "dedup", settings, "a" * 64, {"clean": record})
    store = dedup.plan(context).store("sign")
    for number, (start, end) in enumerate(bounds):
        facts = np.zeros(end - start, FACTS)
        ids = np.arange(start, end)
        digest = [hashlib.blake2b(i.tobytes(), digest_size=16).digest() for i in ids]
        halves = np.frombuffer(b"".join(digest), "<u8").reshape(-1, 2)
        facts["node"], facts["low"] = halves[:, 0], halves[:, 1]
        facts["shard"], facts["row"], facts["chars"] = number, np.arange(end - start), 1000
        facts["doc_low"] = ids
        facts["site"] = site_hash("h.example")
        first = np.argsort(facts["node"])
        name = f"{number:05d}"
        arrays = {"facts": facts, "first": first, "passages": np.empty(0, PASSAGES)}
        files = work_file(f"sign-{name}", arrays, len(facts))
        data = np.ascontiguousarray(signatures[start:end][first].T).tobytes()
        files[f"_work/sign-{name}.npy"] = Payload(data, len(facts))
        store.commit(name, files, {}, {"chars": 0, "passages": 0})
    return context, clusters


class Memory(threading.Thread):
    """Largest sum of the resident memory of this process and its children, sampled.

    Pages that forks share count in each.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self.ended = threading.Event()

    def run(self) -> None:
        """Sample until told that the work has ended."""
        own = psutil.Process()
        while not self.ended.wait(0.25):
            total = 0
            for process in [own, *own.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    continue
            self.peak = max(self.peak, total)


def check(root: Path, clusters: np.ndarray) -> int:
    """How many clusters did not end as one document that stays and all others for it."""
    kept_for = np.arange(len(clusters))
    for path in sorted((root / "dedup").glob("duplicates-*.parquet")):
        table = pq.read_table(path, columns=["doc_id", "kept_doc_id"])
        gone = [int(name, 16) for name in table["doc_id"].to_pylist()]
        kept_for[gone] = [int(name, 16) for name in table["kept_doc_id"].to_pylist()]
    order = np.lexsort((kept_for, clusters))
    cluster, kept = clusters[order], kept_for[order]
    split = (cluster[1:] == cluster[:-1]) & (kept[1:] != kept[:-1])
    mixed = clusters[kept_for] != clusters
    return int(split.sum() + mixed.sum())


def measure(documents: int, workers: int) -> dict[str, object]:
    """One run in this process: wall seconds, peak bytes, and what was wrong."""
    settings = RunSettings.model_validate(
        {
            "runner": {"workers": workers},
            "dedup": {"permutations": PERMUTATIONS, "verify": "estimate"},
        }
    )
    with tempfile.TemporaryDirectory(prefix="kinari-scale-") as folder:
        root = Path(folder)
        context, clusters = prepare(root, documents, settings)
        memory = Memory()
        memory.start()
        start = time.monotonic()
        result = dedup.run_stage(context)
        seconds = time.monotonic() - start
        memory.ended.set()
        wrong = check(root, clusters)
    return {
        "documents": documents,
        "workers": workers,
        "seconds": round(seconds, 1),
        "peak_mib": memory.peak >> 20,
        "rows_out": result.counters["rows_out"],
        "clusters": int(clusters.max()) + 1,
        "wrong": wrong,
    }


def main() -> int:
    """Print one JSON line a size, and the growth of time from the smallest to the largest."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", default="250000,2000000", help="sizes, by commas")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--here", action="store_true", help="measure in this very process")
    args = parser.parse_args()
    sizes = [int(size) for size in args.documents.split(",")]
    if args.here:
        print(json.dumps(measure(sizes[0], args.workers)))
        return 0
    rows = []
    for size in sizes:
        command = [sys.executable, __file__, "--here", "--documents", str(size)]
        done = subprocess.run(
            [*command, "--workers", str(args.workers)],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
            stdout=subprocess.PIPE,
            check=True,
        )
        rows.append(json.loads(done.stdout.splitlines()[-1]))
        row = rows[-1]
        print(
            json.dumps(
                {
                    "benchmark": "dedup_scale",
                    "measure": f"{size:,} documents end to end",
                    "kinari": row["seconds"],
                    "unit": "s",
                    "peak_mib": row["peak_mib"],
                    "wrong": row["wrong"],
                    "growth": round(row["seconds"] / rows[0]["seconds"], 2),
                    "size_growth": round(size / sizes[0], 2),
                }
            ),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
