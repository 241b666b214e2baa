"""docs/dedup.md does what it says."""

import io
import json
import re
import sys
from pathlib import Path

from dedup.bands import hit_probability
from dedup.records import DUPLICATE, MIRROR
from dedup.settings import DedupSettings
from pipelines.cli import main

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "dedup.md").read_text("utf-8")


def test_the_python_example_holds():
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
    exec(compile(code, "docs/dedup.md", "exec"), {})


def test_the_command_prints_what_is_shown(monkeypatch, capsys):
    shown = re.search(
        r"\$ printf '%s\\n' (.*?) \| kinari dedup-pairs (.*?)\n(.*?)```", PAGE, re.DOTALL
    )
    lines = "\n".join(re.findall(r"'(.*?)'", shown[1])).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    assert main(["dedup-pairs", *shown[2].split()]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        json.loads(line) for line in shown[3].splitlines()
    ]


def test_columns_and_settings_named_exist():
    for schema, start in ((DUPLICATE, "| `duplicates-"), (MIRROR, "| `mirrors.parquet")):
        row = next(line for line in PAGE.splitlines() if line.startswith(start))
        assert re.findall(r"`(\w+)`", row.split("|")[2]) == schema.names
    for name in ("shuffle_mib", "bin_mib", "edges_at_once", "band_threshold", "mirror_share"):
        assert name in PAGE
        assert name in DedupSettings.model_fields


def test_the_defaults_are_those_described():
    bands, rows = DedupSettings().bands()
    assert f"{bands} bands of {rows} rows" in PAGE
    assert 0.002 < 1 - hit_probability(0.8, bands, rows) < 0.0035
    assert 0.5e-8 < 1 - hit_probability(0.9, bands, rows) < 2e-8
