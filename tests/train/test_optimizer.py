import jax
import numpy as np
import pytest

from tests.train.tiny import flat, model, random_params
from train.optimizer import make_optimizer, matrix_axes, schedule
from train.settings import OptimizerSettings
from train.shapes import parameter_table


def test_schedules_rise_and_fall():
    cosine = schedule(
        OptimizerSettings(learning_rate=2.0, schedule="cosine", warmup_steps=4, final_share=0.25),
        20,
    )
    assert [float(cosine(step)) for step in (0, 3, 19)] == pytest.approx([0.5, 2.0, 0.5])
    root = schedule(OptimizerSettings(learning_rate=2.0, warmup_steps=4), 20)
    assert [float(root(step)) for step in (1, 3, 15)] == pytest.approx([1.0, 2.0, 1.0])


@pytest.mark.parametrize("changes", [{"ext_layers": 1, "d_spout": 4}, {"kind": "gpt2"}])
def test_muon_turns_each_matrix_into_one_with_equal_singular_values(changes):
    settings = model(**changes)
    table = parameter_table(settings)
    gradients = flat(random_params(settings, dtype=np.float32))
    chosen = OptimizerSettings(
        name="muon", learning_rate=1.0, schedule="constant", warmup_steps=0, weight_decay=0.0,
        clip_norm=0.0,
    )  # fmt: skip
    optimizer = make_optimizer(chosen, 10, table)
    updates, _ = jax.jit(optimizer.update)(gradients, optimizer.init(gradients), gradients)
    matrices = 0
    for path, update in updates.items():
        axes = matrix_axes(path)
        if axes is None:
            assert np.array_equal(np.sign(update), -np.sign(gradients[path])), path
            continue
        rows, columns = axes.reduction_axis, axes.output_axis
        others = [axis for axis in range(update.ndim) if axis not in rows + columns]
        turned = np.transpose(update, [*others, *rows, *columns])
        height = int(np.prod([update.shape[axis] for axis in rows]))
        stack = turned.reshape(-1, height, turned.size // height // _count(update, others))
        for matrix in stack:
            values = np.linalg.svd(matrix, compute_uv=False) / 0.2 / np.sqrt(max(matrix.shape))
            assert np.median(values) > 0.6 and values.max() < 1.3, path
            matrices += 1
    switch = 2 * (3 + 1 + 8 + 1) + (3 + 1 + 2) + 1
    assert matrices == (2 * (3 + 1 + 2) if settings.kind == "gpt2" else switch)


def _count(update, axes):
    return int(np.prod([update.shape[axis] for axis in axes]))
