import io

import pytest

from pipelines.errors import UserError
from pipelines.lines import read_texts


def test_lines_lose_their_ends_only():
    stream = io.BytesIO("あ い \r\n\nう".encode())
    assert list(read_texts(stream, jsonl=False)) == ["あ い ", "", "う"]


def test_json_lines_hold_strings_or_objects():
    stream = io.BytesIO('"a\\nb"\n{"text": "あ", "id": 1}\n'.encode())
    assert list(read_texts(stream, jsonl=True)) == ["a\nb", "あ"]


FAULTS = {
    "not UTF-8": (b"\xa4\xa2\n", False, "standard input:2: not UTF-8 .byte 0xa4"),
    "not JSON": (b"{\n", True, "standard input:2: not JSON"),
    "no text": (
        b'{"id": 1}\n',
        True,
        'standard input:2: .*id.* is no JSON string or object with "text"; give',
    ),
    "a number": (b"3\n", True, "standard input:2: '3.*' is no JSON string"),
    "half a pair": (b'"\\ud800"\n', True, "standard input:2: a lone surrogate"),
}


@pytest.mark.parametrize(("line", "jsonl", "message"), FAULTS.values(), ids=FAULTS)
def test_a_bad_line_is_named(line, jsonl, message):
    stream = io.BytesIO(b'"first"\n' + line)
    with pytest.raises(UserError, match=message):
        list(read_texts(stream, jsonl=jsonl))
