import collections

import numpy as np
import pytest

from encode.records import ShardError
from tests.train.tiny import SIZE, model, settings, shard_list, write_shards
from train.data import Examples, Prefetch, check_shards, read_shard_list
from train.errors import TrainError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    shards = tmp_path_factory.mktemp("data")
    write_shards(shards, {"train": [13, 7, 10], "valid": [5]})
    return shards


def examples(folder, split="train", **changes):
    shape = changes.pop("shape", {})
    return Examples(
        shard_list(folder), split, settings(**changes), model(**shape), lambda name: folder / name
    )


def batch_bytes(batch):
    return batch.x.tobytes() + batch.y.tobytes() + batch.num_input.tobytes()


def test_a_step_gives_the_same_batch_whatever_was_read_before(folder):
    one, two = examples(folder), examples(folder)
    order = [7, 0, 3, 3, 12]
    found = {step: batch_bytes(one.batch(step)) for step in order}
    assert all(batch_bytes(two.batch(step)) == found[step] for step in sorted(found))
    assert len(set(found.values())) == 4


def test_rows_of_a_host_are_those_of_the_whole_batch(folder):
    whole = examples(folder).batch(5)
    part = examples(folder).batch(5, [2, 3, 6])
    np.testing.assert_array_equal(part.x, whole.x[[2, 3, 6]])
    np.testing.assert_array_equal(part.y, whole.y[[2, 3, 6]])


