from pathlib import Path

import pytest

from pipelines.settings import load_settings
from train.settings import ModelSettings
from train.shapes import count_active, count_by_part, count_parameters

CONFIGS = Path(__file__).parents[2] / "configs"
GPTSAN = {
    "vocab_size": 36000, "positions": 1280, "d_model": 1024, "heads": 16, "layers": 10,
    "experts": 16, "d_ff": 8192, "d_ext": 4096,
}  # fmt: skip

TOTALS = {
    "gptsan-2.8b": 2_776_248_480,
    "gpt2ja-medium": 324_426_752,
    "gpt2ja-small": 101_642_496,
    "gpt3/small": 125_226_240,
    "gpt3/medium": 355_871_744,
    "gpt3/large": 760_300_032,
    "gpt3/xl": 1_315_723_264,
    "gpt3/2.7b": 2_651_553_280,
    "gpt3/6.7b": 6_658_404_352,
    "gpt3/13b": 12_952_938_780,
    "gpt3/175b": 174_604_259_328,
}


@pytest.mark.parametrize(("name", "total"), TOTALS.items())
def test_totals_of_the_configs(name, total):
    settings = load_settings(str(CONFIGS / f"{name}.yaml"))
    assert count_parameters(settings.train.model) == total


def test_175b_with_4096_positions():
    settings = load_settings(str(CONFIGS / "gpt3/175b.yaml"), ["train.model.positions=4096"])
    assert count_parameters(settings.train.model) == 174_629_425_152


def test_spout_and_dense_layers_of_gptsan():
    plain = count_parameters(ModelSettings(**GPTSAN))
    assert count_parameters(ModelSettings(**GPTSAN, d_spout=128)) - plain == 2_752_512
    assert count_parameters(ModelSettings(**GPTSAN, ext_layers=14)) == 2_953_848_992


def test_parts_of_gptsan():
    parts = count_by_part(ModelSettings(**GPTSAN))
    assert parts["experts"] == 2_684_354_560
    assert parts["tanh skip"] == 10_485_760
    assert parts["routers"] == 163_840
    assert parts["last dense"] == 1_049_600
    assert parts["output bias"] == 36_000


def test_active_parameters_hold_one_expert():
    settings = ModelSettings(**GPTSAN)
    parts = count_by_part(settings)
    embeddings = parts["token embeddings"] + parts["position embeddings"]
    expected = count_parameters(settings) - embeddings - parts["experts"] * 15 // 16
    assert count_active(settings) == expected


def test_a_model_without_vocabulary_size_has_no_table():
    with pytest.raises(ValueError, match="vocab_size is 0"):
        count_parameters(ModelSettings())
