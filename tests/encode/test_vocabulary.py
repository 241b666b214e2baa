"""What a vocabulary file may hold, and how each mistake in one is named."""

import json
from pathlib import Path

import pytest

from encode.vocabulary import (
    ENCODER_JSON,
    RESERVED,
    EmojiTable,
    VocabularyError,
    format_encoder_json,
    format_lines,
    load_vocabulary,
    parse_emoji,
    parse_vocabulary,
)

BASE = [["東京", "柬京"], ["東"], ["京"], [","], *([token] for token in RESERVED)]


def changed(line: int, text: str) -> bytes:
    lines = format_lines(BASE).decode().split("\n")
    lines[line - 1] = text
    return "\n".join(lines).encode()


def test_spellings_share_their_id_and_the_comma_is_itself() -> None:
    vocabulary = parse_vocabulary(format_lines(BASE))
    assert vocabulary.ids["柬京"] == vocabulary.ids["東京"] == 0
    assert vocabulary.ids[","] == 3
    assert len(vocabulary) == len(BASE)
    assert vocabulary.to_bytes() == format_lines(BASE)
    assert vocabulary.spellings[vocabulary.end] == ("<|endoftext|>",)
    assert vocabulary.spellings[vocabulary.bag] == ("<|bagoftoken|>",)


def test_the_six_strings_published_twice_take_the_later_line() -> None:
    vocabulary = parse_vocabulary(format_lines([["い", "ゐ"], ["ゐ"], *BASE]))
    assert vocabulary.ids["ゐ"] == 1


def test_a_file_without_byte_255_loads() -> None:
    lines = [line for line in BASE if line != ["<|byte255|>"]]
    assert "<|byte255|>" not in parse_vocabulary(format_lines(lines)).ids


def without(token: str) -> bytes:
    return format_lines([line for line in BASE if line != [token]])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (changed(2, "東,東"), r"v:2: '東' stands already on line 2"),
        (changed(3, "東京"), r"v:3: '東京' stands already on line 1"),
        (changed(3, "京,柬京"), r"v:3: '柬京' stands already on line 1"),
        (changed(2, "東,"), r"v:2: an empty spelling"),
        (changed(2, ""), r"v:2: an empty spelling"),
        (changed(6, "<SP>,x"), r"v:6: <SP> shares its line"),
        (without("<TEL>"), r"v:10: <TEL> is missing"),
        (without("<BR>"), r"v:5: <BR> is missing"),
        (without("<|byte17|>"), r"<\|byte17\|> is missing"),
        (without("<|endoftext|>"), r"v:\d+: <\|endoftext\|> is missing"),
        (format_lines([*BASE, ["x"]]), r"v:285: .* stands where <\|startoftext\|> belongs"),
        (
            changed(2, "東").replace("東".encode(), "東".encode("cp932")),
            r"v:1: not UTF-8 \(byte 0x93\)",
        ),
        (changed(2, "東") + b"\n", r"v:291: an empty last line"),
        (b"\xef\xbb\xbf" + format_lines(BASE), r"v:1: a byte order mark"),
        (format_lines(BASE).replace(b"\n", b"\r\n"), r"v:1: ends in a carriage return"),
        (format_lines(BASE).decode().encode("utf-16"), r"v:1: not UTF-8"),
        (b"", r"v:1: the file is empty"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(data: bytes, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        parse_vocabulary(data, "v")


def test_emoji_tokens_must_exist() -> None:
    with pytest.raises(VocabularyError, match=r"writes '☺' as '<\|emoji13\|>'"):
        parse_vocabulary(format_lines(BASE), "v", 3, EmojiTable((("☺", "<|emoji13|>"),)))


@pytest.mark.parametrize(
    "data", [b"[]", b"\xff", b'{"emoji": {}}', b'{"emoji": {"": "x"}, "emoji_inv": {}}']
)
def test_a_broken_emoji_table_is_refused(data: bytes) -> None:
    with pytest.raises(VocabularyError, match=r"^e\.json: "):
        parse_emoji(data, "e.json")


def test_encoder_json_says_how_long_tokens_are(tmp_path: Path) -> None:
    file = tmp_path / "vocab.txt"
    file.write_bytes(format_lines(BASE))
    assert load_vocabulary(file).max_token_chars == 3
    vocabulary = parse_vocabulary(file.read_bytes(), max_token_chars=6)
    beside = file.with_name(ENCODER_JSON)
    beside.write_bytes(format_encoder_json(vocabulary, file.name, {"kanji": 6}, None))
    assert load_vocabulary(file).max_token_chars == 6
    other = tmp_path / "other.txt"
    other.write_bytes(file.read_bytes())
    assert load_vocabulary(other).max_token_chars == 3
    file.write_bytes(format_lines([["新"], *BASE]))
    with pytest.raises(VocabularyError, match=r"made for another vocab\.txt"):
        load_vocabulary(file)
    beside.write_text(json.dumps({"max_token_chars": 0}))
    with pytest.raises(VocabularyError, match="max_token_chars is 0"):
        load_vocabulary(file)
