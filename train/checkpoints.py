"""Checkpoints: parameters, optimizer state, and what is needed to go on or to use the model.

A checkpoint folder holds `<step>/{params,optimizer,about}` and `vocabulary/` (vocab.txt,
encoder.json,
emoji.json). Orbax writes a step under a temporary name and renames it when whole; a step that is
there is complete.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jax
import orbax.checkpoint as ocp
from etils import epath
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from train.errors import TrainError
from train.optimizer import flat, nest
from train.settings import CheckpointSettings, ModelSettings, TrainSettings
from train.shapes import parameter_table
from train.step import State

VOCABULARY = "vocabulary"
VOCABULARY_FILES = ("vocab.txt", "encoder.json", "emoji.json")


class About(BaseModel):
    """What a checkpoint says of itself, beside its arrays."""

    model_config = ConfigDict(
        extra="forbid", use_attribute_docstrings=True, protected_namespaces=()
    )

    kinari: str = "0.1.0"
    """Version that wrote it."""
    step: int = 0
    """Steps done."""
    model: ModelSettings = Field(default_factory=ModelSettings)
    """Shape of the model, with its vocabulary size."""
    train: dict[str, Any] = Field(default_factory=dict)
    """The train stage's settings as they were."""
    context: int = 0
    """Places of an example."""
    objective: str = "hybrid"
    """What was predicted."""
    vocabulary_sha256: str = ""
    """Digest of the vocabulary file; empty for an imported model without one."""
    normalize: dict[str, Any] = Field(default_factory=dict)
    """The run's clean.normalize settings, which prompts pass too."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Data position: step, seed, epoch, digest of the list of shards."""
    classes: list[str] | None = None
    """Class names by number, where a class feeds the spout."""
    task: str = "text"
    """What fine-tuning taught: text, or classify."""
    port_config: dict[str, Any] = Field(default_factory=dict)
    """config.json of an imported model."""


@dataclass(frozen=True)
class Model:
    """A model ready for use: its folder, what it says of itself, its parameters."""

    folder: Path
    about: About
    params: dict[str, Any]


class Checkpoints:
    """The checkpoints of one training.

    Args:
        folder: made where it is missing.
        settings: how many stay; None keeps all.

    Raises:
        TrainError: from any method that writes: the disk is full.
    """

    def __init__(self, folder: str | Path, settings: CheckpointSettings | None = None) -> None:
        _drop_late_writes()
        options = ocp.CheckpointManagerOptions(
            max_to_keep=settings.keep if settings else None,
            keep_time_interval=(
                timedelta(hours=settings.keep_every_hours)
                if settings and settings.keep_every_hours
                else None
            ),
            create=True,
            enable_async_checkpointing=True,
        )
        self.folder = str(folder)
        handlers = {
            "params": ocp.StandardCheckpointHandler(),
            "optimizer": ocp.StandardCheckpointHandler(),
            "about": ocp.JsonCheckpointHandler(),
        }
        self.manager = ocp.CheckpointManager(
            _absolute(folder), options=options, item_handlers=handlers
        )

    def latest(self) -> int | None:
        """The newest step that is there, or None."""
        step = self.manager.latest_step()
        return None if step is None else int(step)

    def save(self, state: State, about: About) -> None:
        """Write a checkpoint in the background; the state may be changed once this returns."""
        items = {
            "params": ocp.args.StandardSave({**state.frozen, **state.params}),
            "about": ocp.args.JsonSave(about.model_dump(mode="json")),
        }
        if jax.tree.leaves(state.optimizer):
            items["optimizer"] = ocp.args.StandardSave(
                {"state": state.optimizer, "step": state.step}
            )
        with self._one_line():
            self.manager.save(about.step, args=ocp.args.Composite(**items))

    def about(self, step: int) -> About:
        """What a checkpoint says of itself."""
        restored = self.manager.restore(step, args=ocp.args.Composite(about=ocp.args.JsonRestore()))
        return _parse_about(restored["about"], f"{self.folder}/{step}")

    def restore(self, step: int, like: State) -> State:
        """Read a state to go on with.

        Args:
            step: which checkpoint.
            like: shapes, types and places of the state; the mesh may be another than at saving.
        """
        restored = self.manager.restore(
            step,
            args=ocp.args.Composite(
                params=ocp.args.StandardRestore({**like.frozen, **like.params}),
                optimizer=ocp.args.StandardRestore({"state": like.optimizer, "step": like.step}),
            ),
        )
        params = restored["params"]
        return State(
            {path: params[path] for path in like.params},
            {path: params[path] for path in like.frozen},
            restored["optimizer"]["state"],
            restored["optimizer"]["step"],
        )

    def close(self) -> None:
        """Finish writing and let go."""
        with self._one_line():
            self.manager.wait_until_finished()
            self.manager.close()

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        """Say that the disk is full; Orbax wraps the system's error in one of its own."""
        try:
            yield
        except (OSError, RuntimeError, ValueError) as error:
            if "No space left on device" not in str(error):
                raise
            kept = self.latest()
            raise TrainError(
                f"{self.folder}: no space left; free some and run again, "
                + ("no checkpoint is there yet" if kept is None else f"step {kept} is kept")
            ) from error


