"""From the WARC files on, outputs are the same bytes whatever the number of workers."""

from pathlib import Path

import pytest

from tests.end_to_end.small import Run, digests, kinari, small_config, write_config


@pytest.mark.heavy
def test_one_and_two_workers_give_the_same_bytes(small_run: Run, tmp_path: Path) -> None:
    found = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        config = small_config()
        config["crawl"] = {
            "warcs": [str(small_run.root / "crawl" / "*.warc.gz")],
            "segment_bytes": 100_000,
        }
        config["runner"] = {"workers": workers}
        path = write_config(folder, config)
        said = kinari("run", path, "--root", folder / "run", "--to", "encode", cwd=folder)
        assert said.code == 0, said.err[-3000:]
        found.append(digests(folder / "run", ("clean", "dedup", "encode")))
    one, two = found
    assert {"encode/vocab.txt", "clean/sites.parquet"} <= set(one)
    assert any(name.endswith(".tfrecord") for name in one)
    assert one == two
