"""The encode stage over small Parquet files: whole, resumed, with several workers, read back."""

import hashlib
import itertools
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import encode
from encode.decoder import Decoder
from encode.encoder import Encoder
from encode.examples import bag_runs, rebuild_tokens
from encode.vocabulary import load_vocabulary
from pipelines.encode import external_inputs, run_stage
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile
from pipelines.stage import StageContext, StageRecord

REPO = Path(__file__).parents[2]
WORDS = [
    "東京",
    "大阪",
    "学校",
    "先生",
    "電車",
    "天気",
    "料理",
    "音楽",
    "会議",
    "図書館",
    "カメラ",
    "テレビ",
    "コーヒー",
    "インターネット",
]
ENDS = ["を見ました。", "が好きです。", "について話した。", "は高いと思います。", "に行ってきた！"]


def text_of(number: int) -> str:
    draw = np.random.default_rng(number)
    lines = []
    for _ in range(int(draw.integers(1, 40))):
        lines.append(f"{draw.choice(WORDS)}の{draw.choice(WORDS)}{draw.choice(ENDS)}")
    return "\n".join(lines)


def write_documents(root: Path, shards: int = 3, rows: int = 20) -> StageRecord:
    folder = root / "dedup"
    folder.mkdir(parents=True, exist_ok=True)
    outputs = []
    for shard in range(shards):
        table = []
        for row in range(rows):
            number = shard * rows + row
            text = "" if number == 7 else text_of(number)
            name = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
            table.append(
                {
                    "doc_id": name,
                    "site": f"s{number % 5}.example",
                    "text": text,
                    "n_chars": len(text),
                }
            )
        table.sort(key=lambda item: item["doc_id"])
        path = folder / f"documents-{shard:05d}-of-{shards:05d}.parquet"
        pq.write_table(pa.Table.from_pylist(table), path)
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()
        outputs.append(OutputFile(path.name, rows, len(data), digest))
    return StageRecord("dedup", "0", "f", {}, "", "", {}, tuple(outputs), {}, "d" * 64)


def run(root: Path, record: StageRecord, workers: int = 1, **settings: object) -> dict[str, int]:
    settings = {"learn": {"size": 1200}, "context": 64, "shard_bytes": 20_000} | settings
    resolved = RunSettings.model_validate({"runner": {"workers": workers}, "encode": settings})
    context = StageContext(str(root), "encode", resolved, "a" * 64, {"dedup": record})
    result = run_stage(context)
    for output in result.outputs:
        data = (root / "encode" / output.path).read_bytes()
        assert hashlib.sha256(data).hexdigest() == output.sha256
    return result.counters


def outputs_of(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((root / "encode").glob("*.*"))}


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("encoded")
    counters = run(root, write_documents(root))
    assert counters["rows_in"] == 60
    assert counters["rows_out"] == 59
    assert counters["dropped_empty"] == 1
    return root


def test_examples_give_back_every_document(encoded: Path) -> None:
    vocabulary = load_vocabulary(encoded / "encode" / "vocab.txt")
    encoder = Encoder(vocabulary)
    pieces: dict[str, list[encode.shards.Record]] = {}
    for record in encode.read_shards(encoded):
        pieces.setdefault(record.doc_id, []).append(record)
    assert len(pieces) == 59
    for number in range(60):
        name = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
        if number == 7:
            assert name not in pieces
            continue
        found = sorted(pieces[name], key=lambda record: record.start)
        assert [record.start for record in found[1:]] == [record.end for record in found[:-1]]
        assert found[-1].end == found[-1].total
        tokens = np.concatenate([record.tokens for record in found])
        expected = bag_runs(np.array(encoder.encode(text_of(number))), vocabulary.bag)
        assert tokens.tolist() == expected.tolist()


def test_shards_are_even_and_described(encoded: Path) -> None:
    index = json.loads((encoded / "encode" / "shards.json").read_text())
    train = [entry for entry in index["shards"] if entry["split"] == "train"]
    sizes = [entry["bytes"] for entry in train]
    assert len(train) > 2
    assert max(sizes) < 1.3 * min(sizes)
    records = list(encode.read_shards(encoded, "train"))
    assert len(records) == sum(entry["records"] for entry in train)
    assert sum(len(record.tokens) for record in records) == sum(e["tokens"] for e in train)
    assert [s["documents"] for s in index["sources"]] == [20, 20, 20]


