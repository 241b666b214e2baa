"""What must hold for any bytes: one function a parser, shared by hypothesis and atheris."""

import unicodedata
from io import BytesIO

from clean.decode import decode
from clean.extract import extract
from clean.normalize.normalize import find_spans, normalize, replace_spans
from crawl.links import read_html
from crawl.pages import Damage, Page
from crawl.read import read_pages
from crawl.robots import parse_robots
from crawl.signals import header_rules, meta_rules, parse_tdmrep, tdm_reserved
from crawl.sitemaps import read_sitemap
from crawl.urls import canonical_url
from encode.vocabulary import VocabularyError, parse_vocabulary
from pipelines.errors import UserError
from pipelines.settings import parse_yaml

CHARSETS = (
    None,
    "text/html; charset=utf-8",
    "text/html; charset=Shift_JIS",
    "text/html; charset=euc-jp",
    "text/html; charset=iso-2022-jp",
    "text/html; charset=utf-16",
    'text/html; charset="no such thing"',
    "",
)


def check_decode(data: bytes) -> None:
    """Any body decodes, to text without NUL that can be written as UTF-8, the same each time."""
    content_type = CHARSETS[data[0] % len(CHARSETS)] if data else None
    found = decode(data[1:], content_type)
    assert "\0" not in found.text
    found.text.encode("utf-8")
    assert found.damaged >= 0
    assert decode(data[1:], content_type) == found


def check_extract(data: bytes) -> None:
    """Any markup gives text that can be written, without code points that no text should hold."""
    html = decode(data).text
    found = extract(html, "http://site.example/a/b.html", arbiter=False)
    found.text.encode("utf-8")
    assert "\0" not in found.text
    assert found.links >= 0
    assert found.link_chars >= 0
    assert extract(html, "http://site.example/a/b.html", arbiter=False) == found


def check_normalize(data: bytes) -> None:
    """Spans lie in the line, in order, without overlaps; replacing them gives what normalize says.

    A text is written as UTF-8 with stray bytes left out, so that every code point but surrogates
    can stand in it.
    """
    text = data.decode("utf-8", "ignore")
    spans = find_spans(text)
    behind = 0
    for span in spans:
        assert behind <= span.start < span.end <= len(text), (span, text)
        behind = span.end
    found = normalize(text)
    assert found.text == replace_spans(text, [span for span in spans if span.replaced])
    assert sum(found.counts.values()) == sum(span.replaced for span in spans)
    unicodedata.normalize("NFC", found.text)


def check_warc(data: bytes) -> None:
    """Any bytes read as pages and damaged places in the order of the file, and the end is found."""
    last = -1
    for item in read_pages(BytesIO(data), "fuzz.warc.gz"):
        assert isinstance(item, Page | Damage)
        offset = item.warc_offset if isinstance(item, Page) else item.offset
        assert last <= offset <= len(data)
        last = offset


def check_robots(data: bytes) -> None:
    """Any robots.txt gives a yes or no for any path, and the file itself stays allowed."""
    robots = parse_robots(data)
    for path in ("/", "/robots.txt", "/a/b?c=d*$", "/%E3%81%82", "/" + "a" * 300):
        assert robots.allowed("kinari", path) in (True, False)
    assert robots.allowed("kinari", "/robots.txt")
    delay = robots.crawl_delay("kinari")
    assert delay is None or delay >= 0


def check_sitemap(data: bytes) -> None:
    """Any sitemap gives references, each of which is a URL or none."""
    pages, sitemaps = read_sitemap(data)
    for reference in (*pages, *sitemaps):
        check_reference(reference, "http://site.example/map.xml")


def check_links(data: bytes) -> None:
    """Any page gives links and rules."""
    page = read_html(data.decode("utf-8", "replace"), "http://site.example/")
    meta_rules(page.metas, ("kinari",), header_rules((), ("kinari",)))
    for reference in page.links:
        check_reference(reference, page.base)


def check_reference(reference: str, base: str) -> None:
    """A reference is a URL whose canonical form is its own, or none."""
    url = canonical_url(reference, base)
    assert url is None or canonical_url(url) == url


def check_tdmrep(data: bytes) -> None:
    """Any tdmrep.json says of any path that it is reserved, is not, or nothing."""
    assert tdm_reserved(parse_tdmrep(data), "/a/%E3%81%82?c=d*$") in (True, False, None)


def check_vocabulary(data: bytes) -> None:
    """A vocabulary is read and written back to the same bytes, or refused in one line."""
    try:
        found = parse_vocabulary(data, "vocab.txt")
    except VocabularyError as error:
        assert str(error).startswith("vocab.txt")
        assert "\n" not in str(error)
        return
    assert found.to_bytes() == data


def check_yaml(data: bytes) -> None:
    """A config is a mapping with a place for each key, or is refused naming the file."""
    try:
        value, places = parse_yaml(data, "run.yaml")
    except UserError as error:
        assert str(error).startswith("run.yaml")
        return
    assert isinstance(value, dict)
    assert all(place.startswith("run.yaml:") for place in places.values())


TARGETS = {
    "decode": check_decode,
    "extract": check_extract,
    "normalize": check_normalize,
    "warc": check_warc,
    "robots": check_robots,
    "sitemap": check_sitemap,
    "links": check_links,
    "tdmrep": check_tdmrep,
    "vocabulary": check_vocabulary,
    "yaml": check_yaml,
}
