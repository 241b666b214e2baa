"""The train stage: the encode stage's shards to checkpoints and metrics.jsonl.

The work is JAX's own (one program on all devices and hosts), so no Beam pipeline runs here: resume
comes
from checkpoints instead of shard manifests.
"""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines import files
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile
from pipelines.stage import RECORD, TIMING, StageContext, StageResult

VOCABULARY_FILES = ("vocab.txt", "encoder.json", "emoji.json")


class Preempted(SystemExit):
    """The process was asked to stop, saved, and leaves with 0; the stage goes on next time."""


def run_stage(context: StageContext) -> StageResult:
    """Train on the shards of the encode stage, from the newest checkpoint where there is one.

    Raises:
        UserError: what the user can mend, with what to do.
        Preempted: SIGTERM came; all is saved.
    """
    from train.trainer import train

    with context.scratch() as scratch:
        with _mendable(context):
            job = make_job(context, scratch)
            _set_aside(context, job)
            outcome = train(job)
            if not outcome.finished:
                raise Preempted(0)
            if not _has_baseline(job):
                _measure_baseline(job)
        seen = _examples_seen(job)
        counters = {
            "rows_in": outcome.examples,
            "rows_out": seen,
            "dropped_not_reached": outcome.examples - seen,
            "trained_steps": outcome.step,
            "trained_examples": outcome.step * job.settings.batch_size,
        }
        return StageResult(_outputs(context), counters)


def follow(settings: RunSettings, root: str) -> None:
    """Train on a host that is not the first: the same steps, without the stage's records.

    Args:
        settings: the run's settings, the same on every host.
        root: the run's folder, on a filesystem that all hosts see.
    """
    from pipelines.engine import configure_filesystems
    from pipelines.stage import read_record
    from train.trainer import train

    configure_filesystems(settings.runner)
    record = read_record(root, "encode")
    inputs = {"encode": record} if record else {}
    context = StageContext(root, "train", settings, "", inputs)
    with context.scratch() as scratch, _mendable(context):
        train(make_job(context, scratch))


@contextmanager
def _mendable(context: StageContext) -> Iterator[None]:
    """What the user can mend, as one line."""
    from encode.records import ShardError
    from train.errors import TrainError

    try:
        yield
    except ShardError as error:
        raise UserError(
            f"{context.input_path('encode')}: {error}; run `kinari check {context.root}`, then "
            "the encode stage again"
        ) from None
    except (TrainError, FileNotFoundError) as error:
        raise UserError(str(error)) from None


def make_job(context: StageContext, scratch: Path) -> Any:
    """What the trainer needs, from the run's folder.

    Args:
        context: the stage's context.
        scratch: local folder for what must be fetched.
    """
    from encode.shards import SHARDS_JSON
    from train.data import read_shard_list
    from train.errors import TrainError
    from train.trainer import Job

    folder = context.input_path("encode")
    listed = _read(context.input_path("encode", SHARDS_JSON), "encode first")
    shards = read_shard_list(folder, listed)
    vocabulary = {}
    for name in VOCABULARY_FILES:
        path = context.input_path("encode", name)
        if files.exists(path):
            vocabulary[name] = files.read_bytes(path)
    if "vocab.txt" not in vocabulary:
        raise TrainError(f"{folder}/vocab.txt: no vocabulary; run the encode stage again")
    digest = hashlib.sha256(vocabulary["vocab.txt"]).hexdigest()
    if digest != shards.vocabulary["sha256"]:
        raise TrainError(
            f"{folder}/vocab.txt: sha256 {digest[:12]}…, but the shards were encoded with "
            f"{shards.vocabulary['sha256'][:12]}…: run the encode stage again"
        )

    def fetch(name: str) -> Path:
        source = context.input_path("encode", *name.split("/"))
        if files.is_local(source):
            return Path(source)
        local = scratch / name.replace("/", "_")
        if not local.exists():
            with files.open_read(source) as stream, local.open("wb") as target:
                shutil.copyfileobj(stream, target, 1 << 20)
        return local

    root = context.path()
    if not files.is_local(root) and not root.startswith("gs://"):
        raise TrainError(
            f"{root}: checkpoints are written to local folders or gs:// only; give another --root"
        )
    local = Path(root) if files.is_local(root) else scratch / "train"
    return Job(
        settings=context.settings.train,
        shards=shards,
        shards_digest=hashlib.sha256(listed).hexdigest(),
        fetch=fetch,
        folder=local,
        checkpoints=context.path("checkpoints"),
        vocabulary=vocabulary,
        vocabulary_sha256=digest,
        normalize=normalize_settings(context.settings),
        say=say,
    )


