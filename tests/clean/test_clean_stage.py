"""The clean stage on a small crawl, through Beam, end to end."""

import hashlib
import io
import json
import random
import shutil

import pyarrow.parquet as pq
import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from clean.page import PAGE_REASONS
from clean.records import DOCUMENT, DROPPED, SITE
from clean.settings import CleanSettings, ExtractSettings
from pipelines import clean
from pipelines.settings import RunnerSettings, RunSettings
from pipelines.stage import StageContext, StageRecord, check_balance

PLACES = [
    *("市場", "川沿い", "図書館", "駅前", "港町", "古い寺"),
    *("山の小屋", "小学校", "公民館", "工房", "温泉街", "植物園"),
]
PEOPLE = [
    *("祖父", "彼女", "若い職人", "先生", "隣の家族", "船長"),
    *("学生たち", "料理人", "旅人", "町長", "画家", "農家の人"),
]
THINGS = [
    *("野菜", "手紙", "地図", "太鼓", "茶碗", "写真"),
    *("梅の枝", "資料", "楽譜", "布地", "灯籠", "双眼鏡"),
]
ENDS = [
    "を並べながら天気の話をしていた。",
    "を静かに引き出しへしまい、お茶を入れに立った。",
    "について尋ねられて、少し考えてから笑って答えた。",
    "の扱いには長年の経験が要ると、繰り返し教えてくれた。",
    "を見つめたまま、昔の暮らしを懐かしそうに語った。",
    "が届くのを待つあいだ、窓の外の雪を眺めていた。",
    "だけは誰にも譲らないつもりだと、皆の前で打ち明けた。",
    "を直すために朝早くから道具を広げて仕事を始めた。",
]
FOOTER = "当サイトの文章は個人の感想をまとめたものです。"


def prose(seed, count=8):
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        place, person, thing, end = (rng.choice(x) for x in (PLACES, PEOPLE, THINGS, ENDS))
        when = rng.choice(["その朝", "ある日", "翌年", "帰り道"])
        rows.append(f"<p>{when}、{place}で{person}は{thing}{end}</p>")
    return "".join(rows)


def page(seed, extra=""):
    return (
        f"<html lang=ja><head><title>記事{seed}</title></head><body><div id=main>"
        f"<h1>記事{seed}</h1>"
        f"{prose(seed)}{extra}<p>{FOOTER}</p></div></body></html>"
    )


ENGLISH = (
    "<html><body><p>" + "This is a page in the English language only. " * 20 + "</p></body></html>"
)


def build_warc(path, pages):
    """Write one response record a page; give the file's length and the records' offsets."""
    sink = io.BytesIO()
    writer = WARCWriter(sink, gzip=True)
    offsets = []
    for url, body, kind in pages:
        offsets.append(sink.tell())
        http = StatusAndHeaders("200 OK", [("Content-Type", kind)], protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=io.BytesIO(body),
            http_headers=http,
            warc_headers_dict={"WARC-Date": "2026-11-21T08:48:33Z"},
        )
        writer.write_record(record)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sink.getvalue())
    return sink.tell(), offsets


def pages_of_three_sites():
    pages = []
    for n in range(6):
        body = page(n).encode("utf-8" if n % 2 else "cp932")
        pages.append((f"http://good.example.jp/{n}.html", body, "text/html"))
    pages.append(("http://good.example.jp/copy.html", page(0).encode("cp932"), "text/html"))
    pages.append(("http://good.example.jp/short", "<p>短い文です。</p>".encode(), "text/html"))
    for n in range(7):
        pages.append((f"http://english.example.com/{n}", ENGLISH.encode() + b" " * n, "text/html"))
    pages.append(("http://big.ookii.jp/", b"<p>" + b"x" * 3000 * 1024, "text/html"))
    dated = page(9, "<p>開催日は2022年9月16日、料金は1,980円です。</p>")
    pages.append(("http://date.hizuke.jp/", dated.encode("euc-jp"), "text/html; charset=utf-8"))
    return pages


def make_context(root, workers=1, **changes):
    pages = pages_of_three_sites()
    if (root / "crawl" / "warcs.json").exists():
        return context_of(root, workers, changes)
    size, offsets = build_warc(root / "crawl" / "a-00000.warc.gz", pages)
    middle = offsets[9]
    listed = {
        "warcs": [
            {
                "path": "a-00000.warc.gz",
                "external": False,
                "pages": len(pages),
                "bytes": size,
                "sha256": "0" * 64,
                "segments": [[0, middle], [middle, size]],
            }
        ]
    }
    (root / "crawl" / "warcs.json").write_text(json.dumps(listed))
    return context_of(root, workers, changes)


