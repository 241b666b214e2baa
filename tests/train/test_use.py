import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.train import numpy_model
from tests.train.tiny import SIZE, flat, job, model, random_params, settings, write_shards
from train.classify import Classifier
from train.errors import TrainError
from train.fill import fill
from train.finetune import tuning_job
from train.generate import Generator, Sampling, _least_of_best, choose
from train.ngram import END as TEXT_END
from train.ngram import KneserNey
from train.score import Scorer
from train.trainer import train
from train.use import open_model

END, START, SEGMENTER = SIZE - 1, SIZE - 7, SIZE - 2
GREEDY = Sampling(temperature=0)


def setup(**changes):
    shape = model(**changes)
    params = random_params(shape, dtype=np.float32)
    spout = np.linspace(-1, 1, 6).astype(np.float32) if changes.get("d_spout") else None
    return shape, params, spout


@pytest.mark.parametrize(
    "changes", [{}, {"d_spout": 6, "ext_layers": 1}, {"kind": "gpt2"}], ids=str
)
def test_cached_equals_uncached(changes):
    shape, params, spout = setup(**changes)
    prompt, prefix = np.array([START, 3, 5, 8, SEGMENTER]), 4
    generator = Generator(params, shape, END)
    written = generator.write(prompt, prefix, max_tokens=9, sampling=GREEDY, spout=spout)[0]
    ids, gained = list(prompt), 0.0
    wide = jax.tree.map(lambda value: value.astype(np.float64), params)
    for token in written.ids:
        logits, _, _ = numpy_model.forward(
            wide, shape, np.array([ids]), np.array([prefix]), None if spout is None else spout[None]
        )
        last = logits[0, -1]
        assert int(last.argmax()) == token
        gained += last[token] - np.log(np.exp(last - last.max()).sum()) - last.max()
        ids.append(token)
    assert len(written.ids) == 9 or written.ended
    assert written.log_probability == pytest.approx(gained, abs=1e-2)


def test_one_beam_is_greedy_and_more_beams_are_no_worse():
    shape, params, _ = setup()
    prompt = np.array([START, 3, SEGMENTER])
    generator = Generator(params, shape, END)
    greedy = generator.write(prompt, 2, max_tokens=6, sampling=GREEDY)[0]
    beams = [
        generator.write(prompt, 2, max_tokens=6, sampling=Sampling(beam_width=width))[0]
        for width in (1, 4)
    ]
    assert beams[0].ids == greedy.ids
    assert beams[0].log_probability == pytest.approx(greedy.log_probability, abs=1e-4)
    assert beams[1].log_probability >= greedy.log_probability - 1e-4


def test_the_seed_decides_and_unwritten_tokens_do_not_appear():
    shape, params, _ = setup()
    prompt = np.array([START, 3, SEGMENTER])
    banned = np.arange(50, 99)
    generator = Generator(params, shape, END, banned)
    one, again, other = (
        generator.write(prompt, 2, max_tokens=12, sampling=Sampling(3.0), num=3, seed=seed)
        for seed in (1, 1, 2)
    )
    assert one == again != other
    assert all(token not in banned or token == END for row in one for token in row.ids)


def test_cuts_leave_only_the_best():
    scores = np.log(np.array([[0.5, 0.3, 0.15, 0.05]], np.float32)).repeat(400, 0)
    banned = np.zeros(4, bool)

    def chosen(sampling):
        return set(np.asarray(choose(scores, banned, sampling, jax.random.key(0))).tolist())

    assert chosen(Sampling()) == {0, 1, 2, 3}
    assert chosen(Sampling(top_k=2)) == {0, 1}
    assert chosen(Sampling(top_p=0.75)) == {0, 1}
    assert chosen(Sampling(temperature=0)) == {0}


def test_the_best_to_a_share_are_those_of_a_sorted_list():
    scores = np.random.default_rng(0).normal(0, 2, (20, 90)).astype(np.float32)
    for share in (0.05, 0.5, 0.9, 0.999):
        least = np.asarray(_least_of_best(jnp.asarray(scores), share))[:, 0]
        for row, found in zip(scores.astype(np.float64), least, strict=True):
            ordered = np.sort(row)[::-1]
            reached = np.cumsum(np.exp(ordered) / np.exp(ordered).sum())
            assert found == np.float32(ordered[np.searchsorted(reached, share)])


