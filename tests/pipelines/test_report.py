import importlib.util
import json
import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from clean.judge_settings import JudgeSettings
from clean.signals.measure import measure
from clean.signals.names import SIGNALS
from clean.signals.page import MeasureInput
from pipelines.cli import main
from pipelines.report.build import build_report
from pipelines.report.data import masked_window, script_text, short_text
from pipelines.report.labels import labels
from pipelines.report.marks import marked_excerpt, page_signs
from pipelines.report.names import NAMES
from pipelines.report.serve import make_server, search

_spec = importlib.util.spec_from_file_location("made", Path(__file__).with_name("made_run.py"))
made = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(made)

STATIC = Path(__file__).parents[2] / "pipelines" / "report" / "static"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    root = tmp_path_factory.mktemp("run")
    settings = made.make_run(root, sites=5, documents=60, hostile=True)
    build_report(str(root), settings)
    return root


def chunk(root, name):
    text = (root / "report" / "data" / f"{name}.js").read_text(encoding="utf-8")
    found = re.fullmatch(r'kinariPut\("([a-z0-9-]+)",(.*)\);\n', text, re.DOTALL)
    assert found.group(1) == name
    return json.loads(found.group(2))


def overview(root):
    text = (root / "report" / "data" / "overview.js").read_text(encoding="utf-8")
    return json.loads(text.removeprefix("window.kinariReport={overview:").removesuffix("};\n"))


def test_totals_agree_with_the_records(run):
    facts = overview(run)
    for row in facts["funnel"]:
        counters = json.loads((run / row["stage"] / "stage.json").read_text())["counters"]
        assert row["rows_in"] == counters["rows_in"]
        assert row["rows_in"] - row["rows_out"] == sum(count for _, count in row["dropped"])
    assert facts["documents_listed"] == facts["documents_total"] == 60
    assert facts["normalization"] == [["date/ymd", 7]]


def test_every_document_is_listed_once_with_its_reason(run):
    listed = [doc for doc_list in chunk(run, "site-0").values() for doc in doc_list["documents"]]
    assert len({doc["doc_id"] for doc in listed}) == len(listed) == 60
    counts = {}
    for doc in listed:
        counts[doc.get("reason", "")] = counts.get(doc.get("reason", ""), 0) + 1
    records = [
        json.loads((run / s / "stage.json").read_text())["counters"] for s in ("clean", "dedup")
    ]
    assert counts["too_short"] == records[0]["dropped_too_short"]
    assert counts["near"] == records[1]["dropped_near_duplicate"]
    assert counts[""] == records[1]["rows_out"]


def test_a_document_is_found_by_its_id(run):
    doc = chunk(run, "site-0")["site-00001.example"]["documents"][0]
    assert chunk(run, "ids-" + doc["doc_id"][:2])[doc["doc_id"]] == "site-00001.example"


def test_nothing_in_a_data_file_can_end_a_script_and_texts_are_short(run):
    for path in (run / "report" / "data").iterdir():
        text = path.read_text(encoding="utf-8")
        assert "<" not in text
        assert "\u2028" not in text
        assert len(text) < 1_000_000
    assert all(
        len(d["excerpt"]) <= 200 for d in chunk(run, "site-0")["site-00000.example"]["documents"]
    )


def test_excerpts_mask_mail_and_telephone():
    text = short_text("ご連絡は 03-1234-5678 または taro@mail.example まで")
    assert text == "ご連絡は <TEL> または <EMAIL> まで"


def test_marks_fall_on_the_same_words_where_something_before_them_was_masked():
    text = "電話は 03-1234-5678 です。激安の品が並ぶ。" + "あ" * 300
    at = text.index("激安")
    shown, marks = masked_window(text, 0, 60, [(at, at + 2)])
    assert [shown[a:b] for a, b in marks] == ["激安"]
    assert "5678" not in shown
    assert len(shown) <= 60


def test_a_telephone_number_cut_by_the_edge_of_a_part_is_masked_as_well():
    text = "あ" * 50 + "電話03-1234-5678です。" + "い" * 100
    for start, end in ((0, 57), (55, 120), (58, 90)):
        shown, _ = masked_window(text, start, end, [])
        assert not re.search("[0-9]", shown), (start, end, shown)


SALES = "今なら激安の通販がお得です！送料無料の最安値をランキングで徹底比較しました！"
PROSE = "川沿いの道を歩いていると、古い水車小屋の前で老人が釣り糸を垂れていた。"


def test_the_passages_marked_are_those_that_speak_against_the_page():
    text = PROSE * 4 + SALES * 2 + PROSE.replace("川", "山") * 2
    settings = JudgeSettings()
    signs = page_signs(measure(MeasureInput(text)), None, settings)
    names = [sign.signal for sign in signs]
    assert "commercial_density" in names
    only = [sign for sign in signs if sign.signal.startswith("commercial")]
    excerpt, marks = marked_excerpt(text, only, settings)
    marked = "".join(excerpt[a:b] for a, b in marks)
    assert "送料無料" in marked
    assert "水車小屋" not in marked
    assert len(excerpt) <= 200


