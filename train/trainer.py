"""The training loop: data, steps, measurements, checkpoints, and every way that it can end."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from types import FrameType
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from train.checkpoints import (
    About,
    Checkpoints,
    check_vocabulary,
    copy_vocabulary,
    settings_identity,
)
from train.data import Batch, Examples, Fetch, Prefetch, ShardList, check_shards
from train.errors import NotFinite, TrainError
from train.mesh import check_fit, make_mesh
from train.metrics import Metrics
from train.settings import ModelSettings, TrainSettings
from train.shapes import count_active
from train.step import State, Trainer


@dataclass(frozen=True)
class Job:
    """Everything that a training needs.

    Attributes:
        settings: the train stage's settings.
        shards: what there is to train on.
        shards_digest: digest of the list of shards.
        fetch: shard's name -> a local file.
        folder: local folder of metrics.jsonl and TensorBoard events.
        checkpoints: folder of checkpoints, local or on a filesystem that Orbax knows.
        vocabulary: the vocabulary's files, name -> bytes.
        vocabulary_sha256: digest of vocab.txt.
        normalize: the run's clean.normalize settings.
        say: takes one line of news at a time.
        params: parameters to start from (fine-tuning), else None.
        trained: parameter paths that move, None for all.
        task: text or classify.
        classes: class names by number.
    """

    settings: TrainSettings
    shards: ShardList
    shards_digest: str
    fetch: Fetch
    folder: Path
    checkpoints: str
    vocabulary: dict[str, bytes]
    vocabulary_sha256: str
    normalize: dict[str, Any]
    say: Callable[[str], None]
    params: dict[str, Any] | None = None
    trained: set[str] | None = None
    task: str = "text"
    classes: list[str] | None = None


@dataclass
class Outcome:
    """How a training ended.

    Attributes:
        step: steps done.
        finished: whether all steps are done; else it was asked to stop and saved.
        valid: last validation: loss_lm, loss_mlm in nats per target, and what goes with them.
        unigram_entropy: nats per token of the valid targets' own unigram distribution.
        examples: examples of the train split.
    """

    step: int
    finished: bool
    valid: dict[str, float] = field(default_factory=dict)
    unigram_entropy: float | None = None
    examples: int = 0


def full_model(settings: TrainSettings, shards: ShardList) -> ModelSettings:
    """The model with the vocabulary size of the shards."""
    return settings.model.model_copy(update={"vocab_size": shards.vocabulary["size"]})


def train(job: Job) -> Outcome:
    """Train from the newest checkpoint to the last step, or until SIGTERM asks to stop.

    Raises:
        TrainError: the user's to mend: shards, mesh, vocabulary, memory, devices.
        NotFinite: a loss or gradient that is no number; names the step.
    """
    # --- What is trained, and where ---------------------------------------------------------
    settings, shards = job.settings, job.shards
    if settings.precision == "float64":
        jax.config.update("jax_enable_x64", True)
    check_shards(shards, settings)
    model = full_model(settings, shards)
    mesh = make_mesh(settings.mesh)
    check_fit(settings, model, mesh, shards.context)
    first_host = jax.process_index() == 0
    padding = model.vocab_size - 4
    trainer = Trainer(settings, model, mesh, shards.context, padding, job.trained)
    examples = Examples(shards, "train", settings, model, job.fetch)
    identity = settings_identity(settings, model, job.shards_digest)

    # --- Fresh, or from the newest checkpoint -----------------------------------------------
    checkpoints = Checkpoints(job.checkpoints, settings.checkpoint)
    latest = checkpoints.latest()
    if latest is None:
        if first_host:
            copy_vocabulary(job.vocabulary, job.checkpoints)
        state = trainer.start(job.params)
        start = 0
    else:
        about = checkpoints.about(latest)
        _check_same(job, about, identity, latest)
        state = checkpoints.restore(latest, trainer.abstract())
        start = latest
        job.say(f"train: going on from step {start}")
    metrics = Metrics(job.folder, start, settings.tensorboard) if first_host else None

    def about_at(step: int) -> About:
        return About(
            kinari=version("kinari"),
            step=step,
            model=model,
            train=settings.model_dump(mode="json"),
            context=shards.context,
            objective=examples.mode,
            vocabulary_sha256=job.vocabulary_sha256,
            normalize=job.normalize,
            data={"identity": identity, "step": step, "epoch": examples.epoch(step)},
            classes=job.classes if job.classes is not None else shards.classes,
            task=job.task,
        )

    # --- Validation: always the same examples -----------------------------------------------
    valid = Examples(shards, "valid", settings, model, job.fetch)
    rows = trainer.rows_here()
    valid_batches = list(valid.first(settings.valid_examples))
    entropy = unigram_entropy(valid_batches)
    outcome = Outcome(start, start >= settings.steps, {}, entropy, len(examples))

    def valid_due(step: int) -> bool:
        """Whether validation follows a step; the same on every host."""
        return step >= settings.steps or (bool(valid_batches) and step % settings.valid_every == 0)

    def measure_valid(step: int) -> None:
        """Validate, and write the line unless it stands there from before a stop."""
        outcome.valid = validate(trainer, state, valid_batches, rows)
        if outcome.valid and metrics and not metrics.holds(step, "valid"):
            metrics.write(
                {"step": step, "kind": "valid", "unigram_entropy": entropy, **outcome.valid}
            )
        clock.pause()

    # --- Steps ------------------------------------------------------------------------------
    prefetch = Prefetch(lambda step: examples.batch(step, rows), start, settings.steps)
    clock = _Clock(settings, model, shards.context, mesh.size, start)
    pending: tuple[int, Any] | None = None

    def settle() -> None:
        """Wait for the numbers of the step before, and stop where they are none."""
        nonlocal pending
        if pending is None:
            return
        step, numbers = pending
        pending = None
        line = {name: np.asarray(value).tolist() for name, value in numbers.items()}
        if not (np.isfinite(line["loss"]) and np.isfinite(line["gradient_norm"])):
            kept = checkpoints.latest()
            raise NotFinite(
                f"train: step {step}: loss {line['loss']}, gradient norm {line['gradient_norm']}; "
                + (
                    f"the checkpoint of step {kept} is kept"
                    if kept is not None
                    else "no checkpoint yet"
                )
                + "; lower train.optimizer.learning_rate, or take precision float32"
            )
        clock.done(step)
        line.update(step=step, kind="train", epoch=examples.epoch(step), **clock.rates())
        if step % settings.log_every == 0 or step == settings.steps:
            if metrics:
                metrics.write(line)
            job.say(clock.news(line))

    try:
        with _asked_to_stop() as asked, _memory_hint(settings):
            if start and valid_due(start):
                measure_valid(start)  # a kill may have come between the checkpoint and this
            for step in range(start + 1, settings.steps + 1):
                batch = trainer.place(prefetch.next())
                state, numbers = trainer.step(state, batch)
                settle()
                pending = (step, numbers)
                last, stop = step == settings.steps, _stop_after(asked, step)
                if last or stop or step % settings.checkpoint.every_steps == 0:
                    settle()
                    checkpoints.save(state, about_at(step))
                if valid_due(step):
                    settle()
                    measure_valid(step)
                outcome.step, outcome.finished = step, last
                if stop and not last:
                    job.say(f"train: asked to stop; step {step} of {settings.steps} is saved")
                    break
    finally:
        prefetch.close()
        if metrics:
            metrics.close()
        checkpoints.close()
    if outcome.finished:
        job.say(final_news(outcome))
    return outcome


def validate(
    trainer: Trainer, state: State, batches: list[Batch], rows: list[int]
) -> dict[str, float]:
    """Mean losses over fixed batches, by objective; empty where there are none.

    Returns:
        `loss_lm` over body targets and `loss_mlm` over masked ones (nats), the share of masked
        tokens that the
        best guess hits, the number of each, and the share of tokens that found no room.
    """
    sums: dict[str, float] = {}
    for batch in batches:
        own = Batch(
            batch.x[rows],
            batch.y[rows],
            batch.num_input[rows],
            None if batch.spout is None else batch.spout[rows],
        )
        for name, value in trainer.valid(state, trainer.place(own)).items():
            sums[name] = sums.get(name, 0.0) + float(value)
    found: dict[str, float] = {}
    for name in ("lm", "mlm"):
        count = sums.get(f"{name}_count", 0.0)
        if count:
            found[f"loss_{name}"] = sums[f"{name}_sum"] / count
            found[f"targets_{name}"] = count
    if sums.get("mlm_count"):
        found["mlm_accuracy"] = sums["mlm_hits"] / sums["mlm_count"]
    if found:
        found["dropped_share"] = sums["dropped_share"] / len(batches)
    return found


def unigram_entropy(batches: list[Batch]) -> float | None:
    """Entropy in nats of the body targets' own unigram distribution; None without targets."""
    counts: dict[int, int] = {}
    for batch in batches:
        inside = np.arange(batch.y.shape[1])[None] < batch.num_input[:, None]
        for token, count in zip(
            *np.unique(batch.y[(batch.y >= 0) & ~inside], return_counts=True), strict=True
        ):
            counts[int(token)] = counts.get(int(token), 0) + int(count)
    if not counts:
        return None
    share = np.array(list(counts.values())) / sum(counts.values())
    return float(-(share * np.log(share)).sum())


