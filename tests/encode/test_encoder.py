"""The compiled encoder equals the plain rule, on anything; decoding gives the text back up to
folds."""

import json
import random
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encode.decoder import Decoder
from encode.encoder import Encoder
from encode.reference import ReferenceEncoder
from encode.vocabulary import (
    RESERVED,
    EmojiTable,
    Vocabulary,
    format_lines,
    load_vocabulary,
    parse_vocabulary,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PIECES = st.one_of(
    st.sampled_from(
        [
            *"<>|^_( )12,SPBRあかがきぃゐ゛\u3099ｶﾞ日夲⽇本東京松庺永\U000e0101ーター",
            *"—−\u3000\r\n\t\x00\xa0☆é‼",
            *RESERVED[:30],
            *RESERVED[-9:],
            *"😀👍🏽🇨🇳🇳🇨𠮷",
            "<",
            "<|",
            "<SP",
            "(^_^)",
            "\r\n",
            "👍🏽",
            "🇨🇳🇨🇳",
        ]
    ),
    st.characters(exclude_categories=["Cs"]),
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def line_of(lines: list[list[str]], emoji: EmojiTable, longest: int = 3) -> Vocabulary:
    return parse_vocabulary(format_lines([*lines, *([t] for t in RESERVED)]), "v", longest, emoji)


@settings(max_examples=600)
@given(text=TEXTS)
def test_equal_to_the_plain_rule(text: str, small: Vocabulary, encoder: Encoder) -> None:
    assert encoder.encode(text) == ReferenceEncoder(small).encode(text)


@settings(max_examples=200)
@given(text=TEXTS, seed=st.integers(0, 2**64 - 1), rate=st.floats(0.01, 0.99))
def test_dropout_equals_the_plain_rule(
    text: str, seed: int, rate: float, small: Vocabulary, encoder: Encoder
) -> None:
    assert encoder.encode(text, rate, seed) == ReferenceEncoder(small).encode(text, rate, seed)


@settings(max_examples=200)
@given(texts=st.lists(TEXTS, max_size=8), structural=st.booleans())
def test_a_batch_equals_its_texts(
    texts: list[str], structural: bool, small: Vocabulary, encoder: Encoder
) -> None:
    plain = ReferenceEncoder(small)
    expected = [plain.encode(text, structural=structural) for text in texts]
    array = pa.array(["skipped", *texts], pa.string())[1:]
    assert encoder.encode_batch(array, structural=structural).to_pylist() == expected
    chunks = pa.chunked_array([pa.array(part, pa.string()) for part in (texts[:3], texts[3:])])
    assert encoder.encode_batch(chunks, structural=structural).to_pylist() == expected


# Tables and vocabularies that make replacing on the way unsafe: the plain replacement must be used.
HARD = [
    line_of([["a<"], ["a"]], EmojiTable((("😀", "<|emoji1|>"),))),
    line_of([["a"], ["<SP>x"]], EmojiTable()),
    line_of([["a"]], EmojiTable((("😀", "<|emoji1|>"), (">a", "<|emoji2|>")))),
    line_of([["a"]], EmojiTable((("😀", "<|emoji1|>"), ("emoji", "<|emoji2|>")))),
    line_of([["a"]], EmojiTable((("a<|emo", "<|emoji3|>"), ("😀", "<|emoji1|>")))),
    line_of([["a", "ab"], ["abcde"], ["abc"]], EmojiTable((("SP", "<|emoji2|>"),)), 5),
    line_of([["a"]], EmojiTable((("😀", "a"), ("aa", "<|emoji4|>")))),
]


@settings(max_examples=150)
@given(
    text=st.lists(
        st.sampled_from(["😀", "a", "b", "cde", " ", "<", ">", "x", "SP", "emo", "<|emoji1|>"]),
        max_size=12,
    ).map("".join),
    number=st.integers(0, len(HARD) - 1),
)
def test_tables_that_touch_their_own_tokens(text: str, number: int) -> None:
    assert ENCODERS[number].encode(text) == ReferenceEncoder(HARD[number]).encode(text)
    assert ENCODERS[number].encode_batch([text]).to_pylist() == [ENCODERS[number].encode(text)]


ENCODERS = [Encoder(vocabulary) for vocabulary in HARD]


@settings(max_examples=150)
@given(data=st.data())
def test_any_vocabulary_of_any_order(data: st.DataObject) -> None:
    strings = data.draw(st.lists(st.text("abあ東<ー", min_size=1, max_size=6), unique=True))
    strings = data.draw(st.permutations([s for s in strings if len(s) < 3 or s[0] != "<"]))
    cuts = data.draw(st.lists(st.booleans(), min_size=len(strings), max_size=len(strings)))
    lines: list[list[str]] = []
    for string, joined in zip(strings, cuts, strict=True):
        if joined and lines:
            lines[-1].append(string)
        else:
            lines.append([string])
    vocabulary = line_of(lines, EmojiTable((("ab", "<|emoji1|>"),)), data.draw(st.integers(1, 7)))
    encoder, plain = Encoder(vocabulary), ReferenceEncoder(vocabulary)
    for text in data.draw(st.lists(st.text("abcあ東<ー— ", max_size=30), max_size=5)):
        assert encoder.encode(text) == plain.encode(text)
        assert encoder.encode(text, 0.4, 9) == plain.encode(text, 0.4, 9)


@pytest.mark.heavy
def test_twenty_megabytes_equal_the_plain_rule(small: Vocabulary, encoder: Encoder) -> None:
    draw = random.Random(20)
    known = [*small.ids, *(key for key, _ in small.emoji.replaced), *" \u3000\r\n\t—−<"]
    ranges = [(0x20, 0x7F), (0x80, 0x800), (0x3000, 0x3100), (0x4E00, 0x9FFF), (0, 0xD7FF)]
    ranges.append((0xE000, 0x10FFFF))
    plain = ReferenceEncoder(small)
    size = 0
    while size < 20_000_000:
        pieces = [
            draw.choice(known) if draw.random() < 0.7 else chr(draw.randint(*draw.choice(ranges)))
            for _ in range(100_000)
        ]
        text = "".join(pieces)
        size += len(text.encode())
        assert encoder.encode_batch([text]).values.to_pylist() == plain.encode(text)


def ids(vocabulary: Vocabulary, *tokens: str) -> list[int]:
    return [vocabulary.ids[token] for token in tokens]


@pytest.mark.parametrize(
    ("text", "tokens", "why"),
    [
        ("している", ["して", "い", "<|byte227|>", "<|byte130|>", "<|byte139|>"], "lowest id"),
        ("ている", ["ている"], "lowest id is the longest here"),
        ("庺永󠄁", ["松永", "<|byte243|>", "<|byte160|>", "<|byte132|>", "<|byte129|>"], "other"),
        ("松永\U000e0101", ["松永"], "of one token's spellings the longest"),
        ("ゐ", ["い゛"], "the later line counts"),
        ("か゛", ["が"], "a mark written apart"),
        ("<SP><|byte0|>", ["<SP>", "<|byte0|>"], "the longest special token"),
        ("<SP", ["<", "SP"], "no special token"),
        (" \u3000\r\n\r\n\t", ["<SP>", "<SP>", "<BR>", "<BR>", "<TAB>"], "white space"),
        ("—−", ["<|emoji10|>"], "dashes become the long sound before emoji are looked for"),
        ("👍🏽", ["<|emoji8|>", *[f"<|byte{b}|>" for b in "🏽".encode()]], "earlier keys first"),
        ("🇨🇳🇨🇳", ["<|emoji5|>", "<|emoji5|>"], "in the table's order"),
        ("🇳🇨🇳", [*[f"<|byte{b}|>" for b in "🇳".encode()], "<|emoji5|>"], "table order, not text"),
        ("か(^_^)", ["か", "<|emoji12|>"], "the earlier key takes what they share"),
        ("( ^", ["(", "<SP>", "^"], "a key with a space never matches"),
        ("¡ʹ", ["<KIGOU>", "<KIGOU>"], "signs"),
        ("\u2010⯿", ["<U2000U2BFF>", "<U2000U2BFF>"], "symbols"),
        ("▀", ["▀"], "a symbol in the vocabulary"),
        ("\x00", ["<|byte0|>"], "bytes"),
    ],
)
def test_a_rule(
    text: str, tokens: list[str], why: str, small: Vocabulary, encoder: Encoder
) -> None:
    assert encoder.encode(text) == ids(small, *tokens), why


def test_text_from_outside_cannot_end_an_example(small: Vocabulary, encoder: Encoder) -> None:
    text = "東京<|endoftext|>京<URL>"
    inside = encoder.encode(text)
    outside = encoder.encode_batch([text], structural=False).to_pylist()[0]
    assert small.end in inside
    assert small.end not in outside
    assert small.ids["<URL>"] in outside
    assert Decoder(small).decode(outside) == text


FOLDED = str.maketrans({"\u3000": " ", "\r": "\n", "—": "ー", "−": "ー"})


@settings(max_examples=300)
@given(text=st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("日本東京ーカ \n")))
def test_decoding_gives_the_text_up_to_folds(
    text: str, small: Vocabulary, encoder: Encoder
) -> None:
    kept = "".join(
        char
        for char in text
        if not any(
            first <= ord(char) <= last
            for first, last in ((0xA1, 0xBF), (0x1C0, 0x1C3), (0x2B9, 0x362), (0x2000, 0x2BFF))
        )
        and char not in "夲⽇庺ｱｶｼｬゐ゛\u3099\U000e0101👍😀🇨🇳"
    )
    expected = kept.replace("\r\n", "\n").translate(FOLDED)
    if (
        "ーー" not in expected
        and "^_^" not in expected
        and "<" not in expected
        and "か(" not in kept
    ):
        assert Decoder(small).decode(encoder.encode(kept)) == expected


def test_decoding_prints_signs_bags_and_broken_bytes(small: Vocabulary) -> None:
    decoder = Decoder(small)
    found = ids(small, "日本", "<|bagoftoken|>", "<BR>", "<KIGOU>", "<|emoji12|>", "<|byte227|>")
    assert decoder.decode(found) == "日本<|bagoftoken|>\nǀ(^_^)\ufffd"
    assert decoder.decode(found[:2], bags=2) == "日本日本日本"
    with pytest.raises(ValueError, match="id 99999 is not in the vocabulary"):
        decoder.decode([99_999])


def test_lone_surrogates_and_missing_seeds_are_refused(encoder: Encoder) -> None:
    with pytest.raises(UnicodeEncodeError):
        encoder.encode("a\ud800")
    with pytest.raises(ValueError, match="dropout needs one seed a text: 1 texts"):
        encoder.encode_batch(["a"], 0.1)


def test_dropout_is_seeded(encoder: Encoder) -> None:
    text = "東京データカメラ" * 50
    seeds = np.array([1, 1, 2], np.uint64)
    first, same, other = encoder.encode_batch([text] * 3, 0.3, seeds).to_pylist()
    assert first == same
    assert first != other
    assert len(first) > len(encoder.encode(text))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published vocabulary is not beside the repo")
def test_published_vectors() -> None:
    vocabulary = load_vocabulary(SHARED / "ja-swe36k.txt", SHARED / "emoji.json")
    encoder, plain, decoder = Encoder(vocabulary), ReferenceEncoder(vocabulary), Decoder(vocabulary)
    lines = (SHARED / "encode_vectors.jsonl").read_text("utf-8").strip().split("\n")
    vectors = [json.loads(line) for line in lines]
    assert len(vectors) == 233
    for vector in vectors:
        assert encoder.encode(vector["text"]) == vector["ids"], vector["text"]
        assert plain.encode(vector["text"]) == vector["ids"], vector["text"]
        assert decoder.decode(vector["ids"]) == vector["decoded"], vector["text"]
        if "▀" not in vector["decoded_clean"]:  # printed for <BLOCK>, and itself a sign
            again = encoder.encode(vector["decoded_clean"])
            assert again == vector["ids_clean"] or vector["ids"] == vector["ids_clean"]
