"""What the sample web is made of: responses, and the truth that tests compare with."""

from dataclasses import dataclass, field
from typing import Literal

Expected = Literal["keep", "drop", "not_drop"]


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer.

    Attributes:
        status: HTTP status code.
        headers: names and values, without Content-Length.
        body: the bytes sent, already content-encoded where a header says so.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class PageTruth:
    """What a perfect extractor would find on a page.

    Attributes:
        site: the site that the page belongs to, a key of ``Truth.sites``.
        role: article, list (an index without prose of its own), or other.
        main: the main text, paragraphs joined by a line feed; "" where there is none.
        title: the article's headline, without the site's name.
        published: ``YYYY-MM-DD``, or None where the page does not say.
        encoding: Python's name of the codec that the payload is really in; "" where it is in none.
        crawlable: False where robots.txt or an opt-out signal forbids to keep the page.
        signal: the opt-out token shown on the page or its headers, or "".
    """

    site: str
    role: Literal["article", "list", "other"]
    main: str
    title: str
    published: str | None
    encoding: str
    crawlable: bool = True
    signal: str = ""


@dataclass(frozen=True, slots=True)
class SiteTruth:
    """What is true of a site.

    Attributes:
        site: registrable domain, or host and first path segment on a hosting service.
        kind: what the site is, for example ``news`` or ``link_farm``.
        verdict: keep; drop; or not_drop for sites too small to be condemned (keep or review).
        hosts: host names of the site.
        mirror_of: the site whose articles this one repeats, or "".
        cause: a short name of the reason why a bad site is bad, "" for good ones.
    """

    site: str
    kind: str
    verdict: Expected
    hosts: tuple[str, ...]
    mirror_of: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """The answers: by site, by host, by page URL."""

    sites: dict[str, SiteTruth] = field(default_factory=dict)
    pages: dict[str, PageTruth] = field(default_factory=dict)

    def of_host(self, host: str) -> list[SiteTruth]:
        """Sites on one host: one, or several where the host is a hosting service."""
        return [site for site in self.sites.values() if host in site.hosts]


@dataclass(frozen=True, slots=True)
class SampleWeb:
    """The whole web.

    Attributes:
        seed: what it was built from.
        hosts: host names in the order of their definition.
        pages: URL to response; robots.txt, sitemaps, redirects and errors are in here too.
        seeds: URLs to start a crawl at, one or more a site.
        truth: the answers.
    """

    seed: int
    hosts: tuple[str, ...]
    pages: dict[str, Response]
    seeds: tuple[str, ...]
    truth: Truth
