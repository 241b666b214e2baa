import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import COMMANDS, main


def test_help_lists_every_command_and_loads_nothing_heavy():
    code = (
        "import sys; from pipelines.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'apache_beam', 'numpy', 'pyarrow', 'jax', 'tensorflow', 'pydantic', 'scrapy'}\n"
        "print('LOADED', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "LOADED []" in done.stdout
    for name in COMMANDS:
        assert f"\n  {name}" in done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_has_its_module_and_light_help(name, capsys):
    module = importlib.import_module(f"pipelines.commands.{name.replace('-', '_')}")
    assert module.__doc__
    with pytest.raises(SystemExit) as caught:
        main([name, "--help"])
    assert caught.value.code == 0
    assert f"usage: kinari {name}" in capsys.readouterr().out


def test_every_command_module_is_reached():
    folder = Path(__file__).parents[2] / "pipelines" / "commands"
    modules = {path.stem.replace("_", "-") for path in folder.glob("[a-z]*.py")}
    assert modules == set(COMMANDS)


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["frobnicate"], "kinari: argument COMMAND: 'frobnicate' is no subcommand; kinari"),
        (["repot"], "kinari: argument COMMAND: 'repot' is no subcommand; did you mean 'report'?"),
        (["judge", "run"], "kinari judge: the following arguments are required: --labels"),
        (["status", "run", "--jsno"], "kinari status: unrecognized arguments: --jsno"),
        (
            ["score", "--model", "m", "--seed", "-1"],
            "kinari score: argument --seed: '-1' is no whole",
        ),
        (
            ["fill", "--seed", str(2**70)],
            f"kinari fill: argument --seed: '{2**70}' is no whole number",
        ),
        (
            ["generate", "--seed", "1.5"],
            "kinari generate: argument --seed: '1.5' is no whole number",
        ),
        (["eval", "--seed", "x"], "kinari eval: argument --seed: 'x' is no whole number from 0 to"),
    ],
)
def test_wrong_arguments_are_one_line_and_exit_2(argv, expected, capsys):
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(expected)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["run", "absent.yaml"], "absent.yaml: cannot read the config"),
        (["check", "absent.yaml"], "absent.yaml: cannot read the config"),
        (["status", "absent"], "absent: no run of kinari there"),
    ],
)
def test_a_mistake_is_one_line_and_exit_2(argv, expected, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"kinari: {expected}")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_check_prints_the_resolved_settings(tmp_path, capsys):
    config = tmp_path / "a.yaml"
    config.write_text("runner: {workers: 2}\n")
    assert main(["check", str(config)]) == 0
    out = capsys.readouterr().out
    assert "name: a" in out
    assert "workers: 2" in out
