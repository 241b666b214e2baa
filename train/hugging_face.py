"""GPTSANJapanese checkpoints of transformers 4.36, in and out: names, shapes, config."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from flax.traverse_util import flatten_dict, unflatten_dict
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from train.settings import ModelSettings, RoutingSettings
from train.shapes import SPOUT_LAYERS, parameter_table

Flat = dict[str, np.ndarray]


class ExchangeError(ValueError):
    """A foreign checkpoint that cannot be read or written as asked."""


def settings_from_config(config: dict[str, Any], *, has_spout: bool) -> ModelSettings:
    """The model that a transformers `config.json` describes, with that port's rules.

    Args:
        config: the file's content.
        has_spout: whether the weights hold a spout.

    Raises:
        ExchangeError: another kind of model, or an option that has no counterpart here.
    """
    if config.get("model_type") != "gptsan-japanese":
        raise ExchangeError(
            f"config.json: model_type {config.get('model_type')!r}; only gptsan-japanese is read"
        )
    if config.get("router_bias"):
        raise ExchangeError("config.json: router_bias is true; routers here have no bias")
    try:
        return ModelSettings(
            vocab_size=config.get("vocab_size", 36000),
            positions=config.get("max_position_embeddings", 1280),
            d_model=config.get("d_model", 1024),
            heads=config.get("num_heads", 16),
            layers=config.get("num_switch_layers", 10),
            ext_layers=config.get("num_ext_layers", 0),
            experts=config.get("num_experts", 16),
            d_ff=config.get("d_ff", 8192),
            d_ext=config.get("d_ext", 4096),
            d_spout=config.get("d_spout", 128) if has_spout else 0,
            norm_epsilon=config.get("layer_norm_epsilon", 1e-5),
            prefix_mask="port",
            mask_value="minimum",
            routing=RoutingSettings(
                rule="port",
                expert_capacity=config.get("expert_capacity", 128),
                over_capacity="pass",
                jitter=config.get("router_jitter_noise", 0.0),
                ignore_padding=bool(config.get("router_ignore_padding_tokens", False)),
            ),
        )
    except ValueError as error:
        raise ExchangeError(f"config.json: {_one_line(error)}") from None


def config_from_settings(settings: ModelSettings, ids: dict[str, int]) -> dict[str, Any]:
    """A transformers `config.json` for a model.

    Args:
        settings: the model; of kind switch, with the tanh skip.
        ids: eos_token_id, pad_token_id and separator_token_id of the vocabulary.

    Raises:
        ExchangeError: the port has no such model.
    """
    if settings.kind != "switch" or not settings.softmlp:
        raise ExchangeError(
            "only Switch models with the tanh skip (softmlp) exist in transformers' port"
        )
    return {
        "architectures": ["GPTSanJapaneseForConditionalGeneration"],
        "model_type": "gptsan-japanese",
        "vocab_size": settings.vocab_size,
        "max_position_embeddings": settings.positions,
        "d_model": settings.d_model,
        "d_ff": settings.d_ff,
        "d_ext": settings.d_ext,
        "d_spout": settings.d_spout,
        "num_switch_layers": settings.layers,
        "num_ext_layers": settings.ext_layers,
        "num_layers": settings.blocks,
        "num_heads": settings.heads,
        "num_experts": settings.experts,
        "expert_capacity": _port_capacity(settings),
        "dropout_rate": 0.0,
        "layer_norm_epsilon": settings.norm_epsilon,
        "router_bias": False,
        "router_jitter_noise": settings.routing.jitter,
        "router_dtype": "float32",
        "router_ignore_padding_tokens": settings.routing.ignore_padding,
        "output_router_logits": False,
        "initializer_factor": 0.002,
        "use_cache": True,
        "torch_dtype": "float32",
        "transformers_version": "4.36.2",
        **ids,
    }


def _port_capacity(settings: ModelSettings) -> int:
    """The port's capacity a sequence: its own, or the evaluation share of the longest context."""
    routing = settings.routing
    if routing.rule == "port":
        return routing.expert_capacity
    share = int(settings.positions * routing.capacity_factor_eval / settings.experts)
    return max(4, min(settings.positions, share))


