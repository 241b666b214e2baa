import json
from pathlib import Path

import numpy as np
import pytest

from tests.train.tiny import flat, model, random_params
from train.checkpoints import load_model
from train.hugging_face import ExchangeError, config_from_settings
from train.import_port import import_port
from train.mesh_tensorflow import variable_names
from train.settings import ModelSettings
from train.shapes import parameter_table

GIVEN = Path(__file__).parents[3] / "shared/data/hf_tiny/mesh_variables.json"


def save(prefix, arrays):
    import tensorflow as tf

    names = sorted(arrays)
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names),
        tensors=[arrays[name] for name in names],
    )  # fmt: skip


@pytest.mark.heavy
def test_a_published_checkpoint_is_read_by_its_names(tmp_path):
    settings = model(d_spout=6)
    params = random_params(settings, dtype=np.float32)
    ours = flat(params)
    names = variable_names(settings)
    save(tmp_path / "model.ckpt-7", {theirs: ours[path] for path, theirs in names.items()})
    (tmp_path / "config.json").write_text(json.dumps(config_from_settings(settings, {})))
    import_port(tmp_path, tmp_path / "out")
    found = load_model(tmp_path / "out")
    assert all(np.array_equal(value, ours[path]) for path, value in flat(found.params).items())
    assert found.about.model.routing.rule == "mesh"
    (tmp_path / "config.json").write_text(
        json.dumps(config_from_settings(settings, {}) | {"d_ff": 99})
    )
    with pytest.raises(ExchangeError, match="moe0/wi/kernel"):
        import_port(tmp_path, tmp_path / "other")


@pytest.mark.skipif(not GIVEN.exists(), reason="no ../shared/data beside the repository")
@pytest.mark.parametrize(("case", "d_spout"), [("nospout", 0), ("spout", 8)])
def test_names_and_shapes_are_the_published_ones(case, d_spout):
    published = {
        name: tuple(size for _, size in dims)
        for name, dims in json.loads(GIVEN.read_text())[case].items()
    }
    settings = ModelSettings(
        vocab_size=96, positions=48, d_model=32, heads=4, layers=2, experts=4, d_ff=64,
        d_spout=d_spout,
    )  # fmt: skip
    table = parameter_table(settings)
    assert {
        theirs: table[path].shape for path, theirs in variable_names(settings).items()
    } == published
