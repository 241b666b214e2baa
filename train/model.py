"""The model from embeddings to output: spout, attention, Switch or dense layers. And GPT-2.

Plain functions over a tree of arrays whose names and shapes are in `train.shapes`. The formulae
stand in
docs/training.md; `tests/train/numpy_model.py` says the same in float64 NumPy.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from flax.traverse_util import unflatten_dict
from jax.ad_checkpoint import checkpoint_name
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from train.attention import attend
from train.settings import ModelSettings
from train.shapes import SPOUT_LAYERS, parameter_table
from train.switch import (
    BATCH_AXES,
    Room,
    Routing,
    balance_loss,
    expert_load,
    route,
    run_experts,
    run_experts_dropless,
)

Array = Any
Params = Mapping[str, Any]


@dataclass(frozen=True)
class Pass:
    """How to run the model; nothing here is an array, so a compiled step is one for each value.

    Attributes:
        room: capacity of the experts; None drops nothing.
        dtype: type of activations: bfloat16, float32 or float64. The router never has less than
            float32.
        jitter: router inputs are multiplied by uniform 1 +- this; needs `noise_key`.
        dropout: share of numbers set to 0 in embeddings and sub-layer outputs; needs `noise_key`.
        checkpointing: keep only block inputs for the backward pass.
        mesh: devices with axes data, expert, model; None for one device.
        trace: collect what each block makes.
    """

    room: Room | None = None
    dtype: str = "float32"
    jitter: float = 0.0
    dropout: float = 0.0
    checkpointing: bool = False
    mesh: Mesh | None = None
    trace: bool = False


class Cache(struct.PyTreeNode):  # type: ignore[misc]
    """Keys and values of the tokens so far.

    Attributes:
        keys: for each block [batch, heads, places, head_size]; with a spout, place 0 is its own.
        values: the same.
        length: int32, places filled.
        past: 1 once a spout's keys stand in place 0, else 0.
    """

    keys: tuple[Array, ...]
    values: tuple[Array, ...]
    length: Array
    past: int = struct.field(pytree_node=False, default=0)


class Output(struct.PyTreeNode):  # type: ignore[misc]
    """What a forward pass gives.

    Attributes:
        hidden: [batch, tokens, d_model], what the logits are made from.
        balance: float32, sum of the layers' load-balancing losses.
        router_z: float32, mean over layers of the mean squared log-sum-exp of router scores.
        dropped: float32, share of routed tokens that found no room.
        load: float32 [switch layers, experts], share of tokens by expert.
        cache: keys and values, where one was given.
        trace: by name, what blocks made, where asked.
    """

    hidden: Array
    balance: Array
    router_z: Array
    dropped: Array
    load: Array
    cache: Cache | None
    trace: dict[str, Array]


def init_params(settings: ModelSettings, seed: int, dtype: Any = jnp.float32) -> dict[str, Any]:
    """Parameters at the start; a parameter's numbers hang on the seed and its name only.

    Args:
        settings: the model, with its vocabulary size.
        seed: any number.
        dtype: type of all parameters.
    """
    flat = {}
    for number, (path, parameter) in enumerate(parameter_table(settings).items()):
        if parameter.start == "normal":
            key = jax.random.fold_in(jax.random.key(seed), number)
            value = parameter.value * jax.random.normal(key, parameter.shape, dtype)
        elif parameter.start == "orthogonal":
            key = jax.random.fold_in(jax.random.key(seed), number)
            value = parameter.value * jax.random.orthogonal(key, parameter.shape[0], dtype=dtype)
        elif parameter.start == "sinusoid":
            places, width = parameter.shape
            value = parameter.value * math.sqrt(2) * _waves(places, width, dtype)
        else:
            value = jnp.full(parameter.shape, parameter.value, dtype)
        flat[tuple(path.split("/"))] = value
    return dict(unflatten_dict(flat))


def _waves(places: int, width: int, dtype: Any) -> Array:
    """Sines, then cosines, of each place: [places, width].

    Source: Vaswani et al., Attention is all you need, arXiv:1706.03762, section 3.5.
    """
    half = (width + 1) // 2
    angles = np.arange(places)[:, None] * 10_000.0 ** (-np.arange(half) / half)
    return jnp.asarray(np.concatenate([np.sin(angles), np.cos(angles)], axis=1)[:, :width], dtype)


def empty_cache(settings: ModelSettings, batch: int, tokens: int, dtype: Any) -> Cache:
    """A cache with room for `tokens` tokens of each of `batch` sequences, and the spout's place."""
    places = tokens + (1 if settings.d_spout else 0)
    shape = (batch, settings.heads, places, settings.head_size)
    keys = tuple(jnp.zeros(shape, dtype) for _ in range(settings.blocks))
    return Cache(keys, tuple(jnp.zeros_like(key) for key in keys), jnp.zeros((), jnp.int32))


