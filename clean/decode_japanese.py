"""The three Japanese families of encodings, read with their supersets and through damage.

Python's euc_jp and iso2022_jp lack what Japanese browsers always showed: NEC's row 13 (①㈱), the
IBM characters that NEC (髙 as FCE2) and eucJP-ms (as 8FF4FE) placed elsewhere. And a byte lost in
a run shifts every pair after it; such a run is parsed again for the reading of likeliest letters.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from functools import lru_cache, partial

_IBM_IN_EUCJP_MS = (
    "ⅰⅱⅲⅳⅴⅵⅶⅷⅸⅹⅠⅡⅢⅣⅤⅥⅦⅧⅨⅩ＇＂㈱№℡炻仼僴凬匇"
    "匤\ufa0e咊坙\ufa0f\ufa10增寬峵嵓\ufa11德悅愠敎昻晥\ufa12\uf929栁\ufa13"
    "\ufa14橫櫢淸淲瀨\ufa15\ufa16甁皂皞\ufa17礰\ufa18\ufa19\ufa1a\ufa1b竧\ufa1c"
    "\ufa1d綠緖\ufa1e荢\ufa1f薰\ufa20\ufa21蠇\ufa22譿賴赶\ufa23\ufa24\ufa25郞\ufa26鄕"
    "\ufa27\ufa28閒\uf9dc\ufa29霻靍靑\ufa2a\ufa2b\ufa2c馞髙魲\ufa2d黑"
)
"""The 106 characters at 8FF3F3 to 8FF4FE of eucJP-ms, in order (OSF/1 JVC recommendation)."""

_SKIP_COST = 8
_REPARSE_BYTES = 1 << 15
"""Most bytes of damaged runs parsed again on one page; beyond it, damage is simply left out."""

_UTF16_PART = 1 << 9
"""Bytes of UTF-16 that are held to be in step or not."""

_UTF16_AHEAD = 1 << 8
"""Bytes behind a part that help to read its end."""

_STRANGE_IN_PART = 3
"""Characters no Japanese page needs that a part in step may have: single bytes were changed."""

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa\u30fc\u3001\u3002\u300c\u300d]")
_WRONG = re.compile("[\x80-\x9f\uf8f0-\uf8f3\ufffd\ue000-\uf8ef]")
_WIDE = re.compile("[^\x00-\x7f]")
_STRANGE = re.compile("[^\t\n\r -~\xa0-\u04ff\u2001-\u33ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffee]")
_NO_SJIS = re.compile("[\x80\xa0\uf8f0-\uf8f3]")
_ODD_SJIS = re.compile(
    "[\u3041-\u30fc\u4e00-\u9fff\ue000-\uf8ff][\uff61-\uff9f](?![\uff61-\uff9f])|\uff9f[\u4e00-\u9fff]"
)
_SJIS_RUN = re.compile(rb"[\x80-\xff](?:[\x40-\xff]*[\x80-\xff])?[\x40-\xff]?")
_EUC_RUN = re.compile(rb"[\x80-\xff]+")
_ESCAPES = re.compile(rb"\x1b(\$[@B]|\$\([@BDOPQ]|\([BJIH]|&@|\.[AF])|\x1b")
_LOST_OPENING = re.compile(rb"\$[@B]((?:[\x21-\x7e]{2}){2,2000})\Z")
_CLOSED_WITHOUT_ESCAPE = re.compile(rb"\([BJ](?=<[/A-Za-z]|\s)")
_NOT_IN_SET = re.compile(rb"[^\x21-\x7e]")
_ASCII = (b"(B", b"(J")
_HIGH_BYTES = re.compile(rb"[\x80-\xff]+")


def _eucjp_ms_char(two: bytes) -> str | None:
    """Read the two bytes after 8F as eucJP-ms places them."""
    number = (two[0] - 0xF3) * 94 + two[1] - 0xF3
    return _IBM_IN_EUCJP_MS[number] if 0 <= number < len(_IBM_IN_EUCJP_MS) else None


@lru_cache(maxsize=16384)
def _euc_pair(pair: bytes) -> str | None:
    """Read two bytes from A1A1 to FEFE through cp932, which holds the NEC and IBM additions."""
    high, low = pair[0] - 0xA1, pair[1] - 0xA1
    if not (0 <= high < 94 and 0 <= low < 94):
        return None
    lead = 0x81 + high // 2 + (0x40 if high >= 62 else 0)
    trail = low + 0x9F if high % 2 else low + 0x40 + (low >= 63)
    try:
        return bytes((lead, trail)).decode("cp932")
    except UnicodeDecodeError:
        return None


@lru_cache(maxsize=16384)
def _euc_triple(two: bytes) -> str | None:
    """Read the two bytes after 8F: eucJP-ms's additions, else JIS X 0212."""
    found = _eucjp_ms_char(two)
    if found is None:
        try:
            found = (b"\x8f" + two).decode("euc_jp")
        except UnicodeDecodeError:
            return None
    return found