def _set_aside(context: StageContext, job: Any) -> None:
    """Keep checkpoints of other settings, shards or vocabulary, out of the way."""
    from train.checkpoints import load_about, settings_identity
    from train.errors import TrainError
    from train.trainer import full_model

    folder = Path(job.checkpoints)
    if "://" in job.checkpoints or not any(folder.glob("[0-9]*/about/metadata")):
        return
    _, step, about = load_about(folder)
    model = full_model(job.settings, job.shards)
    same = about.data.get("identity") == settings_identity(job.settings, model, job.shards_digest)
    if same and about.vocabulary_sha256 == job.vocabulary_sha256:
        return
    name = f"checkpoints-{str(about.data.get('identity'))[:8]}"
    target = Path(context.path("_work")) / name
    if target.exists():
        raise TrainError(f"{target}: an older training stands there; move it away to train anew")
    target.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(target)
    say(
        f"train: settings, shards or vocabulary changed: the model of step {step} is kept in "
        f"{target}"
    )


def normalize_settings(settings: RunSettings) -> dict[str, Any]:
    """The run's clean.normalize settings as JSON-able values."""
    value: dict[str, Any] = settings.clean.model_dump(mode="json").get("normalize", {})
    return value


def say(text: str) -> None:
    """One line of news on stderr."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _read(path: str, advice: str) -> bytes:
    from train.errors import TrainError

    try:
        return files.read_bytes(path)
    except FileNotFoundError:
        raise TrainError(f"{path}: not there; {advice}") from None


def _has_baseline(job: Any) -> bool:
    """Whether metrics.jsonl ends with the baseline: the stage was cut off behind it."""
    from train.metrics import METRICS, read_metrics

    lines = read_metrics(job.folder / METRICS)
    return bool(lines) and lines[-1]["kind"] == "baseline"


def _measure_baseline(job: Any) -> None:
    """Add the line `baseline` to metrics.jsonl: plain counts, measured on the valid examples."""
    from train.baseline import commonest_share, compare_with_ngrams
    from train.metrics import METRICS

    settings = job.settings
    mode = settings.objective or job.shards.mode
    found: dict[str, float] = {}
    share = commonest_share(job, settings.valid_examples)
    if share is not None:
        found["mlm_commonest"] = share
    if settings.ngram_order and mode != "mlm" and job.shards.format == "tokens":
        found |= compare_with_ngrams(
            job, settings.ngram_order, settings.ngram_examples, settings.valid_examples
        )
    if not found:
        return
    with (job.folder / METRICS).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({"step": settings.steps, "kind": "baseline", **found}) + "\n")
    if "model_bits_per_char" in found:
        say(
            f"train: {found['model_bits_per_char']:.3f} bits a character, characters alone "
            f"{found['unigram_bits_per_char']:.3f}, {settings.ngram_order}-grams "
            f"{found['ngram_bits_per_char']:.3f}"
        )


def _examples_seen(job: Any) -> int:
    from train.data import Examples
    from train.trainer import full_model

    settings = job.settings
    examples = Examples(job.shards, "train", settings, full_model(settings, job.shards), job.fetch)
    return examples.seen(settings.steps)


def _outputs(context: StageContext) -> list[OutputFile]:
    """Every file of the stage's folder; the rows of metrics.jsonl are its lines."""
    root = context.path()
    found = []
    for info in files.listing(files.join(root, "**")):
        name = (
            os.path.relpath(info.path, root) if files.is_local(root) else info.path[len(root) + 1 :]
        )
        if name in (RECORD, TIMING) or name.startswith("_shards/"):
            continue
        rows = files.read_bytes(info.path).count(b"\n") if name == "metrics.jsonl" else 0
        found.append(OutputFile(name, rows, info.size, files.sha256_of(info.path)))
    return sorted(found, key=lambda item: item.path)
