"""Filling masks in a text, and what every layer says at a position."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from train.errors import TrainError
from train.model import Pass, forward, logits
from train.prompts import MASK, Prompts
from train.settings import ModelSettings


def fill(
    params: dict[str, Any],
    settings: ModelSettings,
    prompts: Prompts,
    text: str,
    *,
    position: int | None = None,
    mlm_target: str = "shifted",
    spout: np.ndarray | None = None,
) -> dict[str, Any]:
    """Put the best token at each `[MASK]`.

    Args:
        params: the model's parameters.
        settings: its shape.
        prompts: its vocabulary.
        text: with `[MASK]` where a token is missing.
        position: place in the input (0 is SOT, 1 the text's first token) whose vector is wanted; by
            default
            the place that answers for the first mask, or the last token's.
        mlm_target: where a mask's target stands: one place before it, or on it.
        spout: float32 [d_spout], or None.

    Returns:
        `output_text`; `output_tokens`, the text's tokens as strings; `output_scores`, the
        probability that the model
        gives each of them at its place, masked or not; `output_vector`, the outputs of all layers
        at the position,
        one after another (layers x d_model numbers); beside them `filled`, the place, token and
        probability of each
        mask, and `position`.

    Raises:
        TrainError: the text is too long, or the position is outside of it.
    """
    ids = prompts.encode_masked(text)
    vocabulary = prompts.vocabulary
    if len(ids) + 2 > settings.positions:
        raise TrainError(
            f"the text has {len(ids)} tokens, the model {settings.positions} positions: shorten it"
        )
    if not len(ids):
        raise TrainError(f"--context is empty: give a text with {MASK} in it")
    x = np.concatenate([[vocabulary.start], ids, [vocabulary.segmenter]]).astype(np.int32)
    masks = np.flatnonzero(x == vocabulary.mask)
    back = 1 if mlm_target == "shifted" else 0
    if position is None:
        position = int(masks[0]) - back if len(masks) else len(ids)
    if not 0 <= position < len(x):
        raise TrainError(f"--position {position}: the input has places 0 to {len(x) - 1}")
    how = Pass(room=None, trace=True)
    vectors = None if spout is None else jnp.asarray(spout, jnp.float32)[None]
    run = jax.jit(lambda p, t, n, s: forward(p, settings, how, t, n, s))
    out = run(params, x[None], jnp.array([1 + len(ids)], jnp.int32), vectors)
    scores = np.array(logits(params, settings, out.hidden[0]), np.float64)
    scores[:, prompts.unwritten] = -np.inf
    scores -= scores.max(-1, keepdims=True)
    shares = np.exp(scores)
    shares /= shares.sum(-1, keepdims=True)
    filled = []
    for place in masks:
        best = int(shares[place - back].argmax())
        x[place] = best
        filled.append(
            {
                "position": int(place),
                "token": vocabulary.spellings[best][0],
                "score": float(shares[place - back, best]),
            }
        )
    text_places = np.arange(1, 1 + len(ids))
    vector = [out.trace[f"block{number}_out"][0, position] for number in range(settings.blocks)]
    return {
        "output_text": prompts.decode(x[text_places]),
        "output_tokens": [vocabulary.spellings[int(x[place])][0] for place in text_places],
        "output_scores": [float(shares[place - back, x[place]]) for place in text_places],
        "output_vector": np.concatenate([np.asarray(part) for part in vector])
        .astype(float)
        .tolist(),
        "filled": filled,
        "position": position,
    }