def forward(
    params: Params,
    settings: ModelSettings,
    how: Pass,
    tokens: Array,
    prefix: Array,
    spout: Array | None = None,
    *,
    cache: Cache | None = None,
    noise_key: Array | None = None,
    valid: Array | None = None,
) -> Output:
    """Hidden states for a batch; `logits` turns them into scores.

    Args:
        params: the model's parameters.
        settings: its shape.
        how: capacity, types, mesh.
        tokens: int32 [batch, length] ids.
        prefix: int32 [batch], how many tokens from the first see each other both ways.
        spout: [batch, d_spout], or None (a model with a spout runs without one too).
        cache: what came before; a spout that is in it need not be given again.
        noise_key: random key for `how.jitter` and `how.dropout`; without one there is neither.
        valid: bool [batch, length], tokens that take part in routing; None: all.
    """
    x = params["tokens"][tokens].astype(how.dtype)
    length = tokens.shape[1]
    past = 1 if spout is not None else 0 if cache is None else cache.past
    start = jnp.zeros((), jnp.int32) if cache is None else jnp.maximum(cache.length - past, 0)
    place = jnp.clip(start + jnp.arange(length) + past, past, settings.positions - 1)
    x = x + params["positions"][place].astype(how.dtype)
    x = _cut_batch(_drop(x, how, noise_key, settings.blocks), how)
    pasts = None if spout is None else _spout(params["spout"], settings, spout.astype(how.dtype))
    keys = past + length if cache is None else cache.keys[0].shape[2]
    allowed = visible(settings, start + jnp.arange(length), keys, prefix, past)

    sums: list[tuple[Array, Array, Array, Array]] = []
    stored: list[tuple[Array, Array]] = []
    trace: dict[str, Array] = {"embedded": x} if how.trace else {}
    for number in range(settings.blocks):
        if number == settings.layers and settings.ext_layers:
            x = x + params["ext_positions"][place].astype(how.dtype)
            if how.trace:
                trace["extended"] = x
        run = _gpt2_block if settings.kind == "gpt2" else _block
        if how.checkpointing:
            run = jax.checkpoint(run, static_argnums=(1, 2))
        key = None if noise_key is None else jax.random.fold_in(noise_key, number)
        before = None if cache is None else (cache.keys[number], cache.values[number], cache.length)
        own = None if pasts is None else pasts[:, number]
        x, made = run(
            params["blocks"][str(number)], settings, how, x, allowed, own, before, key, valid
        )
        x = _cut_batch(x, how)
        if "routing" in made:
            sums.append(made.pop("routing"))
        stored.append((made["keys"], made["values"]))
        if how.trace:
            trace.update((f"block{number}_{name}", value) for name, value in made.items())
            trace[f"block{number}_out"] = x
    if cache is not None:
        cache = Cache(
            tuple(keys for keys, _ in stored),
            tuple(values for _, values in stored),
            jnp.maximum(cache.length, past) + length,
            past,
        )
    return Output(_last(params, settings, x, how), *_routing_sums(sums), cache, trace)


def visible(settings: ModelSettings, queries: Array, keys: int, prefix: Array, past: int) -> Array:
    """Which keys each query sees.

    Args:
        settings: says whether the spout's place counts inside the prefix.
        queries: int32 [length], the queries' positions in the text.
        keys: number of key places; with a spout place 0 is its own.
        prefix: int32 [batch].
        past: 1 with a spout, else 0.

    Returns:
        bool [batch, length, keys].
    """
    key = jnp.arange(keys)
    causal = key[None, :] <= queries[:, None] + past
    shift = past if settings.prefix_mask == "port" else 0
    return causal[None] | (key[None, None, :] < prefix[:, None, None] + shift)


def logits(params: Params, settings: ModelSettings, hidden: Array) -> Array:
    """Scores [..., vocab_size] over the vocabulary, tied to the token embeddings."""
    scores = jnp.einsum("vd,...d->...v", params["tokens"].astype(hidden.dtype), hidden)
    if settings.kind == "switch":
        scores = scores + params["output_bias"].astype(hidden.dtype)
    return scores


