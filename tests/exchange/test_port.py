"""Against transformers 4.36.2 itself, in an environment of its own (make test-exchange)."""

import json
import subprocess
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from safetensors.numpy import load_file

from train.checkpoints import load_model
from train.expect import compare
from train.import_port import export_port, import_port
from train.model import Pass, forward, logits
from train.optimizer import nest
from train.settings import ModelSettings

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv-exchange/bin/python"
pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(not PYTHON.exists(), reason="no .venv-exchange: run make test-exchange"),
]


def port(*arguments):
    script = ROOT / "tests/exchange/port_model.py"
    done = subprocess.run(
        [PYTHON, script, *map(str, arguments)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize(("ext_layers", "d_spout"), [(0, 8), (2, 8), (1, 0)])
def test_the_port_and_we_agree_and_the_export_loads_there(tmp_path, ext_layers, d_spout):
    theirs, ours, back = tmp_path / "theirs", tmp_path / "ours", tmp_path / "back"
    port("make", theirs, ext_layers, d_spout)
    port("run", theirs, tmp_path / "theirs.npz")
    import_port(theirs, ours)
    model = load_model(ours)
    found = list(compare(model.params, model.about.model, tmp_path / "theirs.npz"))
    layers = 2 + ext_layers
    assert len(found) == (3 if d_spout else 1) * (2 + 3 * layers)
    assert max(difference.max_abs_diff for difference in found) < 1e-3

    export_port(ours, back)
    before, after = (load_file(folder / "model.safetensors") for folder in (theirs, back))
    before.pop("lm_head.weight", None)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    info = json.loads(port("run", back, tmp_path / "back.npz").splitlines()[-1])
    assert info == {"missing_keys": [], "unexpected_keys": [], "mismatched": 0}
    with np.load(tmp_path / "theirs.npz") as one, np.load(tmp_path / "back.npz") as two:
        assert all(np.array_equal(one[name], two[name]) for name in one.files)


def test_gpt2_equals_transformers(tmp_path):
    port("gpt2", tmp_path)
    with np.load(tmp_path / "gpt2.npz") as archive:
        theirs = {name: archive[name] for name in archive.files}
    settings = ModelSettings(
        kind="gpt2", vocab_size=80, positions=32, d_model=24, heads=3, layers=2, d_ff=96
    )
    flat = {
        "tokens": theirs["transformer.wte.weight"],
        "positions": theirs["transformer.wpe.weight"],
        "last_norm/scale": theirs["transformer.ln_f.weight"],
        "last_norm/bias": theirs["transformer.ln_f.bias"],
    }
    for number in range(2):
        source, target = f"transformer.h.{number}.", f"blocks/{number}/"
        for norm, name in (("attention_norm", "ln_1"), ("norm", "ln_2")):
            flat[f"{target}{norm}/scale"] = theirs[f"{source}{name}.weight"]
            flat[f"{target}{norm}/bias"] = theirs[f"{source}{name}.bias"]
        attention = target + "attention/"
        flat[attention + "qkv"] = theirs[source + "attn.c_attn.weight"].reshape(24, 3, 3, 8)
        flat[attention + "qkv_bias"] = theirs[source + "attn.c_attn.bias"].reshape(3, 3, 8)
        flat[attention + "out"] = theirs[source + "attn.c_proj.weight"].reshape(3, 8, 24)
        flat[attention + "out_bias"] = theirs[source + "attn.c_proj.bias"]
        for ours, name in (("wi", "c_fc"), ("wo", "c_proj")):
            flat[f"{target}mlp/{ours}"] = theirs[f"{source}mlp.{name}.weight"]
            flat[f"{target}mlp/{ours}_bias"] = theirs[f"{source}mlp.{name}.bias"]
    params = nest({name: jnp.asarray(value) for name, value in flat.items()})
    out = forward(params, settings, Pass(), theirs["ids"], np.zeros(2, np.int32))
    found = np.asarray(logits(params, settings, out.hidden))
    assert np.abs(found - theirs["logits"]).max() < 1e-3