@pytest.mark.parametrize("batch_size", [1, 2, 3, 6, 8])
def test_each_epoch_of_a_stream_holds_each_of_its_examples_once(folder, batch_size):
    data = examples(folder, batch_size=batch_size)
    seen = collections.Counter()
    for step in range(60 * 8 // batch_size):
        for row in range(batch_size):
            shard, number, epoch = data.address(step, row)
            seen[epoch, shard, number] += 1
    assert set(seen.values()) == {1}
    first = {(shard, number) for epoch, shard, number in seen if epoch == 0}
    assert len(first) == len(data) == 30


def test_seed_and_epoch_change_the_order_and_the_masks(folder):
    one, other = examples(folder), examples(folder, seed=1)
    addresses = [[data.address(step, 0) for step in range(8)] for data in (one, other)]
    assert addresses[0] != addresses[1]
    again = {}
    for step in range(40):
        shard, number, epoch = one.address(step, 0)
        again.setdefault((shard, number), {})[epoch] = one.batch(step, [0])
    pairs = [found for found in again.values() if len(found) > 1]
    assert pairs
    assert any(not np.array_equal(found[0].x, found[1].x) for found in pairs)


def test_counted_examples_are_those_reached(folder):
    data = examples(folder)
    for steps in (1, 3, 50):
        reached = {data.address(step, row)[:2] for step in range(steps) for row in range(8)}
        assert data.seen(steps) == len(reached)


def test_objectives_build_their_own_targets(folder):
    for step in range(4):
        lm = examples(folder, objective="lm").batch(step)
        mlm = examples(folder, objective="mlm").batch(step)
        inside = np.arange(24)[None] < lm.num_input[:, None]
        assert (lm.num_input == 1).all()
        assert (lm.y[~inside] >= 0).any()
        body = np.arange(24)[None] >= mlm.num_input[:, None]
        assert (mlm.y[~body] >= 0).any()
        assert not (mlm.y[body] >= 0).any()


def test_plain_examples_are_their_share_of_a_hybrid_training(folder):
    hybrid, lm = (examples(folder, objective=name).batch(0) for name in ("hybrid", "lm"))
    assert batch_bytes(examples(folder, plain_share=1.0).batch(0)) == batch_bytes(lm)
    mixed = examples(folder, plain_share=0.5).batch(0)
    plain = [np.array_equal(mixed.y[row], lm.y[row]) for row in range(8)]
    assert 0 < sum(plain) < 8
    kept = np.flatnonzero(np.logical_not(plain))
    assert np.array_equal(mixed.y[kept], hybrid.y[kept])


def test_validation_has_no_plain_examples(folder):
    found = (examples(folder, "valid", plain_share=share).batch(0) for share in (0.0, 1.0))
    assert len({batch_bytes(batch) for batch in found}) == 1


def test_in_place_targets_stand_on_the_mask(folder):
    shifted = examples(folder, objective="mlm")
    here = examples(folder, objective="mlm", mlm_target="in_place")
    masked = 0
    for step in range(4):
        one, two = shifted.batch(step), here.batch(step)
        np.testing.assert_array_equal(one.x, two.x)
        np.testing.assert_array_equal(one.y[:, :-1][one.y[:, :-1] >= 0], two.y[two.y >= 0])
        places = two.x == SIZE - 6
        masked += places.sum()
        assert (two.y[places] >= 0).all()
    assert masked


def test_spout_takes_noise_or_the_class(folder):
    shape = {"d_spout": 4}
    noise = examples(folder, model={"d_spout": 4}, shape=shape).batch(0)
    again = examples(folder, model={"d_spout": 4}, shape=shape).batch(0)
    np.testing.assert_array_equal(noise.spout, again.spout)
    assert len(np.unique(noise.spout[:, 0])) == 8
    one_hot = examples(folder, spout_input="class", shape=shape).batch(0)
    assert (one_hot.spout.sum(1) == 1).all()
    with pytest.raises(TrainError, match=r"class \d does not fit a one-hot"):
        data = examples(folder, spout_input="class", shape={"d_spout": 1})
        [data.batch(step) for step in range(5)]


def test_first_is_always_the_same_and_fills_up_without_targets(folder):
    batches = list(examples(folder, "valid").first(100))
    assert len(batches) == 1
    assert (batches[0].y[5:] == -1).all()
    assert (batches[0].y[:5] >= 0).any(1).all()
    assert sum(len(batch.x) for batch in examples(folder).first(9)) == 16


def test_gptsan_shards_give_what_they_hold(tmp_path):
    write_shards(tmp_path, {"train": [6]}, format="gptsan")
    data = examples(tmp_path, batch_size=3)
    batch = data.batch(0)
    record = data._file(0).record(data.address(0, 0)[1])
    np.testing.assert_array_equal(batch.x[0], record.x)
    np.testing.assert_array_equal(batch.y[0], record.y)
    assert batch.num_input[0] == record.num_input


REFUSED = {
    "context": ({"context": 16}, "shards with context 24, but train.context is 16"),
    "positions": ({"model": {"positions": 16}}, "train.model.positions is 16"),
    "vocabulary": ({"model": {"vocab_size": 500}}, "train.model.vocab_size is 500"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_shards_that_do_not_fit_are_refused(folder, changes, message):
    with pytest.raises(TrainError, match=message):
        check_shards(shard_list(folder), settings(**changes))


def test_gptsan_shards_of_another_objective_are_refused(tmp_path):
    write_shards(tmp_path, {"train": [6]}, format="gptsan")
    with pytest.raises(TrainError, match="examples for 'hybrid'"):
        check_shards(shard_list(tmp_path), settings(objective="lm"))


def test_no_example_and_no_list_are_refused(tmp_path):
    write_shards(tmp_path, {"valid": [6]})
    with pytest.raises(TrainError, match="no training example"):
        check_shards(shard_list(tmp_path), settings())
    with pytest.raises(TrainError, match="not a list of shards"):
        read_shard_list("x", b"{}")


def test_damaged_shards_are_named(tmp_path):
    write_shards(tmp_path, {"train": [6]})
    path = tmp_path / "train-00000-of-00001.tfrecord"
    whole = path.read_bytes()
    path.write_bytes(whole[:-3])
    with pytest.raises(ShardError, match="train-00000"):
        examples(tmp_path).batch(0)
    path.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    with pytest.raises(ShardError, match="record 0"):
        [examples(tmp_path).batch(step) for step in range(6)]


def test_prefetch_passes_errors_on():
    def make(step):
        if step == 2:
            raise TrainError("step two")
        return step

    ahead = Prefetch(make, 0, 5)
    assert [ahead.next(), ahead.next()] == [0, 1]
    with pytest.raises(TrainError, match="step two"):
        ahead.next()
    ahead.close()
