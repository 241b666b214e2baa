"""Every parameter of a model: name, shape, what it belongs to, how it starts, how a mesh cuts it.

One table serves the start, the count (`kinari params`), the mesh and the exchange formats. Making
it
allocates nothing and imports no JAX.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from train.settings import ModelSettings

Start = Literal["normal", "constant", "sinusoid", "orthogonal"]
SPOUT_LAYERS = 8


@dataclass(frozen=True)
class Parameter:
    """One array of the model.

    Attributes:
        shape: its dimensions.
        part: the row of the parameter table that it is counted in.
        axes: mesh axis that cuts each dimension, or None.
        start: normal around 0, all the same, waves along the rows, or an orthogonal matrix.
        value: standard deviation, the value, the waves' root mean square, or the factor, at the
            start.
    """

    shape: tuple[int, ...]
    part: str
    axes: tuple[str | None, ...]
    start: Start
    value: float = 0.0

    @property
    def size(self) -> int:
        """Number of scalars."""
        return math.prod(self.shape)


def parameter_table(settings: ModelSettings) -> dict[str, Parameter]:
    """All parameters of a model by path (`blocks/0/attention/qkv`), in the model's order.

    Raises:
        ValueError: the vocabulary size is not set.
    """
    if settings.vocab_size < 1:
        raise ValueError("model.vocab_size is 0: set it, or let the run's vocabulary set it")
    table = dict(_embeddings(settings))
    for number in range(settings.blocks):
        if settings.kind == "gpt2":
            block = _gpt2_block(settings)
        else:
            block = _block(settings, dense=number >= settings.layers)
        table.update((f"blocks/{number}/{name}", value) for name, value in block)
    table.update(_output(settings))
    return table


def count_parameters(settings: ModelSettings) -> int:
    """Number of scalars in the model's parameters."""
    return sum(parameter.size for parameter in parameter_table(settings).values())


def count_by_part(settings: ModelSettings) -> dict[str, int]:
    """Number of scalars by part of the model, in the order of the forward pass."""
    parts: dict[str, int] = {}
    for parameter in parameter_table(settings).values():
        parts[parameter.part] = parts.get(parameter.part, 0) + parameter.size
    return parts


def count_active(settings: ModelSettings) -> int:
    """Scalars that one token meets, without the embedding tables.

    One expert a layer, the rest whole. The tied output matrix is left out, as in the
    6 x parameters x tokens estimate of the work.
    """
    total = 0
    for parameter in parameter_table(settings).values():
        if parameter.part in ("token embeddings", "position embeddings"):
            continue
        total += parameter.size // (settings.experts if parameter.part == "experts" else 1)
    return total


Named = Iterator[tuple[str, Parameter]]


def _matrix(settings: ModelSettings, part: str, *dims: tuple[int, str | None]) -> Parameter:
    return Parameter(
        tuple(size for size, _ in dims),
        part,
        tuple(axis for _, axis in dims),
        "normal",
        settings.initial_std,
    )


def _bias(part: str, size: int, axis: str | None = None) -> Parameter:
    return Parameter((size,), part, (axis,), "constant")


def _norm(name: str, part: str, width: int, scale: float = 1.0) -> Named:
    yield f"{name}/scale", Parameter((width,), part, (None,), "constant", scale)
    yield f"{name}/bias", _bias(part, width)


def _embeddings(s: ModelSettings) -> Named:
    yield "tokens", _matrix(s, "token embeddings", (s.vocab_size, None), (s.d_model, None))
    places = _matrix(s, "position embeddings", (s.positions, None), (s.d_model, None))
    yield "positions", replace(places, start=s.initial_positions)
    if s.ext_layers:
        # Zeros: a fresh extension leaves what the Switch layers say as it is.
        yield (
            "ext_positions",
            Parameter((s.positions, s.d_model), "position embeddings", (None, None), "constant"),
        )
    if s.d_spout:
        width = (s.d_spout, None)
        for number in range(SPOUT_LAYERS):
            # Random ones would bring all classes to much the same vector after eight tanh.
            yield (
                f"spout/{number}",
                Parameter((s.d_spout, s.d_spout), "spout", (None, None), "orthogonal", 1.0),
            )
        yield "spout/out", _matrix(s, "spout", width, (s.blocks * 2 * s.d_model, None))


def _block(s: ModelSettings, *, dense: bool) -> Named:
    d, hidden = s.d_model, (s.d_model, None)
    heads, head = (s.heads, "model"), (s.head_size, None)
    yield "attention/qkv", _matrix(s, "attention", hidden, (3, None), heads, head)
    yield "attention/out", _matrix(s, "attention", heads, head, hidden)
    yield from _norm("attention_norm", "attention norms", d, s.initial_norm)
    if dense:
        yield "dense/wi", _matrix(s, "dense layers", hidden, (s.d_ext, "model"))
        yield "dense/wi_bias", _bias("dense layers", s.d_ext, "model")
        yield "dense/wo", _matrix(s, "dense layers", (s.d_ext, "model"), hidden)
        yield "dense/wo_bias", _bias("dense layers", d)
    else:
        experts, inner = (s.experts, "expert"), (s.d_ff, "model")
        yield "router", _matrix(s, "routers", hidden, (s.experts, None))
        yield "experts/wi", _matrix(s, "experts", experts, hidden, inner)
        yield "experts/wo", _matrix(s, "experts", experts, inner, hidden)
        if s.softmlp:
            yield "softmlp", _matrix(s, "tanh skip", hidden, hidden)
    yield from _norm("norm", "feed-forward norms", d, s.initial_norm)


def _gpt2_block(s: ModelSettings) -> Named:
    d, hidden = s.d_model, (s.d_model, None)
    heads, head, inner = (s.heads, "model"), (s.head_size, None), (s.d_ff, "model")
    yield from _norm("attention_norm", "attention norms", d)
    yield "attention/qkv", _matrix(s, "attention", hidden, (3, None), heads, head)
    yield (
        "attention/qkv_bias",
        Parameter((3, s.heads, s.head_size), "attention", (None, "model", None), "constant"),
    )
    yield "attention/out", _matrix(s, "attention", heads, head, hidden)
    yield "attention/out_bias", _bias("attention", d)
    yield from _norm("norm", "feed-forward norms", d)
    yield "mlp/wi", _matrix(s, "feed-forward", hidden, inner)
    yield "mlp/wi_bias", _bias("feed-forward", s.d_ff, "model")
    yield "mlp/wo", _matrix(s, "feed-forward", inner, hidden)
    yield "mlp/wo_bias", _bias("feed-forward", d)


def _output(s: ModelSettings) -> Named:
    if s.kind == "gpt2":
        yield from _norm("last_norm", "last norm", s.d_model)
        return
    hidden = (s.d_model, None)
    yield "last/kernel", _matrix(s, "last dense", hidden, hidden)
    yield "last/bias", _bias("last dense", s.d_model)
    yield "output_bias", _bias("output bias", s.vocab_size)
