"""How probable a model finds a text."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from encode.examples import build_example, piece_ranges
from train.model import Pass, forward, logits
from train.settings import ModelSettings

_BUCKET = 64


class Scorer:
    """Log-probabilities of texts, token by token, under one model.

    Args:
        params: the model's parameters.
        settings: its shape.
        context: places of an example the model was trained with.
    """

    def __init__(self, params: dict[str, Any], settings: ModelSettings, context: int) -> None:
        self.params, self.settings = params, settings
        self.context = context or settings.positions
        how = Pass(room=None)

        def run(params: Any, x: Any, y: Any, prefix: Any, spout: Any) -> Any:
            out = forward(params, settings, how, x, prefix, spout)
            log_p = jax.nn.log_softmax(logits(params, settings, out.hidden).astype(jnp.float32))
            return jnp.take_along_axis(log_p, jnp.maximum(y, 0)[..., None], axis=-1)[..., 0]

        self.run = jax.jit(run)

    def score_after(
        self, prefix: np.ndarray, ids: np.ndarray, spout: np.ndarray | None = None
    ) -> float:
        """Natural log-probability of ids and the end of text after a prefix seen both ways.

        Args:
            prefix: ids [m]; its end is cut where the context is too short.
            ids: ids [n].
            spout: float32 [d_spout], or None.
        """
        given = prefix[: max(0, self.context - 3 - len(ids))]
        tokens = np.concatenate([given, ids])
        return float(self.score_piece(tokens, True, spout, len(given)).sum())

    def score(self, ids: np.ndarray, spout: np.ndarray | None = None) -> np.ndarray:
        """Natural log-probability of each token and of the end of text, float64 [n + 1].

        A text longer than the context is cut into pieces, each scored from its own start.

        Args:
            ids: the text's ids [n].
            spout: float32 [d_spout], or None.
        """
        ranges = piece_ranges(len(ids), self.context) or [(0, 0)]
        return np.concatenate(
            [self.score_piece(ids[start:end], end == len(ids), spout) for start, end in ranges]
        )

    def score_piece(
        self, ids: np.ndarray, ends: bool, spout: np.ndarray | None = None, prefix: int = 0
    ) -> np.ndarray:
        """Natural log-probability of each token of a piece that fits the context, float64.

        Args:
            ids: the piece's ids [n].
            ends: whether the text ends with it; then the end of text is scored too.
            spout: float32 [d_spout], or None.
            prefix: first ids that are given, seen both ways and not scored.
        """
        places = min(self.context, -(-(len(ids) + 2 + ends) // _BUCKET) * _BUCKET)
        size = self.settings.vocab_size
        example = build_example(ids, ends, "lm", places, size, 0, prefix)
        x, y = example.x[None].astype(np.int32), example.y[None].astype(np.int32)
        vectors = None if spout is None else jnp.asarray(spout, jnp.float32)[None]
        scores = self.run(self.params, x, y, jnp.array([example.num_input], jnp.int32), vectors)
        wanted: np.ndarray = np.asarray(scores, np.float64)[0][example.y >= 0]
        return wanted
