"""The crawl stage: seeds, imports and indexes to WARC files, and the list of their segments."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apache_beam as beam

from crawl.addresses import literal_address
from crawl.settings import CrawlSettings
from crawl.urls import host_of
from pipelines import files
from pipelines.crawl_cdx import read_selected
from pipelines.crawl_forget import read_blocked
from pipelines.crawl_partition import CrawlPartition, PartitionTask
from pipelines.crawl_plan import Plan, make_plan
from pipelines.crawl_segments import SegmentWarcs, WarcFile
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile, add_counters
from pipelines.stage import StageContext, StageResult

MAX_ROUNDS = 32
"""Rounds in which partitions hand each other URLs; a link seldom crosses more than a few."""


@dataclass
class PlanPartitions(beam.PTransform):  # type: ignore[misc]
    """The tasks of one round, one element a partition."""

    tasks: list[PartitionTask]

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """Create the tasks and spread them over the workers."""
        return (
            pipeline | "CreateTasks" >> beam.Create(self.tasks) | "SpreadTasks" >> beam.Reshuffle()
        )


@dataclass
class ListWarcs(beam.PTransform):  # type: ignore[misc]
    """The WARC files of the stage, one element a file."""

    warcs: list[WarcFile]

    def expand(self, pipeline: beam.Pipeline) -> beam.PCollection:
        """Create the files and spread them over the workers."""
        return (
            pipeline | "CreateWarcs" >> beam.Create(self.warcs) | "SpreadWarcs" >> beam.Reshuffle()
        )


def run_stage(context: StageContext) -> StageResult:
    """Fetch what the seeds lead to, take in what is imported, and cut all of it into segments.

    Args:
        context: of the stage.

    Returns:
        WARC files, URL indexes and `warcs.json`; counters over URLs.

    Raises:
        UserError: nothing to crawl, no contact, a pattern that matches no file.
    """
    settings = context.settings.crawl
    if not (settings.seeds or settings.sample_web or settings.warcs or settings.cdx):
        raise UserError("crawl: nothing to do; set crawl.seeds, crawl.warcs or crawl.cdx")
    counters: dict[str, int] = {"rows_in": 0, "rows_out": 0}
    outputs: list[OutputFile] = []
    warcs: list[WarcFile] = []
    if settings.seeds or settings.sample_web:
        outputs, own, stored = crawl_sites(context)
        add_counters(counters, stored)
        warcs += own
    if settings.cdx:
        chosen, read = read_selected(context)
        add_counters(counters, read)
        warcs += chosen
    warcs += imported(settings)
    listed, found = segment(context, warcs)
    for name, count in found.items():
        if name != "rows_in":
            add_counters(counters, {name: count})
    counters["rows_in"] += found["rows_in"]
    data = json.dumps(listed, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"
    clear_work(context)
    outputs.append(context.output_file("warcs.json", data, len(listed["warcs"])))
    return StageResult(outputs + own_files(context, listed), counters)


@contextmanager
def live_settings(settings: CrawlSettings) -> Iterator[CrawlSettings]:
    """Settings with seeds and proxy of the sample web while it is served, or as they are."""
    if settings.sample_web is None:
        yield settings
        return
    from crawl.sample_web.server import serve

    sample = settings.sample_web
    with serve(sample.seed, sample.hosts, sample.pages) as served:
        seeds = (*settings.seeds, *served.seeds)
        yield settings.model_copy(update={"seeds": seeds, "proxy": served.proxy})


def check_manners(settings: CrawlSettings) -> None:
    """Hold that a crawl which leaves this machine says whose it is and takes its time.

    Raises:
        UserError: no contact, or a delay under half a second.
    """
    hosts = [host_of(settings.proxy)] if settings.proxy else [host_of(s) for s in settings.seeds]
    if all(_is_loopback(host) for host in hosts):
        return
    if not settings.contact:
        raise UserError(
            "crawl.contact: empty; a crawl that leaves this machine names a URL or e-mail address "
            "where site owners reach you"
        )
    if settings.delay < 0.5:
        raise UserError(
            f"crawl.delay: {settings.delay}; at least 0.5 seconds for hosts that are not loopback"
        )


def _is_loopback(host: str) -> bool:
    address = literal_address(host)
    return host == "localhost" or bool(address and (address.startswith("127.") or address == "::1"))


def crawl_sites(context: StageContext) -> tuple[list[OutputFile], list[WarcFile], dict[str, int]]:
    """Crawl from the seeds, in rounds until no partition has URLs for another one.

    Returns:
        URL indexes; WARC files; counters without rows_in and rows_out of the stored pages, which
        the reading of the WARC files counts.
    """
    clear_work(context, keep=context.fingerprint[:16])
    with live_settings(context.settings.crawl) as settings:
        check_manners(settings)
        plan = make_plan(context, settings)
        done: dict[int, Any] = {}
        inbox: dict[int, dict[str, int]] = {n: dict(s) for n, s in plan.seeds.items()}
        sent: dict[int, set[str]] = {n: set() for n in range(plan.count)}
        for number in range(MAX_ROUNDS):
            tasks = [
                PartitionTask(number, n, tuple(sorted(urls.items())))
                for n, urls in sorted(inbox.items())
                if urls
            ]
            if not tasks:
                break
            done |= run_round(context, settings, plan, tasks)
            for n, urls in inbox.items():
                sent[n].update(urls)
            inbox = gather_exports(context, done, sent)
    counters: dict[str, int] = {}
    outputs: list[OutputFile] = []
    warcs: list[WarcFile] = []
    for manifest in done.values():
        counts = Counter(manifest.counters)
        counts["rows_in"] -= counts.pop("rows_out")
        add_counters(counters, counts)
        outputs += [out for out in manifest.outputs if out.path.startswith("urls-")]
        warcs += [WarcFile(context.path(name), external=False) for name in manifest.facts["warcs"]]
    return outputs, warcs, counters


def run_round(
    context: StageContext, settings: CrawlSettings, plan: Plan, tasks: list[PartitionTask]
) -> dict[int, Any]:
    """Run one round's partitions that are not done; manifests by partition."""
    store = context.store(f"round{tasks[0].round}")
    todo = [task for task in tasks if store.manifest(task.shard) is None]
    blocked = read_blocked(context.root, settings.earlier)
    if todo:

        def build(pipeline: beam.Pipeline) -> None:
            _ = (
                pipeline
                | "PlanPartitions" >> PlanPartitions(todo)
                | "CrawlPartitions" >> beam.ParDo(CrawlPartition(settings, plan, store, blocked))
            )

        context.run_pipeline("fetch", build, store, len(tasks))
    return {task.partition: store.manifest(task.shard) for task in tasks}


