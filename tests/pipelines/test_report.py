import importlib.util
import json
import re
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.report.build import build_report
from pipelines.report.data import script_text, short_text
from pipelines.report.labels import labels
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
