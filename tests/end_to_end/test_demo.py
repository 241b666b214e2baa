"""The demo as a user runs it: every site judged rightly, and a loss that falls."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crawl.sample_web.build import build
from tests.end_to_end.small import REPO, kinari


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    said = kinari("run", REPO / "configs" / "demo.yaml", "--root", folder / "run", cwd=folder)
    assert said.code == 0, said.err[-3000:]
    assert "unigram entropy" in said.err
    return folder / "run"


@pytest.mark.heavy
@pytest.mark.long
def test_valid_loss_ends_a_quarter_below_unigram_entropy(demo: Path) -> None:
    lines = (demo / "train" / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    valid = [line for line in map(json.loads, lines) if line["kind"] == "valid"]
    assert valid[-1]["loss_lm"] <= 0.75 * valid[-1]["unigram_entropy"]


@pytest.mark.heavy
@pytest.mark.long
def test_every_site_gets_the_verdict_of_the_truth(demo: Path) -> None:
    table = pq.read_table(demo / "clean" / "sites.parquet", columns=["site", "verdict", "reasons"])
    verdicts = {row["site"]: row["verdict"] for row in table.to_pylist()}
    wrong = {}
    for name, site in build(1).truth.sites.items():
        allowed = {"keep", "review"} if site.verdict == "not_drop" else {site.verdict}
        if verdicts.get(name, "keep" if site.verdict == "not_drop" else "") not in allowed:
            wrong[name] = verdicts.get(name)
    assert not wrong


@pytest.mark.heavy
@pytest.mark.long
def test_bad_sites_leave_nothing_to_train_on(demo: Path) -> None:
    bad = {name for name, site in build(1).truth.sites.items() if site.verdict == "drop"}
    for path in sorted(demo.glob("dedup/documents-*.parquet")):
        assert not bad & set(pq.read_table(path, columns=["site"])["site"].to_pylist())
