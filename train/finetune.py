"""Fine-tuning: dense layers above a trained model, trained alone; classes feed the spout."""

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import numpy as np

from encode.examples import FREE_PREFIX, piece_ranges
from encode.records import frame
from encode.shards import Piece, pack_tokens
from train.checkpoints import VOCABULARY, VOCABULARY_FILES
from train.data import ShardList
from train.errors import TrainError
from train.model import init_params
from train.optimizer import flat, nest
from train.settings import FinetuneSettings, ModelSettings, TrainSettings
from train.trainer import Job
from train.use import Ready, open_model


@dataclass(frozen=True)
class Row:
    """One row of tuning data: perhaps a prefix, the text, perhaps a label."""

    prefix: str | None
    text: str
    label: str | None


def read_rows(path: Path, task: str) -> list[Row]:
    """Read JSON lines of {"text"}, {"text", "label"} or {"prefix", "text"}.

    Raises:
        TrainError: a line is not such an object, named with its number; or there are none.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainError(f"{path}: cannot be read: {error}") from None
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise TrainError(f"{path}:{number}: not JSON: {error}") from None
        if not isinstance(value, dict) or not isinstance(value.get("text"), str):
            raise TrainError(f'{path}:{number}: an object with a string "text" is wanted')
        label, prefix = value.get("label"), value.get("prefix")
        if task == "classify" and label is None:
            raise TrainError(f'{path}:{number}: task classify wants a "label"')
        if prefix is not None and not isinstance(prefix, str):
            raise TrainError(f'{path}:{number}: "prefix" is not a string')
        rows.append(Row(prefix, value["text"], None if label is None else str(label)))
    if not rows:
        raise TrainError(f"{path}: holds no row")
    return rows


def grown_model(base: ModelSettings, tuned: FinetuneSettings, d_spout: int) -> ModelSettings:
    """The base's shape with the added layers, and a spout where one is to be trained."""
    if base.kind != "switch" and (tuned.ext_layers or tuned.train_spout):
        raise TrainError(
            "train.finetune: gpt2 takes no added layers: set ext_layers 0 and train_all"
        )
    width = base.d_spout or (d_spout if tuned.train_spout else 0)
    if tuned.train_spout and not width:
        raise TrainError("train.finetune.train_spout: set train.model.d_spout to the spout's width")
    return base.model_copy(
        update={"ext_layers": base.ext_layers + tuned.ext_layers, "d_spout": width}
    )


def grown_params(
    base: ModelSettings, grown: ModelSettings, params: dict[str, Any], seed: int
) -> dict[str, Any]:
    """The base's parameters, bit for bit, with fresh ones for what was added.

    A spout's output grows by the added layers' keys and values; those start at 0.
    """
    old, new = flat(params), flat(init_params(grown, seed))
    for path, value in old.items():
        if new[path].shape == value.shape:
            new[path] = value
        else:  # spout/out: columns of the old blocks come first
            new[path] = jax.numpy.zeros_like(new[path]).at[:, : value.shape[1]].set(value)
    return nest(new)


def trained_paths(
    base: ModelSettings, grown: ModelSettings, tuned: FinetuneSettings
) -> set[str] | None:
    """Paths of the parameters that move; None for all.

    Raises:
        TrainError: nothing would move.
    """
    if tuned.train_all:
        return None
    before = set(flat(jax.eval_shape(lambda: init_params(base, 0))))
    after = set(flat(jax.eval_shape(lambda: init_params(grown, 0))))
    moving = {path for path in after - before if not path.startswith("spout/")}
    if tuned.train_spout:
        moving |= {path for path in after if path.startswith("spout/")}
    if not moving:
        raise TrainError(
            "train.finetune: nothing to train: add ext_layers, or set train_spout or train_all"
        )
    return moving


