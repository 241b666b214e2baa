"""What Beam costs: clean's extraction by the local engine and by a plain pool on the same shards.

    python -m benchmarks.overhead --pages 600 2400 20000     repeated under other addresses
    python -m benchmarks.overhead --warcs 'real/*.warc.gz'

The pool calls the very same function for every segment in multiprocessing's workers: read, decode,
extract, measure, write. Both get the same WARC segments and two workers. Neither's libraries are
loaded in the time taken: the pool stands, and the process that Beam's workers are forked from is
warm; the pipeline's own start and end are in it. The order alternates; medians of wall time are
given, and beside its ratio that of processor time, which other work on the machine disturbs less.
"""

import argparse
import atexit
import json
import multiprocessing
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from glob import glob
from io import BytesIO
from multiprocessing.synchronize import Barrier
from pathlib import Path

import apache_beam as beam
import psutil
from warcio.archiveiterator import ArchiveIterator
from warcio.warcwriter import WARCWriter

from benchmarks.pipeline import sample_warcs
from clean.extract_process import Extractor
from clean.settings import ExtractSettings
from clean.signals.measure import MeasureInput, measure
from pipelines import clean, crawl
from pipelines.clean_extract import extract_segment
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


_extractor: Extractor | None = None


def start_extractor(settings: ExtractSettings, ready: Barrier) -> None:
    """Give a process of the pool its extracting process; wait until all have theirs."""
    global _extractor
    _extractor = Extractor(settings)
    _extractor.start()
    measure(MeasureInput("日本語の文章を一つ読ませる。"))
    atexit.register(_extractor.close)
    ready.wait()


def processor_seconds() -> float:
    """Processor time so far of this process and of all below it, ended ones included."""
    total = 0.0
    own = psutil.Process()
    for process in [own, *own.children(recursive=True)]:
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.Error:
            continue
    return total


@contextmanager
def timed(taken: list[tuple[float, float]]) -> Iterator[None]:
    """Add wall and processor seconds of the body."""
    wall, processor = time.monotonic(), processor_seconds()
    yield
    taken.append((time.monotonic() - wall, processor_seconds() - processor))


def extract_task(task: tuple[CleanWork, SourceSegment]) -> None:
    """Clean's first phase on one segment, by a plain call."""
    if _extractor is None:
        raise RuntimeError("the pool's process was not initialized")
    extract_segment(*task, _extractor)


def by_pool(work: CleanWork, taken: list[tuple[float, float]]) -> None:
    """Clean's first phase in a plain pool."""
    tasks = [(work, segment) for segment in work.segments]
    context = multiprocessing.get_context("spawn")
    ready = context.Barrier(WORKERS + 1)
    with context.Pool(WORKERS, start_extractor, (work.settings.extract, ready)) as pool:
        ready.wait()
        with timed(taken):
            pool.map(extract_task, tasks, chunksize=1)


def by_beam(context: StageContext, work: CleanWork, taken: list[tuple[float, float]]) -> None:
    """Clean's first phase as it runs in the stage."""

    def build(pipeline: beam.Pipeline) -> None:
        pipeline | "ExtractPages" >> clean.ExtractPages(work)

    store = context.store("extract", work.extract_fingerprint)
    context.run_pipeline("warm up", lambda pipeline: pipeline | beam.Create([0]) | beam.Reshuffle())
    with timed(taken):
        context.run_pipeline("extract pages", build, store, len(work.segments))


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


def compare(name: str, warc: Path, pages: int, rounds: int, folder: Path) -> None:
    """Print the wall times of both as a JSON line."""
    ours: list[tuple[float, float]] = []
    plain: list[tuple[float, float]] = []
    size = max(200_000, warc.stat().st_size // (4 * WORKERS))
    for number in range(rounds):
        for way in ("beam", "pool") if number % 2 == 0 else ("pool", "beam"):
            context = prepare(warc, folder / f"{way}-{number}", size)
            work = clean.plan(context)
            if way == "beam":
                by_beam(context, work, ours)
            else:
                by_pool(work, plain)
            if len(work.extracted_shards()) != len(work.segments):
                raise RuntimeError(f"{way}: not every segment was extracted")
    wall, processor = (
        [mine[kind] / other[kind] for mine, other in zip(ours, plain, strict=True)]
        for kind in (0, 1)
    )
    print(
        json.dumps(
            {
                "benchmark": "overhead",
                "measure": f"extraction of {pages:,} pages of {name}, {WORKERS} workers",
                "kinari": round(statistics.median(taken[0] for taken in ours), 2),
                "peer": round(statistics.median(taken[0] for taken in plain), 2),
                "peer_name": "multiprocessing pool, same functions",
                "unit": "s",
                "ratio": round(statistics.median(wall), 3),
                "each_round": " ".join(f"{ratio:.3f}" for ratio in wall),
                "ratio_of_processor_time": round(statistics.median(processor), 3),
            }
        ),
        flush=True,
    )


def main() -> int:
    """Print one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--warcs", help="a glob; the built-in sample web by default")
    parser.add_argument("--pages", type=int, nargs="+", default=[600, 20_000])
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kinari-bench-") as place:
        folder = Path(place)
        warcs = sorted(glob(args.warcs)) if args.warcs else sample_warcs(folder)  # noqa: PTH207
        for number in args.pages:
            warc = folder / f"pages-{number}.warc.gz"
            pages = repeat_pages(warcs, number, warc)
            name = "the given files" if args.warcs else "the sample web"
            compare(name, warc, pages, args.rounds, folder / str(number))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
