"""The config of a small run, and the command line run in a process of its own."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import yaml

from crawl.sample_web.model import SampleWeb

REPO = Path(__file__).parents[2]
SEED = 5
HOSTS = (
    "kawara-shinpo.example",
    "kawara-utsushi.example",
    "tsubame-blog.example",
    "chimei-jiten.test",
    "hourei-shu.example",
    "ita-tsuushin.example",
    "sanmai-no-kami.example",
    "otoku-hikaku.example",
    "english-notes.example",
    "bakemoji-utf.example",
)
PAGES = 22


def small_config() -> dict[str, object]:
    """Settings of a run that takes seconds: few hosts, a tiny vocabulary, a tiny model."""
    return {
        "name": "small",
        "crawl": {
            "sample_web": {"seed": SEED, "hosts": list(HOSTS), "pages": PAGES},
            "delay": 0,
            "ip_delay": 0,
            "autothrottle": False,
            "concurrency_per_host": 8,
            "segment_bytes": 400_000,
        },
        "clean": {"sites": {"path_sites": {"tsubame-blog.example": 1}}},
        "encode": {
            "learn": {"size": 2000},
            "context": 128,
            "valid_share": 0.1,
            "shard_bytes": 200_000,
        },
        "train": {
            "model": {"d_model": 32, "heads": 2, "layers": 1, "experts": 2, "d_ff": 64},
            "batch_size": 8,
            "steps": 6,
            "valid_every": 3,
            "valid_examples": 16,
            "tensorboard": False,
        },
    }


@dataclass(frozen=True)
class Finished:
    """What a `kinari` command left: its exit status and its two streams."""

    code: int
    out: str
    err: str


def kinari(*arguments: object, cwd: Path) -> Finished:
    """Run the command line in a process of its own."""
    environment = {**os.environ, "PYTHONPATH": str(REPO)}
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def write_config(folder: Path, config: dict[str, object]) -> Path:
    """Write a config file into a folder."""
    path = folder / "config.yaml"
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


@dataclass(frozen=True)
class Run:
    """A finished run.

    Attributes:
        config: its YAML file.
        root: its folder.
        web: the sample web that it crawled.
        said: what the command wrote.
    """

    config: Path
    root: Path
    web: SampleWeb
    said: Finished

    def record(self, stage: str) -> dict[str, object]:
        """A stage's `stage.json`."""
        return dict(json.loads((self.root / stage / "stage.json").read_bytes()))


def digests(root: Path, stages: tuple[str, ...]) -> dict[str, str]:
    """SHA-256 of every output of some stages; bookkeeping and times are left out."""
    found = {}
    for stage in stages:
        record = json.loads((root / stage / "stage.json").read_bytes())
        for output in record["outputs"]:
            data = (root / stage / output["path"]).read_bytes()
            found[f"{stage}/{output['path']}"] = hashlib.sha256(data).hexdigest()
    return found
