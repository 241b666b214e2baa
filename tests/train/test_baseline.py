import json

import numpy as np
import pytest

from pipelines.cli import main
from pipelines.report.overview import HABITS
from tests.train.tiny import job, settings, write_shards
from train.baseline import commonest_share, compare_with_ngrams
from train.data import Examples
from train.ngram import END, KneserNey
from train.trainer import full_model, train
from train.use import open_model


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    write_shards(folder / "shards", {"train": [40], "valid": [12]})
    asked = job(folder / "shards", folder / "out", settings(steps=2, checkpoint={"every_steps": 9}))
    train(asked)
    return asked


def test_model_and_ngrams_pay_for_the_same_characters(trained):
    found = compare_with_ngrams(trained, 3, 100, 100)
    ready = open_model(trained.checkpoints)
    examples = {
        split: list(
            Examples(
                trained.shards, split, trained.settings,
                full_model(trained.settings, trained.shards), trained.fetch,
            ).records(100)
        )
        for split in ("train", "valid")
    }  # fmt: skip
    texts = {
        split: [ready.prompts.decoder.decode(record.tokens) + END for record in records]
        for split, records in examples.items()
    }
    count = sum(map(len, texts["valid"]))
    assert found["characters"] == count
    wanted = sum(KneserNey(texts["train"], 3).bits(text) for text in texts["valid"]) / count
    assert found["ngram_bits_per_char"] == pytest.approx(wanted)
    # A model of two steps knows nothing: each character (a token here) costs about log2(ids).
    size = ready.model.about.model.vocab_size
    assert found["model_bits_per_char"] == pytest.approx(np.log2(size), rel=0.05)
    assert found["ngram_bits_per_char"] < found["unigram_bits_per_char"]


def test_the_commonest_masked_token_is_counted_on_the_same_targets(trained):
    valid = Examples(
        trained.shards, "valid", trained.settings, full_model(trained.settings, trained.shards),
        trained.fetch,
    )  # fmt: skip
    masked = [
        int(token)
        for batch in valid.first(100)
        for row, prefix in zip(batch.y, batch.num_input, strict=True)
        for token in row[:prefix]
        if token >= 0
    ]
    share = commonest_share(trained, 100)
    assert share == max(map(masked.count, masked)) / len(masked)


def test_eval_keeps_its_rows_with_the_run(trained, tmp_path, capsys):
    run = tmp_path / "run"
    run.mkdir()
    (run / "train").symlink_to(trained.folder)
    (run / "run.json").write_text("{}")
    prompts = tmp_path / "prompts.jsonl"
    prompts.write_text('{"prompt": "あい", "kind": "short"}\nう\n')
    arguments = ["eval", "--model", str(run), "--baseline", str(trained.folder), str(prompts)]
    assert main([*arguments, "--num", "2", "--max-tokens", "4", "--json"]) == 0
    printed = capsys.readouterr().out
    assert (run / HABITS).read_text() == printed
    rows = [json.loads(line) for line in printed.splitlines()]
    assert [(row["model"], row["kind"]) for row in rows] == [
        (model, kind) for model in ("model", "baseline") for kind in ("short", "all")
    ]
    assert [row["continuations"] for row in rows] == [2, 4, 2, 4]
