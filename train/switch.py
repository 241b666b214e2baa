"""Switch routing and experts: which expert takes which token, and the way there and back.

Routing is worked out on the whole batch, so that no mesh changes who is dropped; only the transport
of the
tokens that stay is cut up, with `shard_map` and two `all_to_all` over the expert axis.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.sharding import Mesh
from jax.sharding import PartitionSpec as P

from train.settings import RoutingSettings

Array = Any
BATCH_AXES = ("data", "expert")


@dataclass(frozen=True)
class Room:
    """How many tokens an expert takes, from which group of tokens.

    Attributes:
        group: tokens of one group; groups are consecutive in batch x length.
        capacity: most tokens of a group that one expert takes.
        passes: whether a token without room keeps its input (times the gate) instead of 0.
    """

    group: int
    capacity: int
    passes: bool


class Routing(NamedTuple):
    """Where tokens go.

    Attributes:
        expert: int32 [tokens], the best expert.
        gate: float [tokens], its probability.
        keep: bool [tokens], whether it had room.
    """

    expert: Array
    gate: Array
    keep: Array


def room_for(
    routing: RoutingSettings, experts: int, batch: int, length: int, *, training: bool
) -> Room:
    """Groups and capacity for a batch.

    Args:
        routing: the rule and its figures.
        experts: experts of the layer.
        batch: sequences worked through together.
        length: tokens of a sequence.
        training: which capacity factor counts.

    Raises:
        ValueError: more experts than tokens.

    Source: mesh_tensorflow/transformer/moe.py for the mesh rule (there the groups also hang on the
        mesh).
    """
    tokens = batch * length
    if experts > tokens:
        raise ValueError(
            f"{experts} experts for {tokens} tokens a step: raise batch_size or context, or "
            "lower experts"
        )
    passes = routing.over_capacity == "pass"
    if routing.rule == "port":
        return Room(length, min(routing.expert_capacity, length), passes)
    groups = max(1, tokens // routing.group_tokens)
    while tokens % groups:
        groups += 1
    group = tokens // groups
    factor = routing.capacity_factor_train if training else routing.capacity_factor_eval
    return Room(group, max(4, min(group, int(group * factor / experts))), passes)


def roomy(tokens: int) -> Room:
    """Room for every token: nothing is dropped, so that a token's result hangs on itself alone."""
    return Room(tokens, tokens, False)


def route(logits: Array, room: Room, valid: Array | None = None) -> Routing:
    """Send each token to its best expert, first come first served, until experts are full.

    Args:
        logits: router scores, float [tokens, experts].
        room: groups and capacity; `room.group` divides tokens.
        valid: bool [tokens]; others take no room and are not kept. None: all are valid.

    Source: Fedus et al., Switch Transformers, arXiv:2101.03961, section 2.2.
    """
    probabilities = jax.nn.softmax(logits, axis=-1)
    expert = jnp.argmax(logits, axis=-1).astype(jnp.int32)
    gate = jnp.max(probabilities, axis=-1)
    if room.capacity >= room.group:
        keep = jnp.ones(expert.shape, bool)
    else:
        chosen = jax.nn.one_hot(expert, logits.shape[-1], dtype=jnp.int32)
        if valid is not None:
            chosen = chosen * valid[:, None]
        grouped = chosen.reshape(-1, room.group, logits.shape[-1])
        place = (jnp.cumsum(grouped, axis=1) * grouped).sum(-1).reshape(-1)
        keep = place <= room.capacity
    return Routing(expert, gate, keep if valid is None else keep & valid)


def balance_loss(logits: Array, expert: Array, group: int, valid: Array | None = None) -> Array:
    """Load-balancing loss of a layer, before drops.

    experts^2 x mean over groups and experts of (share of tokens x mean probability): 1 where all
    experts are used alike.
    """
    count = logits.shape[-1]
    probabilities = jax.nn.softmax(logits, axis=-1).reshape(-1, group, count)
    chosen = jax.nn.one_hot(expert, count, dtype=logits.dtype).reshape(-1, group, count)
    if valid is None:
        share, mean = chosen.mean(1), probabilities.mean(1)
    else:
        weight = valid.reshape(-1, group, 1).astype(logits.dtype)
        total = jnp.maximum(weight.sum(1), 1)
        share, mean = (chosen * weight).sum(1) / total, (probabilities * weight).sum(1) / total
    return count**2 * jnp.mean(share * mean)


