"""Compile a config's training step for a TPU slice without a TPU, and say what a device must hold.

Run with libtpu installed beside JAX: `python -m train.compile_tpu CONFIG TOPOLOGY…`, or make
tpu-compile.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import jax
import yaml
from jax.experimental import topologies

from train.mesh import make_mesh
from train.settings import TrainSettings
from train.step import Trainer


def compile_step(settings: TrainSettings, context: int, topology: str) -> dict[str, Any]:
    """Compile one training step for a topology.

    Args:
        settings: the train stage's settings, with the vocabulary size set.
        context: places of an example.
        topology: such as `v4:2x2x1`.

    Returns:
        Devices, mesh, bytes of arguments, temporaries and code on each device, and whether an
        all-to-all is there.
    """
    described = topologies.get_topology_desc(platform="tpu", topology_name=topology)
    devices = list(described.devices)
    mesh_settings = settings.mesh.model_copy(
        update={"data": 0, "expert": min(settings.mesh.expert, len(devices))}
    )
    mesh = make_mesh(mesh_settings, devices)
    trainer = Trainer(settings, settings.model, mesh, context, settings.model.vocab_size - 4)
    rows = settings.batch_size
    shapes = {"x": (rows, context), "y": (rows, context), "num_input": (rows,)}
    batch = {
        name: jax.ShapeDtypeStruct(shape, jax.numpy.int32, sharding=trainer.by_row)
        for name, shape in shapes.items()
    }
    compiled = trainer.step.lower(trainer.abstract(), batch).compile()
    memory = compiled.memory_analysis()
    return {
        "topology": topology,
        "devices": len(devices),
        "mesh": dict(mesh.shape),
        "argument_bytes_per_device": memory.argument_size_in_bytes,
        "temporary_bytes_per_device": memory.temp_size_in_bytes,
        "output_bytes_per_device": memory.output_size_in_bytes,
        "alias_bytes_per_device": memory.alias_size_in_bytes,
        "code_bytes_per_device": memory.generated_code_size_in_bytes,
        "peak_bytes_per_device": memory.argument_size_in_bytes + memory.temp_size_in_bytes,
        "all_to_all": "all-to-all" in compiled.as_text(),
    }


_NO_TPU = {
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v5litepod-8",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "TPU_WORKER_ID": "0",
}
"""What libtpu would ask a TPU host for; the topology that is compiled for is named beside it."""


def main(arguments: list[str]) -> int:
    """Compile for each topology named and print a JSON line for each."""
    for name, value in _NO_TPU.items():
        os.environ.setdefault(name, value)
    config = yaml.safe_load(Path(arguments[0]).read_text(encoding="utf-8"))
    settings = TrainSettings.model_validate(config["train"])
    context = settings.context or settings.model.positions
    for topology in arguments[1:]:
        sys.stdout.write(json.dumps(compile_step(settings, context, topology)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
