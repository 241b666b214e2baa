"""One host of a training in float64, in a process of its own; news goes to stdout.

usage: host_run.py SHARDS OUT MESH STEPS [COORDINATOR PROCESSES PROCESS], with MESH such as 2x4x1
"""

import sys
from pathlib import Path

from tests.train.tiny import job, settings
from train.hosts import join_hosts
from train.trainer import train

shards, out, mesh, steps, *hosts = sys.argv[1:]
if hosts:
    join_hosts(hosts[0], int(hosts[1]), int(hosts[2]))
data, expert, model = (int(size) for size in mesh.split("x"))
chosen = settings(
    steps=int(steps),
    precision="float64",
    valid_every=100,
    checkpoint={"every_steps": 3},
    model={"layers": 1, "experts": 8, "routing": {"capacity_factor_train": 0.9}},
    mesh={"data": data, "expert": expert, "model": model},
)
train(job(Path(shards), Path(out), chosen, say=lambda text: print(text, flush=True)))