def params_to_port(settings: ModelSettings, params: dict[str, Any]) -> Flat:
    """Our parameters by the port's names, in its layout [out, in]; no number changes."""
    flat = {"/".join(path): np.asarray(value) for path, value in flatten_dict(params).items()}
    d = settings.d_model
    out: Flat = {
        "model.embed_tokens.weight": flat["tokens"],
        "model.position_embeddings.weight": flat["positions"],
        "model.last_project.weight": flat["last/kernel"].T,
        "model.last_project.bias": flat["last/bias"],
        "final_logits_bias": flat["output_bias"][None],
    }
    if settings.ext_layers:
        out["model.extra_position_embeddings.weight"] = flat["ext_positions"]
    if settings.d_spout:
        for number in range(SPOUT_LAYERS):
            out[f"model.spout.{2 * number}.weight"] = flat[f"spout/{number}"].T
        out[f"model.spout.{2 * SPOUT_LAYERS}.weight"] = flat["spout/out"].T
    for number in range(settings.blocks):
        ours, theirs = f"blocks/{number}/", f"model.blocks.{number}."
        qkv = flat[ours + "attention/qkv"].reshape(d, 3, d)
        for place, name in enumerate("qkv"):
            out[f"{theirs}self_attn.self_attn.{name}_proj.weight"] = qkv[:, place].T
        projection = flat[ours + "attention/out"].reshape(d, d)
        out[f"{theirs}self_attn.self_attn.out_proj.weight"] = projection.T
        for mine, other in (("attention_norm", "self_attn.norm"), ("norm", "feed_forward.norm")):
            out[f"{theirs}{other}.weight"] = flat[f"{ours}{mine}/scale"]
            out[f"{theirs}{other}.bias"] = flat[f"{ours}{mine}/bias"]
        feed = theirs + "feed_forward."
        if number >= settings.layers:
            for name in ("wi", "wo"):
                out[f"{feed}mlp.{name}.weight"] = flat[f"{ours}dense/{name}"].T
                out[f"{feed}mlp.{name}.bias"] = flat[f"{ours}dense/{name}_bias"]
            continue
        out[feed + "mlp.router.classifier.weight"] = flat[ours + "router"].T
        out[feed + "soft_bypass_mlp.weight"] = flat[ours + "softmlp"].T
        for expert in range(settings.experts):
            for name in ("wi", "wo"):
                matrix = flat[f"{ours}experts/{name}"][expert].T
                out[f"{feed}mlp.experts.expert_{expert}.{name}.weight"] = matrix
    return {name: np.ascontiguousarray(value) for name, value in out.items()}


def params_from_port(settings: ModelSettings, port: Flat) -> dict[str, Any]:
    """The port's arrays as our parameters; no number changes.

    Raises:
        ExchangeError: arrays missing, left over, or of another shape, each named.
    """
    port = dict(port)
    tied = port.pop("lm_head.weight", None)
    embedded = port.get("model.embed_tokens.weight")
    if tied is not None and (embedded is None or not np.array_equal(tied, embedded)):
        raise ExchangeError(
            "lm_head.weight differs from model.embed_tokens.weight; the output is tied here"
        )
    shape = (settings.vocab_size, settings.d_model)
    if embedded is not None and embedded.shape != shape:  # before arrays of that size are made
        raise ExchangeError(
            "weights do not fit config.json: shape: model.embed_tokens.weight "
            f"{list(embedded.shape)} instead of {list(shape)}"
        )
    if settings.blocks * max(settings.experts, 1) > len(port):
        raise ExchangeError(
            f"weights do not fit config.json: {len(port)} arrays for {settings.blocks} layers of "
            f"{settings.experts} experts"
        )
    port.setdefault("final_logits_bias", np.zeros((1, settings.vocab_size), np.float32))
    wanted = {
        name: value.shape for name, value in params_to_port(settings, _hollow(settings)).items()
    }
    missing = sorted(set(wanted) - set(port))
    extra = sorted(set(port) - set(wanted))
    wrong = [
        f"{name} {list(port[name].shape)} instead of {list(wanted[name])}"
        for name in wanted
        if name in port and port[name].shape != wanted[name]
    ]
    if missing or extra or wrong:
        parts = [
            f"{what}: {', '.join(names[:4])}{' …' if len(names) > 4 else ''}"
            for what, names in (("missing", missing), ("unknown", extra), ("shape", wrong))
            if names
        ]
        raise ExchangeError(f"weights do not fit config.json: {'; '.join(parts)}")
    d, heads, size = settings.d_model, settings.heads, settings.head_size
    flat: Flat = {
        "tokens": port["model.embed_tokens.weight"],
        "positions": port["model.position_embeddings.weight"],
        "last/kernel": port["model.last_project.weight"].T,
        "last/bias": port["model.last_project.bias"],
        "output_bias": port["final_logits_bias"][0],
    }
    if settings.ext_layers:
        flat["ext_positions"] = port["model.extra_position_embeddings.weight"]
    if settings.d_spout:
        for number in range(SPOUT_LAYERS):
            flat[f"spout/{number}"] = port[f"model.spout.{2 * number}.weight"].T
        flat["spout/out"] = port[f"model.spout.{2 * SPOUT_LAYERS}.weight"].T
    for number in range(settings.blocks):
        ours, theirs = f"blocks/{number}/", f"model.blocks.{number}."
        attention = theirs + "self_attn.self_attn."
        qkv = np.stack([port[f"{attention}{name}_proj.weight"].T for name in "qkv"], axis=1)
        flat[ours + "attention/qkv"] = qkv.reshape(d, 3, heads, size)
        flat[ours + "attention/out"] = port[attention + "out_proj.weight"].T.reshape(heads, size, d)
        for mine, other in (("attention_norm", "self_attn.norm"), ("norm", "feed_forward.norm")):
            flat[f"{ours}{mine}/scale"] = port[f"{theirs}{other}.weight"]
            flat[f"{ours}{mine}/bias"] = port[f"{theirs}{other}.bias"]
        feed = theirs + "feed_forward."
        if number >= settings.layers:
            for name in ("wi", "wo"):
                flat[f"{ours}dense/{name}"] = port[f"{feed}mlp.{name}.weight"].T
                flat[f"{ours}dense/{name}_bias"] = port[f"{feed}mlp.{name}.bias"]
            continue
        flat[ours + "router"] = port[feed + "mlp.router.classifier.weight"].T
        flat[ours + "softmlp"] = port[feed + "soft_bypass_mlp.weight"].T
        for name in ("wi", "wo"):
            matrices = [
                port[f"{feed}mlp.experts.expert_{expert}.{name}.weight"].T
                for expert in range(settings.experts)
            ]
            flat[f"{ours}experts/{name}"] = np.stack(matrices)
    arrays = {tuple(path.split("/")): np.ascontiguousarray(v) for path, v in flat.items()}
    return dict(unflatten_dict(arrays))