def test_a_page_without_signs_has_no_marks():
    settings = JudgeSettings()
    assert marked_excerpt(PROSE * 9, [], settings)[1] == []
    assert [sign.points for sign in page_signs({}, "garbled", settings)] == [1.0]


def test_names_are_of_signals_that_exist_and_differ_from_each_other():
    signals = {name.removeprefix("signal.") for name in NAMES if name.startswith("signal.")}
    assert signals - set(SIGNALS) == {
        "own_chars",
        "duplicate_share",
        "template_share",
        "recycled_share",
        "slot_share",
        "keyword_slots",
        "reworded_share",
        "interchange",
        "term_growth",
    }
    for side in (0, 1):
        shown = [pair[side] for name, pair in NAMES.items() if name.startswith("signal.")]
        assert len(set(shown)) == len(shown)


def test_decisions_stand_beside_the_rule_with_what_they_change(tmp_path):
    settings = made.make_run(tmp_path, sites=6, documents=30)
    summary = tmp_path / "clean" / "summary.json"
    value = json.loads(summary.read_text())

    def decision(site, effect, rule):
        facts = {"by": "A", "when": "2026-11-21", "reason": "<b>", "verdict": "keep"}
        return {"site": site, "rule_verdict": rule, "effect": effect, **facts}

    old = decision("site-00004.example", "decides", "drop")
    agrees = decision("site-00000.example", "agrees", "keep")
    value["overrides"] = [old, agrees]
    summary.write_text(json.dumps(value))
    names = ("site", "verdict", "by", "when", "reason")
    asked = [agrees, decision("site-00001.example", "", ""), decision("gone.example", "", "")]
    file = tmp_path / "overrides.yaml"
    file.write_text(json.dumps([{name: item[name] for name in names} for item in asked]))
    build_report(str(tmp_path), settings)
    effects = {item["site"]: item["effect"] for item in overview(tmp_path)["decisions"]}
    assert effects == {
        "site-00000.example": "agrees",
        "site-00001.example": "pending",
        "gone.example": "pending",
        "site-00004.example": "withdrawn",
    }
    detail = chunk(tmp_path, "site-0")["site-00004.example"]
    assert detail["decision"]["rule_verdict"] == "drop"


def test_a_removed_document_and_the_one_that_stays_name_the_same_cluster(run):
    docs = {d["doc_id"]: d for site in chunk(run, "site-0").values() for d in site["documents"]}
    gone = [doc for doc in docs.values() if doc.get("reason") == "near"]
    assert gone
    for doc in gone:
        cluster = chunk(run, "cluster-" + doc["cluster_id"][:2])[doc["cluster_id"]]
        assert (doc["value"], doc["threshold"]) == (0.875, 0.8)
        assert [m[0] for m in cluster["members"]] == [doc["doc_id"]]
        assert docs[cluster["kept"]]["cluster_id"] == doc["cluster_id"]
        assert cluster["kept_url"] == docs[cluster["kept"]]["url"]


def test_samples_by_reason_are_the_same_each_time_and_counted(run):
    samples = {part["reason"]: part for part in chunk(run, "samples")}
    assert next(iter(samples)) == "passed"
    facts = {row["stage"]: dict(row["dropped"]) for row in overview(run)["funnel"]}
    assert samples["too_short"]["count"] == facts["clean"]["too_short"]
    assert samples["near"]["count"] == facts["dedup"]["near_duplicate"]
    for part in samples.values():
        ids = [doc["doc_id"][::-1] for doc in part["documents"]]
        assert ids == sorted(ids)
        assert len(ids) == min(20, part["count"])


def test_a_run_that_has_only_crawled_and_one_without_documents_have_a_report(tmp_path):
    settings = made.make_run(tmp_path / "empty", sites=0, documents=0)
    build_report(str(tmp_path / "empty"), settings)
    assert overview(tmp_path / "empty")["documents_total"] == 0
    made.make_run(tmp_path / "begun", sites=2, documents=8)
    for stage in ("clean", "dedup"):
        (tmp_path / "begun" / stage / "stage.json").unlink()
    build_report(str(tmp_path / "begun"), settings)
    facts = overview(tmp_path / "begun")
    assert facts["stages"] == ["crawl"]
    assert chunk(tmp_path / "begun", "sites") == []


def test_script_text_reads_back():
    value = {"a": "</script>\u2028&<!--", "b": [1, None, 0.5]}
    assert json.loads(script_text(value)) == value
    assert not set(script_text(value)) & set("<>&\u2028")


