import jax
import jax.numpy as jnp
import numpy as np
import pytest

from train.attention import attend


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def plainly(q, k, v, allowed):
    scores = jnp.where(allowed[:, None], jnp.einsum("bhnk,bhmk->bhnm", q, k), -jnp.inf)
    return jnp.einsum("bhnm,bhmk->bhnk", jax.nn.softmax(scores), v)


def test_values_and_gradients_are_those_of_plain_softmax(x64):
    rng = np.random.default_rng(0)
    q, k, v = (3 * rng.normal(size=(2, 3, size, 4)) for size in (5, 7, 7))
    allowed = rng.random((2, 5, 7)) < 0.5
    allowed[:, :, 0] = True
    toward = rng.normal(size=q.shape)
    for argument in range(3):
        found, expected = (
            jax.value_and_grad(lambda *given, run=run: (run(*given) * toward).sum(), argument)(
                q, k, v
            )
            for run in (
                lambda q, k, v: attend(q, k, v, allowed, -1e4),
                lambda q, k, v: plainly(q, k, v, allowed),
            )
        )
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        np.testing.assert_allclose(found[1], expected[1], rtol=1e-9, atol=1e-12)


def test_a_hidden_key_takes_no_part():
    rng = np.random.default_rng(0)
    q, k, v = (jnp.asarray(rng.normal(size=(1, 2, 3, 4)), jnp.bfloat16) for _ in range(3))
    allowed = jnp.tril(jnp.ones((3, 3), bool))[None]
    first = attend(q, k, v, allowed, -1e4)
    assert first.dtype == jnp.bfloat16
    later = attend(q, k.at[:, :, 2].add(5), v.at[:, :, 2].add(5), allowed, -1e4)
    assert np.array_equal(first[:, :, :2], later[:, :, :2])
    assert not np.array_equal(first[:, :, 2], later[:, :, 2])
