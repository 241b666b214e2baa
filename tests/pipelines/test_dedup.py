"""The dedup stage on a small corpus of known duplicates."""

import hashlib
import random
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from clean.records import DOCUMENT, SITE, doc_id
from clean.signals.names import SIGNALS
from pipelines import dedup
from pipelines.errors import UserError
from pipelines.settings import RunSettings
from pipelines.shards import OutputFile
from pipelines.stage import StageContext, StageRecord, check_balance, make_record

NOTHING = dict.fromkeys(SIGNALS)


def prose(seed: int, length: int) -> str:
    """Text that shares nothing with that of another seed."""
    pick = random.Random(seed)
    return "".join(chr(pick.randrange(0x4E00, 0x9F00)) for _ in range(length))


def edited(text: str, seed: int, share: float) -> str:
    """The text with a share of its characters replaced."""
    pick = random.Random(seed)
    out = list(text)
    for place in pick.sample(range(len(out)), int(len(out) * share)):
        out[place] = chr(pick.randrange(0x3041, 0x3090))
    return "".join(out)


def document(url: str, text: str, minute: int = 0, site: str | None = None) -> dict:
    host = url.split("/")[2]
    return {
        "doc_id": doc_id(url, text.encode()),
        "url": url,
        "host": host,
        "site": site or host,
        "fetched_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute),
        "warc_file": "a.warc.gz",
        "warc_offset": minute * 1000,
        "title": None,
        "published": None,
        "encoding": "utf-8",
        "text": text,
        "n_chars": len(text),
        "signals": NOTHING,
    }


def put(path, table) -> OutputFile:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return OutputFile(path.name, table.num_rows, path.stat().st_size, digest)


def clean_stage(root, shards: Sequence[Sequence[dict]], scores: dict[str, float]) -> StageRecord:
    """A finished clean stage with these documents."""
    outputs = []
    for number, rows in enumerate(shards):
        ordered = sorted(rows, key=lambda row: (row["doc_id"], row["warc_offset"]))
        name = f"documents-{number:05d}-of-{len(shards):05d}.parquet"
        outputs.append(put(root / "clean" / name, pa.Table.from_pylist(ordered, schema=DOCUMENT)))
    sites = [
        {
            "site": site,
            "pages": 1,
            "verdict": "keep",
            "decided_by": "rule",
            "score": score,
            "reasons": [],
            "signals": NOTHING,
            "sample_doc_ids": [],
        }
        for site, score in scores.items()
    ]
    outputs.append(put(root / "clean" / "sites.parquet", pa.Table.from_pylist(sites, schema=SITE)))
    rows_out = sum(map(len, shards))
    return StageRecord(
        "clean", "0", "f" * 64, {}, "0", "0", {}, tuple(outputs), {"rows_out": rows_out}
    )


def run_dedup(root, shards, scores=None, workers=1, **settings):
    """Run the stage; returns (result, kept documents, duplicates by doc_id)."""
    record = clean_stage(root, shards, scores or {})
    run = RunSettings.model_validate(
        {"runner": {"workers": workers}, "dedup": {"permutations": 128, **settings}}
    )
    context = StageContext(str(root), "dedup", run, "a" * 64, {"clean": record})
    result = dedup.run_stage(context)
    check_balance("dedup", result.counters)
    kept = read_all(root, result, "documents-")
    gone = {row["doc_id"]: row for row in read_all(root, result, "duplicates-")}
    return result, kept, gone


def read_all(root, result, prefix):
    return [
        row
        for out in result.outputs
        if out.path.startswith(prefix)
        for row in pq.read_table(root / "dedup" / out.path).to_pylist()
    ]


@pytest.fixture(scope="module")
def corpus():
    """Three families of duplicates and ten documents on their own, over four shards."""
    base = prose(1, 800)
    rows = {
        "original": document("https://a.example/1", base, 5),
        "same": document("https://b.example/1", base + " 　\n", 1),
        "wide": document("https://b.example/2", base + "！！！", 2),
        "near": document("https://c.example/1", edited(base, 7, 0.01) + "おわり", 3),
        "long": document("https://a.example/2", prose(2, 900), 9),
        "shorter": document("https://a.example/3", prose(2, 900)[:830], 0),
    }
    for number in range(10):
        rows[f"alone{number}"] = document(f"https://d.example/{number}", prose(50 + number, 400))
    return rows


def shards_of(rows, count, seed=0):
    ordered = list(rows)
    random.Random(seed).shuffle(ordered)
    return [ordered[number::count] for number in range(count)]


