"""How parameters move: schedules, clipping, Adam as the original has it, Adafactor, Muon."""

import math
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from flax.traverse_util import flatten_dict, unflatten_dict
from optax.contrib import MuonDimensionNumbers, scale_by_muon

from train.settings import OptimizerSettings
from train.shapes import Parameter


def schedule(settings: OptimizerSettings, steps: int) -> optax.Schedule:
    """Learning rate by step, counted from 0: linear warm-up, then the settings' schedule.

    Args:
        settings: peak, warm-up and shape.
        steps: steps of the whole training (a cosine ends there).
    """
    peak, warm = settings.learning_rate, settings.warmup_steps

    def rate(count: Any) -> Any:
        step = jnp.asarray(count, jnp.float32) + 1
        rising = step / max(warm, 1)
        if settings.schedule == "inverse_sqrt":
            later = jnp.sqrt(max(warm, 1) / jnp.maximum(step, 1))
        elif settings.schedule == "cosine":
            along = jnp.clip((step - warm) / max(steps - warm, 1), 0, 1)
            half = 0.5 * (1 + jnp.cos(jnp.pi * along))
            later = settings.final_share + (1 - settings.final_share) * half
        else:
            later = jnp.ones_like(step)
        return peak * jnp.where(step < warm, rising, later)

    return rate


class Moments(NamedTuple):
    """Adam's state: step count and the two moments, trees like the parameters."""

    count: Any
    first: Any
    second: Any


def adam(beta1: float, beta2: float, epsilon: float, bias_correction: bool) -> Any:
    """Adam's direction, with or without correction of the moments' start at zero.

    The Mesh-TensorFlow original has none; `optax.scale_by_adam` always corrects.

    Source: Kingma and Ba, arXiv:1412.6980.
    """

    def start(params: Any) -> Moments:
        zeros = jax.tree.map(jnp.zeros_like, params)
        return Moments(jnp.zeros((), jnp.int32), zeros, jax.tree.map(jnp.zeros_like, params))

    def update(gradients: Any, state: Moments, params: Any = None) -> tuple[Any, Moments]:
        count = state.count + 1
        first = jax.tree.map(lambda g, m: beta1 * m + (1 - beta1) * g, gradients, state.first)
        second = jax.tree.map(
            lambda g, v: beta2 * v + (1 - beta2) * jnp.square(g), gradients, state.second
        )
        scale1, scale2 = 1.0, 1.0
        if bias_correction:
            scale1, scale2 = 1 / (1 - beta1**count), 1 / (1 - beta2**count)
        step = jax.tree.map(
            lambda m, v: (m * scale1 / (jnp.sqrt(v * scale2) + epsilon)).astype(m.dtype),
            first,
            second,
        )
        return step, Moments(count, first, second)

    return optax.GradientTransformation(start, update)


def muon(plans: dict[str, MuonDimensionNumbers], scale: float) -> Any:
    """Muon's direction for matrices: their momentum with all singular values near 1.

    Args:
        plans: by path, which axes of a parameter are rows and columns; the others count matrices.
        scale: root mean square of the direction, the same for matrices of any shape.

    Source: Jordan et al., Muon, 2024 (https://kellerjordan.github.io/posts/muon); Liu et al., Muon
        is scalable for LLM training, arXiv:2502.16982, section 2.2, for the scale.
    """

    def of(tree: dict[str, Any], make: Any) -> dict[str, Any]:
        return {
            path: leaf if isinstance(leaf, optax.MaskedNode) else make(path, leaf)
            for path, leaf in tree.items()
        }

    def scaled(path: str, update: Any) -> Any:
        rows, columns = (
            math.prod(update.shape[axis] for axis in axes)
            for axes in (plans[path].reduction_axis, plans[path].output_axis)
        )
        return scale * math.sqrt(max(rows, columns)) * update

    return optax.chain(
        scale_by_muon(weight_dimension_numbers=lambda tree: of(tree, lambda path, _: plans[path])),
        optax.stateless(lambda updates, _: of(updates, scaled)),
    )


def matrix_axes(path: str) -> MuonDimensionNumbers | None:
    """Rows and columns of a layer's matrix; None for what is no matrix between hidden states."""
    name = path.rsplit("/", 1)[-1]
    if path == "last/kernel":
        return MuonDimensionNumbers((0,), (1,))
    if not path.startswith("blocks/"):
        return None
    if "/experts/" in path:
        return MuonDimensionNumbers((1,), (2,))
    return {
        "qkv": MuonDimensionNumbers((0,), (2, 3)),
        "out": MuonDimensionNumbers((0, 1), (2,)),
        "wi": MuonDimensionNumbers((0,), (1,)),
        "wo": MuonDimensionNumbers((0,), (1,)),
        "softmlp": MuonDimensionNumbers((0,), (1,)),
    }.get(name)


def make_optimizer(
    settings: OptimizerSettings,
    steps: int,
    table: dict[str, Parameter],
) -> Any:
    """The whole update: clip, direction, decay, learning rate.

    Args:
        settings: which, and its figures.
        steps: steps of the whole training.
        table: the parameters that are trained, by path.
    """
    rate = schedule(settings, steps)
    parts = [optax.clip_by_global_norm(settings.clip_norm)] if settings.clip_norm else []
    moments = adam(settings.beta1, settings.beta2, settings.epsilon, settings.bias_correction)
    if settings.name == "adam":
        parts.append(moments)
    elif settings.name == "muon":
        plans = {path: plan for path in table if (plan := matrix_axes(path)) is not None}
        labels = {path: "muon" if path in plans else "adam" for path in table}
        parts.append(
            optax.partition({"muon": muon(plans, settings.muon_scale), "adam": moments}, labels)
        )
    else:
        parts += [optax.scale_by_factored_rms(), optax.clip_by_block_rms(1.0)]
    if settings.weight_decay:
        matrices = {path: len(parameter.shape) > 1 for path, parameter in table.items()}
        parts.append(optax.add_decayed_weights(settings.weight_decay, mask=matrices))
    parts.append(optax.scale_by_learning_rate(rate))
    return optax.chain(*parts)


def nest(flat: dict[str, Any]) -> dict[str, Any]:
    """A tree from `a/b/c` paths."""
    return dict(unflatten_dict({tuple(path.split("/")): value for path, value in flat.items()}))


def flat(tree: Any) -> dict[str, Any]:
    """`a/b/c` paths from a tree of dictionaries."""
    return {"/".join(path): value for path, value in flatten_dict(tree).items()}