def _spout(spout: Params, settings: ModelSettings, vector: Array) -> Array:
    """A vector as keys and values of length 1: [batch, blocks, 2, heads, 1, head_size]."""
    for number in range(SPOUT_LAYERS):
        vector = jnp.tanh(vector @ spout[str(number)].astype(vector.dtype))
    out = vector @ spout["out"].astype(vector.dtype)
    shape = (settings.blocks, 2, settings.heads, 1, settings.head_size)
    return out.reshape(vector.shape[0], *shape)


def _attention(
    block: Params,
    settings: ModelSettings,
    how: Pass,
    x: Array,
    allowed: Array,
    spout: Array | None,
    before: tuple[Array, Array, Array] | None,
) -> tuple[Array, Array, Array]:
    """Attention of x over itself, the spout and what came before; with its keys and values."""
    if before is None:
        qkv = jnp.einsum("bnd,dshk->sbhnk", x, block["qkv"].astype(x.dtype))
    else:  # in the weights' own order: XLA would turn them round for every token
        qkv = jnp.einsum("bnd,dshk->bnshk", x, block["qkv"].astype(x.dtype))
        qkv = qkv.transpose(2, 0, 3, 1, 4)
    if "qkv_bias" in block:
        qkv = qkv + block["qkv_bias"].astype(x.dtype)[:, None, :, None, :]
    q, k, v = qkv[0], qkv[1], qkv[2]
    if before is None:
        if spout is not None:
            k = jnp.concatenate([spout[:, 0], k], axis=2)
            v = jnp.concatenate([spout[:, 1], v], axis=2)
    else:
        old_k, old_v, filled = before
        if spout is not None:
            old_k, old_v = old_k.at[:, :, :1].set(spout[:, 0]), old_v.at[:, :, :1].set(spout[:, 1])
            filled = jnp.maximum(filled, 1)
        k = jax.lax.dynamic_update_slice_in_dim(old_k, k, filled, axis=2)
        v = jax.lax.dynamic_update_slice_in_dim(old_v, v, filled, axis=2)
        # One update for attention and the next step: XLA would make two, and copies for them.
        k, v = jax.lax.optimization_barrier((k, v))
    least = -1e4 if settings.mask_value == "-10000" else float(np.finfo(np.float32).min)
    mixed = attend(q * settings.head_size**-0.5, k, v, allowed, least)
    out = jnp.einsum("bhnk,hkd->bnd", mixed, block["out"].astype(x.dtype))
    if "out_bias" in block:
        out = out + block["out_bias"].astype(x.dtype)
    return out, k, v


def _norm(norm: Params, x: Array, epsilon: float) -> Array:
    """Layer norm, worked out in float32 at least."""
    wide = x.astype(jnp.promote_types(x.dtype, jnp.float32))
    mean = wide.mean(-1, keepdims=True)
    centred = wide - mean
    variance = jnp.square(centred).mean(-1, keepdims=True)
    scaled = centred * jax.lax.rsqrt(variance + epsilon)
    return (scaled * norm["scale"] + norm["bias"]).astype(x.dtype)


def _block(
    block: Params,
    settings: ModelSettings,
    how: Pass,
    x: Array,
    allowed: Array,
    spout: Array | None,
    before: tuple[Array, Array, Array] | None,
    key: Array | None,
    valid: Array | None,
) -> tuple[Array, dict[str, Any]]:
    """A Switch or dense layer; norms stand on the sub-layers' outputs."""
    mixed, k, v = _attention(block["attention"], settings, how, x, allowed, spout, before)
    x = x + _drop(_norm(block["attention_norm"], mixed, settings.norm_epsilon), how, key, 1)
    x = checkpoint_name(x, "after_attention")
    made: dict[str, Any] = {"keys": k, "values": v}
    if how.trace:
        made["after_attn"] = x
    if "dense" in block:
        dense = {name: value.astype(x.dtype) for name, value in block["dense"].items()}
        y = jax.nn.silu(x @ dense["wi"] + dense["wi_bias"]) @ dense["wo"] + dense["wo_bias"]
    else:
        y = _switch(block, settings, how, x, key, valid, made)
    return x + _drop(_norm(block["norm"], y, settings.norm_epsilon), how, key, 2), made


def _drop(x: Array, how: Pass, key: Array | None, number: int) -> Array:
    """Zeros for a share of the numbers, the others scaled up to keep the mean."""
    if not how.dropout or key is None:
        return x
    kept = jax.random.bernoulli(jax.random.fold_in(key, number), 1 - how.dropout, x.shape)
    return jnp.where(kept, x / (1 - how.dropout), 0).astype(x.dtype)


