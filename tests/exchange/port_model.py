"""Runs in .venv-exchange: makes a GPTSANJapanese model, or loads one, and records what it gives.

usage: port_model.py make FOLDER EXT_LAYERS SPOUT | run FOLDER OUT.npz | gpt2 FOLDER
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTSanJapaneseConfig,
    GPTSanJapaneseForConditionalGeneration,
)


def make(folder, ext_layers, d_spout):
    config = GPTSanJapaneseConfig(
        vocab_size=90, max_position_embeddings=40, d_model=24, d_ff=40, d_ext=28, d_spout=d_spout,
        num_switch_layers=2, num_ext_layers=ext_layers, num_heads=3, num_experts=4,
        expert_capacity=64, dropout_rate=0.0, separator_token_id=88, pad_token_id=85,
        eos_token_id=89,
    )  # fmt: skip
    torch.manual_seed(3)
    model = GPTSanJapaneseForConditionalGeneration(config).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            value.copy_(
                torch.randn_like(value) * 0.4 + (1.0 if name.endswith("norm.weight") else 0.0)
            )
        model.final_logits_bias.copy_(torch.randn_like(model.final_logits_bias))
    model.save_pretrained(folder, safe_serialization=True)


def run(folder, out):
    model, info = GPTSanJapaneseForConditionalGeneration.from_pretrained(
        folder, output_loading_info=True
    )
    model.eval()
    size, layers = model.config.vocab_size, model.config.num_layers
    rng = np.random.default_rng(0)
    ids = rng.integers(0, size - 7, (3, 18))
    prefix = np.array([0, 6, 18])
    # With a spout its place counts as a key, and the port wants an attention mask to be given.
    kinds = (np.arange(18)[None] < prefix[:, None]).astype(np.int64)
    spout_kinds = (np.arange(19)[None] < prefix[:, None] + 1).astype(np.int64)
    spout = rng.normal(size=(3, model.config.d_spout)).astype(np.float32)
    arrays = {
        "input_ids": ids.astype(np.int32),
        "prefix_len": prefix.astype(np.int32),
        "spout": spout,
    }
    cases = {"nospout": (None, kinds), "spout": (spout, spout_kinds), "spout_causal": (spout, None)}
    if not model.config.d_spout:
        del cases["spout"], cases["spout_causal"]
    for case, (vector, token_type_ids) in cases.items():
        with torch.no_grad():
            found = model(
                input_ids=torch.tensor(ids),
                token_type_ids=None if token_type_ids is None else torch.tensor(token_type_ids),
                attention_mask=torch.ones(3, 18),
                spout=None if vector is None else torch.tensor(vector),
                output_hidden_states=True,
                use_cache=True,
            )
        arrays[f"{case}/logits"] = found.logits.numpy()
        for number in range(layers + 1):
            hidden = found.hidden_states[number].numpy()
            arrays[f"{case}/hf_hidden_states_{number}"] = hidden
        for number, (k, v) in enumerate(found.past_key_values):
            arrays[f"{case}/past{number}_k"], arrays[f"{case}/past{number}_v"] = (
                k.numpy(),
                v.numpy(),
            )
    np.savez(out, **arrays)
    loaded = {key: sorted(info[key]) for key in ("missing_keys", "unexpected_keys")}
    print(json.dumps(loaded | {"mismatched": len(info["mismatched_keys"])}))


def gpt2(folder):
    config = GPT2Config(vocab_size=80, n_positions=32, n_embd=24, n_layer=2, n_head=3)
    torch.manual_seed(4)
    model = GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for value in model.parameters():
            value.add_(torch.randn_like(value) * 0.2)
        ids = torch.randint(0, 80, (2, 20))
        logits = model(ids).logits
    arrays = {name: value.numpy() for name, value in model.state_dict().items()}
    np.savez(Path(folder) / "gpt2.npz", **arrays, ids=ids.numpy(), logits=logits.numpy())


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
    elif sys.argv[1] == "run":
        run(sys.argv[2], sys.argv[3])
    else:
        gpt2(sys.argv[2])
