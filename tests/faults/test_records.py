"""Records of a run that are corrupt: refused in one line, or made again; never believed."""

import shutil
from pathlib import Path

import pytest

from tests.faults.corrupt import sample_warc
from tests.faults.harness import faulty_config, finish, outcome, write


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("records")
    (folder / "warcs").mkdir()
    (folder / "warcs" / "a.warc.gz").write_bytes(sample_warc("chimei-jiten.test", 22))
    config = write(folder, "config.yaml", faulty_config(folder / "warcs", 1))
    ended = finish(config, folder / "run")
    assert ended.returncode == 0, ended.stderr[-3000:]
    return config, folder / "run"


@pytest.mark.heavy
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe\x00", b'{"stage": "clean"}'])
def test_a_corrupt_stage_record_is_refused(
    done: tuple[Path, Path], tmp_path: Path, content: bytes
) -> None:
    config, root = done
    shutil.copytree(root, tmp_path / "run")
    (tmp_path / "run" / "clean" / "stage.json").write_bytes(content)
    ended = finish(config, tmp_path / "run")
    assert ended.returncode == 2
    errors = [line for line in ended.stderr.splitlines() if line.startswith("kinari: ")]
    assert len(errors) == 1
    assert "stage.json" in errors[0]
    assert "Traceback" not in ended.stderr


@pytest.mark.heavy
@pytest.mark.parametrize("stage", ["clean", "dedup", "encode"])
def test_cut_manifests_are_made_again(done: tuple[Path, Path], tmp_path: Path, stage: str) -> None:
    config, root = done
    expected = outcome(root)
    shutil.copytree(root, tmp_path / "run")
    manifests = sorted((tmp_path / "run" / stage / "_shards").rglob("*.json"))
    assert manifests
    for manifest in manifests:
        manifest.write_bytes(manifest.read_bytes()[:20])
    (tmp_path / "run" / stage / "stage.json").unlink()
    ended = finish(config, tmp_path / "run")
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert outcome(tmp_path / "run") == expected
