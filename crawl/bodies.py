"""Bodies of answers: content-coding removed within a bound, charset guessed, HTML told apart."""

import codecs
import re
import sys
import zlib
from collections.abc import Callable

_BLOCK = 1 << 16
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=[\s\"']*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=[\s\"']*([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_CODEC = re.compile(
    r"utf-(8|8-sig|16|16-le|16-be)|ascii|cp(125\d|932|949|950|866|874)|(euc|iso2022)_(jp|kr)\w*|"
    r"shift_jis\w*|iso8859-\d+|koi8-[ru]|gb18030|hz|big5(hkscs)?|johab|mac-\w+|tis-620"
)
"""Python's names of the charsets of pages; punycode, idna and the like take quadratic time."""
MAX_CODINGS = 4
"""Content-codings put on one body, one over the other."""

_ALIASES = {
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "windows-31j": "cp932", "ms_kanji": "cp932", "x-euc-jp": "euc_jp", "iso-8859-1": "cp1252",
    "utf8": "utf-8", "gb2312": "gb18030", "gbk": "gb18030", "ks_c_5601-1987": "cp949",
}  # fmt: skip
HTML_TYPES = ("text/html", "application/xhtml+xml")


class TooLargeError(ValueError):
    """A body is larger than its bound."""


class BadEncodingError(ValueError):
    """A body is not coded as its Content-Encoding says."""


def decode_body(body: bytes, coding: str, limit: int) -> bytes:
    """Remove the content-codings of a body, never holding more than `limit` bytes of output.

    Args:
        body: as sent, transfer-coding removed.
        coding: value of Content-Encoding; several codings are undone from the last.
        limit: most bytes of the result.

    Returns:
        The decoded body. A stream cut short gives what there is of it.

    Raises:
        TooLargeError: it is longer than the limit.
        BadEncodingError: unknown coding, or not a stream of that coding.
    """
    codings = [part.strip().lower() for part in coding.split(",")]
    if len(codings) > MAX_CODINGS:
        raise BadEncodingError(f"{len(codings)} content-codings, at most {MAX_CODINGS} are undone")
    for name in reversed(codings):
        if name in ("", "identity", "none", "utf-8"):
            continue
        if name in ("gzip", "x-gzip", "deflate", "x-deflate"):
            body = _inflate(body, limit)
        elif name == "br":
            body = _run(*_brotli(), body, limit)
        elif name == "zstd":
            body = _run(*_zstd(), body, limit)
        else:
            raise BadEncodingError(f"content-coding {name!r} is not known")
    if len(body) > limit:
        raise TooLargeError(f"{len(body)} bytes, at most {limit} are kept")
    return body


def gunzip(data: bytes, limit: int) -> bytes:
    """Decompress gzip data that begins with its magic bytes, others give back as they are.

    Raises:
        TooLargeError: longer than the limit.
        BadEncodingError: damaged.
    """
    return _inflate(data, limit) if data[:2] == b"\x1f\x8b" else data


def _inflate(body: bytes, limit: int) -> bytes:
    """Gzip (several members), zlib or raw deflate: servers send all three under two names."""
    out: list[bytes] = []
    size = 0
    while body:
        if body[:2] == b"\x1f\x8b":
            wbits = 31
        elif len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0:
            wbits = 15
        elif out:
            break
        else:
            wbits = -15
        decoder = zlib.decompressobj(wbits)
        try:
            piece = decoder.decompress(body, limit - size + 1)
        except zlib.error as error:
            if out:
                break
            raise BadEncodingError(str(error)) from error
        out.append(piece)
        size += len(piece)
        if size > limit:
            raise TooLargeError(f"more than {limit} bytes after decompression")
        body = decoder.unused_data if decoder.eof else b""
    return b"".join(out)


_Step = Callable[[bytes, int], bytes]


def _brotli() -> tuple[_Step, type[Exception]]:
    import brotli  # type: ignore[import-untyped]

    decoder = brotli.Decompressor()
    return lambda data, room: bytes(decoder.process(data, output_buffer_limit=room)), brotli.error


def _zstd() -> tuple[_Step, type[Exception]]:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    decoder = zstd.ZstdDecompressor()

    def step(data: bytes, room: int) -> bytes:
        return b"" if decoder.eof else bytes(decoder.decompress(data, room))

    return step, zstd.ZstdError


def _run(step: _Step, failure: type[Exception], body: bytes, limit: int) -> bytes:
    out: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(body), _BLOCK):
            piece = step(body[start : start + _BLOCK], limit - size + 1)
            while piece:
                out.append(piece)
                size += len(piece)
                if size > limit:
                    raise TooLargeError(f"more than {limit} bytes after decompression")
                piece = step(b"", limit - size + 1)
    except failure as error:
        raise BadEncodingError(str(error)) from error
    return b"".join(out)


def media_type(content_type: str) -> str:
    """Give the media type of a Content-Type value in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_html(content_type: str, payload: bytes) -> bool:
    """Tell whether an answer is HTML: by its type, or by its first bytes where it has none.

    Args:
        content_type: value of Content-Type, "" where it is missing.
        payload: decoded body, or its beginning.
    """
    if media_type(content_type):
        return media_type(content_type) in HTML_TYPES
    start = payload[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<!--", b"<?xml"))


def to_text(payload: bytes, content_type: str) -> tuple[str, str]:
    """Decode a page well enough to find its links and meta elements.

    The clean stage decodes with far more care; here a wrong character costs nothing.

    Args:
        payload: decoded body.
        content_type: value of Content-Type.

    Returns:
        The text and the codec that gave it.
    """
    head = payload[:4096]
    if b"\x1b$" in payload:
        return payload.decode("iso2022_jp_ext", "replace"), "iso2022_jp"
    names = []
    if payload[:3] == b"\xef\xbb\xbf":
        names.append("utf-8-sig")
    elif payload[:2] in (b"\xff\xfe", b"\xfe\xff"):
        names.append("utf-16")
    declared = _CHARSET.search(content_type)
    if declared:
        names.append(declared[1])
    meta = _META.search(head)
    if meta:
        names.append(meta[1].decode("ascii"))
    for name in (*names, "utf-8", "euc_jp", "cp932"):
        try:
            codec = codecs.lookup(_ALIASES.get(name.lower(), name)).name
            if _CODEC.fullmatch(codec):
                return payload.decode(codec), codec
        except (UnicodeDecodeError, LookupError, ValueError):
            continue
    return payload.decode("cp932", "replace"), "cp932"
