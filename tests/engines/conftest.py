"""WARC files of a slice of the sample web, what the local engine makes of them, the wheel."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.small import digests, kinari, small_config, write_config
from tests.engines.cluster import install_wheel

STAGES = ("clean", "dedup", "encode")
HOSTS = (
    "kawara-shinpo.example",
    "kawara-utsushi.example",
    "tsubame-blog.example",
    "otoku-hikaku.example",
    "english-notes.example",
)


@dataclass(frozen=True)
class Warcs:
    """The WARC files, as a glob, and a way to run the stages on them."""

    glob: str

    def run(self, folder: Path, runner: dict[str, Any], root: str = "") -> dict[str, Any]:
        """Run crawl's import, clean, dedup and encode; returns where and how."""
        folder.mkdir(parents=True)
        config = small_config()
        del config["train"]
        config["crawl"] = {"warcs": [self.glob], "segment_bytes": 60_000}
        config["encode"] = {
            "learn": {"size": 1200},
            "context": 128,
            "valid_share": 0.1,
            "shard_bytes": 100_000,
        }
        config["runner"] = runner
        path = write_config(folder, config)
        root = root or str(folder / "run")
        said = kinari("run", path, "--root", root, "--to", "encode", cwd=folder)
        assert said.code == 0, said.err[-4000:]
        return {"root": root, "said": said}

    def local(self, folder: Path, workers: int) -> dict[str, str]:
        """Digests of every output of the local engine with so many workers."""
        self.run(folder, {"workers": workers})
        return digests(folder / "run", STAGES)


@pytest.fixture(scope="session")
def warcs(tmp_path_factory: pytest.TempPathFactory) -> Warcs:
    folder = tmp_path_factory.mktemp("warcs")
    config = small_config()
    config["crawl"] = {
        **config["crawl"],
        "sample_web": {"seed": 5, "hosts": list(HOSTS), "pages": 14},
    }
    path = write_config(folder, config)
    said = kinari("run", path, "--root", folder / "run", "--to", "crawl", cwd=folder)
    assert said.code == 0, said.err[-3000:]
    return Warcs(str(folder / "run" / "crawl" / "*.warc.gz"))


@pytest.fixture(scope="session")
def local_digests(warcs: Warcs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Digests of the outputs of one local worker."""
    return warcs.local(tmp_path_factory.mktemp("local") / "one", 1)


@pytest.fixture(scope="session")
def installed_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install_wheel(tmp_path_factory.mktemp("wheel"))
