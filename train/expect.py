"""Compare a model with recorded activations: each array against a forward pass run here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from train.model import Output, Pass, forward, logits
from train.settings import ModelSettings
from train.switch import balance_loss, room_for

_INPUTS = ("input_ids", "prefix_len", "spout", "labels", "token_type_ids")
_CASE = re.compile(
    r"(?P<plain>nospout)|(?P<spout>spout)(_(?P<mask>meshprefix|causal))?|capacity(?P<room>\d+)"
)


class ExpectError(ValueError):
    """The file of expectations cannot be used."""


@dataclass(frozen=True)
class Difference:
    """One array compared.

    Attributes:
        case: the forward pass it belongs to.
        array: its name.
        shape: the expected shape.
        max_abs_diff: largest absolute difference; None where the array could not be compared.
        note: why not, where it could not.
    """

    case: str
    array: str
    shape: list[int]
    max_abs_diff: float | None
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The difference as a JSON-able object."""
        return {key: value for key, value in asdict(self).items() if key != "note" or value}


def compare(params: Mapping[str, Any], settings: ModelSettings, path: Path) -> Iterator[Difference]:
    """Run each case of a file and compare all that it holds of it.

    Cases: `nospout`, `spout`, `spout_meshprefix` (the original's mask), `spout_causal` (prefix 0),
    `capacityN`
    (no spout, at most N tokens of a sequence for an expert).

    Args:
        params: the model's parameters, float32.
        settings: its shape.
        path: an .npz with `input_ids`, `prefix_len`, perhaps `spout` and `labels`, and
            `<case>/<array>`.

    Raises:
        ExpectError: not such a file.
    """
    try:
        with np.load(path) as archive:
            stored = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, KeyError) as error:
        raise ExpectError(f"{path}: not an .npz of arrays: {error}") from None
    for name in ("input_ids", "prefix_len"):
        if name not in stored:
            raise ExpectError(f"{path}: holds no array {name}")
    if (
        stored["input_ids"].max(initial=0) >= settings.vocab_size
        or stored["input_ids"].min(initial=0) < 0
    ):
        raise ExpectError(f"{path}: input_ids go beyond the vocabulary of {settings.vocab_size}")
    cases: dict[str, dict[str, np.ndarray]] = {}
    for name, value in stored.items():
        if name in _INPUTS:
            continue
        case, _, array = name.partition("/")
        cases.setdefault(case, {})[array] = value
    for case, expected in cases.items():
        found = _run(case, params, settings, stored)
        for array, wanted in expected.items():
            yield _difference(case, array, wanted, found)


def _difference(
    case: str, array: str, wanted: np.ndarray, found: dict[str, np.ndarray] | None
) -> Difference:
    shape = list(wanted.shape)
    if found is None:
        return Difference(
            case, array, shape, None, "no such case is known, or the model has no spout"
        )
    if array not in found:
        return Difference(case, array, shape, None, "not made by this model")
    ours = found[array]
    if ours.shape != wanted.shape:
        return Difference(case, array, shape, None, f"shape here is {list(ours.shape)}")
    gap = np.abs(ours.astype(np.float64) - wanted.astype(np.float64))
    return Difference(case, array, shape, float(gap.max(initial=0.0)))


def _run(
    case: str, params: Mapping[str, Any], settings: ModelSettings, stored: dict[str, np.ndarray]
) -> dict[str, np.ndarray] | None:
    """All arrays of a case, made by the model."""
    match = _CASE.fullmatch(case)
    wants_spout = bool(match and match["spout"])
    if match is None or (wants_spout and not (settings.d_spout and "spout" in stored)):
        return None
    mask = match["mask"]
    routing = settings.routing
    if match["room"]:
        routing = routing.model_copy(update={"expert_capacity": int(match["room"]), "rule": "port"})
    prefix_mask = "mesh" if mask == "meshprefix" else "port"
    settings = settings.model_copy(update={"routing": routing, "prefix_mask": prefix_mask})
    tokens = jnp.asarray(stored["input_ids"], jnp.int32)
    prefix = jnp.asarray(stored["prefix_len"], jnp.int32)
    if mask == "causal":
        prefix = jnp.zeros_like(prefix)
    spout = jnp.asarray(stored["spout"], jnp.float32) if wants_spout else None
    room = room_for(routing, settings.experts, *tokens.shape, training=False)
    how = Pass(room=room, trace=True)
    run = jax.jit(lambda p, t, n, s: forward(p, settings, how, t, n, s))
    with jax.default_matmul_precision("highest"):
        output = run(params, tokens, prefix, spout)
        scores = logits(params, settings, output.hidden)
    return _arrays(settings, output, scores, stored.get("labels"))


def _arrays(
    settings: ModelSettings, output: Output, scores: Any, labels: np.ndarray | None
) -> dict[str, np.ndarray]:
    """A pass's arrays by the names of the file."""
    trace = output.trace
    found = {"logits": scores, f"hf_hidden_states_{settings.blocks}": output.hidden}
    router: list[tuple[Any, Any]] = []
    for number in range(settings.blocks):
        block = f"block{number}_"
        found[block + "after_attn"] = trace[block + "after_attn"]
        found[block + "out"] = trace[block + "out"]
        # The port adds the extension's positions in place, onto the hidden states it hands out.
        adds = settings.ext_layers and number == settings.layers - 1
        found[f"hf_hidden_states_{number}"] = trace["extended" if adds else block + "out"]
        found[f"past{number}_k"] = trace[block + "keys"]
        found[f"past{number}_v"] = trace[block + "values"]
        if number >= settings.layers:
            continue
        expert, raw = trace[block + "expert"], trace[block + "router_logits"]
        hot = jax.nn.one_hot(expert, settings.experts) * trace[block + "kept"][..., None]
        found[block + "router_onehot"] = hot
        found[block + "expert"] = hot.argmax(-1)
        found[block + "router_prob"] = trace[block + "router_prob"]
        found[block + "router_logits"] = raw
        router.append((raw, expert))
        found[block + "z_loss"], found[block + "aux_loss"] = _router_losses(raw, expert)
    if router:
        joined = [jnp.concatenate(parts, axis=1) for parts in zip(*router, strict=True)]
        found["cat_z_loss"], found["cat_aux_loss"] = _router_losses(*joined)
    if labels is not None:
        log_p = jax.nn.log_softmax(scores, axis=-1)
        picked = jnp.take_along_axis(log_p, jnp.maximum(labels, 0)[..., None], axis=-1)[..., 0]
        wanted = labels != -100
        found["hf_loss"] = -(picked * wanted).sum() / wanted.sum()
    return {name: np.asarray(value) for name, value in found.items()}


def _router_losses(raw: Any, expert: Any) -> tuple[Any, Any]:
    """The port's router z loss and load-balancing loss of [batch, tokens, experts] scores."""
    z = jnp.square(jax.nn.logsumexp(raw, axis=-1)).mean()
    count, length = raw.shape[-1], raw.shape[1]
    return z, balance_loss(raw.reshape(-1, count), expert.reshape(-1), length)
