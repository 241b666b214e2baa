import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.train import numpy_model
from tests.train.tiny import model, random_params
from train.model import Pass, forward, init_params, logits
from train.settings import RoutingSettings
from train.shapes import SPOUT_LAYERS, count_parameters, parameter_table
from train.switch import Room, room_for, split_experts


@pytest.fixture
def x64():
    with jax.enable_x64(True):
        yield


def run(params, settings, tokens, prefix, spout=None, room=None, **changes):
    how = Pass(room=room, dtype="float64", **changes)
    out = jax.jit(lambda p: forward(p, settings, how, tokens, prefix, spout))(params)
    return out, np.asarray(logits(params, settings, out.hidden))


CASES = {
    "switch": {},
    "without softmlp": {"softmlp": False},
    "one expert": {"experts": 1},
    "dense layers above": {"ext_layers": 2},
    "only dense layers": {"layers": 0, "ext_layers": 2},
    "gpt2": {"kind": "gpt2"},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES)
def test_forward_equals_numpy(x64, changes):
    settings = model(**changes)
    params = random_params(settings)
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, settings.vocab_size, (3, 12)).astype(np.int32)
    prefix = np.array([0, 5, 12], np.int32)
    expected, balance, _ = numpy_model.forward(params, settings, tokens, prefix)
    out, ours = run(params, settings, tokens, prefix)
    np.testing.assert_allclose(ours, expected, atol=1e-9)
    assert abs(float(out.balance) - balance) < 1e-9


@pytest.mark.parametrize("prefix_mask", ["port", "mesh"])
@pytest.mark.parametrize("ext_layers", [0, 1])
def test_forward_with_spout_equals_numpy(x64, prefix_mask, ext_layers):
    settings = model(d_spout=6, prefix_mask=prefix_mask, ext_layers=ext_layers)
    params = random_params(settings)
    rng = np.random.default_rng(1)
    tokens = rng.integers(0, settings.vocab_size, (2, 32)).astype(np.int32)
    prefix, spout = np.array([4, 20], np.int32), rng.normal(size=(2, 6))
    expected, _, _ = numpy_model.forward(params, settings, tokens, prefix, spout)
    _, ours = run(params, settings, tokens, prefix, spout)
    np.testing.assert_allclose(ours, expected, atol=1e-9)


def test_the_two_prefix_masks_differ(x64):
    tokens, prefix = np.arange(12, dtype=np.int32)[None], np.array([5], np.int32)
    spout = np.ones((1, 6))
    settings = model(d_spout=6, prefix_mask="port")
    params = random_params(settings)
    port = run(params, settings, tokens, prefix, spout)[1]
    mesh = run(params, settings.model_copy(update={"prefix_mask": "mesh"}), tokens, prefix, spout)[
        1
    ]
    assert np.abs(port - mesh).max() > 1e-3


@pytest.mark.parametrize("passes", [False, True])
@pytest.mark.parametrize(("group", "capacity"), [(36, 4), (12, 2), (18, 4)])
def test_capacity_drops_the_same_tokens_as_numpy(x64, passes, group, capacity):
    settings = model()
    params = random_params(settings)
    tokens = np.random.default_rng(2).integers(0, 99, (3, 12)).astype(np.int32)
    prefix = np.zeros(3, np.int32)
    expected, _, dropped = numpy_model.forward(
        params, settings, tokens, prefix, group=group, capacity=capacity, passes=passes
    )
    out, ours = run(params, settings, tokens, prefix, room=Room(group, capacity, passes))
    np.testing.assert_allclose(ours, expected, atol=1e-9)
    assert 0 < float(out.dropped) == pytest.approx(dropped)


@pytest.mark.parametrize("length", [1, 5, 50])
def test_dropless_equals_slots_with_room_for_all(x64, length):
    settings = model(positions=64)
    params = random_params(settings)
    tokens = np.random.default_rng(2).integers(0, 99, (3, length)).astype(np.int32)
    prefix = np.zeros(3, np.int32)
    _, slots = run(params, settings, tokens, prefix, room=Room(3 * length, 3 * length, False))
    for given in (params, split_experts(params)):
        _, blocks = run(given, settings, tokens, prefix)
        np.testing.assert_allclose(blocks, slots, atol=1e-9)


def test_split_experts_take_no_memory_of_their_own():
    experts = {"wi": jnp.ones((3, 16, 32)), "wo": jnp.ones((3, 32, 16))}
    given = {"blocks": {"0": {"experts": experts}}}
    split = split_experts(given)["blocks"]["0"]["experts"]
    for name, whole in experts.items():
        start = whole.unsafe_buffer_pointer()
        places = [matrix.unsafe_buffer_pointer() - start for matrix in split[name]]
        assert places == [number * whole[0].nbytes for number in range(3)]


def test_gradients_equal_finite_differences(x64):
    settings = model(d_spout=4, ext_layers=1)
    params = random_params(settings)
    rng = np.random.default_rng(3)
    tokens = rng.integers(0, 99, (2, 10)).astype(np.int32)
    prefix, spout = np.array([3, 0], np.int32), rng.normal(size=(2, 4))
    how = Pass(room=Room(20, 6, False), dtype="float64")

    def loss(p):
        out = forward(p, settings, how, tokens, prefix, spout)
        return (logits(p, settings, out.hidden) ** 2).mean() + out.balance

    gradient = jax.jit(jax.grad(loss))(params)
    value = jax.jit(loss)
    direction = random_params(settings, seed=5)
    step = 1e-6
    ahead = value(jax.tree.map(lambda p, d: p + step * d, params, direction))
    behind = value(jax.tree.map(lambda p, d: p - step * d, params, direction))
    products = jax.tree.map(lambda g, d: (g * d).sum(), gradient, direction)
    along = float(sum(jax.tree.leaves(products)))
    assert along == pytest.approx(float(ahead - behind) / (2 * step), rel=1e-5)


