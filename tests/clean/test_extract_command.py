"""`kinari extract` from the outside."""

import io
import json
import sys

import pytest

from pipelines import cli

SENTENCE = "川のそばの古い町について、少しずつ調べたことを書いていきます。"
PAGE = "<html><title>川の町 | 旅</title><body><h1>川の町</h1>" + "".join(
    f"<p>{n}番目に、{SENTENCE}</p>" for n in range(8)
)
KEYS = {"url", "encoding", "language", "title", "published", "text", "reason", "decode_reason"}


def lines_of(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_file(tmp_path, capsys):
    path = tmp_path / "page.html"
    path.write_bytes(PAGE.encode("cp932"))
    assert cli.main(["extract", str(path), "--header", "text/html; charset=euc-jp"]) == 0
    (line,) = lines_of(capsys)
    assert line.keys() >= KEYS
    assert (line["encoding"], line["language"], line["title"]) == ("cp932", "ja", "川の町")
    assert line["text"].split("\n")[0] == f"0番目に、{SENTENCE}"
    assert line["reason"] is None


def test_stdin(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PAGE.encode("utf-16"))))
    assert cli.main(["extract", "-", "--url", "http://a.example.jp/"]) == 0
    (line,) = lines_of(capsys)
    assert (line["encoding"], line["url"]) == ("utf-16le", "http://a.example.jp/")


def test_warc(tmp_path, capsys):
    from tests.clean.test_clean_stage import build_warc

    path = tmp_path / "a.warc.gz"
    pages = [
        (f"http://a.example.jp/{n}", PAGE.encode(codec), "text/html")
        for n, codec in enumerate(("utf-8", "euc_jp", "cp932"))
    ]
    build_warc(path, pages)
    assert cli.main(["extract", "--warc", str(path)]) == 0
    lines = lines_of(capsys)
    assert [line["encoding"] for line in lines] == ["utf-8", "euc-jp", "cp932"]
    assert len({line["text"] for line in lines}) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name HTML files"),
        (["no-such-file.html"], "no-such-file.html: cannot read the page"),
        (["--warc", "no-such.warc"], "no-such.warc: cannot read the WARC"),
        (["a.html", "--warc", "b.warc"], "name HTML files"),
    ],
)
def test_mistakes_are_one_line(arguments, said, capsys):
    assert cli.main(["extract", *arguments]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert len(error.strip().splitlines()) == 1
