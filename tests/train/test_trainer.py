import json
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

from tests.train.tiny import job, settings, write_shards
from train.checkpoints import Checkpoints, find_model, load_model
from train.errors import NotFinite, TrainError
from train.metrics import read_metrics
from train.trainer import train, validate


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    write_shards(folder, {"train": [30, 20], "valid": [10]})
    return folder


@pytest.fixture(scope="module")
def whole(shards, tmp_path_factory):
    """A training of six steps, undisturbed."""
    out = tmp_path_factory.mktemp("whole")
    outcome = train(job(shards, out, settings()))
    return out, outcome


def losses(out):
    return {
        line["step"]: (line["loss"], line["gradient_norm"])
        for line in read_metrics(out / "metrics.jsonl")
        if line["kind"] == "train"
    }


def valid_lines(out):
    return [
        (line["step"], line)
        for line in read_metrics(out / "metrics.jsonl")
        if line["kind"] == "valid"
    ]


def test_a_training_leaves_metrics_and_checkpoints(whole):
    out, outcome = whole
    assert outcome.finished and outcome.step == 6 and outcome.examples == 50
    lines = read_metrics(out / "metrics.jsonl")
    assert [line["step"] for line in lines if line["kind"] == "train"] == [1, 2, 3, 4, 5, 6]
    assert [line["step"] for line in lines if line["kind"] == "valid"] == [3, 6]
    named = {
        "loss",
        "loss_lm",
        "loss_mlm",
        "gradient_norm",
        "dropped_share",
        "expert_load",
        "epoch",
    }
    assert named <= lines[0].keys()
    assert np.sum(lines[0]["expert_load"], axis=1) == pytest.approx([1, 1])
    assert find_model(out)[1] == 6
    about = load_model(out).about
    assert about.step == 6 and about.context == 24 and about.objective == "hybrid"
    assert outcome.unigram_entropy > 3


def test_loss_falls(shards, tmp_path):
    chosen = settings(
        steps=120,
        valid_every=500,
        checkpoint={"every_steps": 500},
        model={"initial_norm": 0.1},
        optimizer={"learning_rate": 1e-2, "warmup_steps": 10, "schedule": "constant"},
    )
    train(job(shards, tmp_path, chosen))
    found = losses(tmp_path)
    assert found[120][0] < 0.6 * found[1][0]


def stopping_at(step):
    """News taker that sends SIGTERM to this process when a step is reported."""

    def say(text):
        if f"step {step}/" in text:
            os.kill(os.getpid(), signal.SIGTERM)

    return say


@pytest.mark.parametrize("step", [1, 3])
def test_sigterm_saves_and_going_on_gives_the_same_losses_bit_for_bit(
    shards, whole, tmp_path, step
):
    asked = job(shards, tmp_path, settings(), say=stopping_at(step))
    outcome = train(asked)
    assert not outcome.finished and step <= outcome.step < 6
    assert find_model(tmp_path)[1] == outcome.step
    again = train(replace(asked, say=lambda text: None))
    assert again.finished
    assert losses(tmp_path) == losses(whole[0])
    assert again.valid == whole[1].valid


def test_killed_between_checkpoints_goes_on_from_the_last(shards, whole, tmp_path):
    train(job(shards, tmp_path, settings(steps=5, checkpoint={"every_steps": 4})))
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    checkpoints.manager.delete(5)
    checkpoints.close()
    train(job(shards, tmp_path, settings()))
    assert losses(tmp_path) == losses(whole[0])