def test_activation_checkpointing_changes_nothing(x64):
    settings = model(d_spout=4)
    params = random_params(settings)
    tokens, prefix = np.arange(20, dtype=np.int32).reshape(2, 10), np.array([3, 0], np.int32)

    def loss(p, kept):
        how = Pass(room=Room(20, 6, False), dtype="float64", checkpointing=kept)
        out = forward(p, settings, how, tokens, prefix, np.ones((2, 4)))
        return (logits(p, settings, out.hidden) ** 2).mean()

    plain, again = (jax.jit(jax.grad(lambda p, k=k: loss(p, k)))(params) for k in (False, True))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-12), plain, again)


def test_start_has_the_shapes_of_the_table_and_depends_on_the_seed():
    settings = model(d_spout=4, ext_layers=1)
    params, other = init_params(settings, 0), init_params(settings, 1)
    leaves = jax.tree.leaves(params)
    assert sum(leaf.size for leaf in leaves) == count_parameters(settings)
    assert len(leaves) == len(parameter_table(settings))
    assert 0.015 < float(params["tokens"].std()) < 0.025
    assert not np.array_equal(params["tokens"], other["tokens"])


def test_jitter_needs_a_key_and_changes_routing_inputs(x64):
    settings = model()
    params = random_params(settings)
    tokens, prefix = np.arange(12, dtype=np.int32)[None], np.zeros(1, np.int32)
    how = Pass(room=Room(12, 12, False), dtype="float64", jitter=0.5)
    keys = [None, jax.random.key(1), jax.random.key(2)]
    found = [forward(params, settings, how, tokens, prefix, noise_key=key).hidden for key in keys]
    assert np.abs(found[1] - found[2]).max() > 1e-6
    assert np.abs(found[0] - found[1]).max() > 1e-6


@pytest.mark.parametrize("kind", ["switch", "gpt2"])
def test_dropout_takes_its_share_while_training_only(x64, kind):
    settings = model(kind=kind)
    params = random_params(settings)
    tokens, prefix = np.arange(12, dtype=np.int32)[None], np.zeros(1, np.int32)
    plain = Pass(dtype="float64", trace=True)
    drops = Pass(dtype="float64", trace=True, dropout=0.25)
    key = jax.random.key(1)
    without, used, trained = (
        forward(params, settings, how, tokens, prefix, noise_key=noise).trace
        for how, noise in ((plain, key), (drops, None), (drops, key))
    )
    assert all(np.array_equal(without[name], used[name]) for name in without)
    before, after = np.asarray(without["embedded"]), np.asarray(trained["embedded"])
    kept = after != 0
    assert 0.6 < kept.mean() < 0.9
    np.testing.assert_allclose(after[kept], before[kept] / 0.75)
    first = np.asarray(trained["block0_after_attn"]) - after
    assert 0.1 < (first == 0).mean() < 0.4


@pytest.mark.parametrize("width", [4, 64])
def test_classes_stay_apart_behind_the_spout(width):
    layers = init_params(model(d_spout=width), 0)["spout"]
    classes = np.eye(width, dtype=np.float32)
    for number in range(SPOUT_LAYERS):
        classes = np.tanh(classes @ np.asarray(layers[str(number)]))
    length = np.linalg.norm(classes, axis=1)
    alike = np.abs(classes @ classes.T / np.outer(length, length)) - np.eye(width)
    assert length.min() > 0.4 and alike.max() < 0.2


def test_waves_turn_alike_from_place_to_place():
    settings = model(initial_positions="sinusoid", d_model=16)
    places = np.asarray(init_params(settings, 0)["positions"], np.float64)
    assert places.shape == (settings.positions, 16)
    assert np.sqrt(np.square(places).mean()) == pytest.approx(settings.initial_std)
    near = [places[at] @ places[at + 1] for at in range(settings.positions - 1)]
    far = [places[at] @ places[at + 5] for at in range(settings.positions - 5)]
    assert np.ptp(near) < 1e-6 and np.ptp(far) < 1e-6
    assert near[0] > far[0]


ROOMS = {
    "a batch below a group is one group": ((2, 100), {}, True, (200, 62)),
    "evaluation has more room": ((2, 100), {}, False, (200, 100)),
    "groups of about 1,024": ((8, 256), {}, True, (1024, 320)),
    "groups divide the tokens": ((3, 1280), {}, True, (1280, 400)),
    "at least four": ((2, 4), {}, True, (8, 4)),
    "the port counts by sequence": ((8, 256), {"rule": "port"}, True, (256, 128)),
    "the port's capacity ends at the length": ((8, 100), {"rule": "port"}, True, (100, 100)),
}


@pytest.mark.parametrize(("shape", "changes", "training", "expected"), ROOMS.values(), ids=ROOMS)
def test_room(shape, changes, training, expected):
    room = room_for(RoutingSettings(**changes), 4, *shape, training=training)
    assert (room.group, room.capacity) == expected


def test_more_experts_than_tokens_is_refused():
    with pytest.raises(ValueError, match="16 experts for 8 tokens"):
        room_for(RoutingSettings(), 16, 2, 4, training=True)
