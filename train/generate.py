"""Writing on from a prompt: prefill, then one token at a time with a cache; sampling and beams.

Nothing is dropped here: every token finds room at its expert, so that what one sequence gets does
not hang on
its neighbours, and cached equals uncached.
"""

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from train.errors import TrainError
from train.model import Cache, Pass, empty_cache, forward, logits
from train.settings import ModelSettings
from train.switch import split_experts

Array = Any
_BUCKET = 32


@dataclass(frozen=True)
class Sampling:
    """How the next token is chosen.

    Attributes:
        temperature: divides the scores; 0 takes the best token.
        top_k: only the best so many; 0: all.
        top_p: only the best whose probabilities reach this sum; 1: all.
        beam_width: above 0, a beam search instead of sampling; 1 is the best token at each step.
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    beam_width: int = 0

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise TrainError(f"--temperature {self.temperature}: give 0 (the best token) or more")
        if self.top_k < 0 or not 0 < self.top_p <= 1:
            raise TrainError(f"--top-k {self.top_k} --top-p {self.top_p}: k >= 0 and 0 < p <= 1")
        if self.beam_width < 0:
            raise TrainError(f"--beam-width {self.beam_width}: give 1 or more")


@dataclass(frozen=True)
class Written:
    """One continuation.

    Attributes:
        ids: its tokens, the end of text included where it was reached.
        log_probability: sum over its tokens, before temperature and cuts.
        ended: whether it reached the end of text.
    """

    ids: list[int]
    log_probability: float
    ended: bool


class Generator:
    """Compiled generation for one model.

    Args:
        params: the model's parameters.
        settings: its shape.
        end: id of the end of text.
        unwritten: ids that are never written.
        dtype: type of activations.
    """

    def __init__(
        self,
        params: dict[str, Any],
        settings: ModelSettings,
        end: int,
        unwritten: np.ndarray | None = None,
        dtype: str = "float32",
    ) -> None:
        self.params, self.settings, self.end = split_experts(params), settings, end
        self.how = Pass(room=None, dtype=dtype)
        banned = np.zeros(settings.vocab_size, bool)
        if unwritten is not None:
            banned[unwritten] = True
        self.banned = jnp.asarray(banned)
        self._prefill = jax.jit(self._prefill_impl, static_argnames=("places",))
        self._sample = jax.jit(self._sample_impl, static_argnames=("sampling",))
        self._beam = jax.jit(self._beam_impl, static_argnames=("width",))

    def write(
        self,
        prompt: np.ndarray,
        prefix: int,
        *,
        max_tokens: int,
        sampling: Sampling,
        num: int = 1,
        seed: int = 0,
        spout: np.ndarray | None = None,
    ) -> list[Written]:
        """Continue a prompt.

        Args:
            prompt: ids [n], SOT and SEG included.
            prefix: how many of them see each other both ways.
            max_tokens: most tokens of a continuation; fewer where the positions end.
            sampling: how tokens are chosen.
            num: continuations; with beams, the best so many.
            seed: decides what is sampled.
            spout: float32 [d_spout] or [num, d_spout], or None.

        Raises:
            TrainError: more results than beams, or nothing to write.
        """
        past = 1 if spout is not None else 0
        limit = min(max_tokens, self.settings.positions - past - len(prompt))
        if limit < 1 or num < 1:
            raise TrainError(
                f"--max-tokens {max_tokens} --num {num}: nothing to write after a prompt of "
                f"{len(prompt)} tokens"
            )
        beams = sampling.beam_width
        if beams and num > beams:
            raise TrainError(
                f"--num {num} with --beam-width {beams}: at most as many results as beams"
            )
        rows = beams or num
        padded = -(-len(prompt) // _BUCKET) * _BUCKET
        padded = max(len(prompt), min(padded, self.settings.positions))
        # A cache of a few fixed sizes: one compilation serves many lengths.
        places = min(self.settings.positions, -(-(padded + limit) // 128) * 128)
        places = max(places, padded)
        # Where rows begin alike, one is worked through for all.
        ids = np.zeros((rows if spout is not None and spout.ndim > 1 else 1, padded), np.int32)
        ids[:, : len(prompt)] = prompt
        vectors = None if spout is None else jnp.asarray(np.atleast_2d(spout), jnp.float32)
        prefixes = jnp.full(rows, prefix, jnp.int32)
        scores, cache = self._prefill(
            self.params, ids, prefixes, np.int32(len(prompt)), vectors, places=places
        )
        if beams:
            tokens, sums, lengths = self._beam(
                self.params, scores, cache, prefixes, np.int32(limit), width=beams
            )
        else:
            key = jax.random.key(seed)
            tokens, sums, lengths = self._sample(
                self.params, scores, cache, prefixes, np.int32(limit), key, sampling=sampling
            )
        return self._collect(np.asarray(tokens), np.asarray(sums), np.asarray(lengths), num, beams)

    def _collect(
        self, tokens: np.ndarray, sums: np.ndarray, lengths: np.ndarray, num: int, beams: int
    ) -> list[Written]:
        order = list(range(len(tokens)))
        if beams:  # by log-probability a token, so that short ends are no advantage
            order.sort(key=lambda row: -sums[row] / max(lengths[row], 1))
        found = []
        for row in order[:num]:
            ids = tokens[row, : lengths[row]].tolist()
            found.append(Written(ids, float(sums[row]), bool(ids) and ids[-1] == self.end))
        return found

    def _prefill_impl(
        self,
        params: Any,
        ids: Array,
        prefix: Array,
        length: Array,
        spout: Array | None,
        *,
        places: int,
    ) -> tuple[Array, Cache]:
        """Scores for the first new token, float32 [rows, vocabulary], and the cache of the prompt.

        `ids` and `spout` have one row where all are alike; `prefix` says how many there are.
        What stands behind the prompt in `ids` fills places that later tokens overwrite before
        anything sees them.
        """
        count = ids.shape[0]
        cache = empty_cache(self.settings, count, places, self.how.dtype)
        out = forward(params, self.settings, self.how, ids, prefix[:count], spout, cache=cache)
        last = jax.lax.dynamic_index_in_dim(out.hidden, length - 1, axis=1, keepdims=False)
        scores = logits(params, self.settings, last).astype(jnp.float32)
        assert out.cache is not None
        keys, values, scores = jax.tree.map(
            lambda value: jnp.repeat(value, prefix.shape[0] // count, axis=0),
            (out.cache.keys, out.cache.values, scores),
        )
        return scores, Cache(keys, values, length + out.cache.past, out.cache.past)

    def _next(self, params: Any, token: Array, cache: Cache, prefix: Array) -> tuple[Array, Cache]:
        out = forward(params, self.settings, self.how, token[:, None], prefix, cache=cache)
        assert out.cache is not None
        return logits(params, self.settings, out.hidden[:, 0]).astype(jnp.float32), out.cache

    def _sample_impl(
        self,
        params: Any,
        scores: Array,
        cache: Cache,
        prefix: Array,
        limit: Array,
        key: Array,
        *,
        sampling: Sampling,
    ) -> tuple[Array, Array, Array]:
        rows = scores.shape[0]

        def take(step: Array, scores: Array, state: tuple[Array, ...]) -> tuple[Array, ...]:
            tokens, done, sums, lengths = state
            chosen = choose(scores, self.banned, sampling, jax.random.fold_in(key, step))
            log_p = jax.nn.log_softmax(scores)
            gain = jnp.take_along_axis(log_p, chosen[:, None], axis=1)[:, 0]
            chosen = jnp.where(done, self.end, chosen)
            tokens = jax.lax.dynamic_update_slice(tokens, chosen[:, None], (0, step))
            sums = sums + jnp.where(done, 0, gain)
            return tokens, done | (chosen == self.end), sums, lengths + ~done

        def going(state: Any) -> Array:
            step, _, (_, done, _, _) = state
            return (step < limit) & ~done.all()

        def write(state: Any) -> Any:
            step, cache, taken = state
            last = jax.lax.dynamic_index_in_dim(taken[0], step - 1, axis=1, keepdims=False)
            scores, cache = self._next(params, last, cache, prefix)
            return step + 1, cache, take(step, scores, taken)

        none = (
            jnp.full((rows, self.settings.positions), self.end, jnp.int32),
            jnp.zeros(rows, bool), jnp.zeros(rows), jnp.zeros(rows, jnp.int32),
        )  # fmt: skip
        zero = jnp.zeros((), jnp.int32)
        start = (zero + 1, cache, take(zero, scores, none))
        _, _, (tokens, _, sums, lengths) = jax.lax.while_loop(going, write, start)
        return tokens, sums, lengths

    def _beam_impl(
        self,
        params: Any,
        scores: Array,
        cache: Cache,
        prefix: Array,
        limit: Array,
        *,
        width: int,
    ) -> tuple[Array, Array, Array]:
        """The `width` most probable continuations found by keeping so many at each step."""
        vocabulary = self.settings.vocab_size
        tokens = jnp.full((width, self.settings.positions), self.end, jnp.int32)
        ended_only = jnp.full(vocabulary, -jnp.inf).at[self.end].set(0.0)

        def going(state: Any) -> Array:
            return (state[0] < limit) & ~state[4].all()

        def write(state: Any) -> Any:
            step, scores, cache, tokens, done, sums, lengths = state
            log_p = jnp.where(self.banned, -jnp.inf, jax.nn.log_softmax(scores))
            log_p = jnp.where(done[:, None], ended_only, log_p)
            total = (sums[:, None] + log_p).reshape(-1)
            sums, best = jax.lax.top_k(total, width)
            origin, chosen = best // vocabulary, (best % vocabulary).astype(jnp.int32)
            tokens = jax.lax.dynamic_update_slice(tokens[origin], chosen[:, None], (0, step))
            lengths = lengths[origin] + ~done[origin]
            done = done[origin] | (chosen == self.end)
            cache = cache.replace(
                keys=tuple(value[origin] for value in cache.keys),
                values=tuple(value[origin] for value in cache.values),
            )
            scores, cache = self._next(params, chosen, cache, prefix)
            return step + 1, scores, cache, tokens, done, sums, lengths

        alone = jnp.where(jnp.arange(width) == 0, 0.0, -jnp.inf)  # the first step has one beam
        start = (
            jnp.zeros((), jnp.int32), scores, cache, tokens, jnp.zeros(width, bool),
            alone, jnp.zeros(width, jnp.int32),
        )  # fmt: skip
        _, _, _, tokens, _, sums, lengths = jax.lax.while_loop(going, write, start)
        return tokens, sums, lengths


def choose(scores: Array, banned: Array, sampling: Sampling, key: Array) -> Array:
    """The next token of each row.

    Args:
        scores: float32 [rows, vocabulary].
        banned: bool [vocabulary], tokens that are never chosen.
        sampling: temperature and cuts.
        key: random key.

    Returns:
        int32 [rows].
    """
    scores = jnp.where(banned, -jnp.inf, scores)
    if sampling.temperature == 0:
        return _best(scores)
    scores = scores / sampling.temperature
    least = jnp.full((scores.shape[0], 1), -jnp.inf)
    kept = scores
    if 0 < sampling.top_k < scores.shape[-1]:
        kept = jax.lax.top_k(scores, sampling.top_k)[0]
        least = kept.min(-1, keepdims=True)  # not kept[:, -1:]: XLA would sort instead
    if sampling.top_p < 1:
        least = jnp.maximum(least, _least_of_best(kept, sampling.top_p))
    noise = jax.random.gumbel(key, scores.shape)
    return _best(jnp.where(scores < least, -jnp.inf, scores + noise))


def _best(scores: Array) -> Array:
    """Each row's first place of its greatest number, int32 [rows].

    `jnp.argmax` does the same number by number on CPUs.
    """
    count = scores.shape[-1]
    least = scores.max(-1, keepdims=True)
    return jnp.where(scores < least, count, jnp.arange(count, dtype=jnp.int32)).min(-1)


def _least_of_best(scores: Array, top_p: float) -> Array:
    """The least score among the best whose probabilities reach `top_p`, float32 [rows, 1].

    Found by bisection over the probabilities' bits, which are in their order: a sort takes eight
    times as long.
    """
    share = jax.nn.softmax(scores, axis=-1)
    bits = jax.lax.bitcast_convert_type(share, jnp.int32)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = ends
        middle = (low + high) // 2
        better = jnp.where(bits > middle, share, 0).sum(-1, keepdims=True)
        return jnp.where(better < top_p, low, middle + 1), jnp.where(better < top_p, middle, high)

    zero = jnp.zeros((scores.shape[0], 1), jnp.int32)
    one = jax.lax.bitcast_convert_type(jnp.float32(1), jnp.int32)
    low, _ = jax.lax.fori_loop(0, 31, halve, (zero, zero + one))
    return jnp.where(bits < low, jnp.inf, scores).min(-1, keepdims=True)
