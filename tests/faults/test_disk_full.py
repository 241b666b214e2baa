"""A disk that fills stops the run with one clear line; with more room it ends as if undisturbed."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.corrupt import sample_warc
from tests.faults.harness import faulty_config, finish, outcome, write


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a tmpfs needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.heavy
def test_a_full_disk_is_said_in_one_line_and_survived(small_disk: Path, tmp_path: Path) -> None:
    warcs = tmp_path / "warcs"
    warcs.mkdir()
    (warcs / "a.warc.gz").write_bytes(sample_warc("chimei-jiten.test", 22))
    (warcs / "b.warc.gz").write_bytes(sample_warc("kawara-shinpo.example", 22))
    config = write(tmp_path, "config.yaml", faulty_config(warcs, 1))
    quiet = finish(config, tmp_path / "quiet")
    assert quiet.returncode == 0, quiet.stderr[-3000:]
    root = small_disk / "run"
    failed = 0
    for size in ("300k", "600k", "1m", "2m", "4m", "400m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(small_disk)], check=True)
        done = finish(config, root)
        if done.returncode == 0:
            break
        failed += 1
        last = done.stderr.strip().splitlines()[-1]
        assert done.returncode == 2, done.stderr[-3000:]
        assert "no space left" in last.lower(), last
        assert last.startswith("kinari: ")
        assert "Traceback" not in done.stderr
    assert failed >= 2
    assert done.returncode == 0
    assert outcome(root) == outcome(tmp_path / "quiet")
