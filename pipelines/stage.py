"""What a stage is given and what it leaves: its context, its result, the record `stage.json`."""

import hashlib
import importlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import apache_beam as beam

from pipelines import engine, files, progress
from pipelines.errors import UserError
from pipelines.settings import STAGES, RunSettings
from pipelines.shards import OutputFile, ShardStore, canonical_json

INPUTS = {
    "crawl": (),
    "clean": ("crawl",),
    "dedup": ("clean",),
    "encode": ("dedup",),
    "train": ("encode",),
}
"""The stages whose outputs a stage reads."""

CODE_MATTERS = frozenset({"clean", "dedup", "encode"})
"""Stages re-done when their code changed. Not crawl (sites are not fetched twice because kinari was
upgraded) and not train (weeks of accelerator time are not thrown away); `--force` re-does them."""

RECORD = "stage.json"
TIMING = "timing.json"


@dataclass(frozen=True)
class StageResult:
    """What a finished stage hands over.

    Attributes:
        outputs: every file it leaves, paths relative to the stage's folder.
        counters: rows_in, rows_out, dropped_<reason> and others that end in a unit.
    """

    outputs: list[OutputFile]
    counters: dict[str, int]


@dataclass(frozen=True)
class StageRecord:
    """A stage's `stage.json`.

    Attributes:
        digest: SHA-256 of the file's bytes, which the next stage's record names.
    """

    stage: str
    kinari: str
    fingerprint: str
    settings: dict[str, Any]
    settings_hash: str
    code: str
    inputs: dict[str, str]
    outputs: tuple[OutputFile, ...]
    counters: dict[str, int]
    digest: str = ""

    def to_json(self) -> bytes:
        """The bytes of `stage.json`."""
        value = asdict(self)
        del value["digest"]
        return json.dumps(value, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"

    def rows(self) -> int:
        """Rows that came out."""
        return self.counters.get("rows_out", 0)

    def size(self) -> int:
        """Bytes of all outputs."""
        return sum(output.bytes for output in self.outputs)


@dataclass
class StageContext:
    """What a stage's `run_stage` works with.

    Attributes:
        root: the run's folder, on any Beam filesystem.
        stage: the stage's name.
        settings: all settings of the run.
        fingerprint: hex digest of settings, inputs and code: the same gives the same outputs.
        inputs: records of the stages it reads.
    """

    root: str
    stage: str
    settings: RunSettings
    fingerprint: str
    inputs: dict[str, StageRecord] = field(default_factory=dict)
    stores: list[ShardStore] = field(default_factory=list)

    def path(self, *parts: str) -> str:
        """A path in the stage's folder."""
        return files.join(self.root, self.stage, *parts)

    def input_path(self, stage: str, *parts: str) -> str:
        """A path in the folder of a stage that this one reads."""
        return files.join(self.root, stage, *parts)

    def input_files(self, stage: str, prefix: str) -> list[OutputFile]:
        """Outputs of an input stage whose name begins with the prefix, sorted by path."""
        found = (out for out in self.inputs[stage].outputs if out.path.startswith(prefix))
        return sorted(found, key=lambda out: out.path)

    def store(self, phase: str, fingerprint: str | None = None) -> ShardStore:
        """The shard store of a phase; manifests that are broken or of another fingerprint go.

        Args:
            phase: name inside the stage; letters and digits.
            fingerprint: hex of at least 16 characters, where the phase depends on less than the
                stage's settings; the stage's own by default.
        """
        store = ShardStore(self.path(), phase, fingerprint or self.fingerprint)
        if store not in self.stores:
            store.purge_others()
            store.purge_broken()
            self.stores.append(store)
        return store

    def run_pipeline(
        self,
        label: str,
        build: Callable[[beam.Pipeline], None],
        store: ShardStore | tuple[ShardStore, ...] = (),
        total: int | None = None,
    ) -> None:
        """Run one Beam pipeline to its end, with progress from the store's manifests.

        Args:
            label: what it does, for the progress line.
            build: adds the transforms to an empty pipeline.
            store: whose committed shards are the progress shown; one or several.
            total: shards in all.
        """
        stores = store if isinstance(store, tuple) else (store,)

        def poll() -> int:
            return sum(each.done() for each in stores)

        with progress.watched(f"{self.stage}: {label}", poll, total):
            engine.run_pipeline(self.settings.runner, build)

    def output_file(self, name: str, data: bytes, rows: int) -> OutputFile:
        """Write a small file of the stage in the driver (atomically) and describe it."""
        files.write_bytes(self.path(*name.split("/")), data)
        return OutputFile(name, rows, len(data), hashlib.sha256(data).hexdigest())

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A local folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="kinari-") as folder:
            yield Path(folder)


