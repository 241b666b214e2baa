"""One step: losses, gradients, update. And the same losses without an update, for validation."""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import struct
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from train.data import Batch
from train.mesh import batch_sharding, inner_mesh, param_shardings, replicated, state_shardings
from train.model import Pass, forward, init_params, logits
from train.optimizer import flat, make_optimizer, nest
from train.settings import ModelSettings, TrainSettings
from train.shapes import parameter_table
from train.switch import BATCH_AXES, room_for

Array = Any


class State(struct.PyTreeNode):  # type: ignore[misc]
    """All that moves while training.

    Attributes:
        params: parameters that are trained, `a/b/c` path -> array.
        frozen: parameters that stay as they are, the same form.
        optimizer: the optimizer's state.
        step: int32, steps done.
    """

    params: dict[str, Array]
    frozen: dict[str, Array]
    optimizer: Any
    step: Array


def wide_type(settings: TrainSettings) -> Any:
    """Type of parameters and optimizer state."""
    return jnp.float64 if settings.precision == "float64" else jnp.float32


class Trainer:
    """Compiled steps of one model on one mesh.

    Args:
        settings: objective, optimizer, precision.
        model: the model, with its vocabulary size.
        mesh: the devices.
        context: places of an example.
        padding: id of the padding token, for routing that ignores it.
        trained: parameter paths that move; None: all.
    """

    def __init__(
        self,
        settings: TrainSettings,
        model: ModelSettings,
        mesh: Mesh,
        context: int,
        padding: int,
        trained: set[str] | None = None,
    ) -> None:
        self.settings, self.model, self.mesh = settings, model, mesh
        self.padding, self.trained = padding, trained
        rows = settings.batch_size // settings.accumulate
        table = parameter_table(model)
        moving = {path: p for path, p in table.items() if trained is None or path in trained}
        self.optimizer = make_optimizer(settings.optimizer, settings.steps, moving)
        common: dict[str, Any] = {
            "dtype": settings.precision,
            "checkpointing": settings.activation_checkpointing,
            "mesh": inner_mesh(mesh),
        }
        routing = model.routing
        switch = model.kind == "switch"
        room = partial(room_for, routing, model.experts, length=context)
        self.train_pass = Pass(
            room=room(rows, training=True) if switch else None,
            jitter=routing.jitter,
            dropout=settings.dropout,
            **common,
        )
        self.valid_pass = Pass(
            room=room(settings.batch_size, training=False) if switch else None, **common
        )
        self.by_row = batch_sharding(mesh)
        self.whole = replicated(mesh)
        shapes = jax.eval_shape(self._start, 0)
        self.shardings = self._shardings(shapes)
        self.step = jax.jit(
            self._step,
            donate_argnums=0,
            in_shardings=(self.shardings, self.by_row),
            out_shardings=(self.shardings, self.whole),
        )
        self.valid = jax.jit(
            self._valid, in_shardings=(self.shardings, self.by_row), out_shardings=self.whole
        )

    def start(self, params: dict[str, Any] | None = None) -> State:
        """The state before the first step, cut over the mesh.

        Args:
            params: parameters to start from; fresh ones by default.
        """
        if params is None:
            make = jax.jit(self._start, static_argnums=0, out_shardings=self.shardings)
            fresh: State = make(self.settings.seed)
            return fresh
        # Copies: a step gives its state's memory away, and the caller may still want the base.
        state = self._from_params(jax.tree.map(lambda value: jnp.array(value, copy=True), params))
        placed: State = jax.device_put(state, self.shardings)
        return placed

    def abstract(self) -> State:
        """The state's shapes, types and places, allocating nothing."""
        shapes = jax.eval_shape(self._start, 0)
        described: State = jax.tree.map(
            lambda leaf, place: jax.ShapeDtypeStruct(leaf.shape, leaf.dtype, sharding=place),
            shapes,
            self.shardings,
        )
        return described

    def place(self, batch: Batch) -> dict[str, Array]:
        """A host's rows of a batch as arrays cut over the mesh."""
        parts = {"x": batch.x, "y": batch.y, "num_input": batch.num_input}
        if batch.spout is not None:
            parts["spout"] = batch.spout
        return {
            name: jax.make_array_from_process_local_data(self.by_row, value)
            for name, value in parts.items()
        }

    def rows_here(self) -> list[int]:
        """Rows of a batch that this host's devices hold."""
        shape = (self.settings.batch_size,)
        held: set[int] = set()
        for index in self.by_row.addressable_devices_indices_map(shape).values():
            held.update(range(*index[0].indices(shape[0])))
        return sorted(held)

    def params_of(self, state: State) -> dict[str, Any]:
        """All parameters as the model's tree."""
        return nest({**state.frozen, **state.params})

    def _start(self, seed: int) -> State:
        return self._from_params(init_params(self.model, seed, wide_type(self.settings)))

    def _from_params(self, params: dict[str, Any]) -> State:
        every = flat(params)
        moving = {k: v for k, v in every.items() if self.trained is None or k in self.trained}
        frozen = {k: v for k, v in every.items() if k not in moving}
        return State(moving, frozen, self.optimizer.init(moving), jnp.zeros((), jnp.int32))

    def _shardings(self, shapes: State) -> State:
        places = flat(param_shardings(self.model, self.mesh))
        return State(
            {path: places[path] for path in shapes.params},
            {path: places[path] for path in shapes.frozen},
            state_shardings(self.model, self.mesh, shapes.optimizer),
            self.whole,
        )

    def _step(self, state: State, batch: dict[str, Array]) -> tuple[State, dict[str, Array]]:
        parts = self.settings.accumulate
        key = jax.random.fold_in(jax.random.key(self.settings.seed), state.step)
        targets = jnp.maximum((batch["y"] >= 0).sum(), 1)

        def one(params: dict[str, Array], part: dict[str, Array], key: Array) -> Any:
            loss = partial(self._loss, frozen=state.frozen, targets=targets, how=self.train_pass)
            (_, facts), gradients = jax.value_and_grad(loss, has_aux=True)(
                params, batch=part, key=key
            )
            return gradients, facts

        if parts == 1:
            gradients, facts = one(state.params, batch, key)
        else:
            cut = {name: self._cut(value, parts) for name, value in batch.items()}
            keys = jax.random.split(key, parts)

            def add(total: Any, item: Any) -> Any:
                return jax.tree.map(jnp.add, total, one(state.params, *item)), None

            first = jax.eval_shape(
                one, state.params, jax.tree.map(lambda value: value[0], cut), keys[0]
            )
            zeros = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), first)
            (gradients, facts), _ = jax.lax.scan(add, zeros, (cut, keys))
            facts = {
                name: value if name in ("lm_sum", "mlm_sum", "z_sum") else value / parts
                for name, value in facts.items()
            }
        norm = optax.global_norm(gradients)
        updates, optimizer = self.optimizer.update(gradients, state.optimizer, state.params)
        params = optax.apply_updates(state.params, updates)
        numbers = self._numbers(batch, facts, targets) | {"gradient_norm": norm}
        return State(params, state.frozen, optimizer, state.step + 1), numbers

    def _valid(self, state: State, batch: dict[str, Array]) -> dict[str, Array]:
        targets = jnp.maximum((batch["y"] >= 0).sum(), 1)
        _, facts = self._loss(
            state.params,
            frozen=state.frozen,
            batch=batch,
            targets=targets,
            how=self.valid_pass,
            key=None,
        )
        own = batch["y"] >= 0
        inside = jnp.arange(own.shape[1])[None] < batch["num_input"][:, None]
        return {
            "lm_sum": facts["lm_sum"],
            "mlm_sum": facts["mlm_sum"],
            "lm_count": (own & ~inside).sum(),
            "mlm_count": (own & inside).sum(),
            "mlm_hits": facts["mlm_hits"],
            "dropped_share": facts["dropped_share"],
        }

    def _loss(
        self,
        params: dict[str, Array],
        *,
        frozen: dict[str, Array],
        batch: dict[str, Array],
        targets: Array,
        how: Pass,
        key: Array | None,
    ) -> tuple[Array, dict[str, Array]]:
        """Loss of (a part of) a batch, as its share of the whole batch's mean over targets."""
        settings, routing = self.settings, self.model.routing
        tree = nest({**frozen, **params})
        x, y, num_input = batch["x"], batch["y"], batch["num_input"]
        valid = (x != self.padding) if routing.ignore_padding else None
        out = forward(
            tree, self.model, how, x, num_input, batch.get("spout"), noise_key=key, valid=valid
        )
        scores = logits(tree, self.model, out.hidden).astype(wide_type(settings))
        lse = jax.nn.logsumexp(scores, axis=-1)
        picked = jnp.take_along_axis(scores, jnp.maximum(y, 0)[..., None], axis=-1)[..., 0]
        wanted = y >= 0
        inside = jnp.arange(y.shape[1])[None] < num_input[:, None]
        nll = jnp.where(wanted, lse - picked, 0)
        lm, mlm = jnp.where(inside, 0, nll).sum(), jnp.where(inside, nll, 0).sum()
        z = jnp.where(wanted, jnp.square(lse), 0).sum()
        parts = settings.accumulate if how is self.train_pass else 1
        loss = (lm + mlm + settings.z_weight * z) / targets
        loss = loss + routing.balance_weight * out.balance / parts
        loss = loss + routing.router_z_weight * out.router_z / parts
        facts = {
            "loss": loss * parts,
            "lm_sum": lm,
            "mlm_sum": mlm,
            "z_sum": z,
            "balance_loss": out.balance,
            "router_z_loss": out.router_z,
            "dropped_share": out.dropped,
            "load": out.load,
        }
        if how is self.valid_pass:
            best = scores.argmax(-1) == y
            facts["mlm_hits"] = (best & wanted & inside).sum()
        return loss, facts

    def _numbers(
        self, batch: dict[str, Array], facts: dict[str, Array], targets: Array
    ) -> dict[str, Array]:
        """What a step reports: losses as means over their own targets, routing, load."""
        wanted = batch["y"] >= 0
        inside = jnp.arange(wanted.shape[1])[None] < batch["num_input"][:, None]
        lm, mlm = (wanted & ~inside).sum(), (wanted & inside).sum()
        return {
            "loss": facts["loss"],
            "loss_lm": facts["lm_sum"] / jnp.maximum(lm, 1),
            "loss_mlm": facts["mlm_sum"] / jnp.maximum(mlm, 1),
            "targets_lm": lm,
            "targets_mlm": mlm,
            "z_loss": facts["z_sum"] / targets,
            "balance_loss": facts["balance_loss"],
            "router_z_loss": facts["router_z_loss"],
            "dropped_share": facts["dropped_share"],
            "expert_load": facts["load"],
        }

    def _cut(self, value: Array, parts: int) -> Array:
        """Rows dealt to parts, row r to part r % parts: each device keeps its own rows."""
        dealt = value.reshape(value.shape[0] // parts, parts, *value.shape[1:])
        dealt = jnp.moveaxis(dealt, 1, 0)
        if self.mesh.size == 1:
            return dealt
        place = NamedSharding(self.mesh, P(None, BATCH_AXES))
        return jax.lax.with_sharding_constraint(dealt, place)
