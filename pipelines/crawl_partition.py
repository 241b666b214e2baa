"""One partition of the crawl: a Scrapy process, watched over, its files published."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import apache_beam as beam

from crawl.process import Job
from crawl.settings import CrawlSettings
from pipelines import files
from pipelines.crawl_index import exports_json, read_earlier, url_index
from pipelines.crawl_lease import Lease
from pipelines.crawl_plan import Plan
from pipelines.shards import Payload, ShardStore

_POLL_SECONDS = 1.0


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
    blocked: tuple[str, ...] = ()

    def process(self, task: PartitionTask) -> Iterator[str]:
        """Crawl, publish the WARC files, commit."""
        name = self.store.fingerprint[:16]
        lease = Lease(files.join(self.store.stage_dir, "_work", name, f"{task.shard}.lease"))
        running: list[subprocess.Popen[bytes]] = []

        def lost() -> None:
            for process in running:
                process.kill()

        with lease.held(lost):
            if self.store.manifest(task.shard) is None:
                self._crawl(task, self._work(task.partition), running)
        yield task.shard

    def _crawl(
        self, task: PartitionTask, work: Path, running: list[subprocess.Popen[bytes]]
    ) -> None:
        work.mkdir(parents=True, exist_ok=True)
        job = self._job(task, work)
        restore(work, job.prefix, self.store.stage_dir)
        run_process(job, running, self.store.stage_dir)
        counters = json.loads((work / "outcome.json").read_text())["counters"]
        warcs = sorted(work.glob(f"{job.prefix}-?????.warc.gz"))
        for path in warcs:
            publish(path, files.join(self.store.stage_dir, path.name))
        lines, index, rows = exports_json(work), *url_index(work)
        exports = f"_shards/exports/{self.store.phase}-{task.shard}.jsonl"
        outputs = {
            exports: Payload(lines, lines.count(b"\n")),
            f"urls-{task.partition:05d}-of-{self.plan.count:05d}.parquet": Payload(index, rows),
        }
        facts = {"warcs": [path.name for path in warcs], "exports": exports}
        self.store.commit(task.shard, outputs, counters, facts)
        if not files.is_local(self.store.stage_dir):
            shutil.rmtree(work)

    def _job(self, task: PartitionTask, work: Path) -> Job:
        contact = f" (+{self.settings.contact})" if self.settings.contact else ""
        earlier = work / "earlier.jsonl"
        if self.settings.earlier and not earlier.exists():
            share = self.plan.share(task.partition)
            with tempfile.NamedTemporaryFile("wb", dir=work, delete=False) as stream:
                for line in read_earlier(self.settings.earlier, share):
                    stream.write(line)
            Path(stream.name).rename(earlier)
        return Job(
            settings=self.settings,
            partition=task.partition,
            partitions=self.plan.count,
            placed=tuple(sorted(self.plan.placed.items())),
            seeds=task.seeds,
            work=str(work),
            prefix=f"p{task.partition:05d}",
            agent=f"{self.settings.user_agent}/{version('kinari')}{contact}",
            earlier=str(earlier) if self.settings.earlier else "",
            blocked=self.blocked,
        )

    def _work(self, partition: int) -> Path:
        """Local folder of the partition: in the run where that is local, else a temporary one."""
        name = self.store.fingerprint[:16]
        if files.is_local(self.store.stage_dir):
            return Path(self.store.stage_dir, "_work", name, f"p{partition:05d}")
        return Path(tempfile.gettempdir(), f"kinari-crawl-{name}", f"p{partition:05d}")


def run_process(job: Job, running: list[subprocess.Popen[bytes]], stage_dir: str) -> None:
    """Run a crawl process to its end; on an object store, publish each WARC file once it is full.

    Args:
        job: what it is to do.
        running: the process is in it while it runs.
        stage_dir: where the WARC files are published.

    Raises:
        RuntimeError: it failed; with what it wrote to standard error.
    """
    path = Path(job.work, "job.json")
    path.write_text(job.to_json(), encoding="utf-8")
    published: set[str] = set()
    with Path(job.work, "log.txt").open("w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "crawl.process", str(path)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
        )
        running.append(process)
        try:
            while process.poll() is None:
                with suppress(subprocess.TimeoutExpired):
                    process.wait(_POLL_SECONDS)
                if not files.is_local(stage_dir):
                    _publish_full(job, stage_dir, published)
        finally:
            process.kill()
            process.wait()
            running.remove(process)
        if process.returncode:
            log.seek(0)
            text = log.read()[-4000:]
            raise RuntimeError(f"crawl process ended with {process.returncode}: {text}")


def _publish_full(job: Job, stage_dir: str, published: set[str]) -> None:
    for path in sorted(Path(job.work).glob(f"{job.prefix}-?????.warc.gz"))[:-1]:
        if path.name not in published:
            publish(path, files.join(stage_dir, path.name))
            published.add(path.name)


def publish(path: Path, target: str) -> None:
    """Make a WARC file stand in the run: as a second name, or as an upload."""
    if files.is_local(target):
        Path(target).unlink(missing_ok=True)
        os.link(path, target)
        return
    with path.open("rb") as source, files.create(target) as stream:
        while block := source.read(1 << 22):
            stream.write(block)


def restore(work: Path, prefix: str, stage_dir: str) -> None:
    """Fetch WARC files that another machine published, where this one has none of the partition.

    The frontier is rebuilt from them; what that machine had not published is fetched again.
    """
    if files.is_local(stage_dir) or any(work.glob(f"{prefix}-?????.warc.gz")):
        return
    for item in files.listing(files.join(stage_dir, f"{prefix}-?????.warc.gz")):
        with (
            files.open_read(item.path) as source,
            (work / item.path.rsplit("/", 1)[-1]).open("wb") as stream,
        ):
            while block := source.read(1 << 22):
                stream.write(block)