@pytest.mark.parametrize("step", [3, 6])
def test_killed_between_checkpoint_and_validation_validates_when_going_on(
    shards, whole, tmp_path, monkeypatch, step
):
    asked = job(shards, tmp_path, settings(checkpoint={"every_steps": 3}))

    def killed(trainer, state, batches, rows):
        if int(state.step) == step:
            raise KeyboardInterrupt
        return validate(trainer, state, batches, rows)

    monkeypatch.setattr("train.trainer.validate", killed)
    with pytest.raises(KeyboardInterrupt):
        train(asked)
    monkeypatch.undo()
    assert find_model(tmp_path)[1] == step
    assert [step for step, _ in valid_lines(tmp_path)] == [3, 6][: step // 3 - 1]
    train(asked)
    assert valid_lines(tmp_path) == valid_lines(whole[0])
    train(asked)
    assert valid_lines(tmp_path) == valid_lines(whole[0])


def test_accumulation_gives_the_losses_of_whole_batches(shards, tmp_path):
    routing = {"capacity_factor_train": 8.0, "balance_weight": 0.0, "jitter": 0.0}
    found = []
    for parts in (1, 2):
        out = tmp_path / str(parts)
        chosen = settings(accumulate=parts, precision="float32", model={"routing": routing})
        train(job(shards, out, chosen))
        found.append([loss for loss, _ in losses(out).values()])
    np.testing.assert_allclose(found[0], found[1], atol=2e-5)


def test_a_loss_that_is_no_number_stops_names_the_step_and_keeps_the_last_good(shards, tmp_path):
    chosen = settings(optimizer={"learning_rate": 1e30, "clip_norm": 0.0, "warmup_steps": 0})
    start = settings(steps=2)
    train(job(shards, tmp_path, start))
    with pytest.raises(TrainError, match="other settings or shards"):
        train(job(shards, tmp_path, chosen))
    with pytest.raises(NotFinite, match=r"step \d: loss"):
        train(job(shards, tmp_path / "new", chosen))
    kept = Checkpoints(tmp_path / "new/checkpoints")
    assert kept.latest() in (None, 2)
    kept.close()


def test_another_vocabulary_is_refused(shards, whole):
    out, _ = whole
    foreign = replace(job(shards, out, settings()), vocabulary_sha256="0" * 64)
    with pytest.raises(TrainError, match="trained with vocabulary"):
        train(foreign)


def test_a_changed_vocabulary_file_is_refused(shards, tmp_path):
    train(job(shards, tmp_path, settings(steps=2)))
    file = tmp_path / "checkpoints/vocabulary/vocab.txt"
    file.write_bytes(file.read_bytes() + b"\nx")
    with pytest.raises(TrainError, match="put the vocabulary back"):
        load_model(tmp_path)
    file.unlink()
    with pytest.raises(TrainError, match="cannot be used without its vocabulary"):
        load_model(tmp_path)


def test_more_steps_go_on_and_checkpoints_are_kept_by_count(shards, whole, tmp_path):
    train(job(shards, tmp_path, settings(steps=4, checkpoint={"every_steps": 1, "keep": 2})))
    held = sorted(item.name for item in (tmp_path / "checkpoints").iterdir() if item.name.isdigit())
    assert held == ["3", "4"]
    train(job(shards, tmp_path, settings()))
    assert losses(tmp_path) == losses(whole[0])


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": {"name": "adafactor", "schedule": "cosine", "warmup_steps": 2}},
        {"optimizer": {"name": "muon"}, "dropout": 0.2, "plain_share": 0.5},
        {"precision": "bfloat16", "activation_checkpointing": True},
        {"model": {"kind": "gpt2"}, "objective": "lm"},
        {"model": {"d_spout": 4, "ext_layers": 1, "routing": {"ignore_padding": True}}},
    ],
    ids=["adafactor", "muon", "bfloat16", "gpt2", "spout"],
)
def test_other_settings_train_and_go_on(shards, tmp_path, changes):
    train(job(shards, tmp_path / "whole", settings(steps=4, **changes)))
    asked = job(shards, tmp_path / "cut", settings(steps=4, **changes), say=stopping_at(1))
    assert not train(asked).finished
    train(replace(asked, say=lambda text: None))
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_tensorboard_holds_the_numbers(shards, tmp_path):
    train(job(shards, tmp_path, settings(steps=2, tensorboard=True)))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    lines = [line for line in read_metrics(tmp_path / "metrics.jsonl") if line["kind"] == "train"]
    found = [(event.step, event.value) for event in events.Scalars("train/loss")]
    assert found == [(line["step"], pytest.approx(line["loss"])) for line in lines]


def test_metrics_cut_off_by_a_crash_are_read_to_the_last_whole_line(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text(json.dumps({"step": 1}) + '\n{"step": 2, "lo')
    assert read_metrics(path) == [{"step": 1}]
    path.write_text('{"step": 2, "lo\n' + json.dumps({"step": 1}) + "\n")
    with pytest.raises(TrainError, match=r"metrics.jsonl:1: not JSON"):
        read_metrics(path)
