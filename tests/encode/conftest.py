"""A small vocabulary with everything that the format allows."""

import pytest

from encode.encoder import Encoder
from encode.vocabulary import RESERVED, EmojiTable, Vocabulary, format_lines, parse_vocabulary

TOKENS = [
    "ている",
    "ました",
    "です",
    "ます",
    "して",
    "した",
    "日本,日夲,⽇本",
    "東京",
    "データ",
    "カメラ",
    "インター",
    "ネット",
    "ター",
    "シャ,ｼｬ",
    "松永,庺永,松永󠄁",
    "永󠄁",
    "きぃ",
    "きぃ",
    "が,か゛,が",
    "か",
    "き",
    "い",
    "し",
    "す",
    "た",
    "て",
    "で",
    "ま",
    "ー",
    ",",
    ".",
    "(",
    ")",
    "^",
    "_",
    "<",
    ">",
    "|",
    "a",
    "b",
    "SP",
    "1",
    "2",
    "12",
    "日",
    "本",
    "京",
    "東",
    "松",
    "永",
    "ア,ｱ",
    "カ,ｶ",
    "ガ,ｶﾞ",
    "メ",
    "ラ",
    "デ",
    "ンタ",
    "。",
    "、",
    "▀",
    "☆",
    "é",
    "𠮷",
    "ゐ",
    "い゛,ゐ",
    "ヴ",
    "ヴ",
]
EMOJI = EmojiTable(
    (
        ("😀", "<|emoji1|>"),
        ("👍", "<|emoji8|>"),
        ("👍🏽", "<|emoji8|>"),
        ("🇨🇳", "<|emoji5|>"),
        ("🇳🇨", "<|emoji5|>"),
        ("(^_^)", "<|emoji12|>"),
        ("^_^", "<|emoji12|>"),
        ("(^_^", "<|emoji12|>"),
        ("か(", "<|emoji9|>"),
        ("ーー", "<|emoji10|>"),
        ("( ^", "<|emoji11|>"),
    ),
    {"<|emoji1|>": "😀", "<|emoji8|>": "🤚", "<|emoji12|>": "(^_^)"},
)


def vocabulary_bytes() -> bytes:
    ordinary = [[","] if token == "," else token.split(",") for token in TOKENS]
    return format_lines([*ordinary, *([token] for token in RESERVED)])


@pytest.fixture(scope="session")
def small() -> Vocabulary:
    return parse_vocabulary(vocabulary_bytes(), "small.txt", 3, EMOJI)


@pytest.fixture(scope="session")
def encoder(small: Vocabulary) -> Encoder:
    return Encoder(small)
