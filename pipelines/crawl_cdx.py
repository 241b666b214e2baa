"""Selected records of a Common Crawl index: byte ranges read into WARC files of the run."""

import gzip
import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

import apache_beam as beam
from warcio.warcwriter import WARCWriter

from crawl.cdx import Range, Selection, is_member, select
from crawl.settings import CrawlSettings
from pipelines import files
from pipelines.crawl_segments import WarcFile
from pipelines.errors import UserError
from pipelines.shards import ShardStore, add_counters
from pipelines.stage import StageContext

_MAX_RECORDS = 20_000
"""Records of one WARC file made from an index: bounds the list of ranges a worker holds."""


@dataclass(frozen=True)
class RangeTask:
    """One WARC file to be made: its number and the file that lists its ranges."""

    number: int
    ranges: str

    @property
    def shard(self) -> str:
        """Id of the shard and beginning of the file's name."""
        return f"cdx{self.number:05d}"


@dataclass
class ReadRanges(beam.DoFn):  # type: ignore[misc]
    """Copies the records of one task, byte for byte, into a WARC file of the run."""

    settings: CrawlSettings
    store: ShardStore

    def process(self, task: RangeTask) -> Iterator[str]:
        """Read the ranges in the order of files and offsets and commit the file."""
        name = f"{task.shard}-00000.warc.gz"
        listed = json.loads(files.read_bytes(task.ranges))
        ranges = sorted(Range(**item) for item in listed)
        counters: Counter[str] = Counter()
        target = files.join(self.store.stage_dir, name)
        with files.create(target) as stream:
            stream.write(_warcinfo(name, self.settings.cdx))
            for data in _read(ranges, base(self.settings)):
                if data is None:
                    counters["rows_in"] += 1
                    counters["dropped_damaged"] += 1
                else:
                    stream.write(data)
        self.store.commit_written(task.shard, [], counters, {"warc": name})
        yield task.shard


def base(settings: CrawlSettings) -> str:
    """What stands before the file names of an index."""
    return settings.cdx_base or settings.cdx.rpartition("/")[0] or "."


def _read(ranges: list[Range], folder: str) -> Iterator[bytes | None]:
    """Read ranges, one open file at a time; None for what is no whole record."""
    name, stream = "", None
    try:
        for item in ranges:
            if item.filename != name:
                if stream is not None:
                    stream.close()
                name, stream = item.filename, _open(files.join(folder, *item.filename.split("/")))
            if stream is None:
                yield None
                continue
            stream.seek(item.offset)
            data = stream.read(item.length)
            yield data if is_member(data) else None
    finally:
        if stream is not None:
            stream.close()


def _open(path: str) -> BinaryIO | None:
    try:
        return files.open_read(path)
    except FileNotFoundError:
        return None


def _warcinfo(name: str, index: str) -> bytes:
    block = io.BytesIO()
    writer = WARCWriter(block, gzip=True, warc_version="WARC/1.1")
    info = {"software": "kinari", "description": f"records selected from {index}"}
    record = writer.create_warcinfo_record(name, info)
    record.rec_headers.replace_header("WARC-Date", "1970-01-01T00:00:00Z")
    record.rec_headers.replace_header(
        "WARC-Record-ID", "<urn:uuid:00000000-0000-0000-0000-000000000001>"
    )
    writer.write_record(record)
    return block.getvalue()


def select_ranges(context: StageContext) -> tuple[list[RangeTask], dict[str, int]]:
    """Read the index, as a stream, into lists of ranges of bounded size.

    Raises:
        UserError: the index cannot be read.
    """
    settings = context.settings.crawl
    selection = Selection(settings.cdx_hosts, settings.cdx_languages)
    tasks: list[RangeTask] = []
    counters = {"cdx_lines": 0}
    batch: list[Range] = []
    size = 0
    for chosen in select(_lines(settings.cdx), selection):
        counters["cdx_lines"] += 1
        if chosen is None:
            continue
        batch.append(chosen)
        size += chosen.length
        if size >= settings.segment_bytes or len(batch) >= _MAX_RECORDS:
            tasks.append(_put(context, len(tasks), batch))
            batch, size = [], 0
    if batch:
        tasks.append(_put(context, len(tasks), batch))
    return tasks, counters


def _put(context: StageContext, number: int, batch: list[Range]) -> RangeTask:
    path = context.path("_shards", "ranges", f"{number:05d}.jsonl")
    data = json.dumps([asdict(item) for item in batch]).encode()
    files.write_bytes(path, data)
    return RangeTask(number, path)


def _lines(path: str) -> Iterator[bytes]:
    try:
        with files.open_read(path) as raw:
            start = raw.read(2)
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if start == b"\x1f\x8b" else raw
            yield from (line.strip() for line in io.BufferedReader(stream) if line.strip())
    except (OSError, EOFError) as error:
        raise UserError(f"crawl.cdx: cannot read {path}: {error}") from error


def read_selected(context: StageContext) -> tuple[list[WarcFile], dict[str, int]]:
    """Make WARC files of the records that an index and its filters name.

    Returns:
        The files; counters of index lines and of ranges that hold no record.
    """
    settings = context.settings.crawl
    tasks, counters = select_ranges(context)
    store = context.store("ranges")
    todo = [task for task in tasks if store.manifest(task.shard) is None]
    if todo:

        def build(pipeline: beam.Pipeline) -> None:
            _ = (
                pipeline
                | "CreateRanges" >> beam.Create(todo)
                | "SpreadRanges" >> beam.Reshuffle()
                | "ReadRanges" >> beam.ParDo(ReadRanges(settings, store))
            )

        context.run_pipeline("read ranges", build, store, len(tasks))
    warcs = []
    for task in tasks:
        manifest = store.manifest(task.shard)
        assert manifest is not None
        add_counters(counters, manifest.counters)
        warcs.append(WarcFile(context.path(manifest.facts["warc"]), external=False))
    return warcs, counters
