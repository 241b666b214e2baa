"""One partition of the crawl: a Scrapy process, watched over, its files published."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import apache_beam as beam
import pyarrow as pa

from crawl.frontier import Frontier
from crawl.process import Job
from crawl.settings import CrawlSettings
from pipelines import files
from pipelines.crawl_plan import Plan
from pipelines.parquet import to_parquet
from pipelines.shards import Payload, ShardStore

URLS = pa.schema(
    [
        ("url", pa.string()),
        ("origin", pa.string()),
        ("site", pa.string()),
        ("depth", pa.int64()),
        ("via", pa.string()),
        ("outcome", pa.string()),
        ("reason", pa.string()),
        ("status", pa.int64()),
        ("fetched_at", pa.string()),
        ("signals", pa.string()),
        ("etag", pa.string()),
        ("modified", pa.string()),
        ("digest", pa.string()),
        ("warc_file", pa.string()),
        ("warc_offset", pa.int64()),
        ("target", pa.string()),
    ]
)
"""One row for each URL of the frontier, sorted by URL: what became of it and where it stands."""


@dataclass(frozen=True)
class PartitionTask:
    """What one partition is to begin a round with: its number and (URL, depth) pairs."""

    round: int
    partition: int
    seeds: tuple[tuple[str, int], ...]

    @property
    def shard(self) -> str:
        """Id of the partition's shard in the round."""
        return f"p{self.partition:05d}"


@dataclass
class CrawlPartition(beam.DoFn):  # type: ignore[misc]
    """Runs one partition to its end in a process of its own and commits what it left."""

    settings: CrawlSettings
    plan: Plan
    store: ShardStore

    def process(self, task: PartitionTask) -> Iterator[str]:
        """Crawl, publish the WARC files, commit."""
        work = self._work(task.partition)
        work.mkdir(parents=True, exist_ok=True)
        prefix = f"p{task.partition:05d}"
        contact = f" (+{self.settings.contact})" if self.settings.contact else ""
        job = Job(
            settings=self.settings,
            partition=task.partition,
            partitions=self.plan.count,
            placed=tuple(sorted(self.plan.placed.items())),
            seeds=task.seeds,
            work=str(work),
            prefix=prefix,
            agent=f"{self.settings.user_agent}/{version('kinari')}{contact}",
        )
        run_process(job)
        counters = json.loads((work / "outcome.json").read_text())["counters"]
        names = []
        for path in sorted(work.glob(f"{prefix}-?????.warc.gz")):
            publish(path, files.join(self.store.stage_dir, path.name))
            names.append(path.name)
        frontier = Frontier(work / "frontier.sqlite", self.settings)
        lines = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in frontier.exports())
        rows = [dict(zip(URLS.names, row, strict=True)) for row in frontier.rows()]
        frontier.close()
        exports = f"_work/exports/{self.store.phase}-{task.shard}.jsonl"
        index = f"urls-{task.partition:05d}-of-{self.plan.count:05d}.parquet"
        outputs = {
            exports: Payload(lines.encode(), lines.count("\n")),
            index: Payload(to_parquet(rows, URLS), len(rows)),
        }
        facts = {"warcs": names, "exports": exports}
        self.store.commit(task.shard, outputs, counters, facts)
        yield task.shard

    def _work(self, partition: int) -> Path:
        """Local folder of the partition: in the run where that is local, else a temporary one."""
        name = self.store.fingerprint[:16]
        if files.is_local(self.store.stage_dir):
            return Path(self.store.stage_dir, "_work", name, f"p{partition:05d}")
        return Path(tempfile.gettempdir(), f"kinari-crawl-{name}", f"p{partition:05d}")


def run_process(job: Job) -> None:
    """Run a crawl process and wait for its end.

    Raises:
        RuntimeError: it failed; with what it wrote to standard error.
    """
    path = Path(job.work, "job.json")
    path.write_text(job.to_json(), encoding="utf-8")
    with Path(job.work, "log.txt").open("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawl.process", str(path)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        try:
            status = process.wait()
        finally:
            process.kill()
        if status:
            log.seek(0)
            raise RuntimeError(f"crawl process ended with {status}: {log.read()[-4000:]}")


def publish(path: Path, target: str) -> None:
    """Make a finished WARC file stand in the run: as a second name, or as an upload."""
    if files.is_local(target):
        Path(target).unlink(missing_ok=True)
        os.link(path, target)
        return
    with path.open("rb") as source, files.create(target) as stream:
        while block := source.read(1 << 22):
            stream.write(block)