@pytest.mark.parametrize("changes", [{}, {"d_spout": 6}], ids=str)
def test_rows_written_together_are_those_written_alone(changes):
    shape, params, spout = setup(**changes)
    prompt = np.array([START, 3, 5, 8, SEGMENTER])
    generator = Generator(params, shape, END)

    def write(spout, num):
        return generator.write(prompt, 4, max_tokens=9, sampling=GREEDY, num=num, spout=spout)

    alike = write(spout, 3)
    assert [row.ids for row in alike] == [write(spout, 1)[0].ids] * 3
    if spout is not None:
        each = np.stack([spout, -spout])
        found = [row.ids for row in write(each, 2)]
        assert found == [write(one, 1)[0].ids for one in each]
        assert found[0] != found[1]


@pytest.mark.parametrize(
    "wrong", [{"temperature": -1}, {"top_p": 0}, {"top_k": -1}, {"beam_width": -1}], ids=str
)
def test_impossible_sampling_is_refused(wrong):
    with pytest.raises(TrainError, match="--"):
        Sampling(**wrong)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    write_shards(folder / "shards", {"train": [30]})
    chosen = settings(steps=2, checkpoint={"every_steps": 9})
    train(job(folder / "shards", folder / "out", chosen))
    return folder / "out"


def test_fill_gives_the_layers_outputs_and_the_scores_of_its_tokens(trained):
    ready = open_model(trained)
    shape = ready.model.about.model
    found = fill(ready.model.params, shape, ready.prompts, "あい[MASK]え", position=2)
    assert {"output_text", "output_tokens", "output_scores", "output_vector"} <= found.keys()
    assert len(found["output_vector"]) == shape.blocks * shape.d_model
    assert len(found["output_tokens"]) == len(found["output_scores"]) == 4
    assert found["output_text"] == "".join(found["output_tokens"])
    assert found["filled"][0]["position"] == 3
    ids = [START, *ready.prompts.encode_masked("あい[MASK]え"), SEGMENTER]
    wide = jax.tree.map(lambda value: np.asarray(value, np.float64), ready.model.params)
    logits, _, _ = numpy_model.forward(wide, shape, np.array([ids]), np.array([5]))
    best = np.delete(logits[0, 2], ready.prompts.unwritten).max()
    token = ready.prompts.vocabulary.ids[found["filled"][0]["token"]]
    assert logits[0, 2, token] == pytest.approx(best, abs=1e-4)
    with pytest.raises(TrainError, match="--position 9"):
        fill(ready.model.params, shape, ready.prompts, "あい[MASK]え", position=9)


def test_prompts_that_are_no_text_are_refused(trained):
    with pytest.raises(TrainError, match="not UTF-8"):
        open_model(trained).prompts.encode("あ\udcff")


def test_scores_are_those_of_the_forward_pass(trained):
    ready = open_model(trained)
    shape = ready.model.about.model
    ids = ready.prompts.encode("あいうえお")
    scores = Scorer(ready.model.params, shape, 24).score(ids)
    wide = jax.tree.map(lambda value: np.asarray(value, np.float64), ready.model.params)
    x = np.array([[START, SEGMENTER, *ids]])
    logits, _, _ = numpy_model.forward(wide, shape, x, np.array([1]))
    shifted = logits[0] - logits[0].max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    wanted = [log_p[1 + place, token] for place, token in enumerate([*ids, END])]
    np.testing.assert_allclose(scores, wanted, atol=1e-4)
    assert len(Scorer(ready.model.params, shape, 24).score(np.arange(60))) == 61


def test_prompts_pass_the_normalization_of_the_run(tmp_path):
    write_shards(tmp_path / "shards", {"train": [10]})
    chosen = settings(steps=1)
    given = {"kinds": ["date", "url"], "dates": ["ymd"]}
    train(job(tmp_path / "shards", tmp_path / "out", chosen, normalize=given))
    prompts = open_model(tmp_path / "out").prompts
    assert prompts.clean("2021年3月4日のあい") == "<DATE>のあい"
    assert prompts.vocabulary.ids["<DATE>"] in prompts.encode("2021年3月4日のあい")