def stage_module(stage: str) -> Any:
    """The module `pipelines.<stage>`, imported only when the stage runs."""
    return importlib.import_module(f"pipelines.{stage}")


def code_digest(stage: str) -> str:
    """SHA-256 over the sources of the stage's package and of its pipeline modules."""
    here = Path(__file__).parent
    package = here.parent / stage
    sources = [*package.rglob("*.py"), *here.glob(f"{stage}*.py")]
    digest = hashlib.sha256()
    for source in sorted(sources, key=lambda path: path.relative_to(here.parent).as_posix()):
        digest.update(source.relative_to(here.parent).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(source.read_bytes()).digest())
    return digest.hexdigest()


def make_record(
    stage: str,
    settings: RunSettings,
    inputs: Mapping[str, str],
    result: StageResult | None = None,
    root: str = "",
) -> StageRecord:
    """The record that a stage has, or would have: without a result only its identity is filled.

    Args:
        stage: the stage.
        settings: all settings of the run.
        inputs: name -> digest of each input stage's record.
        result: what the stage left.
        root: the run's folder, where files of its own that a stage reads may lie.
    """
    own = json.loads(getattr(settings, stage).model_dump_json())
    module = stage_module(stage)
    external = module.external_inputs(settings) if hasattr(module, "external_inputs") else {}
    if root and hasattr(module, "run_inputs"):
        external = {**external, **module.run_inputs(settings, root)}
    named = {**inputs, **external}
    code = code_digest(stage)
    settings_hash = hashlib.sha256(canonical_json(own)).hexdigest()
    identity = [stage, settings_hash, named, code if stage in CODE_MATTERS else ""]
    return StageRecord(
        stage=stage,
        kinari=version("kinari"),
        fingerprint=hashlib.sha256(canonical_json(identity)).hexdigest(),
        settings=own,
        settings_hash=settings_hash,
        code=code,
        inputs=named,
        outputs=tuple(sorted(result.outputs, key=lambda out: out.path)) if result else (),
        counters=dict(sorted(result.counters.items())) if result else {},
    )


def read_record(root: str, stage: str) -> StageRecord | None:
    """A stage's record; None where the stage is not complete.

    Raises:
        UserError: the file is corrupt.
    """
    path = files.join(root, stage, RECORD)
    try:
        data = files.read_bytes(path)
    except FileNotFoundError:
        return None
    try:
        value = json.loads(data)
        outputs = tuple(OutputFile(**item) for item in value.pop("outputs"))
        record = StageRecord(**value, outputs=outputs, digest=hashlib.sha256(data).hexdigest())
        if record.stage != stage or not isinstance(record.counters, dict):
            raise ValueError(f"it is the record of {record.stage!r}")
    except (ValueError, TypeError, KeyError, AttributeError, UnicodeDecodeError) as error:
        raise UserError(
            f"{path}: corrupt stage record ({str(error)[:80]}); delete it to re-do the stage"
        ) from None
    return record


def check_balance(stage: str, counters: Mapping[str, int]) -> None:
    """Hold that every row that came in came out or was dropped for a counted reason.

    Raises:
        RuntimeError: it does not add up; a bug in the stage.
    """
    dropped = sum(count for name, count in counters.items() if name.startswith("dropped_"))
    rows_in, rows_out = counters["rows_in"], counters["rows_out"]
    if rows_in != rows_out + dropped:
        raise RuntimeError(
            f"{stage}: counts do not balance: {rows_in} in, {rows_out} out, {dropped} dropped: "
            f"{dict(counters)}"
        )


def differences(record: StageRecord, expected: StageRecord) -> list[str]:
    """Why a record is not what settings, inputs and code would give now; empty where it is."""
    if record.fingerprint == expected.fingerprint:
        return []
    reasons = [
        f"{record.stage}.{name} changed"
        for name in changed_keys(record.settings, expected.settings)
    ]
    for name in sorted(record.inputs.keys() | expected.inputs.keys()):
        if record.inputs.get(name) != expected.inputs.get(name):
            reasons.append(f"input {name} changed")
    if record.stage in CODE_MATTERS and record.code != expected.code:
        reasons.append("code changed")
    return reasons or ["fingerprint changed"]


def changed_keys(old: Any, new: Any, prefix: str = "") -> list[str]:
    """Dotted names of the settings that differ between two resolved groups."""
    if isinstance(old, dict) and isinstance(new, dict):
        found = []
        for name in sorted(old.keys() | new.keys()):
            found += changed_keys(
                old.get(name), new.get(name), f"{prefix}.{name}" if prefix else name
            )
        return found
    return [] if old == new else [prefix]


def later(stage: str) -> tuple[str, ...]:
    """The stages after a stage."""
    return STAGES[STAGES.index(stage) + 1 :]
