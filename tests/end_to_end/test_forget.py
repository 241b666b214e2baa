"""Forgetting in a finished run: nothing of a site is left in any file, and the run stays sound."""

import gzip
import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from encode.shards import read_shards
from tests.end_to_end.small import Run, kinari

SITE = "chimei-jiten.test"  # no other site mirrors it: its documents are in the shards


@pytest.fixture(scope="module")
def forgotten(small_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("forget")
    root = folder / "run"
    shutil.copytree(small_run.root, root)
    said = kinari("forget", root, "--site", SITE, "--json", cwd=folder)
    assert said.code == 0, said.err
    return Run(small_run.config, root, small_run.web, said)


def rows(root: Path, stage: str) -> list[dict]:
    found = []
    for path in sorted((root / stage).glob("*.parquet")):
        found += pq.read_table(path).to_pylist()
    return found


def test_the_site_was_there_before(small_run: Run) -> None:
    assert any(row.get("site") == SITE for row in rows(small_run.root, "dedup"))


def test_no_file_holds_it(forgotten: Run, small_run: Run) -> None:
    gone = {
        row["doc_id"]
        for row in rows(small_run.root, "clean")
        if "doc_id" in row and row["site"] == SITE
    }
    assert json.loads(forgotten.said.out)["removed"]["crawl pages"] >= len(gone) > 0
    for path in (forgotten.root / "crawl").glob("*.warc.gz"):
        assert f"WARC-Target-URI: http://{SITE}".encode() not in gzip.decompress(path.read_bytes())
    for stage in ("crawl", "clean", "dedup"):
        for row in rows(forgotten.root, stage):
            assert SITE not in (row.get("url") or "")
            assert row.get("site") != SITE
            assert row.get("doc_id") not in gone
            assert not gone & set(row.get("sample_doc_ids") or ())
    left = {record.doc_id for record in read_shards(forgotten.root / "encode")}
    before = {record.doc_id for record in read_shards(small_run.root / "encode")}
    assert left == before - gone
    assert len(left) < len(before)
    for stage in ("crawl", "clean", "dedup", "encode"):
        assert not [p for p in (forgotten.root / stage).rglob("_*/**/*") if p.is_file()]
    assert not list((forgotten.root / "report").rglob("*.html"))


def test_the_run_is_sound_and_only_the_model_is_stale(forgotten: Run) -> None:
    said = kinari("check", forgotten.root, "--json", cwd=forgotten.root)
    problems = [json.loads(line) for line in said.out.splitlines() if '"problem"' in line]
    assert [Path(p["path"]).parts[-2] for p in problems] == ["train"]
    said = kinari("status", forgotten.root, "--json", cwd=forgotten.root)
    states = {row["stage"]: row["state"] for row in map(json.loads, said.out.splitlines())}
    assert states == {
        "crawl": "done", "clean": "done", "dedup": "done", "encode": "done", "train": "stale",
    }  # fmt: skip
    index = json.loads((forgotten.root / "encode/shards.json").read_text())
    total = sum(entry["records"] for entry in index["shards"])
    assert total == len(list(read_shards(forgotten.root / "encode")))


def test_other_documents_are_found_at_their_place(forgotten: Run) -> None:
    from crawl.read import read_pages

    for row in rows(forgotten.root, "dedup")[:20]:
        if "warc_file" in row:
            with (forgotten.root / "crawl" / row["warc_file"]).open("rb") as stream:
                page = next(read_pages(stream, row["warc_file"], row["warc_offset"]))
            assert page.url == row["url"]
