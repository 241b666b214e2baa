"""The run: stages in order, what is done skipped, what changed re-done, the record written last."""

import contextlib
import fcntl
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pipelines import files
from pipelines.engine import configure_filesystems, warm_up
from pipelines.errors import UserError
from pipelines.settings import STAGES, RunSettings
from pipelines.stage import (
    INPUTS,
    RECORD,
    TIMING,
    StageContext,
    StageRecord,
    check_balance,
    differences,
    later,
    make_record,
    read_record,
    stage_module,
)

RUN_FILE = "run.json"
_KEPT = (RECORD, TIMING)

_WORKERS_AT_ONCE = frozenset({"crawl", "clean", "encode"})
"""Stages that want their workers from the start; dedup only where it is large, train none."""


@dataclass(frozen=True)
class StageState:
    """How a stage of a run stands: done, partial, stale or missing, and why."""

    stage: str
    state: str
    why: tuple[str, ...]
    record: StageRecord | None
    seconds: float


def run(
    settings: RunSettings,
    root: str,
    stages: tuple[str, ...] = STAGES,
    force: bool = False,
    say: Callable[[str], None] | None = None,
) -> list[StageState]:
    """Bring the chosen stages of a run up to date.

    Args:
        settings: the run's settings.
        root: its folder.
        stages: the stages to bring up to date, in order; earlier ones must be complete.
        force: re-do them even where nothing changed.
        say: takes one line of news at a time; stderr by default.

    Returns:
        The state of all five stages afterwards.

    Raises:
        UserError: the folder belongs to another run, an input stage is not complete, a stage's own.
    """
    say = say or _say
    configure_filesystems(settings.runner)
    claim_root(root, settings)
    with locked(root):
        for stage in STAGES[: STAGES.index(stages[0])]:
            if read_record(root, stage) is None and stage in _needed(stages):
                raise UserError(
                    f"{root}: {stages[0]} needs {stage}, which is not complete; "
                    f"run without --only/--from, or `--to {stage}` first"
                )
        for stage in STAGES[: STAGES.index(stages[0])]:
            for reason in _stale(root, stage, settings):
                say(f"{stage}: kept as it is although {reason}")
        for stage in stages:
            _bring_up_to_date(root, stage, settings, force, say)
    return [stage_state(root, stage, settings) for stage in STAGES]


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _needed(stages: tuple[str, ...]) -> set[str]:
    return {name for stage in stages for name in INPUTS[stage]}


def _stale(root: str, stage: str, settings: RunSettings) -> list[str]:
    record = read_record(root, stage)
    return differences(record, expected_record(root, stage, settings)) if record else []


def expected_record(root: str, stage: str, settings: RunSettings) -> StageRecord:
    """The identity that a stage's record would have now, given its inputs' records."""
    digests = {}
    for name in INPUTS[stage]:
        record = read_record(root, name)
        digests[name] = record.digest if record else ""
    return make_record(stage, settings, digests, root=root)


def _bring_up_to_date(
    root: str, stage: str, settings: RunSettings, force: bool, say: Callable[[str], None]
) -> None:
    expected = expected_record(root, stage, settings)
    record = read_record(root, stage)
    if record is not None and not force:
        reasons = differences(record, expected)
        if not reasons:
            say(f"{stage}: unchanged, skipped ({record.rows():,} rows)")
            return
        say(f"{stage}: {'; '.join(reasons)}: done again")
    inputs = {name: read_record(root, name) for name in INPUTS[stage]}
    present = {name: found for name, found in inputs.items() if found is not None}
    context = StageContext(root, stage, settings, expected.fingerprint, present)
    if force:
        _forget(context)
    files.delete([context.path(RECORD)])
    start = time.monotonic()
    if stage in _WORKERS_AT_ONCE:
        warm_up(settings.runner)
    try:
        result = stage_module(stage).run_stage(context)
    finally:
        seconds = _note_time(context, time.monotonic() - start, fresh=record is not None)
    check_balance(stage, result.counters)
    finished = make_record(
        stage, settings, {name: found.digest for name, found in present.items()}, result, root
    )
    files.write_bytes(context.path(RECORD), finished.to_json())
    _sweep(context, finished)
    counters = finished.counters
    say(
        f"{stage}: {counters['rows_in']:,} in, {counters['rows_out']:,} out, "
        f"{counters['rows_in'] - counters['rows_out']:,} dropped, {seconds:.1f} s"
    )


def _forget(context: StageContext) -> None:
    """Forget committed shards, so that a forced stage starts from nothing."""
    shards = files.listing(context.path("_shards", "**"))
    files.delete(item.path for item in shards)


def _note_time(context: StageContext, seconds: float, fresh: bool) -> float:
    """Add an attempt's wall time to `timing.json`; return the sum since the last completion."""
    path = context.path(TIMING)
    attempts: list[float] = []
    if not fresh:
        with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
            attempts = json.loads(files.read_bytes(path))["attempts_s"]
    attempts = [*attempts, round(seconds, 3)]
    with contextlib.suppress(OSError):
        files.write_bytes(path, json.dumps({"attempts_s": attempts}).encode())
    return sum(attempts)


