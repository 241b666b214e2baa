"""The sample web: determinism, size, truth and encodings."""

import gzip
import hashlib
import os
import subprocess
import sys
from collections import Counter

import pytest

from crawl.sample_web.bad import BAD
from crawl.sample_web.build import build
from crawl.sample_web.genres import GENRES
from crawl.sample_web.hosts import SITES
from crawl.sample_web.model import SampleWeb


@pytest.fixture(scope="module")
def web() -> SampleWeb:
    return build(7)


def _digest(web: SampleWeb) -> str:
    digest = hashlib.sha256()
    for url in sorted(web.pages):
        page = web.pages[url]
        digest.update(f"{url} {page.status} {page.headers}\n".encode() + page.body)
    return digest.hexdigest()


def _shingles(text: str) -> set[str]:
    return {text[start : start + 5] for start in range(len(text) - 4)}


def test_same_seed_gives_same_bytes_in_another_process(web: SampleWeb) -> None:
    program = (
        "import hashlib\nfrom crawl.sample_web.build import build\nweb = build(7)\n"
        "digest = hashlib.sha256()\n"
        "for url in sorted(web.pages):\n"
        "    page = web.pages[url]\n"
        "    digest.update(f'{url} {page.status} {page.headers}\\n'.encode() + page.body)\n"
        "print(digest.hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4711"}
    other = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True
    )
    assert other.stdout.strip() == _digest(web)


def test_another_seed_gives_other_articles(web: SampleWeb) -> None:
    hosts = ("kawara-shinpo.example",)
    first, second = build(7, hosts), build(8, hosts)
    assert {page.main for page in first.truth.pages.values() if page.main}.isdisjoint(
        page.main for page in second.truth.pages.values() if page.main
    )


def test_size_is_what_the_demo_needs(web: SampleWeb) -> None:
    html = [
        page
        for page in web.pages.values()
        if dict(page.headers).get("Content-Type", "").startswith("text/html")
    ]
    assert len(web.hosts) >= 45
    assert len(html) >= 1200
    assert all(site.pages >= 20 for site in SITES if site.verdict != "not_drop"), (
        "a site with an expected verdict needs pages enough for one"
    )


def test_every_kind_of_the_generator_is_on_the_web() -> None:
    kinds = {site.kind for site in SITES}
    assert kinds == set(GENRES) | set(BAD) | {"link_farm", "link_farm_titles", "mirror"}


def test_truth_names_only_pages_that_are_served(web: SampleWeb) -> None:
    assert set(web.truth.pages) <= set(web.pages)
    assert {page.site for page in web.truth.pages.values()} == set(web.truth.sites)
    for site in web.truth.sites.values():
        assert bool(site.cause) == (site.verdict == "drop")
        assert set(site.hosts) <= set(web.hosts)


def test_main_text_is_in_the_payload_in_its_encoding(web: SampleWeb) -> None:
    checked: Counter[str] = Counter()
    for url, truth in web.truth.pages.items():
        if not truth.main or truth.encoding == "ascii" or "《" in truth.main:
            continue
        page = web.pages[url]
        body = page.body
        if ("Content-Encoding", "gzip") in page.headers:
            body = gzip.decompress(body)
        html = body.decode(truth.encoding)
        longest = max(truth.main.splitlines(), key=len)
        if "&" not in longest and "<" not in longest and "<ruby>" not in html and "&#" not in html:
            assert longest in html, url
            checked[truth.encoding] += 1
    assert {"utf-8", "cp932", "euc_jp", "iso2022_jp"} <= set(checked)
    assert sum(checked.values()) > 700


def test_declarations_are_right_wrong_and_missing(web: SampleWeb) -> None:
    forms = {(site.coding.codec, site.coding.meta, site.coding.header) for site in SITES}
    assert ("cp932", "Shift_JIS", "") in forms
    assert ("cp932", "EUC-JP", "EUC-JP") in forms
    assert ("cp932", "utf-8", "") in forms
    assert ("utf-8", "utf-8", "ISO-8859-1") in forms
    assert ("utf-8", "", "") in forms and ("euc_jp", "", "") in forms
    assert ("iso2022_jp", "", "") in forms


def test_good_articles_are_no_near_duplicates(web: SampleWeb) -> None:
    mirrors = {site.site for site in web.truth.sites.values() if site.mirror_of}
    by_site: dict[str, list[set[str]]] = {}
    for truth in web.truth.pages.values():
        if truth.main and truth.site not in mirrors:
            by_site.setdefault(truth.site, []).append(_shingles(truth.main.replace("\n", "")))
    worst = 0.0
    for pages in by_site.values():
        for index, first in enumerate(pages):
            for second in pages[:index]:
                common = len(first & second)
                worst = max(worst, common / (len(first) + len(second) - common))
    assert worst < 0.6


def test_mirror_repeats_the_articles_of_its_original(web: SampleWeb) -> None:
    (mirror,) = (site for site in web.truth.sites.values() if site.mirror_of)
    texts = {
        name: {page.main for page in web.truth.pages.values() if page.site == name and page.main}
        for name in (mirror.site, mirror.mirror_of)
    }
    assert texts[mirror.site] <= texts[mirror.mirror_of]
    assert len(texts[mirror.site]) >= 40


def test_opt_outs_and_forbidden_pages_are_marked(web: SampleWeb) -> None:
    signals = Counter(page.signal for page in web.truth.pages.values())
    assert signals["noai"] >= 3 and signals["noindex"] >= 3 and signals["robots-ai"] >= 5
    forbidden = [url for url, page in web.truth.pages.items() if "/private/" in url]
    assert len(forbidden) == 7
    assert not any(web.truth.pages[url].crawlable for url in forbidden)


def test_a_slice_holds_the_same_articles_as_the_whole(web: SampleWeb) -> None:
    part = build(7, ("chimei-jiten.test", "yotei-hyou.example"), pages=3)
    assert set(part.hosts) == {"chimei-jiten.test", "yotei-hyou.example"}
    mains = {page.main for page in web.truth.pages.values()}
    assert {page.main for page in part.truth.pages.values()} <= mains
    assert sum(page.role == "article" for page in part.truth.pages.values()) == 3


def test_technical_japanese_has_few_kana(web: SampleWeb) -> None:
    text = "".join(p.main for p in web.truth.pages.values() if p.site == "shiyou-sho.example")
    kana = sum("ぁ" <= letter <= "ヿ" for letter in text)
    assert 0.12 < kana / len(text) < 0.25


def test_an_unknown_host_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no host 'nowhere\.example'"):
        build(1, ("nowhere.example",))
