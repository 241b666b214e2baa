"""The command dedup-pairs: JSON lines in, pairs out, mistakes told with their line."""

import io
import json
import sys

import pytest

from pipelines.cli import main

TEXT = "武田信玄は、戦国時代の武将、甲斐の守護大名・戦国大名である。"


def run(monkeypatch, capsys, lines, *arguments):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    code = main(["dedup-pairs", *arguments])
    told = capsys.readouterr()
    return code, [json.loads(line) for line in told.out.splitlines()], told.err


def line(name, text):
    return json.dumps({"id": name, "text": text, "other": 1})


def test_pairs_with_their_similarity(monkeypatch, capsys):
    lines = [line("a", TEXT), "", line(2, TEXT.replace("。", "！！")), line("c", "ほかの話" * 9)]
    lines.append(line("d", "　" + TEXT))
    code, rows, err = run(monkeypatch, capsys, lines)
    assert (code, err) == (0, "")
    found = {(row["a"], row["b"]): row["similarity"] for row in rows}
    assert found.keys() == {("a", 2), ("a", "d"), (2, "d")}
    assert found["a", "d"] == 1.0
    assert found["a", 2] == found[2, "d"] == 25 / 27


def test_threshold_and_ngram(monkeypatch, capsys):
    lines = [line("a", "あいうえおかき"), line("b", "あいうえおかく")]
    assert run(monkeypatch, capsys, lines)[1] == []
    assert run(monkeypatch, capsys, lines, "--threshold", "0.5")[1] == [
        {"a": "a", "b": "b", "similarity": 0.5}
    ]
    rows = run(monkeypatch, capsys, lines, "--threshold", "0.7", "--ngram", "1")[1]
    assert rows == [{"a": "a", "b": "b", "similarity": 0.75}]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("{", "not JSON"),
        ("[]", 'an object with "id" and "text"'),
        ('{"id": "x"}', 'an object with "id" and "text"'),
        ('{"id": null, "text": "x"}', '"id" is null'),
        ('{"id": true, "text": "x"}', '"id" is true'),
        ('{"id": "x", "text": 5}', '"text" is 5'),
    ],
)
def test_a_bad_line_is_named(monkeypatch, capsys, bad, told):
    code, rows, err = run(monkeypatch, capsys, [line("a", TEXT), bad])
    assert (code, rows) == (2, [])
    assert err.startswith("kinari: stdin:2: ")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("arguments", [("--threshold", "0"), ("--ngram", "0")])
def test_refuses_numbers_out_of_range(monkeypatch, capsys, arguments):
    code, _, err = run(monkeypatch, capsys, [], *arguments)
    assert code == 2
    assert arguments[0] in err


def test_nothing_in_nothing_out(monkeypatch, capsys):
    assert run(monkeypatch, capsys, []) == (0, [], "")