def run_experts(
    x: Array, experts: dict[str, Array], routing: Routing, room: Room, mesh: Mesh | None
) -> Array:
    """Each kept token through its expert; others give 0, or themselves where `room.passes`.

    Args:
        x: [tokens, d_model].
        experts: wi [experts, d_model, d_ff], wo [experts, d_ff, d_model], in x's type.
        routing: where tokens go.
        room: groups and capacity.
        mesh: devices with axes data, expert, model; None for one device.

    Returns:
        [tokens, d_model], not yet times the gate.
    """
    wi, wo = experts["wi"], experts["wo"]
    if mesh is None:
        slots = _slots(x.shape[0], room)
        y = _transport(x, wi, wo, routing.expert, routing.keep, slots=slots, mesh_axes=None)
    else:
        devices = mesh.shape["data"] * mesh.shape["expert"]
        slots = _slots(x.shape[0] // devices, room)
        y = jax.shard_map(
            partial(_transport, slots=slots, mesh_axes=(mesh.shape["expert"], mesh.shape["model"])),
            mesh=mesh,
            in_specs=(
                P(BATCH_AXES, None),
                P("expert", None, "model"),
                P("expert", "model", None),
                P(BATCH_AXES),
                P(BATCH_AXES),
            ),
            out_specs=P(BATCH_AXES, None),
        )(x, wi, wo, routing.expert, routing.keep)
    return jnp.where(routing.keep[:, None], y, x) if room.passes else y


def _slots(tokens: int, room: Room) -> int:
    """Most tokens that `tokens` consecutive tokens can send to one expert."""
    if tokens % room.group == 0:
        touched = tokens // room.group
    elif room.group % tokens == 0:
        touched = 1
    else:
        touched = (tokens - 2) // room.group + 2
    return min(tokens, touched * room.capacity)


def _transport(
    x: Array,
    wi: Array,
    wo: Array,
    expert: Array,
    keep: Array,
    *,
    slots: int,
    mesh_axes: tuple[int, int] | None,
) -> Array:
    """Experts on this device's tokens: into slots, to the experts' devices, through them, back.

    On the wire a device holds [experts, slots, d_model]: `all_to_all` cuts the experts and joins
    the slots.
    """
    tokens, width = x.shape
    count = wi.shape[0] * (mesh_axes[0] if mesh_axes else 1)
    chosen = jax.nn.one_hot(jnp.where(keep, expert, count), count, dtype=jnp.int32)
    place = (jnp.cumsum(chosen, axis=0) * chosen).sum(-1) - 1
    slot = jnp.where(keep, expert * slots + place, count * slots)
    origin = jnp.full(count * slots + 1, tokens, jnp.int32)
    origin = origin.at[slot].set(jnp.arange(tokens, dtype=jnp.int32), mode="drop")[:-1]
    buffer = _gather(x, origin, slot).reshape(count, slots, width)
    if mesh_axes:
        buffer = jax.lax.all_to_all(buffer, "expert", split_axis=0, concat_axis=1, tiled=True)
    inner = jax.nn.relu(jnp.einsum("esd,edf->esf", buffer, wi))
    out = jnp.einsum("esf,efd->esd", inner, wo)
    if mesh_axes:
        out = jax.lax.psum(out, "model")
        out = jax.lax.all_to_all(out, "expert", split_axis=1, concat_axis=0, tiled=True)
    return _gather(out.reshape(count * slots, width), slot, origin)


@jax.custom_vjp  # type: ignore[untyped-decorator]
def _gather(rows: Array, index: Array, back: Array) -> Array:
    """rows[index], 0 where the index is one past the end; `back` is the inverse index.

    Since each row is wanted at most once, the gradient is a gather too: XLA would make it a
    scatter-add,
    which is serial on CPUs.
    """
    return jnp.take(rows, index, axis=0, mode="fill", fill_value=0)


def _gather_forward(rows: Array, index: Array, back: Array) -> tuple[Array, Array]:
    return _gather(rows, index, back), back


def _gather_backward(back: Array, gradient: Array) -> tuple[Array, Any, Any]:
    rows = jnp.take(gradient, back, axis=0, mode="fill", fill_value=0)
    return rows, None, None


_gather.defvjp(_gather_forward, _gather_backward)


def expert_load(routing: Routing, experts: int) -> Array:
    """Share of tokens whose best expert is each, float32 [experts], before drops."""
    return jax.nn.one_hot(routing.expert, experts, dtype=jnp.float32).mean(0)


def run_experts_dropless(
    x: Array, experts: Mapping[str, Array | tuple[Array, ...]], expert: Array
) -> Array:
    """Each token through its expert with room for all, on one device.

    For using a model, not for training it. A few tokens go one by one. Many are sorted by expert
    into blocks of one expert each: at most one part-filled block an expert, where slots would need
    experts x tokens.

    Args:
        x: [tokens, d_model].
        experts: wi [experts, d_model, d_ff], wo [experts, d_ff, d_model], in x's type; or of each
            a tuple of the experts' own matrices, from `split_experts`.
        expert: int32 [tokens].
    """
    tokens, count = x.shape[0], len(experts["wi"])
    if tokens <= count:
        pairs = (x[:, None], expert)
        return jax.lax.map(lambda pair: _one_block(pair[0], experts, pair[1]), pairs)[:, 0]
    size = min(_BLOCK, 1 << (2 * tokens // count - 1).bit_length())
    chosen = jax.nn.one_hot(expert, count, dtype=jnp.int32)
    place = (jnp.cumsum(chosen, axis=0) * chosen).sum(-1) - 1
    blocks_of = -(-chosen.sum(0) // size)
    ends = jnp.cumsum(blocks_of)
    slot = (ends - blocks_of)[expert] * size + place
    blocks = tokens // size + count
    owner = jnp.minimum(jnp.searchsorted(ends, jnp.arange(blocks), side="right"), count - 1)
    origin = jnp.full(blocks * size, tokens, jnp.int32).at[slot].set(jnp.arange(tokens))
    rows = _gather(x, origin, slot).reshape(blocks, size, -1)

    def work(number: Array, out: Array) -> Array:
        return out.at[number].set(_one_block(rows[number], experts, owner[number]))

    out = jax.lax.fori_loop(0, ends[-1], work, jnp.zeros_like(rows))
    return _gather(out.reshape(blocks * size, -1), slot, origin)


_BLOCK = 32


def _one_block(
    rows: Array, experts: Mapping[str, Array | tuple[Array, ...]], number: Array
) -> Array:
    def through(wi: Array, wo: Array) -> Array:
        return jax.nn.relu(rows @ wi) @ wo

    wi, wo = experts["wi"], experts["wo"]
    if isinstance(wi, tuple):
        pairs = zip(wi, wo, strict=True)
        return jax.lax.switch(number, [partial(through, *pair) for pair in pairs])
    take = partial(jax.lax.dynamic_index_in_dim, index=number, keepdims=False)
    return through(take(wi), take(wo))


def split_experts(params: Mapping[str, Any]) -> Mapping[str, Any]:
    """Parameters in which every expert's matrices are arrays of their own; on CPUs only.

    XLA reads whole arrays in place there, but copies what it slices out of one, which takes longer
    than a token's way through it. The arrays share the memory of the given ones.
    """
    if jax.default_backend() != "cpu":
        return params

    def split(value: Array) -> tuple[Array, ...]:
        return tuple(jax.device_put(matrix, may_alias=True) for matrix in np.asarray(value))

    blocks = dict(params["blocks"])
    for name, block in blocks.items():
        if "experts" in block:
            matrices = {which: split(value) for which, value in block["experts"].items()}
            blocks[name] = {**block, "experts": matrices}
    return {**params, "blocks": blocks}
