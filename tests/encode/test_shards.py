"""Shards byte by byte: against TensorFlow's own reader and writer, and damaged in every way."""

import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encode.records import ShardError, frame, pack_example, unpack_example
from encode.shards import Piece, pack_gptsan, pack_tokens, read_shards

INTEGERS = st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30)
NAME = "0123456789abcdef" * 2


def piece(number: int, length: int = 20) -> Piece:
    tokens = np.random.default_rng(number).integers(0, 900, length)
    return Piece(f"{number:032x}", 0, length, length, number, tokens)


def write(path: Path, records: list[bytes]) -> Path:
    path.write_bytes(b"".join(frame(record) for record in records))
    return path


@settings(max_examples=100)
@given(features=st.dictionaries(st.text("xyzi_", min_size=1), INTEGERS | st.binary(max_size=40)))
def test_features_come_back(features: dict[str, list[int] | bytes]) -> None:
    arrays = {
        name: value if isinstance(value, bytes) else np.array(value, np.int64)
        for name, value in features.items()
    }
    found = unpack_example(pack_example(arrays))
    assert found.keys() == features.keys()
    for name, value in features.items():
        got = found[name]
        assert (got if isinstance(got, bytes) else got.tolist()) == value


def test_records_come_back_with_their_provenance(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tfrecord", [pack_tokens(piece(n)) for n in range(5)])
    found = list(read_shards(path))
    assert [record.number for record in found] == list(range(5))
    assert [record.label for record in found] == list(range(5))
    assert found[3].doc_id == f"{3:032x}"
    assert (found[3].start, found[3].end, found[3].total) == (0, 20, 20)
    assert found[3].tokens.tolist() == piece(3).tokens.tolist()
    assert found[3].prefix == -1


def test_reading_needs_no_tensorflow(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tfrecord", [pack_tokens(piece(1))])
    program = (
        "import encode, sys; n = len(list(encode.read_shards(sys.argv[1])));"
        "sys.exit(n != 1 or 'tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(path)], check=False).returncode == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "record 2: the file is cut off in its data"),
        (lambda data: data[:5], "record 0: the file is cut off in its length"),
        (
            lambda data: data[:13] + bytes([data[13] ^ 1]) + data[14:],
            "record 0: its data is damaged",
        ),
        (lambda data: bytes([data[0] ^ 64]) + data[1:], "record 0: its length is damaged"),
        (lambda data: data + b"xyz", "record 3: the file is cut off in its length"),
    ],
)
def test_damage_is_named(tmp_path: Path, change: object, message: str) -> None:
    path = write(tmp_path / "a.tfrecord", [pack_tokens(piece(n)) for n in range(3)])
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(ShardError, match=message):
        list(read_shards(path))


def test_what_is_no_shard_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tfrecord", [pack_example({"z": np.array([1])})])
    with pytest.raises(ShardError, match="record 0: no feature 'doc_id'; not a kinari shard"):
        list(read_shards(path))
    path = write(tmp_path / "b.tfrecord", [b"\x07\xff\xff"])
    with pytest.raises(ShardError, match="record 0: "):
        list(read_shards(path))
    with pytest.raises(FileNotFoundError, match=r"no shard and no shards\.json"):
        list(read_shards(tmp_path))
    (tmp_path / "shards.json").write_text("{}")
    with pytest.raises(ShardError, match="not a list of shards"):
        list(read_shards(tmp_path))


@pytest.mark.heavy
def test_tensorflow_reads_what_is_written(tmp_path: Path) -> None:
    import tensorflow as tf

    pieces = [piece(n, 10 + n) for n in range(4)]
    records = [pack_gptsan(item, "hybrid", 32, 1000, item.label) for item in pieces]
    path = write(tmp_path / "a.tfrecord", records)
    shape = {
        "x": tf.io.FixedLenFeature([32], tf.int64),
        "y": tf.io.FixedLenFeature([32], tf.int64),
        "i": tf.io.FixedLenFeature([1], tf.int64),
        "num_input": tf.io.FixedLenFeature([1], tf.int64),
    }
    parsed = [
        tf.io.parse_single_example(record, shape) for record in tf.data.TFRecordDataset(str(path))
    ]
    for got, record in zip(parsed, read_shards(path), strict=True):
        assert got["x"].numpy().tolist() == record.x.tolist()
        assert got["y"].numpy().tolist() == record.y.tolist()
        assert got["i"].numpy().tolist() == [record.label]
        assert got["num_input"].numpy().tolist() == [record.num_input]


@pytest.mark.heavy
def test_what_tensorflow_writes_is_read(tmp_path: Path) -> None:
    import tensorflow as tf

    features = {
        "doc_id": tf.train.Feature(bytes_list=tf.train.BytesList(value=[NAME.encode()])),
        "range": tf.train.Feature(int64_list=tf.train.Int64List(value=[0, 3, 9])),
        "i": tf.train.Feature(int64_list=tf.train.Int64List(value=[4])),
        "prefix": tf.train.Feature(int64_list=tf.train.Int64List(value=[-1])),
        "tokens": tf.train.Feature(int64_list=tf.train.Int64List(value=[7, 300, 70000])),
    }
    data = tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()
    with tf.io.TFRecordWriter(str(tmp_path / "t.tfrecord")) as writer:
        writer.write(data)
    (record,) = read_shards(tmp_path / "t.tfrecord")
    assert (tmp_path / "t.tfrecord").read_bytes() == frame(data)
    assert record.doc_id == NAME
    assert record.tokens.tolist() == [7, 300, 70000]
    assert (record.start, record.end, record.total, record.label) == (0, 3, 9, 4)


def test_a_frame_is_length_and_data_between_checksums() -> None:
    data = frame(b"abc")
    assert struct.unpack("<Q", data[:8])[0] == 3
    assert data[12:15] == b"abc"
    assert len(data) == 19
