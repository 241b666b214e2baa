"""The dedup stage: which documents say the same, and which of them stays.

Phases, each one or more Beam pipelines whose results are committed shards: sign (digests,
signatures, equal texts), bands (buckets, in bounded rounds), connect (components of candidates),
gather and compare (bins of whole components, verified), write. A phase that is complete is not done
again.
"""

import ctypes
import dataclasses
import gc
from collections.abc import Callable

import apache_beam as beam
import pyarrow.parquet as pq

from dedup.records import MIRROR, SIGNATURE_KEY, signature_identity
from pipelines import files
from pipelines.dedup_bands import find_candidates
from pipelines.dedup_compare import compare, gather
from pipelines.dedup_connect import connect_at_once, connect_round
from pipelines.dedup_contain import count_shared, pair_passages
from pipelines.dedup_sign import sign_and_elect
from pipelines.dedup_work import SourceShard, Work
from pipelines.dedup_write import count_sides, write
from pipelines.errors import UserError
from pipelines.parquet import to_parquet
from pipelines.settings import RunSettings
from pipelines.shards import Manifest, add_counters
from pipelines.stage import StageContext, StageResult, read_record

PHASES = (
    "sign",
    "exact",
    "bands",
    "passages",
    "contain",
    "stars",
    "labels",
    "gather",
    "compare",
    "sides",
    "write",
    "mirrors",
)
MOST_ROUNDS = 100
"""Rounds of large-star and small-star before the stage gives up; a chain of n nodes takes log n."""

EDGES_A_TASK = 2_000_000
"""Edges that one worker thins out together before a round of stars, in some 200 MB."""

WORTH_WORKERS = 100_000
"""Documents from which several local workers pay: starting them takes seconds in every pipeline, in
which one worker signs, compares or writes thousands of documents."""

MEMBER_BYTES = 400
"""Memory of a member beside its text and signature while a bin is compared: keys, orders, facts."""


def external_inputs(settings: RunSettings) -> dict[str, str]:
    """Digest of the dedup record of each earlier run that this one is held against."""
    found = {}
    for root in settings.dedup.against:
        record = read_record(root, "dedup")
        if record is None:
            raise UserError(
                f"dedup.against: {root}: no finished dedup stage there; "
                "name a run's folder (such as runs/demo)"
            )
        found[f"against {root}"] = record.digest
    return found


def run_stage(context: StageContext) -> StageResult:
    """Bring the stage's phases up to date, in order, and describe what they left."""
    work = plan(context)
    steps = Steps(context, work)
    store = work.store("write")
    if len(store.manifests()) < len(work.own) or not steps.done("write"):
        bins = find_clusters(steps)
        steps.run("sides", lambda pipeline: count_sides(work, pipeline, bins))
        steps.run("write", lambda pipeline: write(work, pipeline, bins), total=len(work.own))
    return finish(context, work)


def plan(context: StageContext) -> Work:
    """List what there is to do."""
    settings = context.settings.dedup
    shards = [
        SourceShard(number, context.input_path("clean", out.path), out.rows)
        for number, out in enumerate(context.input_files("clean", "documents-"))
    ]
    for root in settings.against:
        record = read_record(root, "dedup")
        named = record.outputs if record else ()
        for out in named:
            if out.path.startswith("signatures-"):
                path = files.join(root, "dedup", out.path)
                _check_signatures(path, settings.model_dump(), signature_identity(settings))
                shards.append(SourceShard(len(shards), path, out.rows, root))
    work = Work(
        context.path(),
        context.fingerprint,
        settings,
        tuple(shards),
        context.input_path("clean", "sites.parquet"),
    )
    for phase in (*PHASES, "steps"):
        context.store(phase)
    return work


def _check_signatures(path: str, settings: dict[str, object], identity: bytes) -> None:
    """Hold that an earlier run's signatures can be compared with this one's."""
    with files.open_read(path) as stream:
        metadata = pq.read_schema(stream).metadata or {}
    if metadata.get(SIGNATURE_KEY) != identity:
        found = metadata.get(SIGNATURE_KEY, b"none").decode()
        raise UserError(
            f"dedup.against: {path}: signatures made with {found}, this run's are "
            f"{identity.decode()}; use the same settings or run dedup there again"
        )


class Steps:
    """The phases' pipelines, each run once: a step that ended is noted and not run again."""

    def __init__(self, context: StageContext, work: Work) -> None:
        self._context = context
        self.work = work
        self._store = work.store("steps")
        if work.documents < WORTH_WORKERS and context.settings.runner.engine == "local":
            runner = context.settings.runner.model_copy(update={"workers": 1})
            settings = context.settings.model_copy(update={"runner": runner})
            self._context = dataclasses.replace(context, settings=settings)

    def done(self, name: str) -> bool:
        """Whether a step has ended."""
        return self._store.manifest(name) is not None

    def run(
        self,
        name: str,
        build: Callable[[beam.Pipeline], None],
        phase: str | None = None,
        total: int | None = None,
    ) -> None:
        """Run a step's pipeline unless it has ended, and note that it has."""
        if not self.done(name):
            store = self.work.store(phase or name)
            self._context.run_pipeline(name, build, store, total)
            self._store.commit(name, {}, {})
            if self.work.documents >= WORTH_WORKERS:
                release_memory()

    def manifests(self, phase: str, prefix: str = "") -> list[Manifest]:
        """Committed shards of a phase whose ids begin with the prefix."""
        return [
            manifest
            for manifest in self.work.store(phase).manifests()
            if manifest.shard.startswith(prefix)
        ]