def _sweep(context: StageContext, record: StageRecord) -> None:
    """Delete files that an earlier form of the stage left and this one does not name."""
    named = {context.path(*output.path.split("/")) for output in record.outputs}
    named |= {context.path(name) for name in _KEPT}
    private = tuple(context.path(name) for name in ("_shards", "_work"))
    stale = [
        item.path
        for item in files.listing(context.path("**"))
        if item.path not in named and not item.path.startswith(private)
    ]
    files.delete(stale)


def claim_root(root: str, settings: RunSettings) -> None:
    """Note in the run's folder whose it is.

    Raises:
        UserError: it holds another run, or files that are no run.
    """
    path = files.join(root, RUN_FILE)
    found = _read_run_file(root)
    if found is not None and found["name"] != settings.name:
        raise UserError(
            f"{root}: holds the run {found['name']!r}, not {settings.name!r}; choose another --root"
        )
    if found is None and files.is_local(root) and Path(root).exists():
        if not Path(root).is_dir():
            raise UserError(f"{root}: is a file; --root names a folder")
        if any(Path(root).iterdir()):
            raise UserError(f"{root}: not empty and not a run of kinari; choose another --root")
    value = {
        "name": settings.name,
        "kinari": version("kinari"),
        "settings": json.loads(settings.model_dump_json()),
    }
    try:
        files.write_bytes(path, json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n")
    except OSError as error:
        raise UserError(f"{root}: cannot write there: {error.strerror or error}") from error


def _read_run_file(root: str) -> dict[str, Any] | None:
    path = files.join(root, RUN_FILE)
    try:
        value = json.loads(files.read_bytes(path))
        if not isinstance(value["name"], str):
            raise ValueError("no name")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path}: corrupt ({error}); delete it if this folder is a run") from None
    return dict(value)


def open_run(root: str) -> RunSettings:
    """The settings with which a run was last run.

    Raises:
        UserError: the folder holds no run, or its settings are of another kinari.
    """
    found = _read_run_file(root)
    if found is None:
        raise UserError(f"{root}: no run of kinari there (run.json is missing)")
    try:
        settings = RunSettings.model_validate(found["settings"])
    except ValueError as error:
        first = str(error).splitlines()[:3]
        raise UserError(
            f"{root}: its settings are of another kinari ({found.get('kinari')}): {' '.join(first)}"
        ) from None
    configure_filesystems(settings.runner)
    return settings


@contextlib.contextmanager
def locked(root: str) -> Iterator[None]:
    """Keep a second driver out of a local run; the lock goes with the process, however it ends."""
    if not files.is_local(root):
        yield
        return
    with Path(root, ".lock").open("w") as stream:
        try:
            fcntl.lockf(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(
                f"{root}: another kinari is running in this folder; wait for it"
            ) from None
        yield


def stage_state(root: str, stage: str, settings: RunSettings) -> StageState:
    """How one stage stands, compared with the settings."""
    record = read_record(root, stage)
    seconds = 0.0
    with contextlib.suppress(FileNotFoundError, ValueError, KeyError):
        seconds = sum(json.loads(files.read_bytes(files.join(root, stage, TIMING)))["attempts_s"])
    if record is None:
        shards = len(files.listing(files.join(root, stage, "_shards", "*/*.json")))
        if not shards:
            return StageState(stage, "missing", ("not run yet",), None, seconds)
        return StageState(stage, "partial", (f"{shards} shards committed",), None, seconds)
    reasons = differences(record, expected_record(root, stage, settings))
    for name in INPUTS[stage]:
        if stage_state(root, name, settings).state != "done":
            reasons.append(f"input {name} is not up to date")
    return StageState(stage, "stale" if reasons else "done", tuple(reasons), record, seconds)


def damaged(root: str) -> Iterator[tuple[str, str]]:
    """Compare every output with its record: yields (path, what is wrong) for each that differs."""
    for stage in STAGES:
        record = read_record(root, stage)
        if record is None:
            continue
        try:
            check_balance(stage, record.counters)
        except (RuntimeError, KeyError) as error:
            yield files.join(root, stage, RECORD), str(error)
        for name in INPUTS[stage]:
            upstream = read_record(root, name)
            if upstream is None or upstream.digest != record.inputs.get(name):
                yield (
                    files.join(root, stage, RECORD),
                    f"was made from another {name} than the one that stands there",
                )
        for output in record.outputs:
            path = files.join(root, stage, *output.path.split("/"))
            try:
                size = files.size_of(path)
                if size != output.bytes:
                    yield path, f"has {size} bytes, the record says {output.bytes}"
                elif files.sha256_of(path) != output.sha256:
                    yield path, "its SHA-256 differs from the record"
            except FileNotFoundError:
                yield path, "is missing"


def chosen_stages(to: str | None, only: str | None, start: str | None) -> tuple[str, ...]:
    """The stages that --to, --only and --from choose.

    Raises:
        UserError: they contradict each other.
    """
    if only is not None:
        if to is not None or start is not None:
            raise UserError("--only goes without --to and --from")
        return (only,)
    first = start or STAGES[0]
    last = to or STAGES[-1]
    if last != first and last not in later(first):
        raise UserError(f"--from {first} --to {last}: {last} comes before {first}")
    return STAGES[STAGES.index(first) : STAGES.index(last) + 1]
