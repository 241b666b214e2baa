"""Bytes of a page to text: which encoding it is really in, and why that was believed.

What a page declares is weak evidence, so the bytes are read first: ISO-2022-JP by its escapes, a
byte order mark, the zero bytes of UTF-16, then Japanese readings scored by the letters they give.
Only bytes that no reading explains are left to the detector and the declaration.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import cchardet

from clean.decode_japanese import (
    decode_euc,
    decode_iso2022,
    decode_sjis,
    decode_utf16,
    is_little_endian,
    share_japanese,
)

_META_BYTES = 4096
_SAMPLE_BYTES = 1 << 16
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_.:\-]{2,40})""", re.IGNORECASE)
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9_.:\-]{2,40})""")
_META = re.compile(rb"<meta\s[^>]{0,400}>", re.IGNORECASE)
_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([D@BOPQ]|\([BJI])")
_DOUBLE_BYTE_ESCAPE = re.compile(rb"\x1b\$(?:[@B]|\([DOPQ])")
_HIGH = re.compile(rb"[\x80-\xff]+")
_UTF8_CHAR = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)

_ALIASES = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "ms932": "cp932", "cp932": "cp932", "ms_kanji": "cp932",
    "cswindows31j": "cp932", "windows-932": "cp932", "shift_jisx0213": "cp932",
    "euc-jp": "euc-jp", "x-euc-jp": "euc-jp", "eucjp": "euc-jp", "euc_jp": "euc-jp",
    "eucjp-ms": "euc-jp", "cp51932": "euc-jp", "x-euc": "euc-jp", "euc": "euc-jp",
    "iso-2022-jp": "iso-2022-jp", "iso2022-jp": "iso-2022-jp", "jis": "iso-2022-jp",
    "csiso2022jp": "iso-2022-jp", "utf-8": "utf-8", "utf8": "utf-8",
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949", "uhc": "cp949", "cp949": "cp949", "big5": "big5hkscs",
    "iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252",
    "windows-1252": "cp1252",
}  # fmt: skip
_JAPANESE = ("utf-8", "cp932", "euc-jp")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A page as text, with the decision.

    Attributes:
        text: what the bytes say; damaged sequences are left out, no U+FFFD stands for them.
        encoding: ascii, utf-8, utf-16le, utf-16be, cp932, euc-jp, iso-2022-jp, or a Python codec's
            name.
        reason: why: `bom`, `escapes`, `zero_bytes`, `ascii`, `valid` (read as declared or without a
            declaration, no damage), `content` (the bytes outweigh the declaration or the damage),
            `detector`, `declared`, `fallback`.
        declared: what the header, else the meta element says, in kinari's names; None: neither.
        damaged: bytes that had to be left out.
    """

    text: str
    encoding: str
    reason: str
    declared: str | None
    damaged: int


def decode(payload: bytes, content_type: str | None = None) -> Decoded:
    """Read a page's bytes.

    Args:
        payload: the body, after transfer and content decoding.
        content_type: the Content-Type header (or only a charset's name), if any.

    Returns:
        The text without byte order mark and NUL characters, and how it was read. Never raises.
    """
    declared = _declared(payload, content_type)
    text, encoding, reason, damaged = _decode(payload, declared)
    if "\0" in text:
        text = text.replace("\0", "")
    return Decoded(text.removeprefix("\ufeff"), encoding, reason, declared, damaged)


def _decode(payload: bytes, declared: str | None) -> tuple[str, str, str, int]:
    if payload.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        text, damaged = _decode_with(payload, "utf-32")
        if damaged * 8 < len(payload):
            return text, "utf-32", "bom", damaged
    head = payload[:_SAMPLE_BYTES]
    if payload.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and (
        0 in head or not _PLAIN_TAG.search(head)
    ):
        little = payload.startswith(codecs.BOM_UTF16_LE)
        text, damaged = decode_utf16(payload[2:], little)
        return text, "utf-16le" if little else "utf-16be", "bom", damaged
    marked = payload.startswith(codecs.BOM_UTF8)
    if marked:
        payload = payload[3:]
    order = _utf16_order(payload)
    if order is not None:
        text, damaged = decode_utf16(payload, order)
        return text, "utf-16le" if order else "utf-16be", "zero_bytes", damaged
    if _DOUBLE_BYTE_ESCAPE.search(payload) and _is_seven_bit(payload):
        text, damaged = decode_iso2022(payload)
        return text, "iso-2022-jp", "escapes", damaged
    if payload.isascii():
        return payload.decode("ascii"), "ascii", "ascii", 0
    return _decode_high(payload, declared, marked)


def _decode_high(payload: bytes, declared: str | None, marked: bool) -> tuple[str, str, str, int]:
    """Read bytes that hold some above 0x7F: UTF-8 by its form, the others by what they say."""
    try:
        return payload.decode("utf-8"), "utf-8", "bom" if marked else "valid", 0
    except UnicodeDecodeError:
        pass
    sample = _high_sample(payload)
    formed = sum(map(len, _UTF8_CHAR.findall(sample)))
    total = sum(map(len, _HIGH.findall(sample)))
    scores = {"utf-8": share_japanese(sample, "utf-8")}
    if formed * 4 >= total * 3:
        text, damaged = _decode_with(payload, "utf-8")
        return text, "utf-8", "bom" if marked else "content", damaged
    for name in ("cp932", "euc-jp"):
        scores[name] = share_japanese(sample, name)
    best = max(_JAPANESE, key=lambda name: (scores[name], name == declared))
    if scores[best] >= 0.25:
        text, damaged = _decode_with(payload, best)
        agrees = declared in (None, best)
        return text, best, "valid" if agrees and not damaged else "content", damaged
    return _decode_foreign(payload, sample, declared, best, scores[best])


