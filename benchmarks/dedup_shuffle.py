"""What dedup's shuffles are at a billion documents: rounds, bytes, and one range really done.

    python benchmarks/dedup_shuffle.py --documents 1000000000 --shuffle-mib 65536

The plan is the stage's own. Then one range of each grouped phase is worked through at the size that
it has there, with random keys, in a process of its own: seconds and peak memory of the worker that
gets it. What is simulated is the workers' side, not the engine's sorting and network.
"""

import argparse
import json
import multiprocessing
import resource
import time
from collections.abc import Callable

import numpy as np

from dedup.buckets import star_edges
from dedup.cluster import both_ways, forest, large_star, small_star, unique_edges
from dedup.keep import FACTS, elect
from dedup.settings import DedupSettings
from pipelines.dedup_bands import KEYED
from pipelines.dedup_connect import EDGE
from pipelines.dedup_work import SourceShard, Work

DOCUMENTS_A_SHARD = 200_000
ALIKE = 0.3
"""Share of documents that stand in a bucket with others, as web crawls have it, about."""


def planned(documents: int, shuffle_mib: int) -> Work:
    """The stage's own cut of so many documents."""
    shards = [
        SourceShard(number, "", min(DOCUMENTS_A_SHARD, documents - number * DOCUMENTS_A_SHARD))
        for number in range(-(-documents // DOCUMENTS_A_SHARD))
    ]
    return Work("", "", DedupSettings(shuffle_mib=shuffle_mib), tuple(shards), "")


def elect_range(documents: int) -> int:
    """Take equal texts as one in a range of documents, a tenth of them copies."""
    rng = np.random.default_rng(1)
    facts = np.zeros(documents, FACTS)
    facts["node"] = rng.integers(0, 1 << 64, documents, dtype=np.uint64)
    copies = rng.random(documents) < 0.1
    facts["node"][copies] = rng.choice(facts["node"], int(copies.sum()))
    facts["doc_low"] = rng.integers(0, 1 << 64, documents, dtype=np.uint64)
    return len(elect(facts)[0])


def bucket_range(entries: int) -> int:
    """Tie the buckets of a range of band keys."""
    rng = np.random.default_rng(2)
    high = rng.integers(0, 1 << 64, entries, dtype=np.uint64)
    alike = rng.random(entries) < ALIKE
    high[alike] = rng.choice(high[: max(1, entries // 10)], int(alike.sum()))
    node = rng.integers(0, 1 << 64, entries, dtype=np.uint64)
    left, right, _ = star_edges(high, high, node)
    return len(forest(left, right)[0])


def connect_range(edges: int) -> int:
    """The first round of stars over a range of edges: no band has been thinned out by another."""
    rng = np.random.default_rng(3)
    nodes = rng.integers(0, 1 << 64, max(2, edges // 32), dtype=np.uint64)
    left, right = unique_edges(rng.choice(nodes, edges), rng.choice(nodes, edges))
    return len(small_star(*large_star(*both_ways(left, right)))[0])


def _worked(work: Callable[[int], int], size: int, out: "multiprocessing.Queue") -> None:
    work(min(size, 1000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    work(size)
    seconds = time.perf_counter() - start
    out.put((seconds, before >> 10, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10))


def main() -> int:
    """Print one JSON line a grouped phase."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--documents", type=int, default=1_000_000_000)
    parser.add_argument("--shuffle-mib", type=int, default=65536, help="as dedup.shuffle_mib")
    args = parser.parse_args()
    work = planned(args.documents, args.shuffle_mib)
    bands = work.settings.bands()[0]
    candidates = int(args.documents * ALIKE)
    phases = (
        ("sign", work.range_rounds, args.documents, FACTS.itemsize, elect_range),
        ("bands", len(work.band_rounds()), args.documents * bands, KEYED.itemsize, bucket_range),
        ("connect", 1, 2 * candidates * bands, EDGE.itemsize, connect_range),
    )
    context = multiprocessing.get_context("spawn")
    for phase, rounds, entries, size, simulate in phases:
        a_range = -(-entries // work.ranges // (rounds if phase == "bands" else 1))
        queue = context.Queue()
        process = context.Process(target=_worked, args=(simulate, a_range, queue))
        process.start()
        seconds, before, peak = queue.get()
        process.join()
        row = {
            "benchmark": "dedup_shuffle",
            "measure": f"{phase} at {args.documents:,} documents",
            "kinari": round(seconds, 2),
            "unit": "s a range",
            "rounds": rounds,
            "shuffle_gib": round(entries * size / 2**30, 1),
            "gib_a_round": round(entries * size / rounds / 2**30, 1),
            "ranges": work.ranges,
            "entries_a_range": a_range,
            "worker_mib": peak,
            "of_which_libraries_mib": before,
            "core_hours": round(
                seconds * work.ranges * (rounds if phase == "bands" else 1) / 3600, 2
            ),
        }
        print(json.dumps(row), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