def test_every_label_that_the_page_asks_for_exists_in_both_languages():
    source = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    asked = set(re.findall(r'\bt\("([a-z.]+)"', source))
    asked = {key for key in asked if not key.endswith(".")}
    assert asked
    for language in ("en", "ja"):
        assert asked <= labels(language).keys()
    english, japanese = labels("en"), labels("ja")
    assert english.keys() == japanese.keys()
    assert all(japanese.values())


def test_the_page_asks_for_nothing_beyond_its_folder_and_sets_no_html():
    page = (STATIC / "index.html").read_text()
    assert "default-src 'none'" in page
    assert not re.search(r'(src|href)="(https?:)?//', page)
    source = "".join(path.read_text(encoding="utf-8") for path in STATIC.glob("*.js"))
    for unsafe in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert unsafe not in source


def test_search_finds_kept_and_dropped_and_counts_quotes_as_letters(run):
    assert {hit["state"] for hit in search(run, "site-00001.example")} == {"kept", "dropped"}
    assert search(run, "x' or 1=1 --") == []
    assert len(search(run, "")) == 60


@pytest.fixture
def server(run):
    with make_server(str(run), 0) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, ""


def test_the_server_answers_on_loopback_only_and_serves_nothing_but_the_report(server):
    assert server.startswith("http://127.0.0.1:")
    assert get(server + "/")[0] == 200
    assert get(server + "/", Host="evil.example")[0] == 403
    assert get(server + "/%2e%2e/clean/stage.json")[0] == 404
    assert get(server + "/data/")[0] == 404
    status, body = get(server + "/search?q=site-00002")
    assert status == 200
    assert all("site-00002" in hit["url"] for hit in json.loads(body))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/%00", 404),
        ("/data/%00.js", 404),
        ("//etc/passwd", 404),
        ("/..%2f..%2frun.json", 404),
        ("/search?q=%00", 200),
        ("/search?q=%ED%A0%80%FF", 200),
        ("/search?q=" + "x%20" * 8000, 200),
        ("/search?q=')%20or%201=1;%20drop%20table%20found;%20--", 200),
        ("/search?q=%25", 200),
        ("/search", 200),
    ],
)
def test_no_request_gets_more_than_it_may_nor_a_traceback(server, capfd, path, status):
    assert get(server + path)[0] == status
    assert "Traceback" not in capfd.readouterr().err


def test_other_pages_and_other_names_get_nothing(server):
    assert get(server + "/search?q=a", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    for host in ("evil.example", "127.0.0.1.evil.example", "[::1", "x@evil.example"):
        for method in ("GET", "HEAD"):
            request = urllib.request.Request(server + "/", headers={"Host": host}, method=method)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            assert refused.value.code == 403


def test_a_run_in_a_folder_with_signs_in_its_name_is_searched(tmp_path):
    root = tmp_path / "a[1]*{b}"
    made.make_run(root, sites=2, documents=12)
    assert len(search(root, "")) == 12


def test_audit_says_why(run, capsys):
    docs = chunk(run, "site-0")["site-00000.example"]["documents"]
    for doc in docs:
        assert main(["audit", str(run), "--doc", doc["doc_id"], "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        assert facts["state"] == doc["state"]
        if doc["state"] == "dropped":
            assert facts["stage"] == doc["stage"]
            assert facts["reason"].startswith(doc["reason"])
            assert facts["threshold"] is not None
    assert main(["audit", str(run), "--url", docs[0]["url"]]) == 0
    assert "doc_id: " + docs[0]["doc_id"] in capsys.readouterr().out
    assert main(["audit", str(run), "--site", "site-00004.example", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["dropped_documents"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--doc", "f" * 32], "no document"),
        (["--url", "http://nowhere.example/"], "never met"),
        (["--site", "nowhere.example"], "no site"),
        (["--shard", "train-00000-of-00001.tfrecord", "--record", "1"], "no such shard"),
        (["--shard", "x"], "go together"),
    ],
)
def test_what_the_run_does_not_hold_is_one_clear_line(run, arguments, message, capsys):
    assert main(["audit", str(run), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_only_a_fair_sample_of_a_large_run_is_listed(tmp_path):
    settings = made.make_run(tmp_path, sites=5, documents=600)
    report = settings.report.model_copy(update={"documents": 100})
    build_report(str(tmp_path), settings.model_copy(update={"report": report}))
    facts = overview(tmp_path)
    assert facts["documents_total"] == 600
    assert 50 <= facts["documents_listed"] <= 150


def test_a_report_of_unchanged_records_is_left_as_it_stands(tmp_path):
    settings = made.make_run(tmp_path, sites=2, documents=12)
    index = Path(build_report(str(tmp_path), settings))
    (index.parent / "data" / "sites.js").unlink()
    build_report(str(tmp_path), settings)
    assert not (index.parent / "data" / "sites.js").exists()
    japanese = settings.report.model_copy(update={"language": "ja"})
    build_report(str(tmp_path), settings.model_copy(update={"report": japanese}))
    assert "概要" in (index.parent / "data" / "labels.js").read_text(encoding="utf-8")
