"""Decoding: every form that a Japanese page is sent in, damaged and whole."""

import difflib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clean.decode import decode
from clean.decode_japanese import decode_euc, decode_iso2022, decode_sjis
from tests.clean.encodings import FOLD, LABELS, encode, forms
from tests.clean.layouts.every import LAYOUTS
from tests.clean.layouts.words import Words

SPECIAL = "①㈱髙﨑〜−‖ﾊﾝｶｸの字、髙島屋と﨑陽軒、№℡纊褜まで。"
PROSE = "".join(Words(f"decode/{n}").para() for n in range(6))
BODIES = {
    "prose": f"<p>{PROSE}</p>",
    "special": f"<p>{SPECIAL * 12}</p>",
    "technical": "HTTP server の設定値 timeout を確認。level は debug へ。" * 9,
    "mostly markup": "".join(f'<a href="/{n}.html">次の{n}番</a>\n' for n in range(60)),
    "half-width": "<p>" + "ﾃﾚﾋﾞの前でﾗｰﾒﾝを食べたのは三月だった。" * 15 + "</p>",
}


@pytest.mark.parametrize("name", BODIES)
def test_every_declared_and_undeclared_form(name):
    for encoding, declared, text, payload, header in forms(BODIES[name]):
        found = decode(payload, header)
        assert found.text.translate(FOLD) == text, (encoding, declared, found.encoding)
        assert found.encoding == encoding.replace("utf-8-sig", "utf-8").replace(
            "utf-16" if encoding == "utf-16" else "\0", "utf-16le"
        )
        assert found.damaged == 0


def test_every_layout_in_every_form():
    for name, layout in list(LAYOUTS.items())[::9]:
        body = layout(Words(f"{name}/form")).html
        for encoding, declared, text, payload, header in forms(body):
            assert decode(payload, header).text.translate(FOLD) == text, (name, encoding, declared)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"\xad\xa1\xad\xea", "①㈱"),
        (b"\x8f\xf4\xfb", "髙"),
        (b"\xfc\xe2", "髙"),
        (b"\x8e\xca\x8e\xdd", "ﾊﾝ"),
        (b"\x8f\xb0\xa1", "丂"),
    ],
)
def test_eucjp_additions(payload, expected):
    assert decode_euc(payload) == (expected, 0)


@pytest.mark.parametrize(
    ("payload", "expected", "damaged"),
    [
        (b"\x1b$B$3$l$@\x1b(B", "これだ", 0),
        (b"\x1b$@$3$l\x1b(J ok", "これ ok", 0),
        (b"\x1b(IJ]\x1b(B", "ﾊﾝ", 0),
        (b"\x1b$B$3$l\n<p>next", "これ\n<p>next", 0),
        (b"$B$3$l$O$3$l$G$9\x1b(B<p>", "これはこれです<p>", 2),
        (b"\x1b$B$3$l(B</p><p>x", "これ</p><p>x", 2),
        (b"\x1b$B$3\xff$l\x1b(B", "これ", 1),
        (b"\x1b$(D0!\x1b(B", "丂", 0),
    ],
)
def test_iso2022_with_lost_escapes(payload, expected, damaged):
    assert decode_iso2022(payload) == (expected, damaged)


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("これは".encode("cp932") + b"\xff" + "正しい".encode("cp932"), "これは正しい"),
        ("これは".encode("cp932") + b"\x83<p>", "これは<p>"),
        ("文章の途中で".encode("cp932")[:-1] + b"<br>", "文章の途中<br>"),
    ],
)
def test_cp932_damage_is_left_out_alone(payload, expected):
    text, damaged = decode_sjis(payload)
    assert text == expected
    assert damaged == 1


DAMAGES = ("insert", "insert 0xff", "delete", "flip", "cut")


