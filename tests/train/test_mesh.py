import json
import subprocess
import sys

import jax
import numpy as np
import pytest

from tests.train.tiny import ROOT, environment, model, settings, write_shards
from train.errors import TrainError
from train.mesh import check_fit, make_mesh
from train.settings import MeshSettings


def in_process(*arguments, **changes):
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env=environment(devices=8) | changes,
        capture_output=True,
        text=True,
        check=False,
    )


def runs(shards, meshes, steps, precision):
    done = in_process(ROOT / "tests/train/mesh_run.py", shards, ",".join(meshes), steps, precision)
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shards(folder, {"train": [40, 30], "valid": [10]})
    return folder


@pytest.mark.heavy
def test_meshes_give_the_losses_of_one_device(shards):
    meshes = ["1x1x1", "2x4x1", "8x1x1", "1x8x1", "2x2x2"]
    single, *others = runs(shards, meshes, 20, "float64")
    assert max(single["dropped"]) > 0.01
    assert not single["all_to_all"]
    for found in others:
        np.testing.assert_allclose(found["losses"], single["losses"], atol=1e-9, rtol=0)
        np.testing.assert_allclose(found["norms"], single["norms"], atol=1e-9, rtol=1e-9)
        np.testing.assert_allclose(found["dropped"], single["dropped"], atol=1e-12)
        assert found["sum"] == pytest.approx(single["sum"], abs=1e-6)
        assert found["replicated"] == []
        assert set(found["moments"]) == {8}
        assert found["all_to_all"] == (found["mesh"] != "8x1x1")


@pytest.mark.heavy
def test_first_step_in_float32_equals_one_device(shards):
    single, *others = runs(shards, ["1x1x1", "2x4x1", "2x2x2"], 1, "float32")
    for found in others:
        assert found["losses"][0] == pytest.approx(single["losses"][0], abs=1e-5)
        assert found["norms"][0] == pytest.approx(single["norms"][0], abs=1e-5)


def test_a_mesh_without_enough_devices_is_refused():
    with pytest.raises(TrainError, match="wants 16 devices, there are"):
        make_mesh(MeshSettings(data=4, expert=4))


class Grid:
    """A mesh's shape without its devices."""

    def __init__(self, data, expert, model_axis):
        self.shape = {"data": data, "expert": expert, "model": model_axis}


MISFITS = {
    "rows": ({"batch_size": 6}, {}, (4, 1, 1), "= 6 rows, which mesh data 4 x expert 1 cannot"),
    "parts": ({"accumulate": 4}, {}, (4, 1, 1), "accumulate 4 = 2 rows"),
    "experts": ({}, {"experts": 6}, (1, 4, 1), "experts 6 are not divided by mesh expert 4"),
    "heads": ({}, {"heads": 2}, (1, 1, 4), "2 is not divided by mesh model 4"),
    "more experts than tokens": (
        {"batch_size": 2}, {"experts": 64}, (1, 1, 1), "64 are more than the 48 tokens",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "shape", "grid", "message"), MISFITS.values(), ids=MISFITS)
def test_what_the_mesh_cannot_divide_is_refused(changes, shape, grid, message):
    with pytest.raises(TrainError, match=message):
        check_fit(settings(**changes), model(**shape), Grid(*grid), 24)


def test_no_devices_is_one_line():
    script = "from train.mesh import make_mesh; from train.settings import MeshSettings\n"
    script += "from train.errors import TrainError\n"
    script += "try: make_mesh(MeshSettings())\nexcept TrainError as error: print(error)"
    done = in_process("-c", script, JAX_PLATFORMS="cuda")
    assert "no devices: " in done.stdout


def test_one_device_makes_a_mesh_of_one():
    assert make_mesh(MeshSettings(), jax.devices()[:1]).size == 1