def _switch(
    block: Params,
    settings: ModelSettings,
    how: Pass,
    x: Array,
    key: Array | None,
    valid: Array | None,
    made: dict[str, Any],
) -> Array:
    """The experts, times their gates, and the tanh skip beside them."""
    batch, length, width = x.shape
    flat = x.reshape(batch * length, width)
    precise = jnp.promote_types(x.dtype, jnp.float32)
    seen = flat.astype(precise)
    if how.jitter and key is not None:
        noise = jax.random.uniform(key, seen.shape, precise, 1 - how.jitter, 1 + how.jitter)
        seen = seen * noise
    scores = seen @ block["router"].astype(precise)
    room = how.room or Room(batch * length, batch * length, False)
    counts = None if valid is None else valid.reshape(-1)
    routing = route(scores, room, counts)
    matrices = jax.tree.map(lambda value: value.astype(x.dtype), block["experts"])
    if how.room is None and how.mesh is None:
        y = run_experts_dropless(flat, matrices, routing.expert)
    else:
        y = run_experts(flat, matrices, routing, room, how.mesh)
    y = y * routing.gate.astype(x.dtype)[:, None]
    if settings.softmlp:
        y = y + jnp.tanh(flat @ block["softmlp"].astype(x.dtype))
    made["routing"] = _routing_facts(scores, routing, room, counts)
    if how.trace:
        shape = (batch, length)
        made["router_logits"] = scores.reshape(*shape, -1)
        made["router_prob"] = routing.gate.reshape(*shape, 1)
        made["expert"] = routing.expert.reshape(shape)
        made["kept"] = routing.keep.reshape(shape)
    return y.reshape(batch, length, width)


def _gpt2_block(
    block: Params,
    settings: ModelSettings,
    how: Pass,
    x: Array,
    allowed: Array,
    spout: Array | None,
    before: tuple[Array, Array, Array] | None,
    key: Array | None,
    valid: Array | None,
) -> tuple[Array, dict[str, Any]]:
    """A GPT-2 block: norms before the sub-layers, biases everywhere, gelu in its tanh form."""
    normed = _norm(block["attention_norm"], x, settings.norm_epsilon)
    mixed, k, v = _attention(block["attention"], settings, how, normed, allowed, spout, before)
    x = x + _drop(mixed, how, key, 1)
    made: dict[str, Any] = {"keys": k, "values": v}
    if how.trace:
        made["after_attn"] = x
    mlp = {name: value.astype(x.dtype) for name, value in block["mlp"].items()}
    inner = _norm(block["norm"], x, settings.norm_epsilon) @ mlp["wi"] + mlp["wi_bias"]
    y = jax.nn.gelu(inner, approximate=True) @ mlp["wo"] + mlp["wo_bias"]
    return x + _drop(y, how, key, 2), made


def _last(params: Params, settings: ModelSettings, x: Array, how: Pass) -> Array:
    if settings.kind == "gpt2":
        return _norm(params["last_norm"], x, settings.norm_epsilon)
    last = params["last"]
    return jax.nn.silu(x @ last["kernel"].astype(x.dtype) + last["bias"].astype(x.dtype))


def _routing_facts(
    scores: Array, routing: Routing, room: Room, valid: Array | None
) -> tuple[Array, Array, Array, Array]:
    """A layer's balance loss, router z loss, dropped share and load by expert."""
    balance = balance_loss(scores, routing.expert, room.group, valid)
    squares = jnp.square(jax.nn.logsumexp(scores, axis=-1))
    lost = 1.0 - routing.keep.astype(scores.dtype)
    if valid is None:
        z, dropped = squares.mean(), lost.mean()
    else:
        total = jnp.maximum(valid.sum(), 1)
        z, dropped = (squares * valid).sum() / total, (lost * valid).sum() / total
    return balance, z, dropped, expert_load(routing, scores.shape[-1])


def _routing_sums(
    facts: list[tuple[Array, Array, Array, Array]],
) -> tuple[Array, Array, Array, Array]:
    if not facts:
        zero = jnp.zeros(())
        return zero, zero, zero, jnp.zeros((0, 0))
    balance, z, dropped, load = zip(*facts, strict=True)
    count = len(facts)
    return sum(balance), sum(z) / count, sum(dropped) / count, jnp.stack(load)


def _cut_batch(x: Array, how: Pass) -> Array:
    """Keep a batch cut over data and expert devices."""
    if how.mesh is None:
        return x
    sharding = NamedSharding(how.mesh, P(BATCH_AXES, *([None] * (x.ndim - 1))))
    return jax.lax.with_sharding_constraint(x, sharding)