def final_news(outcome: Outcome) -> str:
    """The last line: the valid loss beside the unigram entropy of the same tokens."""
    loss, entropy = outcome.valid.get("loss_lm"), outcome.unigram_entropy
    text = f"train: step {outcome.step} done"
    if loss is not None and entropy:
        text += (
            f"; valid loss {loss:.3f} nats a token, unigram entropy of the same tokens "
            f"{entropy:.3f} "
            f"({100 * (1 - loss / entropy):+.1f}% below)"
        )
    return text


def _check_same(job: Job, about: About, identity: str, step: int) -> None:
    """Refuse to go on from a checkpoint of something else."""
    place = f"{job.checkpoints}/{step}"
    if about.vocabulary_sha256 != job.vocabulary_sha256:
        raise TrainError(
            f"{place}: trained with vocabulary {about.vocabulary_sha256[:12]}…, the shards have "
            f"{job.vocabulary_sha256[:12]}…: encode with the old vocabulary, or use another --root"
        )
    check_vocabulary(job.checkpoints, about)
    if about.data.get("identity") != identity:
        raise TrainError(
            f"{place}: trained with other settings or shards; move the folder away to train "
            "anew, or put "
            "the settings back to go on"
        )


@contextmanager
def _asked_to_stop() -> Iterator[list[bool]]:
    """A flag that SIGTERM (a preemption) sets; the old handler comes back at the end.

    Between several hosts JAX's preemption service takes the signal, which this must leave to it.
    """
    asked = [False]
    if jax.process_count() > 1 or threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number: int, frame: FrameType | None) -> None:
        asked[0] = True

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGTERM, before)