def _damage(payload, kind, rng):
    data = bytearray(payload)
    if kind == "cut":
        return bytes(data[: len(data) // 2 + 1]), 1
    for _ in range(3):
        at = rng.randrange(80, len(data) - 20)
        if kind == "insert":
            data[at:at] = bytes((rng.randrange(0x80, 0x100),))
        elif kind == "insert 0xff":
            data[at:at] = b"\xff"
        elif kind == "delete":
            del data[at]
        else:
            data[at] ^= 0x80
    return bytes(data), 3


@pytest.mark.parametrize("kind", DAMAGES)
@pytest.mark.parametrize("encoding", LABELS)
def test_damage_costs_what_it_touched(encoding, kind):
    text = f"<html><head></head><body><p>{PROSE[:500]}</p></body></html>"
    payload, hits = _damage(encode(text, encoding), kind, random.Random(f"{encoding}{kind}"))
    found = decode(payload).text
    wanted = text[: len(found) + 1] if kind == "cut" else text
    blocks = difflib.SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks()
    lost = len(wanted) - sum(block.size for block in blocks)
    assert lost <= 4 * hits
    assert "\ufffd" not in found


def test_boms_that_lie():
    text = f"<html><head><title>頁</title></head><body>{PROSE}</body></html>"
    assert decode(b"\xef\xbb\xbf" + text.encode("cp932")).text == text
    assert decode(b"\xff\xfe" + text.encode("cp932")).encoding == "cp932"


@pytest.mark.parametrize(
    ("text", "codec", "header", "encoding"),
    [
        (
            "这是一个关于历史的网页，我们在这里讨论很多问题。" * 9,
            "gb18030",
            None,
            "gb18030",
        ),
        (
            "이것은 한국어로 쓰인 페이지입니다. 많은 내용이 있습니다. " * 9,
            "cp949",
            None,
            "cp949",
        ),
        (
            "這是一個關於歷史的網頁，我們討論很多問題。" * 9,
            "big5hkscs",
            "big5",
            "big5hkscs",
        ),
        ("Café à la carte – naïve. " * 20, "cp1252", "text/html; charset=latin1", "cp1252"),
    ],
)
def test_other_languages(text, codec, header, encoding):
    found = decode(text.encode(codec), header)
    assert (found.encoding, found.text) == (encoding, text)


def test_what_is_empty_or_ascii():
    assert decode(b"").encoding == "ascii"
    assert decode(b"<p>&#x65e5;</p>", "text/html; charset=shift_jis").reason == "ascii"
    assert decode(b"a\0b").text == "ab"


@settings(max_examples=300)
@given(st.binary(max_size=400), st.sampled_from([None, "utf-8", "euc-jp", "x-nothing", "utf-16"]))
def test_no_bytes_break_it(payload, header):
    found = decode(payload, header)
    assert isinstance(found.text, str)
    assert found.damaged >= 0
    found.text.encode("utf-8")


@settings(max_examples=100)
@given(
    st.text(
        st.characters(
            codec="cp932", exclude_categories=["Cc"], exclude_characters="\uf8f0\uf8f1\uf8f2\uf8f3"
        ),
        max_size=60,
    )
)
def test_cp932_round_trip(text):
    assert decode_sjis(text.encode("cp932"))[0].encode("cp932") == text.encode("cp932")


def test_damage_elsewhere_leaves_a_character_that_stands_alone():
    """Between spaces and marks of ASCII, a trailing byte that is a letter belongs to its lead."""
    text = f"<p>{PROSE[:200]}</p>\n<p>1970 年\n (ビット)。\n"
    payload = text.encode("cp932")
    at = payload.index("の".encode("cp932"))
    found = decode(payload[:at] + payload[at + 1 :]).text
    assert found.endswith(text[-20:])


@pytest.mark.parametrize("little", [True, False])
def test_long_utf16_falls_back_into_step_after_each_lost_byte(little):
    lines = [f"<p>{n} {PROSE[n : n + 40]} 😀 abc def ghi</p>" for n in range(3000)]
    data = bytearray("\n".join(lines).encode("utf-16-le" if little else "utf-16-be"))
    for at in range(len(data) - 501, 0, -5000):
        del data[at]
    found = decode(bytes(data)).text
    hits = len(range(len(data) - 501, 0, -5000))
    assert len(set(lines) - set(found.split("\n"))) <= 2 * hits
    assert len(found) > sum(map(len, lines)) - 4 * hits


def test_a_byte_put_in_early_does_not_turn_the_order_round():
    text = f"<html><head><title>{PROSE[:30]}</title></head><body>{PROSE}</body></html>"
    data = bytearray(text.encode("utf-16-le"))
    data[13:13] = b"\xa0"
    found = decode(bytes(data))
    assert found.encoding == "utf-16le"
    assert found.text.endswith(text[12:])
