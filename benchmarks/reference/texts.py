"""Japanese text out of unpacked documentation packages, for the reference model."""

from __future__ import annotations

import csv
import gettext
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

from lxml import etree, html

_JAPANESE = re.compile("[ぁ-ん]")
_MARKUP = re.compile(r"<[^>]*>|%[-+ 0-9.$*]*[a-zA-Z]|&[a-z]+;|\\[a-zA-Z(]+|[_&](?=[A-Z])|\^")
_ROFF = re.compile(r'^[.\'].*$|\\f.|\\-|\\\(..|\\[&|^ ]|\\"', re.MULTILINE)


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """Read every Japanese page, catalogue and manual under a folder of unpacked packages.

    Args:
        root: holds one folder a package, as `dpkg -x` leaves them.

    Yields:
        (package, text): one paragraph a line; files in sorted order.
    """
    for package in sorted(path for path in root.iterdir() if path.is_dir()):
        for path in sorted(package.rglob("*")):
            if path.is_file() and not path.is_symlink() and _is_japanese_file(path):
                text = _read(path)
                if _JAPANESE.search(text):
                    yield package.name, text


def words(dictionary: Path) -> Iterator[str]:
    """Read the words of a MeCab dictionary in CSV (EUC-JP): surfaces of two to eight characters."""
    for path in sorted(dictionary.rglob("*.csv")):
        with path.open(encoding="euc-jp", errors="ignore", newline="") as lines:
            for row in csv.reader(lines):
                if row and 2 <= len(row[0]) <= 8:
                    yield row[0]


def _is_japanese_file(path: Path) -> bool:
    parts = path.as_posix()
    return path.suffix in {".html", ".mo", ".page", ".utf8", ".gz", ".svg", ".txt"} and bool(
        re.search(r"/ja(?:_JP)?/|[._]ja[._]|-ja/", parts)
    )


def _read(path: Path) -> str:
    if path.suffix == ".mo":
        with path.open("rb") as stream:
            catalogue = gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]
        messages = (str(value) for key, value in catalogue.items() if key)
        return "\n".join(_MARKUP.sub("", m) for m in messages if _JAPANESE.search(m))
    if path.suffix == ".gz":
        if "/man/" not in path.as_posix():
            return ""
        text = gzip.decompress(path.read_bytes()).decode("utf-8", "ignore")
        joined = re.sub(r"(?<=[ぁ-ん一-鿿ァ-ヴ、])\n(?=[ぁ-ん一-鿿ァ-ヴ])", "", _ROFF.sub("", text))
        return _japanese_lines(joined)
    data = path.read_bytes()
    if path.suffix == ".txt":
        return _japanese_lines(data.decode("utf-8"))
    try:
        if path.suffix in {".page", ".svg"}:
            tree = etree.fromstring(data, etree.XMLParser(recover=True, resolve_entities=False))
            tags = {"p", "title", "desc", "tspan", "td", "item"}
        else:
            tree = html.fromstring(data, parser=html.HTMLParser(encoding="utf-8"))
            tags = {"p", "li", "dd", "h1", "h2", "h3", "td", "dt", "blockquote"}
    except (etree.ParserError, etree.XMLSyntaxError):
        return ""
    if tree is None:
        return ""
    blocks = []
    for element in tree.iter():
        if not isinstance(element.tag, str) or etree.QName(element).localname not in tags:
            continue
        if any(
            isinstance(child.tag, str) and etree.QName(child).localname in tags
            for child in element.iterdescendants()
        ):
            continue
        text = "".join(str(part) for part in element.itertext())
        blocks.append(re.sub(r"(?<=[^\x00-\x7f])\s*\n\s*(?=[^\x00-\x7f])", "", text))
    return _japanese_lines("\n".join(re.sub(r"\s+", " ", block) for block in blocks))


def _japanese_lines(text: str) -> str:
    lines = (line.strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if _JAPANESE.search(line))
