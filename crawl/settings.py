"""Settings of the crawl stage."""

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from crawl.sample_web.settings import SampleWebSettings

Signal = Literal[
    "noindex", "noarchive", "noai", "none", "tdm-reservation", "content-usage", "robots-ai"
]

SIGNALS: tuple[Signal, ...] = get_args(Signal)
"""Opt-out signals that are recognised, in the order in which a page lists them."""


class CrawlSettings(BaseModel):
    """What crawl fetches or imports, and how it behaves towards the sites."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    seeds: tuple[str, ...] = ()
    """URLs (http or https) where fetching starts. Their sites are the allowed sites unless
    `allowed_sites` says otherwise."""

    sample_web: SampleWebSettings | None = None
    """Serve the built-in sample web on loopback and crawl it; it brings its own seeds and proxy."""

    warcs: tuple[str, ...] = ()
    """Patterns of WARC files that enter as they are, without fetching; any Beam filesystem."""

    cdx: str = ""
    """Index file (CDXJ, Common Crawl's fields) whose selected records enter by byte range."""

    cdx_hosts: tuple[str, ...] = ()
    """Keep index lines of these hosts and their subdomains; empty: of all hosts."""

    cdx_languages: tuple[str, ...] = ()
    """Keep index lines whose `languages` names one of these first (ISO 639-3, e.g. jpn);
    empty: all."""

    cdx_base: str = ""
    """What stands before each `filename` of the index: a folder or a bucket address. Empty: the
    folder of the index file."""

    allowed_sites: tuple[str, ...] = ()
    """Hosts, or domains with all their subdomains, that links may lead to. Empty: the registrable
    domains (public-suffix list, ICANN part) of the seeds."""

    allow: tuple[str, ...] = ()
    """Regular expressions; when given, a URL must match one (searched anywhere in the URL)."""

    deny: tuple[str, ...] = ()
    """Regular expressions; a URL that matches one is not fetched."""

    earlier: str = ""
    """Root of an earlier run: its URLs are asked for again with If-None-Match and
    If-Modified-Since, and unchanged pages are recorded as `revisit`."""

    proxy: str = ""
    """HTTP proxy, e.g. http://127.0.0.1:8080. Name resolution is then the proxy's. The environment
    (http_proxy, ...) is never looked at."""

    user_agent: str = Field(default="kinari", pattern=r"^[A-Za-z_-]+$")
    """Product token that robots.txt groups are matched with; version and contact are added."""

    contact: str = ""
    """Address (URL or e-mail) in the User-Agent where site owners reach you. Required for any
    crawl that leaves this machine."""

    delay: float = Field(default=1.0, ge=0)
    """Seconds between two requests to one host, from the end of one to the start of the next. Below
    0.5 only on loopback."""

    ip_delay: float = Field(default=0.5, ge=0)
    """Seconds between two requests to one address, whichever hosts live there."""

    max_delay: float = Field(default=60.0, gt=0)
    """Longest delay, in seconds, that AutoThrottle may bring about."""

    max_crawl_delay: float = Field(default=60.0, gt=0)
    """Longest Crawl-delay, in seconds, that is waited for; a host that asks for more is left alone
    (`dropped_crawl_delay`)."""

    autothrottle: bool = True
    """Let the delay follow the latency of each host (never under `delay`), as a slow answer means
    a busy server."""

    concurrency: int = Field(default=64, ge=1, le=1024)
    """Requests in flight in one crawl process."""

    concurrency_per_host: int = Field(default=1, ge=1, le=64)
    """Requests in flight to one host. Above 1 only for one's own servers."""

    partitions: int = Field(default=0, ge=0)
    """Crawl processes that share the registrable domains; a domain is never split. 0: as many as
    the runner has workers."""

    retries: int = Field(default=2, ge=0, le=10)
    """Further tries after a timeout, a broken connection, 429 or 5xx."""

    max_retry_after: float = Field(default=300.0, ge=0)
    """Longest wait, in seconds, that a Retry-After brings about; a longer one ends the host."""

    timeout: float = Field(default=30.0, gt=0)
    """Seconds for one answer from connecting to the last byte, however slowly it drips."""

    max_bytes: int = Field(default=4 * 2**20, ge=1024, le=64 * 2**20)
    """Bytes of one page, as sent and after decompression; more ends the download. `concurrency` of
    them may be in memory at once: 256 MiB by default."""

    max_header_bytes: int = Field(default=64 * 1024, ge=1024)
    """Bytes of status line and header fields of one answer."""

    max_redirects: int = Field(default=5, ge=0)
    """Redirects in a row from one URL."""

    max_url_chars: int = Field(default=2000, ge=20)
    """Longest URL, in characters after percent-encoding."""

    max_path_repeats: int = Field(default=3, ge=1)
    """How often one segment may stand in a path; /a/b/a/b/a/b/... is a loop of relative links."""

    max_query_variants: int = Field(default=100, ge=1)
    """Different query strings fetched for one path."""

    max_calendar_pages: int = Field(default=100, ge=1)
    """URLs of one host that differ in nothing but a date."""

    max_depth: int = Field(default=16, ge=0)
    """Links between a seed and a page."""

    max_pages_per_site: int = Field(default=10_000, ge=1)
    """Pages fetched from one registrable domain."""

    max_urls_per_site: int = Field(default=200_000, ge=1)
    """URLs remembered for one registrable domain; more are counted only."""

    sitemaps: bool = True
    """Read the sitemaps that robots.txt names."""

    max_sitemaps: int = Field(default=50, ge=0)
    """Sitemap files read per host."""

    obey: tuple[Signal, ...] = SIGNALS
    """Opt-out signals that keep a page's body out of the WARC files (and an imported page out of
    the corpus). All recognised signals are recorded, obeyed or not."""

    ai_agents: tuple[str, ...] = ("GPTBot", "CCBot", "Google-Extended")
    """robots.txt groups that speak about training data; what they forbid gets the signal
    `robots-ai`."""

    allow_private: bool = False
    """Also fetch from private, loopback and link-local addresses (one's own network)."""

    warc_bytes: int = Field(default=1_000_000_000, ge=1000)
    """Size in bytes after which a new WARC file is begun."""

    segment_bytes: int = Field(default=32 * 2**20, ge=1)
    """Bytes of WARC that make one shard of the next stage, cut at record borders. A file that would
    make less than eight shards is cut into eight, but into none below 1 MiB."""

    @property
    def agents(self) -> tuple[str, ...]:
        """Names that mean us in X-Robots-Tag and meta elements, in lower case."""
        return tuple(name.lower() for name in (self.user_agent, *self.ai_agents))

    @field_validator("seeds")
    @classmethod
    def _seeds_are_urls(cls, seeds: tuple[str, ...]) -> tuple[str, ...]:
        for seed in seeds:
            parts = urlsplit(seed)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{seed!r} is not an http or https URL")
        return seeds

    @field_validator("allow", "deny")
    @classmethod
    def _patterns_compile(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
        return patterns

    @field_validator("proxy")
    @classmethod
    def _proxy_is_url(cls, proxy: str) -> str:
        if proxy and (urlsplit(proxy).scheme != "http" or not urlsplit(proxy).port):
            raise ValueError(f"{proxy!r} is not of the form http://HOST:PORT")
        return proxy