def test_tuning_moves_only_what_was_added(trained, tmp_path):
    rows = [{"text": "あいう" if n % 2 else "かきく", "label": "ab"[n % 2]} for n in range(12)]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    chosen = settings(
        steps=3,
        batch_size=2,
        model={"d_spout": 4},
        finetune={
            "base": str(trained), "data": str(data), "ext_layers": 2, "train_spout": True,
            "valid_share": 0.0,
        },
    )  # fmt: skip
    asked, base = tuning_job(chosen, tmp_path / "tuned", lambda text: None)
    train(asked)
    ready = open_model(tmp_path / "tuned")
    before, after = flat(base.model.params), flat(ready.model.params)
    assert all(np.array_equal(before[name], after[name]) for name in before)
    assert ready.model.about.model.ext_layers == 2
    assert ready.model.about.classes == ["a", "b"]
    assert np.abs(after["ext_positions"]).max() > 0
    np.testing.assert_array_equal(ready.spout("b", 0), [0, 1, 0, 0])
    with pytest.raises(TrainError, match="not a class of this model; it has a, b"):
        ready.spout("c", 0)


def test_a_tuned_classifier_tells_classes_apart(trained, tmp_path):
    letters = {"あ": "あいうえお", "か": "かきくけこ"}
    rng = np.random.default_rng(0)
    rows = [
        {"text": "".join(rng.choice(list(letters[label]), 6)), "label": label}
        for label in letters
        for _ in range(40)
    ]
    data = tmp_path / "rows.jsonl"
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    chosen = settings(
        steps=120,
        batch_size=8,
        optimizer={"learning_rate": 0.02, "warmup_steps": 5},
        finetune={
            "base": str(trained), "data": str(data), "task": "classify", "train_all": True,
            "ext_layers": 0, "valid_share": 0.0,
        },
    )  # fmt: skip
    asked, _ = tuning_job(chosen, tmp_path / "tuned", lambda text: None)
    train(asked)
    classifier = Classifier(open_model(tmp_path / "tuned"))
    for label, known in letters.items():
        for _ in range(5):
            shares = classifier.shares("".join(rng.choice(list(known), 6)))
            assert list(shares) == ["あ", "か"]
            assert sum(shares.values()) == pytest.approx(1)
            assert shares[label] > 0.9
    assert len(classifier.shares("あ" * 200)) == 2
    with pytest.raises(TrainError, match="task: classify"):
        Classifier(open_model(trained))


FAULTS = {
    "no base": ({}, "name the model in `base`"),
    "nothing moves": ({"ext_layers": 0}, "nothing to train"),
    "no spout": ({"labels": ["a"]}, "labels feed the spout, but the base has none"),
}


@pytest.mark.parametrize(("changes", "message"), FAULTS.values(), ids=FAULTS)
def test_tuning_that_cannot_be_is_refused(trained, tmp_path, changes, message):
    (tmp_path / "rows.jsonl").write_text('{"text": "あい"}\n')
    given = {"base": str(trained), "data": str(tmp_path / "rows.jsonl")} if changes else {}
    with pytest.raises(TrainError, match=message):
        tuning_job(settings(finetune=given | changes), tmp_path / "tuned", lambda text: None)


def test_kneser_ney_probabilities_sum_to_one_and_learn():
    known = ["あいうあいうあいえ" + TEXT_END, "うえあい" + TEXT_END]
    gram = KneserNey(known, 3)
    characters = set("あいうえ") | {TEXT_END}
    for context in ("\x02\x02", "あい", "えう", "うあ"):
        seen = sum(gram.probability(context, character) for character in characters)
        unseen = gram.probability(context, "X")
        assert seen + unseen == pytest.approx(1.0)
    assert gram.bits("あいうあいう") < KneserNey(known, 1).bits("あいうあいう")
    assert gram.probability("あい", "う") > gram.probability("あい", "え")