@lru_cache(maxsize=16384)
def _sjis_pair(pair: bytes) -> str | None:
    try:
        char = pair.decode("cp932")
    except UnicodeDecodeError:
        return None
    return char if len(char) == 1 else None


@lru_cache(maxsize=32768)
def _cost(char: str) -> int:
    """Weigh how unlikely a character is on a Japanese page."""
    code = ord(char)
    if 0x20 <= code < 0x7F or code in (0x09, 0x0A, 0x0D):
        return 1
    if 0x3041 <= code <= 0x30FC or 0x3000 <= code <= 0x300F:
        return 1
    if 0x4E00 <= code <= 0x9FFF:
        try:
            return 2 if char.encode("euc_jp")[0] < 0xD0 else 5
        except UnicodeEncodeError:
            return 6
    if 0xFF01 <= code <= 0xFF5E:
        return 2
    if 0xFF61 <= code <= 0xFF9F:
        return 4
    return 7 if 0xE000 <= code <= 0xF8FF else 4


def _sjis_options(run: bytes, at: int) -> tuple[int, str | None]:
    byte = run[at]
    if byte < 0x80:
        return 1, chr(byte)
    if 0xA1 <= byte <= 0xDF:
        return 1, chr(0xFF61 + byte - 0xA1)
    return 2, _sjis_pair(run[at : at + 2]) if at + 1 < len(run) else None


def _euc_options(run: bytes, at: int) -> tuple[int, str | None]:
    byte = run[at]
    if byte < 0x80:
        return 1, chr(byte)
    if byte == 0x8E:
        kana = at + 1 < len(run) and 0xA1 <= run[at + 1] <= 0xDF
        return 2, chr(0xFF61 + run[at + 1] - 0xA1) if kana else None
    if byte == 0x8F:
        return 3, _euc_triple(run[at + 1 : at + 3]) if at + 2 < len(run) else None
    return 2, _euc_pair(run[at : at + 2]) if at + 1 < len(run) else None


def _utf16_options(run: bytes, at: int, little: bool) -> tuple[int, str | None]:
    """Read a code unit, or a surrogate pair, of UTF-16."""
    if at + 1 >= len(run):
        return 2, None
    length = 4 if 0xD8 <= run[at + little] < 0xDC else 2
    try:
        return length, run[at : at + length].decode("utf-16-le" if little else "utf-16-be")
    except UnicodeDecodeError:
        return length, None


def _reparse(
    run: bytes, options: Callable[[bytes, int], tuple[int, str | None]], stop: int | None = None
) -> tuple[str, int, int]:
    """Find a damaged run's cheapest reading: characters by likelihood, bytes left out at a price.

    Args:
        run: bytes between two that cannot belong to a longer character.
        options: what the encoding reads at a place: length in bytes, and the character or None.
        stop: give the reading up to the first character that begins here or later; None: all.

    Returns:
        The text, the number of bytes left out, and of bytes read. Time is linear in the run.
    """
    size = len(run)
    best = [0] * (size + 1)
    step: list[tuple[int, str | None]] = [(1, None)] * (size + 1)
    for at in range(size - 1, -1, -1):
        cost = best[at + 1] + _SKIP_COST
        length, char = options(run, at)
        if char is not None:
            price = best[at + length] + _cost(char)
            if price < cost:
                cost = price
                step[at] = (length, char)
        best[at] = cost
    pieces: list[str] = []
    damaged = at = 0
    while at < (size if stop is None else stop):
        length, char = step[at]
        if char is None:
            damaged += 1
        else:
            pieces.append(char)
        at += length
    return "".join(pieces), damaged, at


