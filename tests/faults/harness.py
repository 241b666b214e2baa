"""Kill -9 of drivers and workers at random moments, and what is left afterwards.

By hand: ``python -m tests.faults.harness --kills 100 --seed 7 --workers 2``.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import yaml

REPO = Path(__file__).parents[2]
SEED = 11
HOSTS = (
    "kawara-shinpo.example",
    "kawara-utsushi.example",
    "chimei-jiten.test",
    "hourei-shu.example",
    "otoku-hikaku.example",
    "english-notes.example",
)
STAGES = ("clean", "dedup", "encode", "train")
_PATIENCE_S = 900.0
_POLL_S = 0.02


def crawl_config(pages: int = 12) -> dict[str, object]:
    """Settings of the crawl whose WARC files the disturbed runs import."""
    return {
        "name": "source",
        "crawl": {
            "sample_web": {"seed": SEED, "hosts": list(HOSTS), "pages": pages},
            "delay": 0,
            "ip_delay": 0,
            "autothrottle": False,
            "concurrency_per_host": 8,
        },
    }


def faulty_config(warcs: Path, workers: int) -> dict[str, object]:
    """Settings of a run from WARC files with many small shards, so that kills fall between them."""
    return {
        "name": "faulty",
        "runner": {"workers": workers},
        "crawl": {"warcs": [str(warcs / "*.warc.gz")], "segment_bytes": 60_000},
        "encode": {
            "learn": {"size": 1500},
            "context": 64,
            "valid_share": 0.1,
            "shard_bytes": 60_000,
        },
        "train": {
            "model": {"d_model": 16, "heads": 2, "layers": 1, "experts": 2, "d_ff": 32},
            "batch_size": 4,
            "steps": 8,
            "log_every": 1,
            "valid_every": 4,
            "valid_examples": 8,
            "checkpoint": {"every_steps": 2},
            "tensorboard": False,
        },
    }


def command(*arguments: object) -> list[str]:
    """The command line of kinari in this interpreter."""
    return [sys.executable, "-m", "pipelines.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    """The environment of every process started here."""
    return {**os.environ, "PYTHONPATH": str(REPO)}


def finish(config: Path, root: Path, to: str = "train") -> subprocess.CompletedProcess[str]:
    """Run to the end without a fault.

    Raises:
        subprocess.TimeoutExpired: it did not end.
    """
    return subprocess.run(
        command("run", config, "--root", root, "--to", to),
        capture_output=True,
        text=True,
        env=environment(),
        cwd=config.parent,
        check=False,
        timeout=_PATIENCE_S,
    )


def outcome(root: Path) -> dict[str, str]:
    """What must not depend on faults: SHA-256 of outputs before train, and train's losses.

    Returns:
        By name: digests of clean's, dedup's and encode's outputs, counters of each stage, and for
        each step and kind the loss as it stands in metrics.jsonl.
    """
    found: dict[str, str] = {}
    for stage in STAGES:
        record = json.loads((root / stage / "stage.json").read_bytes())
        found[f"{stage} counters"] = json.dumps(record["counters"], sort_keys=True)
        if stage == "train":
            continue
        for output in record["outputs"]:
            data = (root / stage / output["path"]).read_bytes()
            found[f"{stage}/{output['path']}"] = hashlib.sha256(data).hexdigest()
    for line in (root / "train" / "metrics.jsonl").read_text(encoding="utf-8").splitlines():
        values = json.loads(line)
        if values.get("kind") in ("train", "valid"):
            loss = values.get("loss", values.get("loss_lm"))
            found[f"train {values['kind']} {values['step']}"] = repr(loss)
    return found


@dataclass(slots=True)
class Tally:
    """What a series of kills came to.

    Attributes:
        kills: by stage and victim.
        misses: attempts in which the run's last stage was complete before its moment came.
        hangs: runs that stood still after a kill until they were ended.
        errors: last lines of runs that failed without being killed.
    """

    kills: Counter[str] = field(default_factory=Counter)
    misses: int = 0
    hangs: int = 0
    errors: list[str] = field(default_factory=list)


def files_of(folder: Path) -> dict[str, int]:
    """Every file below a folder with its time of change, but for ones that vanish meanwhile."""
    found = {}
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                found[f"{place}/{name}"] = Path(place, name).stat().st_mtime_ns
    return found


def current_stage(root: Path) -> str:
    """The first stage without a record."""
    for stage in ("crawl", *STAGES):
        if not (root / stage / "stage.json").exists():
            return stage
    return "done"


def stage_seconds(root: Path, stage: str) -> float:
    """How long a finished stage took."""
    return float(sum(json.loads((root / stage / "timing.json").read_bytes())["attempts_s"]))


def choose_moment(root: Path, seconds: dict[str, float], rng: random.Random) -> tuple[str, float]:
    """Choose a stage that is still to be done, and how long after its first sign of life.

    From a hundredth of what the stage took to all of it, short delays as often as long ones: how
    fast the machine is differs from run to run, and what comes too late falls into the next stage.

    Args:
        root: the disturbed run.
        seconds: how long each stage took in the quiet run.
        rng: the chooser.
    """
    now = current_stage(root)
    left = STAGES[STAGES.index(now) :] if now in STAGES else STAGES
    stage = rng.choice(left)
    return stage, seconds[stage] * 10 ** (-2 * rng.random())


def disturb(
    config: Path, root: Path, rng: random.Random, moment: tuple[str, float], tally: Tally
) -> bool:
    """Start a run and kill its driver or a worker so long after a stage began to work.

    Args:
        config: YAML of the run.
        root: its folder.
        rng: chooses the victim.
        moment: the stage, and seconds after the first change in its folder.
        tally: what happened is added here.

    Returns:
        True if the run reached its end.
    """
    stage, delay = moment
    before = files_of(root / stage)
    with tempfile.TemporaryFile("w+") as said:
        driver = subprocess.Popen(
            command("run", config, "--root", root),
            stdout=said,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=config.parent,
            start_new_session=True,
        )
        limit = time.monotonic() + _PATIENCE_S
        while driver.poll() is None and files_of(root / stage) == before:
            time.sleep(_POLL_S)
        with contextlib.suppress(subprocess.TimeoutExpired):
            driver.wait(delay)
        stage = current_stage(root)
        if driver.poll() is None and stage != "done":
            victim = _choose(driver.pid, rng)
            _kill(victim[1])
            tally.kills[f"{stage} {victim[0]}"] += 1
            if victim[0] == "driver":
                driver.wait()
        else:
            tally.misses += 1
        while driver.poll() is None and time.monotonic() < limit:
            time.sleep(0.05)
        if driver.poll() is None:
            tally.hangs += 1
        _end_session(driver.pid)
        code = driver.wait()
        if code not in (0, -signal.SIGKILL):
            said.seek(0)
            lines = [line for line in said.read().splitlines() if line.strip()]
            tally.errors.append(f"exit {code} in {stage}: {lines[-1] if lines else ''}")
    return code == 0


def _choose(driver: int, rng: random.Random) -> tuple[str, int]:
    try:
        children = psutil.Process(driver).children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    workers = sorted(child.pid for child in children)
    if workers and rng.random() < 0.5:
        return "worker", rng.choice(workers)
    return "driver", driver


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _end_session(leader: int) -> None:
    """End what the run left behind: processes of its own session, started by us."""
    for process in psutil.process_iter(["pid"]):
        try:
            if os.getsid(process.pid) == leader:
                _kill(process.pid)
        except ProcessLookupError:
            continue


def kill_series(folder: Path, kills: int, seed: int, workers: int, say: bool = False) -> Tally:
    """Disturb runs until so many kills have happened; hold each finished run against a quiet one.

    Args:
        folder: where the source crawl and the runs are made; at most two runs stand at once.
        kills: how many kills in all.
        seed: of the moments and victims.
        workers: worker processes of the disturbed runs; the quiet one has one.
        say: print a line a run.

    Returns:
        The tally.

    Raises:
        AssertionError: an output differs from the quiet run's, or a run cannot be finished.
    """
    rng = random.Random(seed)
    source = write(folder, "source.yaml", crawl_config())
    done = finish(source, folder / "source", to="crawl")
    assert done.returncode == 0, done.stderr[-2000:]
    warcs = folder / "source" / "crawl"
    quiet = write(folder, "quiet.yaml", faulty_config(warcs, 1))
    done = finish(quiet, folder / "quiet")
    assert done.returncode == 0, done.stderr[-2000:]
    expected = outcome(folder / "quiet")
    seconds = {stage: stage_seconds(folder / "quiet", stage) for stage in STAGES}
    config = write(folder, "faulty.yaml", faulty_config(warcs, workers))
    tally = Tally()
    number = 0
    while sum(tally.kills.values()) < kills:
        number += 1
        root = folder / f"run{number}"
        ended = False
        for _ in range(rng.randint(3, 8)):
            ended = disturb(config, root, rng, choose_moment(root, seconds, rng), tally)
            if ended or sum(tally.kills.values()) >= kills:
                break
        if not ended:
            done = finish(config, root)
            assert done.returncode == 0, done.stderr[-2000:]
        got = outcome(root)
        differing = sorted(
            name for name in expected.keys() | got.keys() if expected.get(name) != got.get(name)
        )
        assert not differing, f"run {number}, seed {seed}: {differing[:10]} differ; {root} is kept"
        if say:
            print(f"run {number}: same outputs after {dict(tally.kills)}", flush=True)
        shutil.rmtree(root)
    return tally


def write(folder: Path, name: str, config: dict[str, object]) -> Path:
    """Write a config into a folder."""
    path = folder / name
    path.write_text(yaml.safe_dump(config, allow_unicode=True), encoding="utf-8")
    return path


def main() -> None:
    """Kill by hand, any number."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    args = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kinari-faults-"))
    tally = kill_series(folder, args.kills, args.seed, args.workers, say=True)
    print(f"{sum(tally.kills.values())} kills: {dict(tally.kills)}; {tally.misses} came too late;")
    print(f"{tally.hangs} hung; failed by themselves: {tally.errors or 'none'}; 0 differences")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
