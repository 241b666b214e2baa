"""Encoders that Python lacks, and a page in every form that it may be sent in."""

import random
from collections.abc import Iterator

FOLD = str.maketrans("〜−‖¢£¬", "～－∥￠￡￢")
"""Characters whose code points differ between makers of the same table."""

LABELS = {
    "cp932": "Shift_JIS",
    "euc-jp": "EUC-JP",
    "iso-2022-jp": "ISO-2022-JP",
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16le": "UTF-16LE",
    "utf-16be": "UTF-16BE",
}
DECLARATIONS = ("none", "meta", "header", "wrong meta", "wrong header", "header against meta")


def _jis_pair(char: str) -> bytes | None:
    """Give row and cell in the table of NEC (row 13, rows 89-92), each from 0x21."""
    try:
        pair = char.encode("cp932")
    except UnicodeEncodeError:
        return None
    if len(pair) != 2:
        return None
    lead, trail = pair[0] - (0x81 if pair[0] < 0xA0 else 0xC1), pair[1]
    if trail >= 0x9F:
        row, cell = 2 * lead + 1, trail - 0x9F
    else:
        row, cell = 2 * lead, trail - 0x40 - (trail > 0x7F)
    return bytes((row + 0x21, cell + 0x21)) if row < 94 else None


def encode_euc(text: str) -> bytes:
    """EUC-JP with NEC's additions; what it lacks becomes a numeric reference."""
    out = []
    for char in text:
        pair = _jis_pair(char)
        if char < "\x80":
            out.append(char.encode())
        elif "\uff61" <= char <= "\uff9f":
            out.append(bytes((0x8E, ord(char) - 0xFF61 + 0xA1)))
        elif pair:
            out.append(bytes(byte | 0x80 for byte in pair))
        else:
            out.append(b"&#%d;" % ord(char))
    return b"".join(out)


def encode_iso2022(text: str) -> bytes:
    """ISO-2022-JP with NEC's additions and half-width kana by their own escape."""
    out, mode = [], b"(B"
    for char in text:
        pair = _jis_pair(char)
        if char < "\x80":
            want, piece = b"(B", char.encode()
        elif "\uff61" <= char <= "\uff9f":
            want, piece = b"(I", bytes((ord(char) - 0xFF61 + 0x21,))
        elif pair:
            want, piece = b"$B", pair
        else:
            want, piece = b"(B", b"&#%d;" % ord(char)
        if want != mode:
            out.append(b"\x1b" + want)
            mode = want
        out.append(piece)
    if mode != b"(B":
        out.append(b"\x1b(B")
    return b"".join(out)


def encode(text: str, encoding: str) -> bytes:
    """Encode a text that the encoding can hold."""
    if encoding == "euc-jp":
        return encode_euc(text)
    if encoding == "iso-2022-jp":
        return encode_iso2022(text)
    return text.encode(encoding.replace("utf-16le", "utf-16-le").replace("utf-16be", "utf-16-be"))


def _writable(text: str) -> str:
    """Put numeric references where the Japanese encodings have no character."""
    return "".join(
        char
        if char < "\x80" or "\uff61" <= char <= "\uff9f" or _jis_pair(char)
        else f"&#{ord(char)};"
        for char in text
    )


def forms(body: str, seed: int = 0) -> Iterator[tuple[str, str, str, bytes, str | None]]:
    """Give encoding, declaration, text, bytes and header of a page in every form."""
    rng = random.Random(seed)
    body = body.translate(FOLD)
    for encoding, label in LABELS.items():
        for declared in DECLARATIONS:
            others = [x for x in LABELS.values() if x != label and not x.startswith("UTF-16")]
            wrong = rng.choice(others)
            said = label if declared in ("meta", "header", "header against meta") else wrong
            meta = ""
            if "meta" in declared:
                inner = wrong if declared == "header against meta" else said
                meta = f'<meta http-equiv="Content-Type" content="text/html; charset={inner}">'
            text = f"<html><head>{meta}<title>頁</title></head><body>{body}</body></html>"
            if not label.startswith("UTF"):
                text = _writable(text)
            header = f"text/html; charset={said}" if "header" in declared else None
            yield encoding, declared, text, encode(text, encoding), header
