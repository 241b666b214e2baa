"""What Beam costs: clean's extraction by the local engine and by a plain pool on the same shards.

    python -m benchmarks.overhead --pages 20000      pages as given, repeated under other addresses
    python -m benchmarks.overhead --warcs 'real/*.warc.gz'

The pool calls the very same DoFns one after another in multiprocessing workers: read, decode,
extract, measure, write. Both get the same WARC segments and two workers, start of workers included.
The order alternates; medians of wall time are given.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from glob import glob
from io import BytesIO
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from benchmarks.pipeline import sample_warcs
from pipelines import clean, crawl
from pipelines.clean_extract import (
    DecodePage,
    ExtractPage,
    MeasurePage,
    ReadSegment,
    WriteExtracted,
)
from pipelines.clean_work import CleanWork, SourceSegment
from pipelines.run import run
from pipelines.settings import RunSettings
from pipelines.stage import StageContext, read_record

WORKERS = 2


def repeat_pages(warcs: list[str], pages: int, path: Path) -> int:
    """Write so many pages into one WARC file, each time with another last line.

    The line makes every page another document: pages with the same bytes are extracted once.
    """
    records = []
    for source in warcs:
        with Path(source).open("rb") as stream:
            for record in ArchiveIterator(stream):
                if record.rec_type == "response":
                    url = record.rec_headers.get_header("WARC-Target-URI")
                    records.append((url, record.http_headers, record.raw_stream.read()))
    with path.open("wb") as stream:
        writer = WARCWriter(stream, gzip=True)
        for number in range(pages):
            url, headers, body = records[number % len(records)]
            payload = body + b"<!-- %d -->" % number
            headers.replace_header("Content-Length", str(len(payload)))
            made = writer.create_warc_record(
                f"{url}?n={number}", "response", payload=BytesIO(payload), http_headers=headers
            )
            writer.write_record(made)
    return min(pages, pages if records else 0)


def extract_segment(task: tuple[CleanWork, SourceSegment]) -> str:
    """All steps of clean's first phase on one segment, by plain calls."""
    work, segment = task
    extract = ExtractPage(work)
    extract.setup()
    try:
        steps = [ReadSegment(work), DecodePage(work), extract, MeasurePage(work)]
        items = [segment]
        for step in steps:
            items = [made for item in items for made in step.process(item)]
        return "".join(name for item in items for name in WriteExtracted(work).process(item))
    finally:
        extract.teardown()


def by_pool(work: CleanWork) -> None:
    """Clean's first phase in a plain pool."""
    tasks = [(work, segment) for segment in work.segments]
    with multiprocessing.get_context("spawn").Pool(WORKERS) as pool:
        pool.map(extract_segment, tasks, chunksize=1)


def by_beam(context: StageContext, work: CleanWork) -> None:
    """Clean's first phase as it runs in the stage."""
    store = context.store("extract", work.extract_fingerprint)
    context.run_pipeline(
        "extract pages",
        lambda pipeline: clean._apply(pipeline, "ExtractPages", clean.ExtractPages(work)),
        store,
        len(work.segments),
    )


def prepare(warc: Path, root: Path, segment_bytes: int) -> StageContext:
    """A run whose crawl stage has taken the WARC file in."""
    settings = RunSettings.model_validate(
        {
            "name": "bench",
            "runner": {"workers": WORKERS},
            "crawl": {"warcs": [str(warc)], "segment_bytes": segment_bytes},
        }
    )
    run(settings, str(root), ("crawl",), say=lambda _: None)
    record = read_record(str(root), "crawl")
    if record is None:
        raise RuntimeError(f"{crawl.__name__} left no record")
    return StageContext(str(root), "clean", settings, "c" * 64, {"crawl": record})


def measure(warc: Path, pages: int, rounds: int, folder: Path) -> None:
    """Print the wall times of both as a JSON line."""
    times: dict[str, list[float]] = {"beam": [], "pool": []}
    size = max(200_000, warc.stat().st_size // (4 * WORKERS))
    for number in range(rounds):
        for way in ("beam", "pool") if number % 2 == 0 else ("pool", "beam"):
            context = prepare(warc, folder / f"{way}-{number}", size)
            work = clean.plan(context)
            start = time.monotonic()
            if way == "beam":
                by_beam(context, work)
            else:
                by_pool(work)
            times[way].append(time.monotonic() - start)
            if len(work.extracted_shards()) != len(work.segments):
                raise RuntimeError(f"{way}: not every segment was extracted")
    ratios = [ours / plain for ours, plain in zip(times["beam"], times["pool"], strict=True)]
    print(
        json.dumps(
            {
                "benchmark": "overhead",
                "measure": f"extraction of {pages:,} pages, {WORKERS} workers",
                "kinari": round(statistics.median(times["beam"]), 2),
                "peer": round(statistics.median(times["pool"]), 2),
                "peer_name": "multiprocessing pool, same functions",
                "unit": "s",
                "ratio": round(statistics.median(ratios), 3),
                "rounds": " ".join(f"{ratio:.3f}" for ratio in ratios),
            }
        ),
        flush=True,
    )


def main() -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warcs", default=os.environ.get("KINARI_BENCH_WARCS"), help="a glob")
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinari-bench-") as name:
        folder = Path(name)
        warcs = sorted(glob(args.warcs)) if args.warcs else sample_warcs(folder)  # noqa: PTH207
        warc = folder / "pages.warc.gz"
        pages = repeat_pages(warcs, args.pages, warc)
        measure(warc, pages, args.rounds, folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
