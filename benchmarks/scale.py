"""Peak memory and time of clean, dedup and encode at a size and at eight times that size.

    python -m benchmarks.scale --pages 1000 --times 8

For clean, pages are the built-in sample web's (or `--warcs`), repeated with another last line each,
which keeps what they cost to extract. Their texts are the same again, so dedup and encode get as
many documents made of their sentences instead. Each size is measured in processes of its own;
memory is the largest sum of resident memory over one and its workers, sampled four times a second.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from glob import glob
from pathlib import Path

import yaml

from benchmarks.dedup_scale import Memory
from benchmarks.overhead import repeat_pages
from benchmarks.pipeline import REPO, make_documents, sample_warcs, seconds

STAGES = ("clean", "dedup", "encode")
WORKERS = 2


def run_here(config: str, root: str, stages: list[str]) -> dict[str, int]:
    """Run stages one by one in this process; the peak of each in MiB."""
    from pipelines.run import run
    from pipelines.settings import load_settings

    settings = load_settings(config)
    if "clean" in stages:
        run(settings, root, ("crawl",), say=lambda _: None)
    peaks = {}
    for stage in stages:
        memory = Memory()
        memory.start()
        run(settings, root, (stage,), say=lambda _: None)
        memory.ended.set()
        memory.join()
        peaks[stage] = memory.peak >> 20
    return peaks


def run_apart(config: Path, root: Path, *stages: str) -> dict[str, int]:
    """`run_here` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--here", str(config), str(root), *stages]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": str(REPO)}, stdout=subprocess.PIPE, check=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def measure(warcs: list[str], pages: int, segment_bytes: int, folder: Path) -> dict[str, object]:
    """Make a run of so many pages; wall seconds and peak MiB of each stage."""
    folder.mkdir()
    warc = folder / "pages.warc.gz"
    repeat_pages(warcs, pages, warc)
    config = folder / "scale.yaml"
    settings = {
        "name": "scale",
        "runner": {"workers": WORKERS},
        "crawl": {"warcs": [str(warc)], "segment_bytes": segment_bytes},
        "encode": {"learn": {"size": 4000}, "context": 256, "shard_bytes": 4_000_000},
    }
    config.write_text(yaml.safe_dump(settings), encoding="utf-8")
    root, made = folder / "run", folder / "made"
    peaks = run_apart(config, root, "clean")
    make_documents(root, pages, made)
    peaks |= run_apart(config, made, "dedup", "encode")
    times = {stage: seconds(made, stage) for stage in STAGES}
    return {"peaks": peaks, "seconds": times}


def main() -> int:
    """Print one JSON line a stage and one for all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warcs", help="a glob; the built-in sample web by default")
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--times", type=int, default=8)
    parser.add_argument("--segment-bytes", type=int, default=500_000)
    parser.add_argument("--here", nargs="+", metavar="ARG", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        config, root, *stages = args.here
        print(json.dumps(run_here(config, root, stages)))
        return 0
    with tempfile.TemporaryDirectory(prefix="kinari-bench-") as name:
        folder = Path(name)
        warcs = sorted(glob(args.warcs)) if args.warcs else sample_warcs(folder)  # noqa: PTH207
        small = measure(warcs, args.pages, args.segment_bytes, folder / "small")
        large = measure(warcs, args.pages * args.times, args.segment_bytes, folder / "large")
    for stage in (*STAGES, "all"):
        row = {}
        for size, found in (("small", small), ("large", large)):
            peaks, times = found["peaks"], found["seconds"]
            row[size] = (
                (max(peaks.values()), sum(times.values()))
                if stage == "all"
                else (peaks[stage], times[stage])
            )
        print(
            json.dumps(
                {
                    "benchmark": "scale",
                    "measure": f"{stage}, {args.pages * args.times:,} pages beside {args.pages:,}",
                    "seconds": round(row["large"][1], 1),
                    "peak_mib": row["large"][0],
                    "small_seconds": round(row["small"][1], 1),
                    "small_peak_mib": row["small"][0],
                    "time_growth": round(row["large"][1] / row["small"][1], 2),
                    "memory_growth": round(row["large"][0] / row["small"][0], 2),
                    "size_growth": args.times,
                }
            ),
            flush=True,
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