def decode_sjis(payload: bytes) -> tuple[str, int]:
    """Read cp932 (Shift_JIS with NEC and IBM characters); give the text and the bytes left out."""
    try:
        text = payload.decode("cp932")
    except UnicodeDecodeError:
        text = None  # type: ignore[assignment]
    if text is not None and not _NO_SJIS.search(text) and not _ODD_SJIS.search(text):
        return text, 0
    return _decode_runs(payload, euc=False)


def decode_euc(payload: bytes) -> tuple[str, int]:
    """Read EUC-JP with NEC's and eucJP-ms's additions; give the text and the bytes left out."""
    try:
        return payload.decode("euc_jp"), 0
    except UnicodeDecodeError:
        return _decode_runs(payload, euc=True)


def _strict_euc(run: bytes) -> str:
    """Read a run without damage; raises UnicodeDecodeError where there is some."""
    return run.decode("euc_jp", "kinari-eucjp-ms")


def _euc_additions(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: read what euc_jp lacks; raise again what is damage."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    data, at = error.object, error.start
    if data[at] == 0x8F and at + 2 < len(data):
        char, length = _euc_triple(data[at + 1 : at + 3]), 3
    elif at + 1 < len(data):
        char, length = _euc_pair(data[at : at + 2]), 2
    else:
        char, length = None, 0
    if char is None:
        raise error
    return char, at + length


codecs.register_error("kinari-eucjp-ms", _euc_additions)


def _decode_runs(payload: bytes, euc: bool) -> tuple[str, int]:
    pieces: list[str] = []
    damaged = last = 0
    budget = _REPARSE_BYTES
    for hit in (_EUC_RUN if euc else _SJIS_RUN).finditer(payload):
        pieces.append(payload[last : hit.start()].decode("ascii"))
        last = hit.end()
        run = hit[0]
        try:
            text = _strict_euc(run) if euc else run.decode("cp932")
            if euc or not (_NO_SJIS.search(text) or _ODD_SJIS.search(text)):
                pieces.append(text)
                continue
        except UnicodeDecodeError:
            pass
        if len(run) <= budget:
            budget -= len(run)
            text, lost, _ = _reparse(run, _euc_options if euc else _sjis_options)
        else:
            text = _WRONG.sub("", run.decode("euc_jp" if euc else "cp932", "ignore"))
            lost = max(1, len(run) - len(text.encode("euc_jp" if euc else "cp932", "ignore")))
        pieces.append(text)
        damaged += lost
    pieces.append(payload[last:].decode("ascii"))
    return "".join(pieces), damaged


def decode_iso2022(payload: bytes) -> tuple[str, int]:
    """Read ISO-2022-JP and its extensions; give the text and the bytes left out.

    A line's end returns to ASCII, as RFC 1468 asks of writers, so a lost closing escape costs at
    most the rest of its line; an opening `$B` or closing `(B` whose escape byte was lost is seen.
    """
    pieces: list[str] = []
    damaged = last = 0
    charset = b"(B"
    for hit in _ESCAPES.finditer(payload):
        part = payload[last : hit.start()]
        if charset in _ASCII and hit[1] in _ASCII:
            text, lost = _reopened(part)
        else:
            text, lost = _iso2022_part(part, charset)
        pieces.append(text)
        damaged += lost
        last = hit.end()
        if hit[1] is None:
            damaged += 1
        else:
            charset = hit[1]
    text, lost = _iso2022_part(payload[last:], charset)
    pieces.append(text)
    return "".join(pieces), damaged + lost


def _reopened(part: bytes) -> tuple[str, int]:
    """Read what stands before a needless return to ASCII: its opening may have lost the escape."""
    hit = _LOST_OPENING.search(part)
    if hit:
        text, lost = decode_euc(bytes(byte | 0x80 for byte in hit[1]))
        if not lost and len(_KANA.findall(text)) * 4 >= len(text):
            head, damaged = _high(part[: hit.start()])
            return head + text, damaged + 2
    return _high(part)


def _iso2022_part(part: bytes, charset: bytes) -> tuple[str, int]:
    """Read what stands between two escapes."""
    if charset == b"(I":
        return "".join(chr(0xFF40 + b) if 0x21 <= b <= 0x5F else chr(b & 0x7F) for b in part), 0
    if not charset.startswith(b"$") or not part:
        return _high(part)
    low = _HIGH_BYTES.sub(b"", part)
    damaged = len(part) - len(low)
    closed = next(
        (hit for hit in _CLOSED_WITHOUT_ESCAPE.finditer(low) if hit.start() % 2 == 0), None
    )
    stop = _NOT_IN_SET.search(low)
    end = min(closed.start() if closed else len(low), stop.start() if stop else len(low))
    rest = low[end:]
    if closed and closed.start() == end:
        rest = low[closed.end() :]
        damaged += 2
    head = bytes(byte | 0x80 for byte in low[:end])
    if charset == b"$(D":
        head = b"".join(b"\x8f" + head[at : at + 2] for at in range(0, len(head), 2))
    text, lost = decode_euc(head)
    return text + rest.decode("ascii"), damaged + lost


def _high(part: bytes) -> tuple[str, int]:
    """Read a part in single-byte state: ASCII; bytes above it are damage."""
    text = part.decode("ascii", "ignore")
    return text, len(part) - len(text)


def decode_utf16(payload: bytes, little: bool) -> tuple[str, int]:
    """Read UTF-16, falling back into step where a byte was lost or put in.

    Args:
        payload: the bytes, without byte order mark.
        little: little endian.

    Returns:
        The text and the number of bytes left out.
    """
    codec = "utf-16-le" if little else "utf-16-be"
    options = partial(_utf16_options, little=little)
    budget = 8 * _REPARSE_BYTES
    pieces: list[str] = []
    damaged = at = 0
    while at < len(payload):
        end = min(at + _UTF16_PART, len(payload))
        if end + 1 < len(payload) and 0xD8 <= payload[end - 2 + little] < 0xDC:
            end += 2  # the other half of a surrogate pair
        text = payload[at:end].decode(codec, "ignore")
        lost = end - at - len(text.encode(codec))
        ahead = payload[end : end + _UTF16_AHEAD].decode(codec, "ignore")
        strange = len(_STRANGE.findall(text)) + len(_STRANGE.findall(ahead))
        if budget > 0 and (lost or strange > _STRANGE_IN_PART):
            stop = end - at
            text, lost, read = _reparse(payload[at : end + _UTF16_AHEAD], options, stop)
            budget -= stop
            end = at + read
        pieces.append(text)
        damaged += lost
        at = end
    return "".join(pieces), damaged


def is_little_endian(sample: bytes) -> bool:
    """Tell the byte order of UTF-16 by which reading of its parts has the likelier characters.

    Args:
        sample: UTF-16 without byte order mark, perhaps with bytes lost or put in.
    """
    costs = []
    for order in ("utf-16-le", "utf-16-be"):
        total = skip = 0
        for start in range(0, len(sample), 256):
            part = sample[start : start + 256]
            stay = sum(map(_cost, part[skip:].decode(order, "replace")))
            step = sum(map(_cost, part[1 - skip :].decode(order, "replace"))) + 2 * _SKIP_COST
            if step < stay:
                skip = 1 - skip
            total += min(stay, step)
        costs.append(total)
    return costs[0] <= costs[1]


def share_japanese(sample: bytes, encoding: str) -> float:
    """Score how Japanese a sample reads in an encoding.

    Args:
        sample: bytes with some above 0x7F.
        encoding: utf-8, cp932 or euc-jp.

    Returns:
        (kana and Japanese punctuation - 2 * characters that cannot be) / characters above ASCII, at
        most 1; kanji count for nothing, since every wrong reading shows some. Below 0.1 for a wrong
        reading of Japanese, above 0.25 for prose read rightly.
    """
    text = sample.decode("euc_jp" if encoding == "euc-jp" else encoding, "replace")
    wide = len(_WIDE.findall(text))
    if not wide:
        return 0.0
    return (len(_KANA.findall(text)) - 2 * len(_WRONG.findall(text))) / wide
