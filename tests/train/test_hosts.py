"""Trainings in processes of their own: killed, asked to stop, and two joined as one.

Two processes of four CPU devices, joined by `jax.distributed`, stand beside one process of eight.
"""

import random
import shutil
import signal
import socket
import subprocess
import sys

import pytest

from tests.train.tiny import ROOT, environment, write_shards
from train.checkpoints import find_model
from train.metrics import read_metrics

STEPS = 12


def start(shards, out, mesh, devices, *hosts):
    script = ROOT / "tests/train/host_run.py"
    return subprocess.Popen(
        [sys.executable, script, *map(str, (shards, out, mesh, STEPS, *hosts))],
        env=environment(devices),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start_two(shards, out):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        coordinator = f"127.0.0.1:{free.getsockname()[1]}"
    return [start(shards, out, "1x8x1", 4, coordinator, 2, number) for number in (0, 1)]


def finish(*processes):
    for process in processes:
        errors = process.communicate(timeout=900)[1]
        assert process.returncode == 0, errors[-3000:]


def losses(out):
    lines = read_metrics(out / "metrics.jsonl")
    return {line["step"]: line["loss"] for line in lines if line["kind"] == "train"}


@pytest.mark.heavy
def test_two_hosts_equal_one_and_stop_together_and_go_on_on_any_mesh(tmp_path):
    shards = tmp_path / "shards"
    write_shards(shards, {"train": [40, 30], "valid": [10]})
    one, two, other = tmp_path / "one", tmp_path / "two", tmp_path / "other"
    finish(start(shards, one, "1x8x1", 8))
    expected = pytest.approx(losses(one), abs=1e-9)
    assert len(losses(one)) == STEPS

    hosts = start_two(shards, two)
    for line in hosts[0].stdout:
        if "step 3/" in line:
            hosts[1].send_signal(signal.SIGTERM)  # one host's preemption stops both
            break
    finish(*hosts)
    stopped = find_model(two)[1]
    assert 3 <= stopped < STEPS and len(losses(two)) == stopped

    shutil.copytree(two, other)
    finish(*start_two(shards, two))
    assert losses(two) == expected
    finish(start(shards, other, "4x1x2", 8))
    assert losses(other) == expected


@pytest.mark.heavy
def test_killed_at_a_random_step_and_resumed_gives_the_same_losses_bit_for_bit(tmp_path):
    shards = tmp_path / "shards"
    write_shards(shards, {"train": [40, 30], "valid": [10]})
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    finish(start(shards, whole, "1x1x1", 1))
    moment = random.randrange(1, STEPS)
    victim = start(shards, cut, "1x1x1", 1)
    for line in victim.stdout:
        if f"step {moment}/" in line:
            victim.kill()
            break
    victim.communicate()
    assert victim.returncode == -signal.SIGKILL
    finish(start(shards, cut, "1x1x1", 1))
    assert len(losses(whole)) == STEPS
    assert losses(cut) == losses(whole), f"killed after step {moment}"