def _stop_after(asked: list[bool], step: int) -> bool:
    """Whether to save this step and leave; a signal to one host stops all after the same step."""
    if jax.process_count() == 1:
        return asked[0]
    return bool(multihost_utils.reached_preemption_sync_point(step))


@contextmanager
def _memory_hint(settings: TrainSettings) -> Iterator[None]:
    """Say what to lower where memory ran out."""
    try:
        yield
    except (MemoryError, jax.errors.JaxRuntimeError) as error:
        text = str(error)
        if (
            isinstance(error, MemoryError)
            or "RESOURCE_EXHAUSTED" in text
            or "Out of memory" in text
        ):
            raise TrainError(
                f"out of memory with train.batch_size {settings.batch_size}, accumulate "
                f"{settings.accumulate}, "
                f"precision {settings.precision}: raise accumulate, set "
                "activation_checkpointing: true, or "
                "lower batch_size or model sizes"
            ) from error
        raise


class _Clock:
    """Tokens per second, model FLOP utilization, time left."""

    def __init__(
        self, settings: TrainSettings, model: ModelSettings, context: int, devices: int, start: int
    ) -> None:
        self.tokens = settings.batch_size * context
        self.work = 6.0 * count_active(model) * self.tokens
        self.peak = settings.peak_tflops * 1e12 * devices
        self.steps = settings.steps
        self.began: tuple[float, int] | None = None
        self.per_step = 0.0

    def done(self, step: int) -> None:
        """Note that a step ended; the first one holds the compilation and is not counted."""
        now = time.monotonic()
        if self.began is None:
            self.began = (now, step)
        elif step > self.began[1]:
            self.per_step = (now - self.began[0]) / (step - self.began[1])

    def pause(self) -> None:
        """Leave out what was not a step."""
        self.began = None

    def rates(self) -> dict[str, float]:
        """tokens_per_second and, where the peak is known, mfu; nothing before two steps."""
        if not self.per_step:
            return {}
        rates = {"tokens_per_second": self.tokens / self.per_step}
        if self.peak:
            rates["mfu"] = self.work / self.per_step / self.peak
        return rates

    def news(self, line: dict[str, Any]) -> str:
        """A line of progress."""
        left = (self.steps - line["step"]) * self.per_step
        rate = f", {self.tokens / self.per_step:,.0f} tokens/s" if self.per_step else ""
        step = f"train: step {line['step']}/{self.steps}"
        return f"{step}, loss {line['loss']:.3f}{rate}, {left:.0f} s left"
