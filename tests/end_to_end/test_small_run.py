"""The whole path on a slice of the sample web: balances, truth, skipping, re-doing."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from encode.shards import read_shards
from tests.end_to_end.small import Run, kinari

STAGES = ("crawl", "clean", "dedup", "encode", "train")


def _rows(root: Path, pattern: str, *columns: str) -> list[dict[str, Any]]:
    paths = sorted(root.glob(pattern))
    assert paths, pattern
    return [row for path in paths for row in pq.read_table(path, columns=list(columns)).to_pylist()]


def _tree(root: Path) -> dict[str, tuple[int, int]]:
    stats = {path: path.stat() for path in sorted(root.rglob("*")) if path.is_file()}
    return {
        str(path.relative_to(root)): (stat.st_size, stat.st_mtime_ns)
        for path, stat in stats.items()
        if path.relative_to(root).parts[0] in STAGES
    }


def test_status_shows_five_complete_stages_that_balance(small_run: Run) -> None:
    said = kinari("status", small_run.root, "--json", cwd=small_run.root)
    states = [json.loads(line) for line in said.out.splitlines()]
    assert [(state["stage"], state["state"]) for state in states] == [
        (stage, "done") for stage in STAGES
    ]
    for stage in STAGES:
        counters = small_run.record(stage)["counters"]
        dropped = sum(count for name, count in counters.items() if name.startswith("dropped_"))
        assert counters["rows_in"] == counters["rows_out"] + dropped > 0, stage


def test_each_stage_takes_in_what_the_one_before_gave(small_run: Run) -> None:
    counters = {stage: small_run.record(stage)["counters"] for stage in STAGES}
    assert counters["dedup"]["rows_in"] == counters["clean"]["rows_out"]
    assert counters["encode"]["rows_in"] == counters["dedup"]["rows_out"]


def test_counters_agree_with_the_parquet_files(small_run: Run) -> None:
    root = small_run.root
    clean, dedup = small_run.record("clean")["counters"], small_run.record("dedup")["counters"]
    reasons = Counter(row["reason"] for row in _rows(root, "clean/dropped-*.parquet", "reason"))
    assert len(_rows(root, "clean/documents-*.parquet", "doc_id")) == clean["rows_out"]
    assert {f"dropped_{name}": count for name, count in reasons.items()} == {
        name: count for name, count in clean.items() if name.startswith("dropped_") and count
    }
    assert len(_rows(root, "dedup/documents-*.parquet", "doc_id")) == dedup["rows_out"]
    removed = _rows(root, "dedup/duplicates-*.parquet", "doc_id", "kept_doc_id")
    assert len(removed) == dedup["rows_in"] - dedup["rows_out"]


def test_shards_name_every_document_that_stayed(small_run: Run) -> None:
    kept = {row["doc_id"] for row in _rows(small_run.root, "dedup/documents-*.parquet", "doc_id")}
    encoded = {record.doc_id for record in read_shards(small_run.root / "encode")}
    assert encoded <= kept
    assert len(encoded) == small_run.record("encode")["counters"]["rows_out"]


def test_every_crawlable_page_was_stored_and_no_other(small_run: Run) -> None:
    seen = {
        row["url"]
        for pattern in ("clean/documents-*.parquet", "clean/dropped-*.parquet")
        for row in _rows(small_run.root, pattern, "url")
    }
    truth = small_run.web.truth.pages
    assert {url for url, page in truth.items() if page.crawlable} <= seen
    assert not {url for url, page in truth.items() if not page.crawlable} & seen


def test_verdicts_are_those_of_the_truth(small_run: Run) -> None:
    verdicts = {
        row["site"]: row["verdict"]
        for row in _rows(small_run.root, "clean/sites.parquet", "site", "verdict")
    }
    for name, site in small_run.web.truth.sites.items():
        allowed = {"keep", "review"} if site.verdict == "not_drop" else {site.verdict}
        assert verdicts[name] in allowed, (name, verdicts[name])


def test_documents_hold_the_main_text_in_the_right_encoding(small_run: Run) -> None:
    columns = ("url", "text", "encoding")
    truth = small_run.web.truth.pages
    shares = []
    for row in _rows(small_run.root, "clean/documents-*.parquet", *columns):
        page = truth.get(row["url"])
        if page is None or page.role != "article":
            continue
        assert row["encoding"].replace("-", "_") in (page.encoding.replace("-", "_"), "ascii")
        sentences = [part for part in re.split(r"[。\n]", page.main) if len(part) > 5]
        plain = [part for part in sentences if not re.search(r"[0-9０-９円¥年月]", part)]
        shares.append(sum(part in row["text"] for part in plain) / max(1, len(plain)))
    assert len(shares) > 80
    assert sum(shares) / len(shares) > 0.95


def test_each_article_of_a_mirrored_site_stays_once(small_run: Run) -> None:
    truth = small_run.web.truth.pages
    pair = ("kawara-shinpo.example", "kawara-utsushi.example")
    kept = Counter(
        truth[row["url"]].main
        for row in _rows(small_run.root, "dedup/documents-*.parquet", "url", "site")
        if row["site"] in pair and truth[row["url"]].role == "article"
    )
    articles = {
        page.main for page in truth.values() if page.site in pair and page.main and page.crawlable
    }
    assert set(kept) == articles
    assert set(kept.values()) == {1}
    (mirror,) = pq.read_table(small_run.root / "dedup" / "mirrors.parquet").to_pylist()
    assert (mirror["site"], mirror["mirror_of"]) in (pair, pair[::-1])


def test_running_again_does_nothing_and_says_so(small_run: Run) -> None:
    before = _tree(small_run.root)
    said = kinari("run", small_run.config, "--root", small_run.root, cwd=small_run.root)
    assert said.code == 0
    assert [line.split(":")[0] for line in said.err.splitlines() if "skipped" in line] == list(
        STAGES
    )
    assert _tree(small_run.root) == before


def test_another_threshold_redoes_dedup_and_nothing_before(small_run: Run, tmp_path: Path) -> None:
    root = tmp_path / "run"
    shutil.copytree(small_run.root, root, copy_function=shutil.copy2)
    before = _tree(root)
    change = ("--set", "dedup.threshold=0.7")
    said = kinari("run", small_run.config, "--root", root, *change, "--to", "dedup", cwd=tmp_path)
    assert said.code == 0, said.err
    after = _tree(root)
    early = [name for name in before if name.startswith(("crawl/", "clean/"))]
    assert {name: after[name] for name in early} == {name: before[name] for name in early}
    assert after["dedup/stage.json"] != before["dedup/stage.json"]
    status = kinari("status", root, "--json", cwd=tmp_path).out
    states = {row["stage"]: row["state"] for row in map(json.loads, status.splitlines())}
    assert states["dedup"] == "done"
    assert states["encode"] == states["train"] == "stale"


def test_a_damaged_output_is_named(small_run: Run, tmp_path: Path) -> None:
    root = tmp_path / "run"
    shutil.copytree(small_run.root, root, copy_function=shutil.copy2)
    victim = sorted(root.glob("clean/documents-*.parquet"))[0]
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    said = kinari("check", root, cwd=tmp_path)
    assert said.code != 0
    assert victim.name in said.out + said.err


@pytest.mark.parametrize("stage", ["encode", "train"])
def test_a_stage_before_its_input_is_refused(small_run: Run, tmp_path: Path, stage: str) -> None:
    said = kinari(
        "run", small_run.config, "--root", tmp_path / "new", "--only", stage, cwd=tmp_path
    )
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 1
