"""Devices as a grid of data x expert x model, and how everything is cut over it."""

from typing import Any

import jax
import numpy as np
from flax.traverse_util import unflatten_dict
from jax.sharding import Mesh, NamedSharding
from jax.sharding import PartitionSpec as P

from train.errors import TrainError
from train.settings import MeshSettings, ModelSettings, TrainSettings
from train.shapes import Parameter, parameter_table
from train.switch import BATCH_AXES

AXES = ("data", "expert", "model")


def find_devices() -> list[Any]:
    """The accelerators of all hosts, or the CPU's devices.

    Raises:
        TrainError: JAX finds none.
    """
    try:
        return list(jax.devices())
    except (RuntimeError, AssertionError) as error:  # the latter where a platform has no plugin
        first = (str(error) or "JAX has no backend for JAX_PLATFORMS").splitlines()[0]
        raise TrainError(
            f"no devices: {first}; unset JAX_PLATFORMS, or install kinari[gpu] or kinari[tpu]"
        ) from None


def make_mesh(settings: MeshSettings, devices: list[Any] | None = None) -> Mesh:
    """Lay devices out; a single device makes a mesh of one.

    Args:
        settings: how many along each axis.
        devices: the devices to use, in order; all by default.

    Raises:
        TrainError: too few devices, or hosts whose devices would be left out.
    """
    found = find_devices() if devices is None else devices
    rest = settings.expert * settings.model
    data = settings.data or len(found) // rest
    wanted = data * rest
    shape = f"mesh data {data} x expert {settings.expert} x model {settings.model}"
    if wanted < 1 or wanted > len(found):
        raise TrainError(
            f"{shape} wants {max(wanted, rest)} devices, there are {len(found)}: lower train.mesh"
        )
    if wanted < len(found) and jax.process_count() > 1:
        raise TrainError(
            f"{shape} leaves out devices of {jax.process_count()} hosts with {len(found)}: "
            "raise train.mesh.data, or set it to 0"
        )
    grid = np.array(found[:wanted]).reshape(data, settings.expert, settings.model)
    return Mesh(grid, AXES)


def inner_mesh(mesh: Mesh) -> Mesh | None:
    """The mesh as the model wants it: None where there is nothing to cut."""
    return mesh if mesh.size > 1 else None


def check_fit(settings: TrainSettings, model: ModelSettings, mesh: Mesh, context: int) -> None:
    """Refuse what the mesh cannot divide.

    Raises:
        TrainError: rows, experts, heads or inner widths that the mesh does not divide, more experts
            than tokens.
    """
    rows, parts = (
        settings.batch_size // settings.accumulate,
        mesh.shape["data"] * mesh.shape["expert"],
    )
    if rows % parts:
        raise TrainError(
            f"train.batch_size {settings.batch_size} / accumulate {settings.accumulate} = "
            f"{rows} rows, which "
            f"mesh data {mesh.shape['data']} x expert {mesh.shape['expert']} cannot divide: "
            f"make it a multiple of {parts}"
        )
    if model.kind == "switch" and model.layers:
        if model.experts % mesh.shape["expert"]:
            raise TrainError(
                f"train.model.experts {model.experts} are not divided by mesh expert "
                f"{mesh.shape['expert']}"
            )
        if model.experts > rows * context:
            raise TrainError(
                f"train.model.experts {model.experts} are more than the {rows * context} tokens "
                "of a step: "
                "raise batch_size or context, or lower experts"
            )
    for path, parameter in parameter_table(model).items():
        for size, axis in zip(parameter.shape, parameter.axes, strict=True):
            if axis and size % mesh.shape[axis]:
                raise TrainError(
                    f"{path} {list(parameter.shape)}: {size} is not divided by mesh {axis} "
                    f"{mesh.shape[axis]}"
                )


def param_shardings(model: ModelSettings, mesh: Mesh) -> dict[str, Any]:
    """How each parameter lies on the mesh, as a tree like the parameters."""
    flat = {
        tuple(path.split("/")): NamedSharding(mesh, P(*parameter.axes))
        for path, parameter in parameter_table(model).items()
    }
    return dict(unflatten_dict(flat))


def state_shardings(model: ModelSettings, mesh: Mesh, state: Any) -> Any:
    """How an optimizer's state lies on the mesh.

    Arrays shaped like a parameter are cut like it and, where a dimension allows, also over the axes
    that
    the parameter is whole on: each device keeps its part of the moments only. Others are whole
    everywhere.

    Args:
        model: the model.
        mesh: the devices.
        state: the state, or its shapes.
    """
    table = parameter_table(model)

    def place(path: tuple[Any, ...], leaf: Any) -> NamedSharding:
        name = _parameter_name(path, table)
        if name is None or table[name].shape != tuple(leaf.shape):
            return NamedSharding(mesh, P())
        return NamedSharding(mesh, P(*_spread(table[name], mesh)))

    return jax.tree_util.tree_map_with_path(place, state)


def batch_sharding(mesh: Mesh) -> NamedSharding:
    """Rows of a batch are cut over data x expert."""
    return NamedSharding(mesh, P(BATCH_AXES))


def replicated(mesh: Mesh) -> NamedSharding:
    """The same on each device."""
    return NamedSharding(mesh, P())


def _parameter_name(path: tuple[Any, ...], table: dict[str, Parameter]) -> str | None:
    """The parameter that a leaf of an optimizer's state belongs to, by the end of its path."""
    keys = [
        str(getattr(key, "key", getattr(key, "name", getattr(key, "idx", key)))) for key in path
    ]
    for start in range(len(keys)):
        name = "/".join(keys[start:])
        if name in table:
            return name
    return None


def _spread(parameter: Parameter, mesh: Mesh) -> list[Any]:
    axes: list[Any] = list(parameter.axes)
    free = [axis for axis in ("data", "expert") if axis not in axes and mesh.shape[axis] > 1]
    cut = int(np.prod([mesh.shape[axis] for axis in free]))
    if cut == 1:
        return axes
    for place, size in enumerate(parameter.shape):
        if axes[place] is None and size % cut == 0:
            axes[place] = tuple(free)
            break
    return axes