def test_duplicates_go_and_say_who_stays(tmp_path, corpus):
    result, kept, gone = run_dedup(
        tmp_path, shards_of(corpus.values(), 3), {"a.example": 0.1, "b.example": 0.2}
    )
    names = {row["doc_id"]: name for name, row in corpus.items()}
    assert {names[row["doc_id"]] for row in kept} == {
        "original",
        "long",
        *(f"alone{number}" for number in range(10)),
    }
    told = {names[i]: (names[row["kept_doc_id"]], row["reason"]) for i, row in gone.items()}
    assert told == {
        "same": ("original", "exact"),
        "wide": ("original", "near"),
        "near": ("original", "near"),
        "shorter": ("long", "near"),
    }
    assert gone[corpus["same"]["doc_id"]]["similarity"] == 1.0
    assert 0.8 <= gone[corpus["near"]["doc_id"]]["similarity"] < 1
    assert result.counters == {
        "rows_in": 16,
        "rows_out": 12,
        "dropped_exact_duplicate": 1,
        "dropped_near_duplicate": 3,
        "dropped_contained": 0,
        "dropped_known": 0,
    }


def contents(rows):
    return sorted((row["doc_id"], row["text"]) for row in rows)


def test_order_of_input_and_cut_of_work_do_not_matter(tmp_path, corpus):
    expected = None
    for number, (count, settings) in enumerate(
        [
            (1, {}),
            (4, {}),
            (3, {"edges_at_once": 0}),
            (2, {"bin_mib": 1, "shuffle_mib": 1}),
        ]
    ):
        shards = shards_of(corpus.values(), count, seed=number)
        _, kept, gone = run_dedup(tmp_path / str(number), shards, {"a.example": 0.1}, **settings)
        found = (contents(kept), sorted(gone.items()))
        expected = expected or found
        assert found == expected


@pytest.mark.heavy
def test_two_workers_write_the_same_bytes(tmp_path, corpus, monkeypatch):
    monkeypatch.setattr(dedup, "WORTH_WORKERS", 0)
    shards = shards_of(corpus.values(), 3)
    one, _, _ = run_dedup(tmp_path / "one", shards)
    two, _, _ = run_dedup(tmp_path / "two", shards, workers=2)
    assert one == two


def test_a_stage_cut_off_anywhere_ends_the_same(tmp_path, corpus, monkeypatch):
    shards = shards_of(corpus.values(), 2)
    whole, _, _ = run_dedup(tmp_path / "whole", shards)
    commit = dedup.Steps.run
    for stop in (1, 3, 5):
        ran = []

        def run_some(self, name, *args, ran=ran, stop=stop, **kwargs):
            if len(ran) == stop:
                raise KeyboardInterrupt
            ran.append(name)
            commit(self, name, *args, **kwargs)

        monkeypatch.setattr(dedup.Steps, "run", run_some)
        root = tmp_path / f"cut{stop}"
        with pytest.raises(KeyboardInterrupt):
            run_dedup(root, shards)
        monkeypatch.setattr(dedup.Steps, "run", commit)
        again, _, _ = run_dedup(root, shards)
        assert again == whole


def test_an_empty_crawl_is_no_error(tmp_path):
    result, kept, _ = run_dedup(tmp_path / "none", [])
    assert (kept, result.counters["rows_in"]) == ([], 0)
    result, kept, _ = run_dedup(tmp_path / "empty", [[], []])
    assert (kept, result.counters["rows_out"]) == ([], 0)


def test_earlier_runs_hold_what_they_hold(tmp_path, corpus):
    old = {name: row for name, row in corpus.items() if name in {"original", "alone0", "long"}}
    first, _, _ = run_dedup(tmp_path / "first", [list(old.values())])
    finished = make_record("dedup", RunSettings(), {}, first)
    (tmp_path / "first" / "dedup" / "stage.json").write_bytes(finished.to_json())

    new = [
        document("https://new.example/1", corpus["original"]["text"] + "！"),
        document("https://new.example/2", edited(corpus["long"]["text"], 3, 0.01)),
        document("https://new.example/3", prose(999, 500)),
    ]
    shutil.rmtree(tmp_path / "first" / "clean")  # texts are not needed
    for number, row in enumerate(new):
        assert row["doc_id"] not in {item["doc_id"] for item in old.values()}, number
    result, kept, gone = run_dedup(
        tmp_path / "second", [new[:2], new[2:]], against=[str(tmp_path / "first")]
    )
    assert [row["doc_id"] for row in kept] == [new[2]["doc_id"]]
    assert result.counters["dropped_known"] == 2
    told = {i: (row["kept_doc_id"], row["reason"], row["kept_run"]) for i, row in gone.items()}
    run = str(tmp_path / "first")
    assert told == {
        new[0]["doc_id"]: (old["original"]["doc_id"], "known", run),
        new[1]["doc_id"]: (old["long"]["doc_id"], "known", run),
    }
    with pytest.raises(UserError, match="permutations"):
        run_dedup(tmp_path / "third", [new], against=[run], permutations=64)
    with pytest.raises(UserError, match="no finished dedup"):
        dedup.external_inputs(
            RunSettings.model_validate({"dedup": {"against": [str(tmp_path / "second")]}})
        )


