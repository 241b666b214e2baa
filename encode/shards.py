"""TFRecord shards: the record format, writing, reading. Needs no TensorFlow.

A shard is a TFRecord file: for each record a little-endian uint64 length, the masked crc32c of
those eight bytes, the data, the masked crc32c of the data. The data is a serialized
`tf.train.Example`. All integers are `int64_list`, texts `bytes_list`. Features of every record:

| feature  | shape     | holds                                                                    |
|----------|-----------|--------------------------------------------------------------------------|
| `doc_id` | bytes [1] | the document's 32 hexadecimal digits (of a pair: of its prefix and text) |
| `range`  | int64 [3] | start, end, total: the piece is tokens start to end of the document's    |
|          |           | total; end == total: the document ends here, so EOT stands behind it     |
| `i`      | int64 [1] | class, or the document's number within the run                           |

Format `tokens` adds (x and y are built by `encode.examples.build_example` while training):

| feature  | shape     | holds                                                                    |
|----------|-----------|--------------------------------------------------------------------------|
| `tokens` | int64 [n] | ids without SOT, SEG, EOT and padding; n <= context - 2, at the true end |
|          |           | context - 3                                                              |
| `prefix` | int64 [1] | -1: the cut between prefix and body is free; else the first `prefix`     |
|          |           | tokens are a given prefix (of a pair), and `range` counts those behind   |

Format `gptsan` adds `x` int64 [context], `y` int64 [context], `num_input` int64 [1], made by the
same function, so that `{"x", "y": FixedLenFeature([context]), "i", "num_input":
FixedLenFeature([1])}` parses it.

`shards.json` beside the shards: `format`, `mode`, `context`, `seed`, `vocabulary` {`path`, `size`,
`sha256`, `max_token_chars`}, `classes` (name by number, or null), `sources`, and `shards`: a list
of {`path`, `split`, `records`, `tokens`, `documents`, `bytes`, `sha256`} in order of path. Shards
are named `<split>-#####-of-#####.tfrecord`; records stand in the order of a seeded hash, so the
files are already shuffled.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from encode.examples import FREE_PREFIX, Mode, build_example
from encode.records import ShardError, iter_records, pack_example, unpack_example

SHARDS_JSON: Final = "shards.json"
_BOTH: Final = ("doc_id", "i", "range")
_TOKENS: Final = ("prefix", "tokens")
_GPTSAN: Final = ("num_input", "x", "y")


@dataclass(frozen=True)
class Piece:
    """A piece of a document, before it becomes a record.

    Attributes:
        doc_id: 32 hexadecimal digits.
        start: first token of the piece in the document (behind a given prefix).
        end: token behind its last.
        total: tokens of the document.
        label: class or document number.
        tokens: ids int64 [n], a given prefix included.
        prefix: length of a given prefix; -1 where there is none.
    """

    doc_id: str
    start: int
    end: int
    total: int
    label: int
    tokens: NDArray[np.int64]
    prefix: int = FREE_PREFIX


@dataclass(frozen=True)
class Record:
    """One example as it stands in a shard, with where it came from.

    Attributes:
        doc_id: the document's 32 hexadecimal digits.
        start: first token of the body within the document's tokens.
        end: token behind its last.
        total: tokens of the document; end == total means that the document ends here.
        label: class or document number, the feature `i`.
        tokens: ids int64 [n] in format `tokens`, else None.
        prefix: length of a given prefix in format `tokens`, -1 where there is none.
        x: int64 [context] in format `gptsan`, else None.
        y: int64 [context] in format `gptsan`, else None.
        num_input: SOT and prefix tokens in format `gptsan`, else 0.
        shard: path of the file.
        number: place in the file, from 0.
    """

    doc_id: str
    start: int
    end: int
    total: int
    label: int
    tokens: NDArray[np.int64] | None
    prefix: int
    x: NDArray[np.int64] | None
    y: NDArray[np.int64] | None
    num_input: int
    shard: str
    number: int


def pack_tokens(piece: Piece) -> bytes:
    """A record of the format `tokens`."""
    return pack_example(_provenance(piece) | {"tokens": piece.tokens, "prefix": _one(piece.prefix)})


def pack_gptsan(piece: Piece, mode: Mode, context: int, vocabulary_size: int, seed: int) -> bytes:
    """A record of the format `gptsan`; arguments as of `encode.examples.build_example`."""
    example = build_example(
        piece.tokens,
        piece.end == piece.total,
        mode,
        context,
        vocabulary_size,
        seed,
        piece.prefix,
    )
    fields = {"x": example.x, "y": example.y, "num_input": _one(example.num_input)}
    return pack_example(_provenance(piece) | fields)


def _provenance(piece: Piece) -> dict[str, bytes | NDArray[np.int64]]:
    return {
        "doc_id": piece.doc_id.encode("ascii"),
        "range": np.array([piece.start, piece.end, piece.total], np.int64),
        "i": _one(piece.label),
    }


def _one(value: int) -> NDArray[np.int64]:
    return np.array([value], np.int64)


def parse_record(data: bytes, shard: str, number: int) -> Record:
    """Read one record of either format.

    Raises:
        ShardError: it lacks a feature, or one has another shape.
    """
    try:
        features = unpack_example(data)
    except ShardError as error:
        raise ShardError(f"{shard}: record {number}: {error}") from None
    names = _BOTH + (_TOKENS if "tokens" in features else _GPTSAN)
    missing = [name for name in names if name not in features]
    if missing:
        raise ShardError(f"{shard}: record {number}: no feature {missing[0]!r}; not a kinari shard")
    doc_id = features["doc_id"]
    numbers = {name: value for name, value in features.items() if not isinstance(value, bytes)}
    if not isinstance(doc_id, bytes) or numbers.keys() < set(names) - {"doc_id"}:
        raise ShardError(f"{shard}: record {number}: a feature is of the wrong kind")
    sizes = {"range": 3, "i": 1, "prefix": 1, "num_input": 1}
    for name in names:
        if name in sizes and len(numbers[name]) != sizes[name]:
            raise ShardError(f"{shard}: record {number}: {name} has {len(numbers[name])} values")
    start, end, total = (int(value) for value in numbers["range"])
    plain = "tokens" in features
    return Record(
        doc_id.decode("ascii", errors="replace"),
        start,
        end,
        total,
        int(numbers["i"][0]),
        numbers["tokens"] if plain else None,
        int(numbers["prefix"][0]) if plain else FREE_PREFIX,
        None if plain else numbers["x"],
        None if plain else numbers["y"],
        0 if plain else int(numbers["num_input"][0]),
        shard,
        number,
    )


def read_shards(path: str | Path, split: str | None = None) -> Iterator[Record]:
    """Iterate over examples with their provenance, without TensorFlow.

    Args:
        path: a shard, an encode folder, its `shards.json`, or a run's folder.
        split: `train`, `valid` or `test`; all by default.

    Yields:
        records in the order of shards and of places inside them; every CRC is checked.

    Raises:
        FileNotFoundError: nothing to read stands there.
        ShardError: a shard is damaged; the message names it and the record.
    """
    for shard in shard_paths(Path(path), split):
        with shard.open("rb") as stream:
            for number, data in enumerate(iter_records(stream, str(shard))):
                yield parse_record(data, str(shard), number)


def shard_paths(path: Path, split: str | None = None) -> list[Path]:
    """The shards that `read_shards` reads, in order.

    Raises:
        FileNotFoundError: nothing to read stands there.
        ShardError: `shards.json` cannot be read.
    """
    if path.is_file() and path.name != SHARDS_JSON:
        return [path]
    candidates = (path, path / SHARDS_JSON, path / "encode" / SHARDS_JSON)
    index = next((item for item in candidates if item.is_file()), None)
    if index is None:
        raise FileNotFoundError(f"{path}: no shard and no {SHARDS_JSON}; give an encode folder")
    try:
        entries = json.loads(index.read_bytes())["shards"]
        return [
            index.parent / entry["path"]
            for entry in entries
            if split is None or entry["split"] == split
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise ShardError(f"{index}: not a list of shards ({error}); encode again") from None
