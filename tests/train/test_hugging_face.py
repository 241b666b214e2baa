import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.train.tiny import flat, model, random_params
from train.checkpoints import load_model
from train.errors import TrainError
from train.expect import ExpectError, compare
from train.hugging_face import ExchangeError, load_port, save_port
from train.import_port import export_port, import_port

GIVEN = Path(__file__).parents[3] / "shared/data/hf_tiny"
IDS = {"eos_token_id": 98, "pad_token_id": 94, "separator_token_id": 97}


@pytest.fixture(
    params=[{}, {"ext_layers": 2}, {"d_spout": 6}, {"ext_layers": 1, "d_spout": 6}], ids=str
)
def saved(request, tmp_path):
    settings = model(**request.param)
    params = random_params(settings, dtype=np.float32)
    save_port(tmp_path / "theirs", settings, params, IDS)
    return tmp_path, settings, params


def test_import_and_export_are_bit_equal(saved):
    folder, settings, params = saved
    import_port(folder / "theirs", folder / "ours")
    found = load_model(folder / "ours")
    assert found.about.model.routing.rule == "port"
    assert found.about.model.model_dump(exclude={"routing", "prefix_mask", "mask_value"}) == (
        settings.model_dump(exclude={"routing", "prefix_mask", "mask_value"})
    )
    wanted, ours = flat(params), flat(found.params)
    assert wanted.keys() == ours.keys()
    assert all(np.array_equal(wanted[name], ours[name]) for name in wanted)
    export_port(folder / "ours", folder / "back")
    for name in ("config.json", "model.safetensors"):
        assert (folder / "back" / name).read_bytes() == (folder / "theirs" / name).read_bytes()


def test_a_folder_that_holds_a_model_is_not_written_over(saved):
    folder, _, _ = saved
    import_port(folder / "theirs", folder / "ours")
    with pytest.raises(TrainError, match="holds checkpoints already"):
        import_port(folder / "theirs", folder / "ours")


def change_weights(folder, change):
    path = folder / "theirs/model.safetensors"
    arrays = load_file(path)
    change(arrays)
    save_file(arrays, path)


NAME = "model.blocks.0.self_attn.norm.weight"
DAMAGES = {
    "missing": (lambda a: a.pop(NAME), f"missing: {NAME}"),
    "unknown": (lambda a: a.update(x=np.zeros(1)), "unknown: x"),
    "shape": (lambda a: a.update({NAME: np.zeros(3)}), r"norm.weight \[3\] instead of \[16\]"),
    "untied": (lambda a: a.update({"lm_head.weight": np.zeros((1, 1))}), "lm_head.weight differs"),
}


@pytest.mark.parametrize(("change", "message"), DAMAGES.values(), ids=DAMAGES)
def test_weights_that_do_not_fit_are_named(tmp_path, change, message):
    settings = model()
    save_port(tmp_path / "theirs", settings, random_params(settings, dtype=np.float32), IDS)
    change_weights(tmp_path, change)
    with pytest.raises(ExchangeError, match=message):
        load_port(tmp_path / "theirs")


CONFIGS = {
    "another kind": ({"model_type": "gpt2"}, "model_type 'gpt2'"),
    "router bias": ({"router_bias": True}, "router_bias is true"),
    "heads": ({"num_heads": 5}, "heads 5 do not divide"),
    "a list": ({"expert_capacity": [1]}, "expert_capacity"),
    "a vast vocabulary": ({"vocab_size": 10**12}, r"embed_tokens.weight \[\d+, 16\] instead of"),
    "many layers": ({"num_switch_layers": 10**9}, "arrays for 1000000000 layers"),
}


@pytest.mark.parametrize(("change", "message"), CONFIGS.values(), ids=CONFIGS)
def test_configs_that_cannot_be_read_are_refused(tmp_path, change, message):
    settings = model()
    save_port(tmp_path, settings, random_params(settings, dtype=np.float32), IDS)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | change))
    with pytest.raises(ExchangeError, match=message):
        load_port(tmp_path)


@pytest.mark.parametrize("changes", [{"kind": "gpt2"}, {"softmlp": False}], ids=str)
def test_models_that_the_port_lacks_are_not_exported(tmp_path, changes):
    settings = model(**changes)
    with pytest.raises(ExchangeError, match="only Switch models"):
        save_port(tmp_path, settings, random_params(settings, dtype=np.float32), IDS)


def test_a_folder_without_weights_or_with_damaged_ones_is_refused(tmp_path):
    settings = model()
    save_port(tmp_path, settings, random_params(settings, dtype=np.float32), IDS)
    (tmp_path / "model.safetensors").write_bytes(b"\x00" * 20)
    with pytest.raises(ExchangeError, match="damaged"):
        load_port(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ExchangeError, match=r"model.safetensors"):
        load_port(tmp_path)
    with pytest.raises(ExchangeError, match=r"config.json"):
        load_port(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not an index"),
        ("[]", "not an index"),
        ('{"weight_map": {"a": 1}}', "not an index"),
        ('{"weight_map": {"a": "../x.safetensors"}}', "outside of the folder"),
    ],
)
def test_an_index_that_cannot_be_followed_is_refused(tmp_path, text, message):
    settings = model()
    save_port(tmp_path, settings, random_params(settings, dtype=np.float32), IDS)
    (tmp_path / "model.safetensors.index.json").write_text(text)
    with pytest.raises(ExchangeError, match=message):
        load_port(tmp_path)


def test_pickled_weights_are_not_opened(tmp_path):
    settings = model()
    save_port(tmp_path, settings, random_params(settings, dtype=np.float32), IDS)
    pickled = f"cos\nmkdir\n(S'{tmp_path}/opened'\ntR.".encode()
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(pickled)
    with pytest.raises(ExchangeError, match="safe_serialization=True"):
        load_port(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(pickled)
    with pytest.raises(ExchangeError, match="damaged"):
        load_port(tmp_path)
    assert not (tmp_path / "opened").exists()


@pytest.mark.skipif(not GIVEN.exists(), reason="no ../shared/data beside the repository")
def test_recorded_activations_are_met_and_a_changed_one_shows(tmp_path):
    settings, params, _ = load_port(GIVEN)
    found = list(compare(params, settings, GIVEN / "expected.npz"))
    assert {item.case for item in found} == {
        "nospout", "spout", "spout_meshprefix", "spout_causal", "capacity3",
    }  # fmt: skip
    assert max(item.max_abs_diff for item in found) < 1e-3
    with np.load(GIVEN / "expected.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["spout/logits"] = arrays["spout/logits"] + np.float32(0.25)
    arrays["other/logits"] = arrays["spout/logits"]
    np.savez(tmp_path / "changed.npz", **arrays)
    changed = {
        (item.case, item.array): item.max_abs_diff
        for item in compare(params, settings, tmp_path / "changed.npz")
    }
    assert changed["spout", "logits"] == pytest.approx(0.25, abs=1e-3)
    assert changed["nospout", "logits"] < 1e-3
    assert changed["other", "logits"] is None


def test_a_file_that_is_no_npz_is_refused(tmp_path):
    settings = model()
    (tmp_path / "x.npz").write_text("no")
    with pytest.raises(ExpectError, match=r"not an .npz"):
        list(compare({}, settings, tmp_path / "x.npz"))
    np.savez(tmp_path / "y.npz", input_ids=np.zeros((1, 2)))
    with pytest.raises(ExpectError, match="no array prefix_len"):
        list(compare({}, settings, tmp_path / "y.npz"))
