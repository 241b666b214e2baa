"""`kinari normalize` on the command line."""

import json
import subprocess
import sys


def kinari(*arguments, stdin):
    return subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "normalize", *arguments],
        input=stdin,
        capture_output=True,
        check=False,
    )


def test_lines_come_out_normalized_and_otherwise_untouched():
    done = kinari(stdin="9月16日（金）は1,980円\r\n\n\xa02022年 \n終わり".encode() + b"\xff\xfe")
    assert done.returncode == 0
    assert done.stdout == "<DATE>は<PRICE>\r\n\n\xa02022年 \n終わり".encode() + b"\xff\xfe"


def test_spans_name_what_is_found_and_what_is_kept():
    done = kinari("--spans", stdin="2022年の9月16日\n".encode())
    assert json.loads(done.stdout) == {
        "text": "2022年の<DATE>",
        "spans": [
            {"kind": "date", "form": "y", "start": 0, "end": 5, "replaced": False},
            {"kind": "date", "form": "md", "start": 6, "end": 11, "replaced": True},
        ],
    }


def test_json_lines_keep_their_shape():
    rows = ["9月16日\nと100円", {"id": 7, "text": "100円"}]
    stdin = "".join(json.dumps(row) + "\n" for row in rows).encode()
    done = kinari("--jsonl", stdin=stdin)
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        "<DATE>\nと<PRICE>",
        {"id": 7, "text": "<PRICE>"},
    ]
    spans = [
        json.loads(line) for line in kinari("--jsonl", "--spans", stdin=stdin).stdout.splitlines()
    ]
    assert spans[1]["id"] == 7
    assert [span["start"] for span in spans[0]["spans"]] == [0, 7]


def test_years_are_replaced_on_request():
    assert (
        kinari("--dates", "y,ymd", stdin="2022年と9月16日".encode()).stdout.decode()
        == "<DATE>と9月16日"
    )


def test_mistakes_are_one_line_and_exit_code_2():
    for arguments, stdin, said in [
        (["--dates", "years"], b"", b"--dates: 'years' is no form of date"),
        (["--jsonl"], b'"a"\n{oops\n', b"stdin:2: not JSON"),
        (["--jsonl"], b'{"body": "a"}\n', b"stdin:1: expected a JSON string"),
    ]:
        done = kinari(*arguments, stdin=stdin)
        assert done.returncode == 2
        assert said in done.stderr
        assert len(done.stderr.splitlines()) == 1