def _hollow(settings: ModelSettings) -> dict[str, Any]:
    """Parameters that have shapes but no memory of their own."""
    zero = np.zeros((), np.float32)
    table = parameter_table(settings)
    return dict(
        unflatten_dict(
            {tuple(path.split("/")): np.broadcast_to(zero, p.shape) for path, p in table.items()}
        )
    )


def load_port(folder: Path) -> tuple[ModelSettings, dict[str, Any], dict[str, Any]]:
    """Read a transformers folder: `config.json` and `model.safetensors` (or its shards).

    Returns:
        The model, its parameters in float32, and the content of config.json.

    Raises:
        ExchangeError: a file is missing or damaged, or the model is of another kind.
    """
    config = read_config(folder)
    port = _load_arrays(folder)
    has_spout = "model.spout.0.weight" in port
    settings = settings_from_config(config, has_spout=has_spout)
    port = {name: value.astype(np.float32, copy=False) for name, value in port.items()}
    return settings, params_from_port(settings, port), config


def read_config(folder: Path) -> dict[str, Any]:
    """Read a transformers `config.json`.

    Raises:
        ExchangeError: it is missing or not a JSON object.
    """
    config_path = folder / "config.json"
    try:
        config = json.loads(config_path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExchangeError(
            f"{config_path}: {error.strerror}; give a folder saved by transformers"
        ) from None
    except ValueError as error:
        raise ExchangeError(f"{config_path}: not JSON: {error}") from None
    if not isinstance(config, dict):
        raise ExchangeError(f"{config_path}: not a JSON object")
    return config


def _load_arrays(folder: Path) -> Flat:
    index = folder / "model.safetensors.index.json"
    if index.exists():
        try:
            names = sorted(
                set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
            )
            inside = all(Path(name).name == name for name in names)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ExchangeError(f"{index}: not an index of safetensors files") from None
        if not inside:
            raise ExchangeError(f"{index}: names a file outside of the folder")
    else:
        names = ["model.safetensors"]
    arrays: Flat = {}
    for name in names:
        path = folder / name
        try:
            arrays.update(load_file(path))
        except OSError as error:
            raise ExchangeError(
                f"{path}: {error.strerror or error}; save the model with safe_serialization=True"
            ) from None
        except SafetensorError as error:
            raise ExchangeError(f"{path}: damaged: {error}") from None
    return arrays


def save_port(
    folder: Path,
    settings: ModelSettings,
    params: dict[str, Any],
    ids: dict[str, int],
    original: dict[str, Any] | None = None,
) -> None:
    """Write a folder that transformers 4.36 loads.

    Args:
        folder: made where it is missing.
        settings: the model.
        params: its parameters.
        ids: special token ids for config.json.
        original: the config.json that the model was imported with; its values win.
    """
    config = config_from_settings(settings, ids)
    if original:
        config = {**config, **original}
    folder.mkdir(parents=True, exist_ok=True)
    save_file(params_to_port(settings, params), folder / "model.safetensors", {"format": "pt"})
    text = json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def _one_line(error: ValueError) -> str:
    return " ".join(str(error).split())[:300]
