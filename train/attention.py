"""Softmax attention whose own backward pass touches the scores as rarely as it can."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

Array = Any


@partial(jax.custom_vjp, nondiff_argnums=(4,))
def attend(q: Array, k: Array, v: Array, allowed: Array, least: float) -> Array:
    """Values mixed by the softmax of the scores q k.

    The weights stay without their norm: it is the mixed values that are divided, [queries, width]
    instead of [queries, keys] numbers, and the backward pass does the same.

    Args:
        q: [batch, heads, queries, width], scaled.
        k: [batch, heads, keys, width].
        v: the same as k.
        allowed: bool [batch, queries, keys], which keys a query sees.
        least: the score of a hidden key.

    Returns:
        [batch, heads, queries, width], in q's type; the softmax is worked out in float32 at least.

    Source: Dao et al., FlashAttention, arXiv:2205.14135, appendix B.2, for the backward pass.
    """
    return _forward(q, k, v, allowed, least)[0]


def _forward(
    q: Array, k: Array, v: Array, allowed: Array, least: float
) -> tuple[Array, tuple[Array, ...]]:
    precise = jnp.promote_types(q.dtype, jnp.float32)
    scores = jnp.einsum("bhnk,bhmk->bhnm", q, k).astype(precise)
    scores = jnp.where(allowed[:, None], scores, jnp.asarray(least, precise))
    weights = jnp.exp(scores - scores.max(-1, keepdims=True))
    share = 1 / weights.sum(-1, keepdims=True)
    weights = weights.astype(q.dtype)
    out = (jnp.einsum("bhnm,bhmk->bhnk", weights, v) * share).astype(q.dtype)
    return out, (q, k, v, weights, share, out)


def _backward(
    least: float, kept: tuple[Array, ...], gradient: Array
) -> tuple[Array, Array, Array, None]:
    q, k, v, weights, share, out = kept
    both = (gradient * out).sum(-1, keepdims=True, dtype=share.dtype) * share
    gradient = (gradient * share).astype(q.dtype)
    toward = jnp.einsum("bhnk,bhmk->bhnm", gradient, v)
    scores = (weights * (toward - both)).astype(q.dtype)
    return (
        jnp.einsum("bhnm,bhmk->bhnk", scores, k),
        jnp.einsum("bhnm,bhnk->bhmk", scores, q),
        jnp.einsum("bhnm,bhnk->bhmk", weights, gradient),
        None,
    )


attend.defvjp(_forward, _backward)
