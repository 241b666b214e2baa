"""Batches from shards: which examples make step N is a pure function of seed and N.

Shards are dealt to streams; a stream feeds fixed rows of every batch and goes through its own
shards, in
an order shuffled anew each epoch. Streams depend on batch size and number of shards only, so the
order is
the same on any mesh, and a host that holds some rows opens only the shards that feed them.
"""

import json
import struct
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from queue import Queue
from threading import Event, Thread
from typing import Any, BinaryIO

import numpy as np

from encode.examples import Mode, build_example, example_seed
from encode.records import ShardError, iter_records
from encode.shards import SHARDS_JSON, Record, parse_record
from train.errors import TrainError
from train.settings import ModelSettings, TrainSettings

_MAX_STREAMS = 64
_OPEN_SHARDS = 128
_HEADER, _FOOTER = 12, 4

Fetch = Callable[[str], Path]


@dataclass(frozen=True)
class Batch:
    """Examples of one step, or the rows of them that this host holds.

    Attributes:
        x: int32 [rows, context] inputs.
        y: int32 [rows, context] target predicted at each place, -1 where none is.
        num_input: int32 [rows], tokens that see each other both ways.
        spout: float32 [rows, d_spout], or None for a model without one.
    """

    x: np.ndarray
    y: np.ndarray
    num_input: np.ndarray
    spout: np.ndarray | None


@dataclass(frozen=True)
class ShardList:
    """What an encode folder holds, from its `shards.json`.

    Attributes:
        folder: where the shards stand, as given (any filesystem).
        format: tokens or gptsan.
        mode: what the examples were encoded for.
        context: places of an example.
        vocabulary: `path`, `size`, `sha256`, `max_token_chars` of the vocabulary.
        classes: class names by number, or None.
        shards: (path, records) by split, in order of path.
    """

    folder: str
    format: str
    mode: Mode
    context: int
    vocabulary: dict[str, Any]
    classes: list[str] | None
    shards: dict[str, list[tuple[str, int]]]

    def records(self, split: str) -> int:
        """Examples of a split."""
        return sum(records for _, records in self.shards.get(split, []))


