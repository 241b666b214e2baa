"""GPTSAN's published Mesh-TensorFlow checkpoints: variable names, shapes, and reading them.

| variable | here |
|---|---|
| `model/wte`, `model/wpe` | tokens, positions |
| `model/att{n}/qkv/kernel`, `o/kernel` | blocks/n/attention/qkv [d, 3, heads, k], out |
| `model/an{n}/g`, `b` | blocks/n/attention_norm/scale, bias |
| `model/moe{n}/switch_gating/kernel` [d, experts] | blocks/n/router |
| `model/moe{n}/wi/kernel`, `wo/kernel` | blocks/n/experts/wi [experts, d, ff], wo |
| `model/moe{n}/softmlp/kernel` [d, d] | blocks/n/softmlp |
| `model/ln{n}/g`, `b` | blocks/n/norm/scale, bias |
| `model/dense/kernel`, `model/dense_1/bias` | last/kernel, last/bias |
| `model/wob` | output_bias |
| `pasts/mlp{j}/kernel`, `pasts/out/kernel` | spout/j, spout/out |
"""

from pathlib import Path
from typing import Any

import numpy as np

from train.hugging_face import ExchangeError
from train.optimizer import nest
from train.settings import ModelSettings
from train.shapes import SPOUT_LAYERS, parameter_table

_BLOCK = {
    "att{n}/qkv/kernel": "attention/qkv",
    "att{n}/o/kernel": "attention/out",
    "an{n}/g": "attention_norm/scale",
    "an{n}/b": "attention_norm/bias",
    "moe{n}/switch_gating/kernel": "router",
    "moe{n}/wi/kernel": "experts/wi",
    "moe{n}/wo/kernel": "experts/wo",
    "moe{n}/softmlp/kernel": "softmlp",
    "ln{n}/g": "norm/scale",
    "ln{n}/b": "norm/bias",
}


def variable_names(settings: ModelSettings) -> dict[str, str]:
    """The published name of each parameter, by our path.

    Raises:
        ExchangeError: a model that the original code has no names for (dense layers, GPT-2).
    """
    if settings.kind != "switch" or settings.ext_layers:
        raise ExchangeError("Mesh-TensorFlow names are known for Switch layers and the spout only")
    names = {
        "tokens": "model/wte",
        "positions": "model/wpe",
        "last/kernel": "model/dense/kernel",
        "last/bias": "model/dense_1/bias",
        "output_bias": "model/wob",
    }
    for number in range(settings.layers):
        for theirs, ours in _BLOCK.items():
            names[f"blocks/{number}/{ours}"] = "model/" + theirs.format(n=number)
    if settings.d_spout:
        for number in range(SPOUT_LAYERS):
            names[f"spout/{number}"] = f"pasts/mlp{number}/kernel"
        names["spout/out"] = "pasts/out/kernel"
    return names


def load_mesh_checkpoint(prefix: Path, settings: ModelSettings) -> dict[str, Any]:
    """Read a TensorFlow checkpoint (`<prefix>.index` and its data) into our parameters, float32.

    Raises:
        ExchangeError: not a checkpoint, or a variable is missing or of another shape.
    """
    import tensorflow as tf

    try:
        reader = tf.train.load_checkpoint(str(prefix))
    except (ValueError, tf.errors.OpError) as error:
        raise ExchangeError(f"{prefix}: no TensorFlow checkpoint: {error}") from None
    shapes = reader.get_variable_to_shape_map()
    found: dict[str, np.ndarray] = {}
    table = parameter_table(settings)
    for ours, theirs in variable_names(settings).items():
        if theirs not in shapes or tuple(shapes[theirs]) != table[ours].shape:
            raise ExchangeError(
                f"{prefix}: {theirs} is {shapes.get(theirs, 'missing')}, "
                f"wanted {list(table[ours].shape)}"
            )
        found[ours] = np.asarray(reader.get_tensor(theirs), np.float32)
    return nest(found)
