import json

import pytest

from pipelines import run as runs
from pipelines.errors import UserError
from pipelines.settings import STAGES, RunnerSettings, RunSettings
from pipelines.shards import ShardStore


def news():
    lines = []
    return lines, lines.append


def hashed(folder):
    return {p: p.read_bytes() for p in folder.rglob("*.json") if p.name != "timing.json"}


def test_all_stages_complete_and_a_second_run_does_nothing(tmp_path, calls, settings):
    root = str(tmp_path / "run")
    states = runs.run(settings, root, say=news()[1])
    assert [state.state for state in states] == ["done"] * 5
    assert calls == list(STAGES)
    before = hashed(tmp_path)
    lines, say = news()
    runs.run(settings, root, say=say)
    assert calls == list(STAGES)
    assert all("unchanged, skipped" in line for line in lines)
    assert before == {
        p: p.read_bytes() for p in tmp_path.rglob("*.json") if p.name != "timing.json"
    }


def test_a_lost_record_redoes_that_stage_and_what_reads_it_stays(tmp_path, calls, settings):
    root = str(tmp_path / "run")
    runs.run(settings, root, say=news()[1])
    (tmp_path / "run/dedup/stage.json").unlink()
    assert runs.stage_state(root, "dedup", settings).state == "partial"
    calls.clear()
    runs.run(settings, root, say=news()[1])
    assert calls == ["dedup"], "the record came out byte-identical, so nothing after it is stale"


def test_an_external_input_that_changes_redoes_from_there_on(
    tmp_path, calls, settings, monkeypatch
):
    root = str(tmp_path / "run")
    runs.run(settings, root, say=news()[1])
    original = runs.stage_module("clean")
    plain = type(original)(run_stage=original.run_stage)
    original.external_inputs = lambda s: {"overrides": "1"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "pipelines.stage.stage_module",
            lambda name: original if name == "dedup" else plain,
        )
        state = runs.stage_state(root, "dedup", settings)
        assert (state.state, state.why) == ("stale", ("input overrides changed",))
        assert runs.stage_state(root, "clean", settings).state == "done"
        assert "input dedup is not up to date" in runs.stage_state(root, "encode", settings).why
        calls.clear()
        runs.run(settings, root, say=news()[1])
    assert calls == ["dedup", "encode", "train"]


def test_counts_that_do_not_balance_fail_the_stage(tmp_path, calls, settings, monkeypatch):
    monkeypatch.setattr(ShardStore, "commit", _cooked(ShardStore.commit), raising=True)
    with pytest.raises(RuntimeError, match="do not balance"):
        runs.run(settings, str(tmp_path / "run"), say=news()[1])
    assert not (tmp_path / "run/crawl/stage.json").exists()


def _cooked(commit):
    def cook(self, shard, outputs, counters, facts=None):
        return commit(self, shard, outputs, {**counters, "rows_in": 3}, facts)

    return cook


def test_stale_files_of_an_earlier_form_are_swept(tmp_path, calls, settings):
    root = tmp_path / "run"
    runs.run(settings, str(root), say=news()[1])
    (root / "clean/numbers-old.json").write_text("1")
    (root / "clean/stage.json").unlink()
    runs.run(settings, str(root), say=news()[1])
    assert not (root / "clean/numbers-old.json").exists()
    assert (root / "clean/numbers-00000.json").exists()


def test_a_folder_of_another_run_is_refused_untouched(tmp_path, calls, settings):
    root = str(tmp_path / "run")
    runs.run(settings, root, say=news()[1])
    before = (tmp_path / "run/run.json").read_bytes()
    with pytest.raises(UserError, match="holds the run 'numbers', not 'other'"):
        runs.run(RunSettings(name="other"), root, say=news()[1])
    assert (tmp_path / "run/run.json").read_bytes() == before


def test_a_folder_with_strange_files_is_refused_untouched(tmp_path, calls, settings):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(UserError, match="not empty and not a run"):
        runs.run(settings, str(tmp_path), say=news()[1])
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_stage_before_its_input_is_refused(tmp_path, calls, settings):
    with pytest.raises(UserError, match="encode needs dedup, which is not complete"):
        runs.run(settings, str(tmp_path / "run"), stages=("encode",), say=news()[1])
    assert calls == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"stage": "clean"}', b"\xff\xfe", b"null"])
def test_a_corrupt_record_is_named_and_kept(tmp_path, calls, settings, content):
    root = str(tmp_path / "run")
    runs.run(settings, root, say=news()[1])
    path = tmp_path / "run/clean/stage.json"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"clean/stage\.json: corrupt stage record"):
        runs.run(settings, root, say=news()[1])
    assert path.read_bytes() == content


def test_check_names_what_is_damaged(tmp_path, calls, settings):
    root = str(tmp_path / "run")
    runs.run(settings, root, say=news()[1])
    assert list(runs.damaged(root)) == []
    (tmp_path / "run/encode/numbers-00002.json").write_bytes(b"5")
    (tmp_path / "run/dedup/numbers-00001.json").write_bytes(b"longer")
    (tmp_path / "run/clean/numbers-00000.json").unlink()
    found = {path.removeprefix(root + "/"): problem for path, problem in runs.damaged(root)}
    assert found.keys() == {
        "encode/numbers-00002.json",
        "dedup/numbers-00001.json",
        "clean/numbers-00000.json",
    }
    assert "SHA-256" in found["encode/numbers-00002.json"]
    assert "6 bytes" in found["dedup/numbers-00001.json"]
    assert "missing" in found["clean/numbers-00000.json"]


def test_two_workers_on_an_object_store_give_the_same_bytes(tmp_path, calls, settings, s3):
    local = str(tmp_path / "run")
    runs.run(settings, local, stages=("crawl", "clean"), say=news()[1])
    remote = RunSettings(name="numbers", runner=RunnerSettings(options=s3, workers=2))
    runs.run(remote, "s3://runs/numbers", stages=("crawl", "clean"), say=news()[1])
    from pipelines import files

    for stage in ("crawl", "clean"):
        expected = (tmp_path / "run" / stage / "stage.json").read_bytes()
        assert files.read_bytes(f"s3://runs/numbers/{stage}/stage.json") == expected
    assert list(runs.damaged("s3://runs/numbers")) == []
    lines, say = news()
    runs.run(remote, "s3://runs/numbers", stages=("crawl",), say=say)
    assert lines == ["crawl: unchanged, skipped (4 rows)"]


def test_timing_is_kept_apart_from_what_is_hashed(tmp_path, calls, settings):
    root = tmp_path / "run"
    runs.run(settings, str(root), stages=("crawl",), say=news()[1])
    assert json.loads((root / "crawl/timing.json").read_text())["attempts_s"]
    outputs = json.loads((root / "crawl/stage.json").read_text())["outputs"]
    assert "timing.json" not in {output["path"] for output in outputs}


@pytest.mark.parametrize(
    ("to", "only", "start", "expected"),
    [
        (None, None, None, STAGES),
        ("dedup", None, None, STAGES[:3]),
        (None, "encode", None, ("encode",)),
        (None, None, "dedup", STAGES[2:]),
        ("encode", None, "dedup", ("dedup", "encode")),
    ],
)
def test_chosen_stages(to, only, start, expected):
    assert runs.chosen_stages(to, only, start) == expected


@pytest.mark.parametrize(
    ("to", "only", "start"), [("clean", None, "train"), ("clean", "dedup", None)]
)
def test_contradicting_choices_are_refused(to, only, start):
    with pytest.raises(UserError):
        runs.chosen_stages(to, only, start)