def read_shard_list(folder: str, data: bytes) -> ShardList:
    """Read a `shards.json`.

    Raises:
        TrainError: it is not one.
    """
    try:
        value = json.loads(data)
        shards: dict[str, list[tuple[str, int]]] = {}
        for entry in sorted(value["shards"], key=lambda item: str(item["path"])):
            shards.setdefault(entry["split"], []).append((entry["path"], int(entry["records"])))
        return ShardList(
            folder,
            value["format"],
            value["mode"],
            int(value["context"]),
            dict(value["vocabulary"]),
            value.get("classes"),
            shards,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TrainError(
            f"{folder}/{SHARDS_JSON}: not a list of shards ({error}); encode again"
        ) from None


def check_shards(shards: ShardList, settings: TrainSettings) -> None:
    """Refuse shards that do not fit the settings.

    Raises:
        TrainError: another context, another vocabulary size, another objective, or nothing to train
            on.
    """
    place = f"{shards.folder}/{SHARDS_JSON}"
    if settings.context not in (0, shards.context):
        raise TrainError(
            f"{place}: shards with context {shards.context}, but train.context is "
            f"{settings.context}: "
            "encode again with that encode.context, or set train.context to 0"
        )
    if shards.context > settings.model.positions:
        raise TrainError(
            f"{place}: shards with context {shards.context}, but train.model.positions is "
            f"{settings.model.positions}: raise it, or encode with a shorter encode.context"
        )
    if shards.format == "gptsan" and settings.objective not in (None, shards.mode):
        raise TrainError(
            f"{place}: gptsan shards hold examples for {shards.mode!r}, but train.objective is "
            f"{settings.objective!r}: encode in format tokens, or leave train.objective out"
        )
    size = shards.vocabulary["size"]
    if settings.model.vocab_size not in (0, size):
        raise TrainError(
            f"{place}: a vocabulary of {size} ids, but train.model.vocab_size is "
            f"{settings.model.vocab_size}: set it to {size} or 0"
        )
    if not shards.records("train"):
        raise TrainError(f"{place}: no training example; encode more documents")
    spout = settings.model.d_spout
    if (
        spout
        and settings.spout_input == "class"
        and shards.classes is not None
        and len(shards.classes) > spout
    ):
        raise TrainError(
            f"{place}: {len(shards.classes)} classes do not fit a one-hot of "
            f"train.model.d_spout {spout}"
        )


class ShardFile:
    """One shard, open for reading records by number."""

    def __init__(self, path: Path, name: str) -> None:
        self.name = name
        self.stream: BinaryIO = path.open("rb")
        self.offsets = _record_offsets(self.stream, name)

    def record(self, number: int) -> Record:
        """Read a record; its CRC is checked.

        Raises:
            ShardError: it is damaged.
        """
        self.stream.seek(self.offsets[number])
        for data in iter_records(self.stream, self.name):
            return parse_record(data, self.name, number)
        raise ShardError(f"{self.name}: record {number}: the file ends before it")


def _record_offsets(stream: BinaryIO, name: str) -> list[int]:
    size = stream.seek(0, 2)
    offsets, at = [], 0
    while at < size:
        offsets.append(at)
        stream.seek(at)
        header = stream.read(_HEADER)
        if len(header) < _HEADER:
            raise ShardError(f"{name}: record {len(offsets) - 1}: the file ends inside it")
        at += _HEADER + struct.unpack("<Q", header[:8])[0] + _FOOTER
    if at != size:
        raise ShardError(f"{name}: record {len(offsets) - 1}: the file ends inside it")
    return offsets


class Examples:
    """Examples of one split of an encode folder, by step and row.

    Args:
        shards: what the folder holds.
        split: train, valid or test.
        settings: objective, batch size, seed, spout.
        model: the model, with its vocabulary size.
        fetch: shard's name in the folder -> a local file.
    """

    def __init__(
        self,
        shards: ShardList,
        split: str,
        settings: TrainSettings,
        model: ModelSettings,
        fetch: Fetch,
    ) -> None:
        self.shards = shards.shards.get(split, [])
        self.context = shards.context
        self.mode: Mode = settings.objective or shards.mode
        hybrid_training = self.mode == "hybrid" and split == "train"
        self.plain_share = settings.plain_share if hybrid_training else 0.0
        self.settings = settings
        self.model = model
        self.fetch = fetch
        self.open: OrderedDict[int, ShardFile] = OrderedDict()
        self.streams = _count_streams(settings.batch_size, len(self.shards))
        order = np.random.default_rng([settings.seed, 1]).permutation(len(self.shards))
        self.dealt = [order[stream :: self.streams].tolist() for stream in range(self.streams)]
        self._epoch_order = lru_cache(maxsize=4 * self.streams)(self._shuffle_stream)
        self._within = lru_cache(maxsize=4 * self.streams)(self._shuffle_shard)

    def __len__(self) -> int:
        return sum(records for _, records in self.shards)

    def batch(self, step: int, rows: Sequence[int] | None = None) -> Batch:
        """The examples of a step.

        Args:
            step: from 0.
            rows: rows wanted, all by default.
        """
        wanted = range(self.settings.batch_size) if rows is None else rows
        return self._stack([self._example(step, row) for row in wanted])

    def first(self, count: int) -> Iterator[Batch]:
        """The first examples of the split, always the same, in batches of batch_size.

        The last batch is filled up with examples without targets.
        """
        size = self.settings.batch_size
        addresses = [
            (shard, number)
            for shard, (_, records) in enumerate(self.shards)
            for number in range(records)
        ][:count]
        for start in range(0, len(addresses), size):
            rows = [
                self._build(shard, number, 0) for shard, number in addresses[start : start + size]
            ]
            empty = [(x, np.full_like(y, -1), n, s) for x, y, n, s in rows[:1]]
            yield self._stack(rows + empty * (size - len(rows)))

    def records(self, most: int) -> Iterator[Record]:
        """The first records of the split, in the order of its shards."""
        for shard, (_, count) in enumerate(self.shards):
            for number in range(min(count, most)):
                yield self._file(shard).record(number)
            most -= min(count, most)

    def epoch(self, step: int) -> float:
        """Passes over the data that lie behind a step, over all streams."""
        return step * self.settings.batch_size / max(len(self), 1)

    def address(self, step: int, row: int) -> tuple[int, int, int]:
        """The shard, the record in it and the epoch that feed a row of a step."""
        per_stream = self.settings.batch_size // self.streams
        stream, place = divmod(row, per_stream)
        epoch, left = divmod(step * per_stream + place, self._stream_size(stream))
        shards, ends = self._epoch_order(stream, epoch)
        at = bisect_right(ends, left)
        shard = shards[at]
        return shard, int(self._within(shard, epoch)[left - (ends[at - 1] if at else 0)]), epoch

    def seen(self, steps: int) -> int:
        """Examples of the split that the first `steps` steps reach at least once."""
        fed = steps * (self.settings.batch_size // self.streams)
        return sum(min(fed, self._stream_size(stream)) for stream in range(self.streams))

    def _stream_size(self, stream: int) -> int:
        return sum(self.shards[shard][1] for shard in self.dealt[stream])

    def _shuffle_stream(self, stream: int, epoch: int) -> tuple[list[int], list[int]]:
        own = self.dealt[stream]
        order = np.random.default_rng([self.settings.seed, 2, stream, epoch]).permutation(len(own))
        shards = [own[index] for index in order]
        return shards, np.cumsum([self.shards[shard][1] for shard in shards]).tolist()

    def _shuffle_shard(self, shard: int, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.settings.seed, 3, shard, epoch]).permutation(
            self.shards[shard][1]
        )

    def _example(
        self, step: int, row: int
    ) -> tuple[np.ndarray, np.ndarray, int, np.ndarray | None]:
        return self._build(*self.address(step, row))

    def _build(
        self, shard: int, number: int, epoch: int
    ) -> tuple[np.ndarray, np.ndarray, int, np.ndarray | None]:
        record = self._file(shard).record(number)
        seed = example_seed(self.settings.seed, record.doc_id, record.start, epoch)
        if record.tokens is None:
            assert record.x is not None and record.y is not None
            x, y, num_input = record.x, record.y, record.num_input
        else:
            ends = record.end == record.total
            built = build_example(
                record.tokens,
                ends,
                self._mode_of(seed),
                self.context,
                self.model.vocab_size,
                seed,
                record.prefix,
            )
            x, y, num_input = built.x, built.y, built.num_input
        if self.settings.mlm_target == "in_place" and num_input > 1:
            y = y.copy()
            y[1:num_input] = y[: num_input - 1]
            y[0] = -1
        return x, y, num_input, self._spout(record, seed)

    def _mode_of(self, seed: int) -> Mode:
        """The objective of the example with this seed."""
        if not self.plain_share:
            return self.mode
        return "lm" if np.random.default_rng([seed, 4]).random() < self.plain_share else self.mode

    def _spout(self, record: Record, seed: int) -> np.ndarray | None:
        width = self.model.d_spout
        if not width:
            return None
        if self.settings.spout_input == "noise":
            return noise_vector(seed, width)
        if not 0 <= record.label < width:
            raise TrainError(
                f"{record.shard}: record {record.number}: class {record.label} does not fit a "
                "one-hot of "
                f"train.model.d_spout {width}; encode with encode.class_column, or "
                "train.spout_input: noise"
            )
        return class_vector(record.label, width)

    def _file(self, shard: int) -> ShardFile:
        if shard in self.open:
            self.open.move_to_end(shard)
            return self.open[shard]
        name, records = self.shards[shard]
        file = ShardFile(self.fetch(name), name)
        if len(file.offsets) != records:
            raise TrainError(
                f"{name}: {len(file.offsets)} records, {SHARDS_JSON} says {records}; run "
                "`kinari check` on the run"
            )
        self.open[shard] = file
        if len(self.open) > _OPEN_SHARDS:
            self.open.popitem(last=False)[1].stream.close()
        return file

    def _stack(self, rows: list[tuple[np.ndarray, np.ndarray, int, np.ndarray | None]]) -> Batch:
        x = np.stack([row[0] for row in rows]).astype(np.int32)
        y = np.stack([row[1] for row in rows]).astype(np.int32)
        num_input = np.array([row[2] for row in rows], np.int32)
        spouts = [row[3] for row in rows if row[3] is not None]
        return Batch(x, y, num_input, np.stack(spouts) if spouts else None)


def class_vector(label: int, width: int) -> np.ndarray:
    """A class as a one-hot vector, float32 [width]."""
    vector = np.zeros(width, np.float32)
    vector[label] = 1.0
    return vector


def noise_vector(seed: int, width: int) -> np.ndarray:
    """Noise for a spout, uniform from -1 to 1, float32 [width]."""
    return np.random.default_rng(seed).uniform(-1, 1, width).astype(np.float32)


def _count_streams(batch_size: int, shards: int) -> int:
    """Streams: the most that divide the batch, each with a shard of its own."""
    most = max(1, min(batch_size, shards, _MAX_STREAMS))
    return next(count for count in range(most, 0, -1) if batch_size % count == 0)


class Prefetch:
    """Batches of consecutive steps, made ahead in a thread of their own.

    Args:
        make: step -> batch.
        start: first step.
        stop: step after the last.
        ahead: batches made ahead.
    """

    def __init__(self, make: Callable[[int], Any], start: int, stop: int, ahead: int = 4) -> None:
        self.queue: Queue[tuple[Any, BaseException | None]] = Queue(ahead)
        self.stopped = Event()
        self.thread = Thread(target=self._work, args=(make, start, stop), daemon=True)
        self.thread.start()

    def _work(self, make: Callable[[int], Any], start: int, stop: int) -> None:
        for step in range(start, stop):
            if self.stopped.is_set():
                return
            try:
                item: tuple[Any, BaseException | None] = (make(step), None)
            except (OSError, ValueError) as error:
                item = (None, error)
            self.queue.put(item)
            if item[1] is not None:
                return

    def next(self) -> Any:
        """The next batch; an error met while making it is raised here."""
        batch, error = self.queue.get()
        if error is not None:
            raise error
        return batch

    def close(self) -> None:
        """Stop making batches."""
        self.stopped.set()
        while not self.queue.empty():
            self.queue.get_nowait()
        self.thread.join(timeout=10)
