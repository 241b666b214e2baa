"""`kinari encode-text` and `kinari learn-vocab` from the outside."""

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.cli import main

TEXTS = [
    f"{a}の{b}を見て、{c}と話しました。" for a in "東西南北" for b in "山川海空" for c in "父母兄姉"
]


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


def kinari(*arguments: object, stdin: str | bytes = "") -> Done:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(data))),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main([str(argument) for argument in arguments])
    return Done(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def vocabulary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vocabulary")
    (folder / "a.txt").write_text("\n".join(TEXTS), "utf-8")
    pq.write_table(pa.table({"text": TEXTS, "n": range(len(TEXTS))}), folder / "b.parquet")
    out = folder / "out" / "vocab.txt"
    done = kinari(
        *("learn-vocab", "--size", 820, "--out", out, "--max-chars", "kana=5"),
        *(folder / "a.txt", folder / "b.parquet"),
    )
    assert done.returncode == 0, done.stderr
    assert out.read_bytes().count(b"\n") == 819
    described = json.loads((out.parent / "encoder.json").read_text())
    assert described["size"] == 820
    assert described["max_token_chars"] == 12
    assert described["max_chars"]["hiragana"] == 5
    return out


def test_encode_and_decode(vocabulary: Path) -> None:
    text = "東の山を見て、\t父と話しました。🍣"
    done = kinari("encode-text", "--vocab", vocabulary, stdin=text + "\n")
    ids = json.loads(done.stdout)
    assert len(ids) <= len(text), "four bytes of the emoji, and longer tokens for the rest"
    back = kinari("encode-text", "--vocab", vocabulary, "--decode", stdin=done.stdout)
    assert back.stdout == text + "\n"


def test_jsonl_holds_line_ends(vocabulary: Path) -> None:
    lines = [json.dumps("山\n\u2028海"), json.dumps({"id": 1, "text": "空\r"})]
    done = kinari("encode-text", "--vocab", vocabulary, "--jsonl", stdin="\n".join(lines))
    back = kinari("encode-text", "--vocab", vocabulary, "--jsonl", "--decode", stdin=done.stdout)
    assert [json.loads(line) for line in back.stdout.splitlines()] == ["山\n‖海", "空\n"]


@pytest.mark.parametrize(
    ("arguments", "stdin", "message"),
    [
        ((), b"\x93\x8c\n", "standard input:1: not UTF-8 (byte 0x93)"),
        (("--jsonl",), '"a"\n[1]\n', "standard input:2: '[1]' is no JSON string"),
        (("--jsonl",), "{\n", "standard input:1: not JSON"),
        (("--jsonl",), '"\\ud800"\n', "standard input:1: a lone surrogate"),
        (("--decode",), "[1]\n[820]\n", "standard input:2: id 820 is not in the vocabulary"),
        (("--decode",), "[1.5]\n", "standard input:1: '[1.5]' is no JSON list of ids"),
        (("--emoji", "/nowhere"), "a\n", "/nowhere: cannot be read: No such file"),
    ],
)
def test_bad_input_is_one_line(
    vocabulary: Path, arguments: tuple[str, ...], stdin: str | bytes, message: str
) -> None:
    done = kinari("encode-text", "--vocab", vocabulary, *arguments, stdin=stdin)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_bad_vocabulary_is_one_line_with_its_place(vocabulary: Path, tmp_path: Path) -> None:
    lines = vocabulary.read_text("utf-8").split("\n")
    cases = {
        "twice.txt": ("\n".join([*lines[:9], lines[4].split(",")[0], *lines[10:]]), ":10: "),
        "missing.txt": (
            "\n".join(line for line in lines if line != "<DATE>"),
            " <DATE> is missing",
        ),
    }
    for name, (text, message) in cases.items():
        (tmp_path / name).write_text(text, "utf-8")
        done = kinari("encode-text", "--vocab", tmp_path / name, stdin="a\n")
        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1
    (tmp_path / "sjis.txt").write_bytes("日本\n東京".encode("cp932"))
    done = kinari("encode-text", "--vocab", tmp_path / "sjis.txt", stdin="a\n")
    assert (done.returncode, "sjis.txt:1: not UTF-8" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--size", "100"), "--size: size 100 is too small"),
        (("--size", "900", "--max-chars", "kanji=99"), "--max-chars: 'kanji=99'"),
        (("--size", "900", "--coverage", "2"), "--coverage 2.0: give a share"),
        (("--size", "90000"), "--size: the text gives only"),
    ],
)
def test_bad_requests_are_one_line(
    vocabulary: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    source = vocabulary.parent.parent / "a.txt"
    done = kinari("learn-vocab", *arguments, "--out", tmp_path / "v.txt", source)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "v.txt").exists()


def test_bad_inputs_are_named(vocabulary: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"ok\n\x93\x8c\n")
    (tmp_path / "bad.parquet").write_bytes(b"PAR0")
    pq.write_table(pa.table({"body": ["a"]}), tmp_path / "other.parquet")
    for name, message in [
        ("bad.txt", "bad.txt:2: not UTF-8"),
        ("bad.parquet", "bad.parquet: not a Parquet file"),
        ("other.parquet", "other.parquet: no column 'text'"),
        ("none.txt", "none.txt: cannot be read: No such file"),
    ]:
        done = kinari("learn-vocab", "--size", 900, "--out", tmp_path / "v.txt", tmp_path / name)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert message in done.stderr
