"""Estimates from a made run: proportions, prices, and what is refused."""

import json
from pathlib import Path

import pytest

from dedup.settings import DedupSettings
from pipelines.cli import main
from pipelines.errors import UserError
from pipelines.estimate import dedup_shuffle, parse_size
from pipelines.stage import StageContext, StageResult, make_record
from tests.pipelines.made_run import make_run


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("estimate") / "run"
    settings = make_run(folder)
    encode = folder / "encode"
    encode.mkdir(exist_ok=True)
    if not (encode / "stage.json").exists():
        context = StageContext(str(folder), "encode", settings, "e" * 64)
        counters = {"rows_in": 40, "rows_out": 40, "tokens": 5000}
        output = context.output_file("train-00000-of-00001.tfrecord", b"x" * 9000, 40)
        result = StageResult([output], counters)
        record = make_record("encode", settings, {"dedup": "d" * 64}, result)
        (encode / "stage.json").write_bytes(record.to_json())
    for stage in ("crawl", "clean", "dedup", "encode"):
        (folder / stage / "timing.json").write_text('{"attempts_s": [3.0, 6.0]}')
    return folder


def estimated(capsys: pytest.CaptureFixture[str], root: Path, *arguments: str) -> dict[str, dict]:
    capsys.readouterr()
    assert main(["estimate", str(root), "--json", *arguments]) == 0
    rows = map(json.loads, capsys.readouterr().out.splitlines())
    return {row["stage"]: row for row in rows}


def test_everything_doubles_with_the_target(root: Path, capsys) -> None:
    mfu = ("--mfu", "0.5", "--peak-tflops", "100", "--core-price", "0.1")
    mfu = (*mfu, "--model", "configs/gptsan-2.8b.yaml")
    one = estimated(capsys, root, "--target", "100GiB", *mfu)
    two = estimated(capsys, root, "--target", "200GiB", *mfu)
    for stage in ("clean", "dedup", "encode"):
        for name in ("core_hours", "storage_bytes", "shuffle_bytes", "core_cost"):
            assert two[stage][name] == pytest.approx(
                2 * one[stage][name], rel=1e-2, abs=4 * 2048 if name == "shuffle_bytes" else 0.1
            ), (stage, name)
    assert two["train"]["tokens"] == pytest.approx(2 * one["train"]["tokens"], rel=1e-6)
    work = 6 * 221_491_360 * one["train"]["tokens"] / (0.5 * 100e12) / 3600
    assert one["train"]["accelerator_hours"] == pytest.approx(work, rel=1e-2)


def test_core_hours_are_seconds_times_workers_times_scale(root: Path, capsys) -> None:
    found = estimated(capsys, root, "--target", "10GiB")
    scale = (10 << 30) / found["total"]["measured_bytes"]
    assert found["clean"]["core_hours"] == pytest.approx(9.0 * scale / 3600, rel=1e-3)
    assert found["total"]["cost"] is None
    assert "accelerator_hours" not in found["train"]


def test_band_keys_weigh_twenty_four_bytes_a_band() -> None:
    settings = DedupSettings()
    found = dedup_shuffle(settings, 1e9, 0, 0, 0)
    assert found["band keys by range"] == 1e9 * settings.bands()[0] * 24
    assert "edges by node" not in found
    many = dedup_shuffle(settings, 1e9, settings.edges_at_once + 1, 0, 0)
    assert many["edges by node"] > 0


@pytest.mark.parametrize(
    ("text", "size"), [("500GiB", 500 << 30), ("1.5KiB", 1536), ("77", 77), ("2TiB", 2 << 40)]
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GiB", "-1GiB", "nan", "inf", "5 apples", "0"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--target"):
        parse_size(text)


def test_a_run_that_is_not_complete_is_refused(tmp_path: Path, capsys) -> None:
    make_run(tmp_path / "run")
    assert main(["estimate", str(tmp_path / "run"), "--target", "1GiB"]) == 2
    assert "encode is not complete" in capsys.readouterr().err