def release_memory() -> None:
    """Give what a finished pipeline held back to the system.

    The local engine leaves cycles, and its threads arenas, that would add up over the rounds of a
    large run. Looking for them was a third of the time that a small run's steps took.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others return memory
    if trim is not None:
        trim(0)


def find_clusters(steps: Steps) -> int:
    """Run the phases up to the decisions.

    Returns:
        How many bins hold decisions; 0 where no two documents are alike.
    """
    work = steps.work
    rounds = work.range_rounds
    for number in range(rounds):
        some = tuple(range(number, work.ranges, rounds))
        steps.run(
            f"sign-{number:03d}",
            lambda pipeline, some=some: sign_and_elect(work, pipeline, some),
            "sign",
            len(work.shards),
        )
    for number in range(len(work.band_rounds())):
        steps.run(
            f"bands-{number:03d}",
            lambda pipeline, number=number: find_candidates(work, pipeline, number),
            "bands",
            len(work.band_rounds()) * work.ranges,
        )
    if work.settings.containment is not None:
        find_contained(steps)
    found = [
        m for phase in ("bands", "contain") for m in steps.manifests(phase) if m.facts["edges"]
    ]
    if not found:
        return 0
    labels = connect_candidates(steps, found)
    bins = bin_count(work, steps.manifests("sign"), sum(m.facts["nodes"] for m in labels))
    named = tuple((int(m.shard[-5:]), _work_name(m)) for m in labels)
    steps.run("gather", lambda pipeline: gather(work, pipeline, named, bins))
    steps.run("compare", lambda pipeline: compare(work, pipeline, bins), total=bins)
    return bins


def find_contained(steps: Steps) -> None:
    """Find documents that may stand inside longer ones."""
    work = steps.work
    rounds = work.passage_rounds(sum(m.facts["passages"] for m in steps.manifests("sign")))
    for number in range(rounds):
        some = tuple(range(number, work.ranges, rounds))
        steps.run(
            f"passages-{number:03d}",
            lambda pipeline, some=some: pair_passages(work, pipeline, some),
            "passages",
            work.ranges,
        )
    sources = tuple(_work_name(m) for m in steps.manifests("passages") if m.facts["pairs"])
    steps.run("contain", lambda pipeline: count_shared(work, pipeline, sources))


def _work_name(manifest: Manifest) -> str:
    return manifest.outputs[0].path.removeprefix("_work/").removesuffix(".npz")


def connect_candidates(steps: Steps, found: list[Manifest]) -> list[Manifest]:
    """Connect the buckets' edges into components.

    Returns:
        The manifests of the ranges' labels.
    """
    work = steps.work
    if sum(m.facts["edges"] for m in found) <= work.settings.edges_at_once:
        named = tuple(_work_name(manifest) for manifest in found)
        steps.run("labels", lambda pipeline: connect_at_once(work, pipeline, named))
        return steps.manifests("labels")
    sources = edge_groups(found)
    for iteration in range(MOST_ROUNDS):
        steps.run(
            f"stars-{iteration:03d}",
            lambda pipeline, sources=sources, iteration=iteration: connect_round(
                work, pipeline, sources, iteration
            ),
            "stars",
        )
        labels = steps.manifests("labels", f"{iteration:03d}-")
        if not any(manifest.facts["loose"] for manifest in labels):
            return labels
        sources = edge_groups(steps.manifests("stars", f"{iteration:03d}-"))
    raise RuntimeError(f"components not found in {MOST_ROUNDS} rounds")


def edge_groups(found: list[Manifest]) -> tuple[tuple[str, ...], ...]:
    """Files of edges, in groups of about EDGES_A_TASK edges."""
    groups: list[list[str]] = []
    room = 0
    for manifest in found:
        if not groups or room < manifest.facts["edges"]:
            groups.append([])
            room = EDGES_A_TASK
        groups[-1].append(_work_name(manifest))
        room -= manifest.facts["edges"]
    return tuple(map(tuple, groups))


def bin_count(work: Work, signed: list[Manifest], candidates: int) -> int:
    """Into how many bins the candidates go, so that one holds about what the settings say."""
    chars = sum(manifest.facts["chars"] for manifest in signed)
    rows = max(1, sum(shard.rows for shard in work.own))
    width = 4 if work.settings.scheme == "affine32" else 8
    text = 12 * chars // rows if work.settings.verify == "jaccard" else 0
    each = text + width * work.settings.permutations + MEMBER_BYTES
    return max(2, -(-candidates * each // (work.settings.bin_mib << 20)))


def finish(context: StageContext, work: Work) -> StageResult:
    """Describe the outputs, write the mirrors, and delete what only the phases needed."""
    outputs = []
    counters: dict[str, int] = {"rows_in": 0, "rows_out": 0}
    for manifest in work.store("write").manifests():
        outputs += manifest.outputs
        add_counters(counters, manifest.counters)
    rows = [row for m in work.store("mirrors").manifests() for row in m.facts["mirrors"]]
    rows.sort(key=lambda row: row["site"])
    outputs.append(context.output_file("mirrors.parquet", to_parquet(rows, MIRROR), len(rows)))
    files.delete(item.path for item in files.listing(context.path("_work", "**")))
    return StageResult(outputs, counters)
