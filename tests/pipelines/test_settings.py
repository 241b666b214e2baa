import pytest
from pydantic import BaseModel

from clean.judge_lines import EvidenceLine
from pipelines.errors import UserError
from pipelines.settings import RunSettings, load_settings


def write(tmp_path, text):
    path = tmp_path / "run.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def problems(tmp_path, text, *overrides):
    with pytest.raises(UserError) as caught:
        load_settings(write(tmp_path, text), overrides)
    return str(caught.value).replace(str(tmp_path) + "/", "").splitlines()


def test_every_mistake_is_reported_with_file_and_line(tmp_path):
    found = problems(tmp_path, "name: a\nrunner:\n  worker: 2\n  engine: flnk\ncleen: {}\n")
    assert "run.yaml:3: runner.worker is not a setting of runner; did you mean 'workers'?" in found
    assert "run.yaml:5: cleen is not a setting of a run; did you mean 'clean'?" in found
    assert any(
        line.startswith("run.yaml:4: runner.engine: ") and '"flnk"' in line for line in found
    )
    assert len(found) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- a\n- b\n", "run.yaml:1: a config is a mapping"),
        ("hello", "run.yaml:1: a config is a mapping"),
        ("a: [1\n", "run.yaml:2: not YAML"),
        ("a: 1\na: 2\n", "run.yaml:2: a stands twice, first at run.yaml:1"),
        ("a: &x [1]\nb: *x\n", "run.yaml:2: YAML aliases (*x) are not read"),
        (b"\xff\xfe\x00", "run.yaml: not UTF-8 at byte 0"),
        ("a: !!python/object/apply:os.system [ls]\n", "run.yaml:1: "),
        ("[" * 20000, "run.yaml"),
    ],
)
def test_what_is_no_config_is_one_clear_line(tmp_path, text, expected):
    found = problems(tmp_path, text)
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_billion_laughs_is_refused_before_it_unfolds(tmp_path):
    text = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [" + ",".join([f"*a{n - 1}"] * 10) + "]\n" for n in range(1, 30)
    )
    assert "aliases" in problems(tmp_path, text)[0]


def test_unreadable_config(tmp_path):
    with pytest.raises(UserError, match="cannot read the config: No such file"):
        load_settings(str(tmp_path / "absent.yaml"))


def test_empty_config_is_all_defaults_named_after_the_file(tmp_path):
    assert load_settings(write(tmp_path, "")).model_dump() == RunSettings(name="run").model_dump()


def test_override_wins_and_its_mistakes_name_it(tmp_path):
    path = write(tmp_path, "runner: {workers: 2}\n")
    assert load_settings(path, ["runner.workers=3"]).runner.workers == 3
    assert load_settings(path, ["name=other"]).name == "other"
    found = problems(tmp_path, "runner: {workers: 2}\n", "runner.workers=many")
    assert found[0].startswith("--set runner.workers=many: runner.workers: ")
    assert "expected stage.key=value" in problems(tmp_path, "", "runner.workers")[0]
    assert "did you mean 'workers'" in problems(tmp_path, "", "runner.wrkers=1")[0]


def is_group(field):
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def models(model):
    yield model
    for field in model.model_fields.values():
        for option in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if isinstance(option, type) and issubclass(option, BaseModel):
                yield from models(option)


@pytest.mark.parametrize("model", dict.fromkeys(models(RunSettings)))
def test_every_settings_model_is_frozen_closed_and_documented(model):
    assert model.model_config.get("frozen") is True
    assert model.model_config.get("extra") == "forbid"
    for name, field in model.model_fields.items():
        # An entry of a table has no defaults of its own: the table has.
        if model is not EvidenceLine:
            assert not field.is_required(), f"{model.__name__}.{name} has no default"
        if model is not RunSettings and not is_group(field):
            assert field.description, f"{model.__name__}.{name} has no docstring"
