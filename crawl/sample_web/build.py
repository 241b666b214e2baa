"""Building the sample web from a seed."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from html import escape, unescape

from crawl.sample_web import notation
from crawl.sample_web.bad import BAD, link_titles
from crawl.sample_web.genres import GENRES, Article, compose
from crawl.sample_web.hosts import REDIRECTS, SITES, Site
from crawl.sample_web.layouts import LAYOUTS, Frame, index_page, plain_text
from crawl.sample_web.model import PageTruth, Response, SampleWeb, SiteTruth, Truth
from crawl.sample_web.prose import make_rng

_LIST_LENGTH = 20
_ORPHANS = 3
_LANGUAGES = {"english": "en", "chinese": "zh", "korean": "ko"}


@dataclass(frozen=True, slots=True)
class _Entry:
    url: str
    article: Article
    signal: str
    forbidden: bool
    linked: bool


def build(seed: int, hosts: tuple[str, ...] = (), pages: int = 0) -> SampleWeb:
    """Build the web, or the slice of it that some hosts make.

    Args:
        seed: of all that is random; the same seed gives the same bytes.
        hosts: host names to keep; empty keeps all.
        pages: most articles per site; 0 keeps all.

    Returns:
        Pages, seeds and truth.

    Raises:
        ValueError: a host that the sample web does not have.
    """
    known = {site.host for site in SITES}
    unknown = sorted(set(hosts) - known)
    if unknown:
        raise ValueError(
            f"the sample web has no host {unknown[0]!r}; it has {', '.join(sorted(known))}"
        )
    sites = [site for site in SITES if not hosts or site.host in hosts]
    if pages:
        sites = [replace(site, pages=min(pages, site.pages)) for site in sites]
    web: dict[str, Response] = {}
    truth = Truth()
    for site in sites:
        entries = list(_entries(seed, site))
        _add_articles(web, truth, site, seed, entries)
        _add_lists(web, truth, site, entries)
        _add_machine_files(web, site, sites, entries)
        truth.sites[site.site] = SiteTruth(
            site.site,
            site.kind,
            site.verdict,
            (site.host, *site.aliases),
            _site_of_host(site.mirror_of),
            site.cause,
        )
    names = list(dict.fromkeys(host for site in sites for host in (site.host, *site.aliases)))
    for url, status, target in REDIRECTS:
        if target.split("/")[2] in names:
            web[url] = Response(status, (("Location", target),), b"")
            names = list(dict.fromkeys([*names, url.split("/")[2]]))
    seeds = tuple(_home(site) for site in sites) + tuple(
        url for url, _, target in REDIRECTS if url in web and url.endswith("/")
    )
    return SampleWeb(seed, tuple(names), web, seeds, truth)


def _site_of_host(host: str) -> str:
    return next((site.site for site in SITES if site.host == host), "")


def _home(site: Site) -> str:
    return f"http://{site.host}/" + (f"{site.folder}/" if site.folder else "")


def _article(seed: int, site: Site, number: int) -> Article:
    if site.kind == "mirror":
        original = next(other for other in SITES if other.host == site.mirror_of)
        return _article(seed, original, number)
    rng = make_rng(seed, site.site, number)
    if site.kind in GENRES:
        return compose(site.kind, rng, site.topics, site.style)
    if site.kind in BAD:
        return BAD[site.kind](rng, number)
    return Article(f"リンク集 {number}", ("登録サイトの一覧です。",), None)


def _storable(article: Article, site: Site) -> Article:
    codec = site.coding.codec

    def stored(text: str) -> str:
        # The Japanese codecs keep the yen sign as a backslash and cp932 has another minus; the
        # truth is what a reader of the bytes can know.
        folded = text.replace("¥", "￥")
        return unescape(folded.encode(codec, errors="xmlcharrefreplace").decode(codec))

    if codec in ("utf-8", "ascii"):
        return article
    return replace(
        article,
        title=stored(article.title),
        paragraphs=tuple(stored(text) for text in article.paragraphs),
        facts=tuple((label, stored(value)) for label, value in article.facts),
        posts=tuple(replace(post, text=stored(post.text)) for post in article.posts),
    )


def _entries(seed: int, site: Site) -> Iterator[_Entry]:
    base = _home(site).rstrip("/")
    titles: set[str] = set()
    for number in range(1, site.pages + site.forbidden + 1):
        article = _storable(_article(seed, site, number), site)
        if article.title in titles and site.kind != "parked":
            article = replace(article, title=f"{article.title}（{number}）")
        titles.add(article.title)
        day = article.published or date(2026, 1, 1)
        path = site.path.format(n=number, y=day.year, m=f"{day.month:02d}")
        forbidden = number > site.pages
        root = base
        if forbidden:
            path = f"/private/{number}.html"
        elif site.aliases and number % 3 == 0:
            root = f"http://{site.aliases[number % len(site.aliases)]}"
        signal = ""
        if site.signal == "robots-ai" or (site.signal and number % 7 == 0):
            signal = site.signal
        linked = not (site.sitemap and site.pages - _ORPHANS < number <= site.pages)
        yield _Entry(root + path, article, signal, forbidden, linked)


def _frame(site: Site, seed: int, entries: list[_Entry], index: int) -> Frame:
    rng = make_rng(seed, site.site, index, "frame")
    linked = [entry for entry in entries if entry.linked]
    recent = rng.sample(linked, min(8, len(linked)))
    entry = entries[index]
    here = linked.index(entry) if entry.linked else -1
    home = _home(site)
    signal = entry.signal.removeprefix("meta:") if entry.signal.startswith("meta:") else ""
    return Frame(
        site_name=site.name,
        tagline=f"{site.name}のページへようこそ",
        home=home,
        menu=(
            ("ホーム", home),
            ("一覧", f"{home}list/1.html"),
            ("このサイトについて", f"{home}about.html"),
        ),
        recent=tuple((other.article.title, other.url) for other in recent),
        newer=linked[here + 1].url if 0 <= here < len(linked) - 1 else "",
        older=linked[here - 1].url if here > 0 else "",
        charset=site.coding.meta,
        robots=signal,
        language=_LANGUAGES.get(site.kind, "ja"),
        footer=(
            f"Copyright (C) 2001-2026 {site.name} All rights reserved.",
            "当サイトに掲載された文章・写真の無断転載を禁じます。",
        ),
        date=notation.reading_date(rng, entry.article.published) if entry.article.published else "",
    )


def _add_articles(
    web: dict[str, Response], truth: Truth, site: Site, seed: int, entries: list[_Entry]
) -> None:
    for index, entry in enumerate(entries):
        article = entry.article
        html = LAYOUTS[site.layout](article, _frame(site, seed, entries, index))
        if site.kind.startswith("link_farm"):
            html = _with_links(html, link_titles(seed, site.site, index, _real_titles(seed, site)))
        extra: tuple[tuple[str, str], ...] = ()
        if entry.signal.startswith("header:"):
            extra = (("X-Robots-Tag", entry.signal.removeprefix("header:")),)
        web[entry.url] = _respond(site, html, extra)
        good = site.kind in GENRES or site.kind == "mirror"
        signal = entry.signal.partition(":")[2] or entry.signal
        truth.pages[entry.url] = PageTruth(
            site.site,
            "article" if good else "other",
            "\n".join(plain_text(text) for text in article.paragraphs) if good else "",
            article.title,
            article.published.isoformat() if article.published else None,
            ""
            if site.kind.startswith("mojibake")
            else ("ascii" if site.entities else site.coding.codec),
            crawlable=not (entry.forbidden or signal),
            signal=signal,
        )


def _real_titles(seed: int, site: Site) -> list[tuple[str, str]]:
    if site.kind != "link_farm_titles":
        return []
    others = [other for other in SITES if other.kind in GENRES and not other.folder][:8]
    return [
        (_article(seed, other, number).title, _home(other))
        for other in others
        for number in range(1, other.pages + 1)
    ]


def _with_links(html: str, links: list[tuple[str, str]]) -> str:
    items = "".join(f'<li><a href="{escape(url)}">{escape(label)}</a></li>' for label, url in links)
    return html.replace("登録サイトの一覧です。", f"登録サイトの一覧です。<ul>{items}</ul>", 1)


def _add_lists(web: dict[str, Response], truth: Truth, site: Site, entries: list[_Entry]) -> None:
    home = _home(site)
    linked = [entry for entry in entries if entry.linked]
    chunks = [linked[start : start + _LIST_LENGTH] for start in range(0, len(linked), _LIST_LENGTH)]
    frame = _frame(site, 0, entries, 0)
    frame = replace(frame, robots="", date="", newer="", older="")
    for number, chunk in enumerate(chunks, start=1):
        turns = " ".join(
            f'<a href="{home}list/{other}.html">{other}</a>' for other in range(1, len(chunks) + 1)
        )
        listed = tuple((entry.article.title, entry.url) for entry in chunk)
        page = index_page(frame, listed, turns)
        for url in (f"{home}list/{number}.html", *((home,) if number == 1 else ())):
            web[url] = _respond(site, page)
            truth.pages[url] = PageTruth(
                site.site,
                "list",
                "",
                site.name,
                None,
                site.coding.codec,
                crawlable=site.signal != "robots-ai",
                signal="robots-ai" if site.signal == "robots-ai" else "",
            )
    about = Article("このサイトについて", (f"{site.name}を運営しています。",), None)
    url = f"{home}about.html"
    web[url] = _respond(site, LAYOUTS["bare"](about, frame))
    truth.pages[url] = PageTruth(
        site.site,
        "other",
        "",
        about.title,
        None,
        site.coding.codec,
        crawlable=site.signal != "robots-ai",
        signal="robots-ai" if site.signal == "robots-ai" else "",
    )


def _add_machine_files(
    web: dict[str, Response], site: Site, sites: list[Site], entries: list[_Entry]
) -> None:
    text = (("Content-Type", "text/plain; charset=utf-8"),)
    xml = (("Content-Type", "application/xml"),)
    for host in (site.host, *site.aliases):
        root = f"http://{host}"
        rules = "User-agent: *\nDisallow: /private/\n"
        if site.signal == "robots-ai":
            rules += "\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /\n"
        if site.sitemap and host == site.host:
            name = {"plain": "sitemap.xml", "gzip": "sitemap.xml.gz", "index": "sitemap_index.xml"}
            rules += f"\nSitemap: {root}/{name[site.sitemap]}\n"
        web[f"{root}/robots.txt"] = Response(200, text, rules.encode())
    if not site.sitemap:
        return
    root = f"http://{site.host}"
    urls = "".join(
        f"<url><loc>{escape(entry.url)}</loc></url>" for entry in entries if not entry.forbidden
    )
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    body = f"{head}<urlset {space}>{urls}</urlset>".encode()
    if site.sitemap == "gzip":
        packed = gzip.compress(body, mtime=0)
        web[f"{root}/sitemap.xml.gz"] = Response(
            200, (("Content-Type", "application/gzip"),), packed
        )
        return
    web[f"{root}/sitemap.xml"] = Response(200, xml, body)
    if site.sitemap == "index":
        index = f"<sitemap><loc>{root}/sitemap.xml</loc></sitemap>"
        whole = f"{head}<sitemapindex {space}>{index}</sitemapindex>".encode()
        web[f"{root}/sitemap_index.xml"] = Response(200, xml, whole)


def _respond(site: Site, html: str, extra: tuple[tuple[str, str], ...] = ()) -> Response:
    if site.entities:
        body = html.encode("ascii", errors="xmlcharrefreplace")
    else:
        body = html.encode(site.coding.codec, errors="xmlcharrefreplace")
    charset = f"; charset={site.coding.header}" if site.coding.header else ""
    headers = [("Content-Type", f"text/html{charset}"), *extra]
    if site.gzip:
        body = gzip.compress(body, mtime=0)
        headers.append(("Content-Encoding", "gzip"))
    return Response(200, tuple(headers), body)
