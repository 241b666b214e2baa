import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines import files
from pipelines.parquet import to_parquet
from pipelines.shards import Payload, ShardStore

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("n", pa.int64()),
        pa.field("s", pa.struct([("x", pa.float32())])),
    ]
)


@pytest.fixture(params=["local", "s3"])
def folder(request, tmp_path):
    if request.param == "local":
        return str(tmp_path / "stage")
    from pipelines.engine import configure_filesystems
    from pipelines.settings import RunnerSettings

    configure_filesystems(RunnerSettings(options=request.getfixturevalue("s3")))
    return f"s3://runs/{request.node.name.split('[')[0]}"


def test_a_shard_exists_when_its_manifest_does(folder):
    store = ShardStore(folder, "extract", "a" * 64)
    assert store.manifest("00001") is None
    assert store.manifests() == []
    committed = store.commit(
        "00001", {"out-1.bin": Payload(b"data", 2)}, {"rows_in": 2}, {"k": "値"}
    )
    assert store.manifest("00001") == committed
    assert store.manifests() == [committed]
    assert store.done() == 1
    assert files.read_bytes(files.join(folder, "out-1.bin")) == b"data"
    assert committed.outputs[0].rows == 2


def test_another_fingerprint_sees_nothing_and_forgets_the_old(folder):
    old = ShardStore(folder, "extract", "a" * 64)
    old.commit("00001", {}, {})
    other_phase = ShardStore(folder, "extract-more", "a" * 64)
    other_phase.commit("00001", {}, {})
    new = ShardStore(folder, "extract", "b" * 64)
    assert new.manifest("00001") is None
    new.purge_others()
    assert old.manifest("00001") is None
    assert other_phase.manifest("00001") is not None


def test_a_cut_manifest_counts_as_absent(tmp_path):
    store = ShardStore(str(tmp_path), "p", "a" * 64)
    store.commit("0", {}, {"rows_in": 1})
    path = next(tmp_path.rglob("0.json"))
    path.write_bytes(path.read_bytes()[:10])
    assert store.manifest("0") is None
    assert store.manifests() == []


def test_a_failed_write_leaves_the_old_bytes_and_no_litter(tmp_path, monkeypatch):
    target = tmp_path / "file"
    files.write_bytes(str(target), b"old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="No space"):
        files.write_bytes(str(target), b"new")
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"id": "a", "n": 1}, r"columns \['s'\]"),
        ({"id": "a", "n": 1, "s": None, "extra": 1}, r"columns \['extra'\]"),
        ({"id": None, "n": 1, "s": None}, "'id' has no value"),
        ({"id": "a", "n": 1, "s": {"y": 1.0}}, "fields"),
    ],
)
def test_rows_that_differ_from_the_schema_are_refused(row, message):
    good = {"id": "a", "n": None, "s": {"x": 1.0}}
    with pytest.raises(ValueError, match="row 1: .*" + message):
        to_parquet([good, row], SCHEMA)


def test_parquet_bytes_are_the_same_each_time():
    rows = [{"id": str(n), "n": n, "s": {"x": n / 2}} for n in range(1000)]
    data = to_parquet(rows, SCHEMA)
    assert data == to_parquet(list(rows), SCHEMA)
    assert data == to_parquet(pa.Table.from_pylist(rows, schema=SCHEMA), SCHEMA)
    assert pq.read_table(io.BytesIO(data)).to_pylist()[3] == {"id": "3", "n": 3, "s": {"x": 1.5}}