def context_of(root, workers, changes):
    settings = RunSettings(
        name="t",
        runner=RunnerSettings(workers=workers),
        clean=CleanSettings(extract=ExtractSettings(max_bytes=2 << 20), **changes),
    )
    crawl = StageRecord("crawl", "0", "0" * 64, {}, "0" * 64, "0" * 64, {}, (), {}, "1" * 64)
    return StageContext(str(root), "clean", settings, "2" * 64, {"crawl": crawl})


def read(root, prefix):
    rows = []
    for path in sorted((root / "clean").glob(f"{prefix}*.parquet")):
        rows += pq.read_table(path).to_pylist()
    return rows


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("run")
    return root, clean.run_stage(make_context(root))


def test_counts_balance_and_reasons_are_known(finished):
    root, result = finished
    check_balance("clean", result.counters)
    dropped = read(root, "dropped-")
    assert result.counters["rows_in"] == len(pages_of_three_sites())
    assert result.counters["rows_out"] == len(read(root, "documents-"))
    assert {row["reason"] for row in dropped} <= set(PAGE_REASONS)
    by_reason = {row["url"]: row["reason"] for row in dropped}
    assert by_reason["http://good.example.jp/short"] == "too_short"
    assert by_reason["http://english.example.com/0"] == "not_japanese"
    assert by_reason["http://big.ookii.jp/"] == "too_large"


def test_every_file_has_its_schema(finished):
    root, result = finished
    schemas = {"documents": DOCUMENT, "dropped": DROPPED, "sites": SITE}
    names = [output.path for output in result.outputs]
    assert "sites.parquet" in names
    for name in names:
        if name.endswith(".parquet"):
            wanted = schemas[name.split("-")[0].removesuffix(".parquet")]
            assert pq.read_schema(root / "clean" / name).equals(wanted), name


def test_documents_are_whole_and_normalized(finished):
    root, _ = finished
    rows = {row["url"]: row for row in read(root, "documents-")}
    dated = rows["http://date.hizuke.jp/"]
    assert dated["encoding"] == "euc-jp"
    assert "<DATE>" in dated["text"] and "<PRICE>" in dated["text"]
    assert dated["n_chars"] == len(dated["text"])
    assert dated["title"] == "記事9"
    assert rows["http://good.example.jp/0.html"]["encoding"] == "cp932"
    assert (
        rows["http://good.example.jp/copy.html"]["text"]
        == rows["http://good.example.jp/0.html"]["text"]
    )


def test_recurring_line_is_taken_out_and_shown(finished):
    root, _ = finished
    good = [row for row in read(root, "documents-") if row["site"] == "example.jp"]
    summary = json.loads((root / "clean" / "summary.json").read_text())
    assert good
    assert not [row["url"] for row in good if FOOTER in row["text"]]
    assert any(FOOTER in found["examples"] for found in summary["site_lines"].values())


def test_spans_are_counted_for_the_report(finished):
    root, _ = finished
    summary = json.loads((root / "clean" / "summary.json").read_text())
    assert summary["spans"]["date/ymd"] == 1
    assert summary["encoding"]["cp932"] == 4
    assert summary["language"] == {"en": 7, "ja": 9}
    kept = sum(row["n_chars"] for row in read(root, "documents-"))
    assert summary["characters"]["rows_out"] == kept
    assert summary["characters"]["not_japanese"] > 7 * 800


def digests(root):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (root / "clean").glob("*.*")
        if path.is_file()
    }


def test_two_workers_and_a_resumed_run_give_the_same_bytes(finished, tmp_path):
    root, _ = finished
    shutil.copytree(root / "crawl", tmp_path / "crawl")
    clean.run_stage(make_context(tmp_path, workers=2))
    assert digests(tmp_path) == digests(root)
    (tmp_path / "clean" / "_shards").rename(tmp_path / "gone")
    for name in ("documents-00000-of-00002.parquet", "sites.parquet"):
        (tmp_path / "clean" / name).unlink()
    clean.run_stage(make_context(tmp_path))
    assert digests(tmp_path) == digests(root)


def test_verdict_settings_do_not_extract_again(finished, monkeypatch):
    root, _ = finished
    before = clean.plan(make_context(root))
    after = clean.plan(make_context(root, judge={"drop_share": 0.6}))
    assert after.extract_fingerprint == before.extract_fingerprint
    assert after.judge_fingerprint != before.judge_fingerprint
