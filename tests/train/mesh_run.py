"""Runs in a process of its own with several CPU devices: facts of meshes as JSON.

usage: mesh_run.py SHARDS MESHES STEPS PRECISION, with MESHES such as 2x4x1,8x1x1
"""

import json
import re
import sys
from pathlib import Path

import jax
import numpy as np

if sys.argv[4] == "float64":
    jax.config.update("jax_enable_x64", True)

from tests.train.tiny import SIZE, settings, shard_list
from train.data import Examples
from train.mesh import make_mesh
from train.settings import MeshSettings
from train.step import Trainer


def run(shards, shape, steps, precision):
    data, expert, model_axis = (int(size) for size in shape.split("x"))
    chosen = settings(
        steps=steps,
        precision=precision,
        batch_size=16,
        accumulate=2,
        model={
            "layers": 1, "experts": 8, "d_spout": 4, "ext_layers": 1,
            "routing": {"group_tokens": 96, "capacity_factor_train": 0.9},
        },
        mesh={"data": data, "expert": expert, "model": model_axis},
    )  # fmt: skip
    full = chosen.model.model_copy(update={"vocab_size": SIZE})
    mesh = make_mesh(MeshSettings(**chosen.mesh.model_dump()))
    trainer = Trainer(chosen, full, mesh, shards.context, SIZE - 4)
    examples = Examples(shards, "train", chosen, full, lambda name: Path(sys.argv[1]) / name)
    state = trainer.start()
    first = trainer.place(examples.batch(0))
    step = trainer.step.lower(state, first).compile()
    replicated = [
        path
        for path, value in state.params.items()
        if "experts/" in path and value.sharding.shard_shape(value.shape)[0] * expert != 8
    ]
    moments = [
        leaf.sharding.shard_shape(leaf.shape)[0] * expert
        for path, leaf in jax.tree_util.tree_leaves_with_path(state.optimizer)
        if "experts/wi" in str(path)
    ]
    losses, dropped, norms = [], [], []
    for number in range(steps):
        state, numbers = step(state, trainer.place(examples.batch(number)))
        losses.append(float(numbers["loss"]))
        norms.append(float(numbers["gradient_norm"]))
        dropped.append(float(numbers["dropped_share"]))
    return {
        "mesh": shape,
        "losses": losses,
        "norms": norms,
        "dropped": dropped,
        # XLA puts in all-to-alls of its own; the experts' are those that the model asks for.
        "all_to_all": any(
            re.search(r"all-to-all.*op_name=.*all_to_all", line)
            for line in step.as_text().splitlines()
        ),
        "replicated": replicated,
        "moments": moments,
        "sum": float(sum(np.abs(np.asarray(value)).sum() for value in state.params.values())),
    }


for shape in sys.argv[2].split(","):
    print(
        json.dumps(run(shard_list(Path(sys.argv[1])), shape, int(sys.argv[3]), sys.argv[4])),
        flush=True,
    )