def test_order_is_shuffled_across_sources(encoded: Path) -> None:
    labels = [record.label for record in encode.read_shards(encoded, "train")]
    sources = [label // 20 for label in labels]
    changes = sum(a != b for a, b in itertools.pairwise(sources))
    assert changes > len(sources) / 3


@pytest.mark.heavy
def test_four_workers_write_the_same_bytes(encoded: Path, tmp_path: Path) -> None:
    run(tmp_path, write_documents(tmp_path), workers=4)
    assert outputs_of(tmp_path) == outputs_of(encoded)


PROGRAM = """
import sys
from pathlib import Path
from tests.pipelines.test_encode import run, write_documents
root = Path(sys.argv[1])
run(root, write_documents(root), workers=4)
"""


@pytest.mark.heavy
def test_killed_and_resumed_with_four_workers(encoded: Path, tmp_path: Path) -> None:
    manifests = tmp_path / "encode" / "_shards"
    kills = 0
    # measured 3, counted 3 and learned 1, encoded 3; then the shards
    for stop in (1, 5, 8, 12):
        child = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(tmp_path)], cwd=REPO, stderr=subprocess.DEVNULL
        )
        while child.poll() is None and len(list(manifests.rglob("*.json"))) < stop:
            time.sleep(0.01)
        family = [psutil.Process(child.pid)] if child.poll() is None else []
        for process in [*family, *(c for p in family for c in p.children(recursive=True))]:
            process.kill()
        kills += child.wait() == -signal.SIGKILL
    assert kills >= 2
    run(tmp_path, write_documents(tmp_path), workers=4)
    assert outputs_of(tmp_path) == outputs_of(encoded)


def test_what_a_kill_left_is_completed(encoded: Path, tmp_path: Path) -> None:
    record = write_documents(tmp_path)
    run(tmp_path, record)
    folder = tmp_path / "encode"
    manifests = sorted((folder / "_shards").rglob("*.json"))
    for path in manifests[::2]:
        path.unlink()
    for path in [*folder.glob("*.tfrecord"), *folder.glob("*.json")]:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    for path in sorted((folder / "_shards").rglob("*.tfrecord.json")):
        path.unlink()
    run(tmp_path, record)
    assert outputs_of(tmp_path) == outputs_of(encoded)


def test_split_by_site_divides_no_site(tmp_path: Path) -> None:
    record = write_documents(tmp_path)
    run(tmp_path, record, split_by="site", valid_share=0.4)
    sites: dict[str, set[str]] = {}
    for split in ("train", "valid"):
        for found in encode.read_shards(tmp_path, split):
            sites.setdefault(f"s{found.label}", set()).add(split)
    by_site: dict[int, set[str]] = {}
    table = pa.concat_tables(
        pq.read_table(path, columns=["site"]) for path in sorted((tmp_path / "dedup").iterdir())
    )
    names = table.column("site").to_pylist()
    for label, splits in sites.items():
        by_site.setdefault(names[int(label[1:])], set()).update(splits)
    assert all(len(splits) == 1 for splits in by_site.values())
    assert {split for splits in by_site.values() for split in splits} == {"train", "valid"}


def test_gptsan_shards_with_classes_and_pairs(tmp_path: Path) -> None:
    record = write_documents(tmp_path)
    pairs = tmp_path / "pairs.jsonl"
    lines = [
        json.dumps({"prefix": f"{word}とは？", "text": text_of(900 + n), "site": "s1.example"})
        for n, word in enumerate(WORDS)
    ]
    pairs.write_text("\n".join([*lines, "no json", '{"prefix": 1}', ""]))
    counters = run(
        tmp_path, record, format="gptsan", class_column="site", pairs=[str(pairs)], mode="lm"
    )
    assert counters["dropped_bad_pair"] == 2
    assert counters["rows_in"] == 60 + len(lines) + 2
    index = json.loads((tmp_path / "encode" / "shards.json").read_text())
    assert index["classes"] == [f"s{n}.example" for n in range(5)]
    given = [r for r in encode.read_shards(tmp_path) if r.num_input > 1]
    assert {record.label for record in given} == {1}
    assert len({record.doc_id for record in given}) == len(lines)
    assert all(record.x.shape == (64,) and record.y.shape == (64,) for record in given)
    vocabulary = load_vocabulary(tmp_path / "encode" / "vocab.txt")
    encoder, decoder = Encoder(vocabulary), Decoder(vocabulary)
    by_name: dict[str, list[encode.shards.Record]] = {}
    for found in encode.read_shards(tmp_path):
        by_name.setdefault(found.doc_id, []).append(found)
    for number in (0, 11, 59):
        name = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
        parts = sorted(by_name[name], key=lambda item: item.start)
        tokens = [int(t) for part in parts for t in rebuild_tokens(part.x, vocabulary)]
        assert tokens == encoder.encode(text_of(number))
        assert decoder.decode(tokens) == text_of(number)


def test_users_mistakes_are_named(tmp_path: Path) -> None:
    record = write_documents(tmp_path)
    with pytest.raises(
        UserError, match=r"encode\.class_column: the documents have no column 'kind'"
    ):
        run(tmp_path, record, class_column="kind")
    with pytest.raises(UserError, match=r"encode\.vocabulary: .*none\.txt: no such file"):
        external_inputs(
            RunSettings.model_validate({"encode": {"vocabulary": str(tmp_path / "none.txt")}})
        )
    with pytest.raises(UserError, match=r"encode\.learn\.size: the text gives only \d+ ids"):
        run(tmp_path, record, learn={"size": 50_000})
    empty = StageRecord("dedup", "0", "f", {}, "", "", {}, (), {}, "e" * 64)
    with pytest.raises(UserError, match="nothing to encode"):
        run(tmp_path / "other", empty)