def test_mirrors_are_named_with_share_and_direction(tmp_path):
    rows = []
    for number in range(8):
        text = prose(number, 500)
        rows.append(document(f"https://home.example/{number}", text, 1))
        if number < 7:
            rows.append(document(f"https://copy.example/{number}", text + "複製サイト", 2))
    rows.append(document("https://copy.example/own", prose(77, 500)))
    rows += [document(f"https://home.example/more{n}", prose(100 + n, 500)) for n in range(12)]
    result, _, gone = run_dedup(tmp_path, shards_of(rows, 3), {"home.example": 0.1})
    assert result.counters["dropped_near_duplicate"] == 7
    assert {row["kept_site"] for row in gone.values()} == {"home.example"}
    assert pq.read_table(tmp_path / "dedup" / "mirrors.parquet").to_pylist() == [
        {
            "site": "copy.example",
            "mirror_of": "home.example",
            "share": 7 / 8,
            "documents": 8,
            "repeated": 7,
            "removed": 7,
            "removed_back": 0,
        }
    ]


def test_of_equal_texts_the_repeated_site_keeps_all(tmp_path):
    rows = []
    for number in range(9):
        text = prose(number, 500)
        first, second = (1, 2) if number % 3 else (2, 1)
        rows.append(document(f"https://home.example/{number}", text, first))
        rows.append(document(f"https://copy.example/{number}", text, second))
    rows += [document(f"https://home.example/more{n}", prose(100 + n, 500)) for n in range(12)]
    result, kept, gone = run_dedup(tmp_path, shards_of(rows, 3))
    assert result.counters["dropped_exact_duplicate"] == 9
    assert {row["site"] for row in gone.values()} == {"copy.example"}
    assert {row["site"] for row in kept} == {"home.example"}
    found = pq.read_table(tmp_path / "dedup" / "mirrors.parquet").to_pylist()
    assert [(m["site"], m["removed"], m["removed_back"]) for m in found] == [("copy.example", 9, 0)]


def test_a_short_page_inside_a_long_one_goes_when_asked_for(tmp_path):
    long = prose(5, 3000)
    rows = {
        "long": document("https://long.example/1", long, 9),
        "quote": document("https://quote.example/1", long[700:1000], 1),
        "same quote": document("https://quote.example/2", long[700:1000] + "　", 2),
        "near quote": document("https://quote.example/3", edited(long[700:1000], 1, 0.005), 3),
        "half": document("https://half.example/1", long[1500:1650] + prose(6, 150), 4),
        "other": document("https://other.example/1", prose(7, 500), 5),
    }
    scores = {"quote.example": 0.0, "long.example": 0.4}
    names = {row["doc_id"]: name for name, row in rows.items()}
    shards = shards_of(rows.values(), 3)
    result, kept, _ = run_dedup(tmp_path / "off", shards, scores)
    assert {names[row["doc_id"]] for row in kept} == {"long", "same quote", "half", "other"}
    assert result.counters["dropped_contained"] == 0

    for number, more in enumerate([{}, {"edges_at_once": 0, "shuffle_mib": 1}]):
        shards = shards_of(rows.values(), 3 - number, seed=number)
        result, kept, gone = run_dedup(
            tmp_path / f"on{number}", shards, scores, containment=0.9, **more
        )
        assert {names[row["doc_id"]] for row in kept} == {"long", "half", "other"}
        assert {names[row["kept_doc_id"]] for row in gone.values()} == {"long"}
        assert {row["reason"] for row in gone.values()} == {"contained"}
        assert gone[rows["quote"]["doc_id"]]["similarity"] == 1.0
        assert result.counters["dropped_contained"] == 3