def _drop_late_writes() -> None:
    """Keep writes that end after a failed one from printing a traceback each.

    Orbax closes its event loop at the first write that fails; TensorStore's threads then cannot
    report the others to it, and say so past every caller. The first failure is raised as it should.
    """
    report = sys.unraisablehook
    if getattr(report, "drops_late_writes", False):
        return

    def hook(unraisable: Any) -> None:
        late = unraisable.object is None and isinstance(unraisable.exc_value, RuntimeError)
        if not (late and str(unraisable.exc_value) == "Event loop is closed"):
            report(unraisable)

    hook.drops_late_writes = True  # type: ignore[attr-defined]
    sys.unraisablehook = hook


def _absolute(folder: str | Path) -> Any:
    text = str(folder)
    return text if "://" in text else Path(text).absolute()


def _parse_about(value: Any, place: str) -> About:
    try:
        return About.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise TrainError(
            f"{place}: not a checkpoint of this version: {'.'.join(map(str, first['loc']))}: "
            f"{first['msg']}"
        ) from None


def find_model(path: str | Path) -> tuple[Path, int]:
    """The folder of checkpoints and the step that `--model` means.

    Args:
        path: a folder of checkpoints, one step of it, a train folder, or a run's folder: the newest
            step counts.

    Raises:
        TrainError: there is no checkpoint.
    """
    given = Path(path)
    if not given.is_dir():
        raise TrainError(
            f"{given}: no such folder; give a run, its train/checkpoints, or one step of it"
        )
    if (given / "params").is_dir() and given.name.isdigit():
        return given.parent, int(given.name)
    for folder in (given, given / "checkpoints", given / "train" / "checkpoints"):
        steps = [
            int(item.name)
            for item in (folder.iterdir() if folder.is_dir() else ())
            if item.name.isdigit() and (item / "params").is_dir()
        ]
        if steps:
            return folder, max(steps)
    raise TrainError(f"{given}: holds no checkpoint; train first, or give another folder")


def load_about(path: str | Path) -> tuple[Path, int, About]:
    """What a model says of itself, without reading its arrays."""
    folder, step = find_model(path)
    file = folder / str(step) / "about" / "metadata"
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TrainError(f"{file}: cannot be read: {error}") from None
    return folder, step, _parse_about(value, str(folder / str(step)))


def load_model(path: str | Path) -> Model:
    """Read a model's parameters onto the first device.

    Raises:
        TrainError: there is no checkpoint, or its vocabulary is not the one it was trained with.
    """
    folder, step, about = load_about(path)
    check_vocabulary(folder, about)
    place = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
    precise = jax.numpy.float64 if about.train.get("precision") == "float64" else jax.numpy.float32
    like = {
        name: jax.ShapeDtypeStruct(parameter.shape, precise, sharding=place)
        for name, parameter in parameter_table(about.model).items()
    }
    with ocp.StandardCheckpointer() as reader:
        params = reader.restore((folder / str(step) / "params").absolute(), like)
    return Model(folder, about, nest(params))


def save_model(folder: Path, about: About, params: dict[str, Any]) -> None:
    """Write a model that has no optimizer state: imported or made elsewhere.

    Raises:
        TrainError: the folder holds checkpoints already.
    """
    if folder.is_dir() and any(item.name.isdigit() for item in folder.iterdir()):
        raise TrainError(f"{folder}: holds checkpoints already; give another folder")
    checkpoints = Checkpoints(folder)
    arrays = {name: jax.numpy.asarray(value) for name, value in flat(params).items()}
    checkpoints.save(State(arrays, {}, (), jax.numpy.zeros((), jax.numpy.int32)), about)
    checkpoints.close()


def check_vocabulary(folder: str | Path, about: About) -> None:
    """Refuse a model whose vocabulary file is another than it was trained with.

    Raises:
        TrainError: it is missing or has another digest.
    """
    if not about.vocabulary_sha256:
        return
    file = epath.Path(folder) / VOCABULARY / "vocab.txt"
    try:
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as error:
        raise TrainError(
            f"{file}: {error.strerror}; the model cannot be used without its vocabulary"
        ) from None
    if digest != about.vocabulary_sha256:
        raise TrainError(
            f"{file}: sha256 {digest[:12]}…, but the model was trained with "
            f"{about.vocabulary_sha256[:12]}…: "
            "put the vocabulary back that it was trained with"
        )


def copy_vocabulary(source: dict[str, bytes], folder: str | Path) -> None:
    """Put the vocabulary's files beside the checkpoints.

    Args:
        source: file name -> bytes, of those in VOCABULARY_FILES that there are.
        folder: the folder of checkpoints.
    """
    target = epath.Path(folder) / VOCABULARY
    if target.exists():
        target.rmtree()
    target.mkdir(parents=True)
    for name, data in source.items():
        (target / name).write_bytes(data)


def settings_identity(settings: TrainSettings, model: ModelSettings, shards_digest: str) -> str:
    """A digest of all that decides the losses: with the same one, a training goes on.

    The mesh, logging, checkpoints and (unless a cosine ends there) the number of steps may change.
    """
    free = {
        "mesh", "checkpoint", "finetune", "log_every", "valid_every", "valid_examples",
        "ngram_order", "ngram_examples", "peak_tflops", "tensorboard",
        "activation_checkpointing", "model",
    }  # fmt: skip
    if settings.optimizer.schedule != "cosine":
        free.add("steps")
    value = {
        "settings": settings.model_dump(mode="json", exclude=free),
        "model": model.model_dump(mode="json"),
        "shards": shards_digest,
    }
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