def tuning_job(
    settings: TrainSettings, folder: Path, say: Callable[[str], None]
) -> tuple[Job, Ready]:
    """Everything for the trainer: the grown model, the rows as shards, what may move.

    Args:
        settings: the train stage's; `finetune` counts, and `model.d_spout` for a new spout.
        folder: where shards, checkpoints and metrics are written.
        say: takes news.

    Returns:
        The job, and the base.

    Raises:
        TrainError: base or data are missing or do not fit.
    """
    tuned = settings.finetune
    if not tuned.base or not tuned.data:
        raise TrainError("train.finetune: name the model in `base` and the JSON lines in `data`")
    ready = open_model(tuned.base)
    about = ready.model.about
    rows = read_rows(Path(tuned.data), tuned.task)
    labels = tuned.labels or sorted({row.label for row in rows if row.label is not None})
    unknown = sorted({row.label for row in rows if row.label is not None} - set(labels))
    if unknown:
        raise TrainError(f"{tuned.data}: label {unknown[0]!r} is not in train.finetune.labels")
    by_class = bool(labels) and tuned.task == "text"
    if by_class and not (about.model.d_spout or tuned.train_spout):
        raise TrainError(
            "train.finetune: labels feed the spout, but the base has none: set train_spout: "
            "true and "
            "train.model.d_spout to the number of classes or more"
        )
    model = grown_model(about.model, tuned, settings.model.d_spout)
    if by_class and len(labels) > model.d_spout:
        raise TrainError(f"{tuned.data}: {len(labels)} labels for a spout of width {model.d_spout}")
    context = settings.context or about.context or model.positions
    shards = write_rows(ready, rows, labels, settings, context, folder / "shards")
    chosen = settings.model_copy(
        update={
            "model": model,
            "context": 0,
            "objective": about.objective if about.objective != "mlm" else "lm",
            "mlm_target": about.train.get("mlm_target", settings.mlm_target),
            "spout_input": "class" if by_class else about.train.get("spout_input", "noise"),
        }
    )
    source = ready.model.folder / VOCABULARY
    names = [name for name in VOCABULARY_FILES if (source / name).is_file()]
    job = Job(
        settings=chosen,
        shards=shards,
        shards_digest=_digest(folder / "shards", shards),
        fetch=lambda name: folder / "shards" / name,
        folder=folder,
        checkpoints=str(folder / "checkpoints"),
        vocabulary={name: (source / name).read_bytes() for name in names},
        vocabulary_sha256=ready.prompts.vocabulary.sha256,
        normalize=about.normalize,
        say=say,
        params=grown_params(about.model, model, ready.model.params, settings.seed),
        trained=trained_paths(about.model, model, tuned),
        task=tuned.task,
        classes=labels or None,
    )
    return job, ready


def write_rows(
    ready: Ready,
    rows: list[Row],
    labels: list[str],
    settings: TrainSettings,
    context: int,
    folder: Path,
) -> ShardList:
    """Write the rows as one shard a split, in the order of a hash.

    Raises:
        TrainError: a prefix leaves no room, or no row is left to train on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    share = int(settings.finetune.valid_share * 2**64)
    splits: dict[str, list[tuple[str, bytes]]] = {"train": [], "valid": []}
    for row in rows:
        key = "\0".join([row.prefix or "", row.text, row.label or ""])
        doc_id = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        split = "valid" if int(doc_id[:16], 16) < share else "train"
        for start, packed in _packed(ready, row, labels, settings, context, doc_id):
            splits[split].append((f"{doc_id}{start:08d}", frame(packed)))
    shards: dict[str, list[tuple[str, int]]] = {}
    for split, records in splits.items():
        if not records:
            continue
        name = f"{split}-00000-of-00001.tfrecord"
        (folder / name).write_bytes(b"".join(data for _, data in sorted(records)))
        shards[split] = [(name, len(records))]
    if "train" not in shards:
        raise TrainError(f"{settings.finetune.data}: no row is left to train on; lower valid_share")
    vocabulary = ready.prompts.vocabulary
    described = {"path": "vocab.txt", "size": len(vocabulary), "sha256": vocabulary.sha256}
    mode: Any = ready.model.about.objective
    return ShardList(str(folder), "tokens", mode, context, described, labels or None, shards)


def _packed(
    ready: Ready,
    row: Row,
    labels: list[str],
    settings: TrainSettings,
    context: int,
    doc_id: str,
) -> Iterator[tuple[int, bytes]]:
    """A row's records; classification is start, text, delimiter, label."""
    number = labels.index(row.label) if row.label is not None else 0
    prefix, text = row.prefix, row.text
    if settings.finetune.task == "classify":
        prefix, text = row.text, row.label or ""
    body = ready.prompts.encode(text)
    given = ready.prompts.encode(prefix) if prefix is not None else np.zeros(0, np.int64)
    if settings.finetune.task == "classify":
        given = given[: max(0, context - 4 - len(body))]
    try:
        ranges = piece_ranges(len(body), context, len(given))
    except ValueError as error:
        raise TrainError(f"{settings.finetune.data}: {row.text[:20]!r}…: {error}") from None
    cut = len(given) if prefix is not None else FREE_PREFIX
    for start, end in ranges:
        tokens = np.concatenate([given, body[start:end]])
        yield start, pack_tokens(Piece(doc_id, start, end, len(body), number, tokens, cut))


def _digest(folder: Path, shards: ShardList) -> str:
    digest = hashlib.sha256()
    for split in sorted(shards.shards):
        for name, _ in shards.shards[split]:
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()