def _decode_foreign(
    payload: bytes, sample: bytes, declared: str | None, best: str, score: float
) -> tuple[str, str, str, int]:
    """Read bytes that show no kana in any reading: the detector and the declaration decide."""
    found = cchardet.detect(sample)
    name = _canonical(found["encoding"]) if found["encoding"] else None
    sure = (found["confidence"] or 0.0) >= 0.8
    readings: list[tuple[str, str]] = []
    if name and sure:
        readings.append((name, "detector"))
    if declared:
        readings.append((declared, "declared"))
    if name and not sure:
        readings.append((name, "detector"))
    if score > 0.1:
        readings.append((best, "content"))
    readings.append(("utf-8", "fallback"))
    tried = [(*_decode_with(payload, name), name, reason) for name, reason in readings]
    high = max(1, len(payload) - len(re.sub(rb"[\x80-\xff]", b"", payload)))
    for text, damaged, encoding, reason in tried:
        if damaged * 50 <= high:
            return text, encoding, reason, damaged
    text, damaged, encoding, reason = min(tried, key=lambda reading: reading[1])
    return text, encoding, reason, damaged


def _decode_with(payload: bytes, encoding: str) -> tuple[str, int]:
    """Read payload as encoding; give the text and the number of bytes left out."""
    if encoding == "cp932":
        return decode_sjis(payload)
    if encoding == "euc-jp":
        return decode_euc(payload)
    if encoding == "iso-2022-jp":
        return decode_iso2022(payload)
    if encoding in ("utf-16le", "utf-16be"):
        return decode_utf16(payload, encoding == "utf-16le")
    try:
        return payload.decode(encoding), 0
    except UnicodeDecodeError:
        text = payload.decode(encoding, "ignore")
        kept = len(text.encode(encoding, "ignore"))
        return text, max(1, len(payload) - kept)


def _canonical(name: str) -> str | None:
    """Give kinari's name of a charset label; None where no codec of text reads it."""
    label = name.strip().lower()
    if label in _ALIASES:
        return _ALIASES[label]
    if label.startswith(("utf-16", "utf16", "unicode")):
        return "utf-16be" if label.endswith("be") else "utf-16le"
    try:
        info = codecs.lookup(label)
    except (LookupError, ValueError):
        return None
    if not getattr(info, "_is_text_encoding", True) or info.name in ("idna", "punycode", "utf-7"):
        return None
    return _ALIASES.get(info.name, info.name)


def _declared(payload: bytes, content_type: str | None) -> str | None:
    """Find what the header, else the document itself, says of its encoding."""
    if content_type:
        header = content_type.encode("latin-1", "replace")
        found = _CHARSET.search(header)
        label = found[1].decode() if found else content_type
        name = _canonical(label) if found or "/" not in content_type else None
        if name:
            return name
    head = payload[:_META_BYTES]
    found = _XML_ENCODING.search(head)
    labels = [found[1]] if found else []
    labels += [hit[1] for meta in _META.findall(head) if (hit := _CHARSET.search(meta))]
    for label_bytes in labels:
        name = _canonical(label_bytes.decode())
        if name and not name.startswith("utf-16"):
            return name
    return None


def _is_seven_bit(payload: bytes) -> bool:
    """Tell whether high bytes are few beside escapes, as in ISO-2022-JP with a little damage."""
    high = sum(map(len, _HIGH.findall(payload)))
    return high == 0 or high <= 2 * len(_ESCAPE.findall(payload))


def _high_sample(payload: bytes) -> bytes:
    """Cut a sample that holds the runs of high bytes with what touches them; bounded in length."""
    if len(payload) <= _SAMPLE_BYTES:
        return payload
    runs: list[bytes] = []
    size = 0
    for run in re.finditer(rb"[\x80-\xff][^\x00-\x3f]*", payload):
        runs.append(run[0][:_SAMPLE_BYTES])
        size += len(runs[-1]) + 1
        if size >= _SAMPLE_BYTES:
            break
    return b"\n".join(runs)


_WIDE_TAG = re.compile(rb"<\x00[a-zA-Z!/?]\x00")
_PLAIN_TAG = re.compile(rb"<[a-zA-Z!/][a-zA-Z!>-]")


def _utf16_order(payload: bytes) -> bool | None:
    """Tell UTF-16 by the zero bytes in its tags: True little endian, False big, None neither."""
    sample = payload[:_SAMPLE_BYTES]
    if 0 not in sample:
        return None
    wide, plain = len(_WIDE_TAG.findall(sample)), len(_PLAIN_TAG.findall(sample))
    if 2 * wide <= plain or (wide < 2 and sample.count(0) * 8 < len(sample)):
        return None
    return is_little_endian(sample[: 1 << 15])
