"""Sitemaps: XML, index, plain text, gzip."""

from io import BytesIO

from lxml import etree

from crawl.bodies import BadEncodingError, TooLargeError, gunzip

MAX_SITEMAP_BYTES = 50 * 2**20
"""Bytes of one sitemap after decompression, by the protocol."""

MAX_SITEMAP_URLS = 50_000
"""URLs in one sitemap, by the protocol."""


def read_sitemap(data: bytes) -> tuple[list[str], list[str]]:
    """Read the URLs that a sitemap lists.

    Args:
        data: the file, gzip or plain.

    Returns:
        URLs of pages, URLs of further sitemaps; what comes before damage is kept.

    Source: https://www.sitemaps.org/protocol.html
    """
    try:
        data = gunzip(data, MAX_SITEMAP_BYTES)
    except (TooLargeError, BadEncodingError):
        return [], []
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start.startswith(b"<"):
        lines = data.decode("utf-8", "replace").split()
        return [line for line in lines if line.startswith("http")][:MAX_SITEMAP_URLS], []
    pages: list[str] = []
    sitemaps: list[str] = []
    events = etree.iterparse(
        BytesIO(data), events=("end",), recover=True, resolve_entities=False, no_network=True,
        load_dtd=False, huge_tree=False,
    )  # fmt: skip
    try:
        for _, element in events:
            parent = element.getparent()
            if parent is None:
                continue
            place = _text(element)
            if place and _name(element) == "loc" and _name(parent) in ("url", "sitemap"):
                (pages if _name(parent) == "url" else sitemaps).append(place)
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
            if len(pages) + len(sitemaps) >= MAX_SITEMAP_URLS:
                break
    except (etree.XMLSyntaxError, UnicodeDecodeError):
        pass  # the latter where a reference names a surrogate, which the parser lets pass
    return pages, sitemaps


def _text(element: etree._Element) -> str:
    try:
        return (element.text or "").strip()
    except UnicodeDecodeError:
        return ""


def _name(element: etree._Element) -> str:
    tag = element.tag if isinstance(element.tag, str) else ""
    return tag.rpartition("}")[2].rpartition(":")[2]