def gather_exports(
    context: StageContext, done: dict[int, Any], sent: dict[int, set[str]]
) -> dict[int, dict[str, int]]:
    """URLs that partitions found for others and that were not handed over before."""
    inbox: dict[int, dict[str, int]] = {n: {} for n in sent}
    for manifest in done.values():
        name = manifest.facts["exports"]
        for line in files.read_bytes(context.path(*name.split("/"))).splitlines():
            partition, url, depth = json.loads(line)
            if url not in sent[partition]:
                urls = inbox[partition]
                urls[url] = min(depth, urls.get(url, depth))
    return inbox


def imported(settings: CrawlSettings) -> list[WarcFile]:
    """The WARC files that `crawl.warcs` names, sorted by path, each once.

    Raises:
        UserError: a pattern matches nothing.
    """
    found: set[str] = set()
    for pattern in settings.warcs:
        paths = [item.path for item in files.listing(pattern)]
        if not paths:
            raise UserError(f"crawl.warcs: no file matches {pattern}")
        found.update(paths)
    return [WarcFile(path, external=True) for path in sorted(found)]


def segment(context: StageContext, warcs: list[WarcFile]) -> tuple[dict[str, Any], dict[str, int]]:
    """Cut WARC files into segments at record borders and count their pages.

    Returns:
        The content of `warcs.json`; counters over the response records.
    """
    settings = context.settings.crawl
    blocked = read_blocked(context.root)
    store = context.store("segments")
    todo = [warc for warc in warcs if store.manifest(warc.shard) is None]
    if todo:

        def build(pipeline: beam.Pipeline) -> None:
            _ = (
                pipeline
                | "ListWarcs" >> ListWarcs(todo)
                | "SegmentWarcs" >> beam.ParDo(SegmentWarcs(settings, store, blocked))
            )

        context.run_pipeline("segment", build, store, len(warcs))
    counters: dict[str, int] = {"rows_in": 0, "rows_out": 0}
    entries = []
    for warc in sorted(warcs, key=lambda w: (w.external, w.path)):
        manifest = store.manifest(warc.shard)
        assert manifest is not None
        add_counters(counters, manifest.counters)
        path = warc.path if warc.external else warc.path.rsplit("/", 1)[-1]
        entries.append({"path": path, "external": warc.external, **manifest.facts})
    listed = {
        "warcs": entries,
        "obey": list(settings.obey),
        "agents": list(settings.agents),
        "blocked": list(blocked),
    }
    return listed, counters


def own_files(context: StageContext, listed: dict[str, Any]) -> list[OutputFile]:
    """The WARC files that stand in the stage's folder, as outputs."""
    return [
        OutputFile(entry["path"], entry["pages"], entry["bytes"], entry["sha256"])
        for entry in listed["warcs"]
        if not entry["external"]
    ]


def clear_work(context: StageContext, keep: str = "") -> None:
    """Delete the frontiers of crawls that are over or given up; published WARC files stay.

    Args:
        context: of the stage.
        keep: the one folder that is left, for a crawl that goes on.
    """
    work = Path(context.path("_work"))
    if files.is_local(context.path()) and work.is_dir():
        for folder in work.iterdir():
            if folder.name != keep:
                shutil.rmtree(folder)


def external_inputs(settings: RunSettings) -> dict[str, str]:
    """What the stage reads besides its settings: imported files by path and size."""
    crawl = settings.crawl
    patterns = [*crawl.warcs, *([crawl.cdx] if crawl.cdx else [])]
    listed = {item.path: item.size for pattern in patterns for item in files.listing(pattern)}
    found = {path: f"{size} bytes" for path, size in sorted(listed.items())}
    if crawl.earlier:
        record = files.join(crawl.earlier, "crawl", "stage.json")
        found[record] = files.sha256_of(record) if files.exists(record) else "missing"
    return found
