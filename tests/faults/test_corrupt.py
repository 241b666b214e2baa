"""Corrupt inputs cost what they damage and nothing else."""

import io
import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawl.pages import Damage, Page
from crawl.read import read_pages
from tests.faults.corrupt import DAMAGE, sample_warc
from tests.faults.harness import faulty_config, finish, write

_GOOD = sample_warc("chimei-jiten.test", 4)
_PAGES = [item for item in read_pages(io.BytesIO(_GOOD), "good") if isinstance(item, Page)]

_EDITS = st.lists(
    st.tuples(
        st.sampled_from(("flip", "cut", "insert", "remove", "swap")),
        st.integers(0, len(_GOOD)),
        st.integers(1, 3000),
    ),
    min_size=1,
    max_size=4,
)


def _edit(data: bytes, edits: list[tuple[str, int, int]]) -> bytes:
    for kind, place, size in edits:
        head, middle, tail = data[:place], data[place : place + size], data[place + size :]
        match kind:
            case "flip":
                data = head + bytes(byte ^ 0xA5 for byte in middle) + tail
            case "cut":
                data = head
            case "insert":
                data = head + b"\x00\xff" * size + middle + tail
            case "remove":
                data = head + tail
            case "swap":
                data = tail + head + middle
    return data


def test_the_whole_file_reads_without_damage() -> None:
    assert len(_PAGES) >= 6
    assert all(isinstance(item, Page) for item in read_pages(io.BytesIO(_GOOD), "good"))


@settings(max_examples=150)
@given(_EDITS)
def test_a_damaged_file_gives_true_pages_and_names_its_damage(
    edits: list[tuple[str, int, int]],
) -> None:
    data = _edit(_GOOD, edits)
    found = list(read_pages(io.BytesIO(data), "damaged"))
    pages = [item for item in found if isinstance(item, Page)]
    damage = [item for item in found if isinstance(item, Damage)]
    assert len(pages) + len(damage) == len(found)
    intact = {(page.url, page.payload) for page in _PAGES}
    assert {(page.url, page.payload) for page in pages} <= intact
    lost = len(_PAGES) - len({page.url for page in pages})
    if lost and data and data != _GOOD[: len(data)]:
        assert damage or data[:2] != _GOOD[:2]
    assert all(0 <= item.offset <= len(data) for item in damage)


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_each_kind_of_damage_ends_in_pages_or_damage(name: str) -> None:
    data = DAMAGE[name]()
    found = Counter(type(item).__name__ for item in read_pages(io.BytesIO(data), name))
    if name == "empty":
        assert not found
    elif name in ("cut", "flipped", "wrong-lengths"):
        assert found["Damage"]
    if name == "cut":
        assert found["Page"] >= 5


@pytest.mark.heavy
def test_a_run_over_damaged_files_goes_on_and_counts_them(tmp_path: Path) -> None:
    (tmp_path / "warcs").mkdir()
    (tmp_path / "warcs" / "good.warc.gz").write_bytes(sample_warc("chimei-jiten.test", 22))
    for name, make in DAMAGE.items():
        (tmp_path / "warcs" / f"{name}.warc.gz").write_bytes(make())
    config = write(tmp_path, "config.yaml", faulty_config(tmp_path / "warcs", 1))
    done = finish(config, tmp_path / "run", to="clean")
    assert done.returncode == 0, done.stderr[-3000:]
    counters = json.loads((tmp_path / "run" / "crawl" / "stage.json").read_bytes())["counters"]
    damaged = sum(count for name, count in counters.items() if "damage" in name)
    assert damaged >= 3, counters
    kept = [
        url
        for path in (tmp_path / "run" / "clean").glob("documents-*.parquet")
        for url in pq.read_table(path, columns=["url"])["url"].to_pylist()
    ]
    assert sum("chimei-jiten.test" in url for url in kept) >= 22
