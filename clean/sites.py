"""Which site an address belongs to: the unit that is judged."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import idna
import tldextract

from clean.judge_settings import SiteSettings


def site_of(url: str, settings: SiteSettings) -> str:
    """Name the site that an address belongs to.

    A site is the registrable domain under the public-suffix list with private suffixes (so that
    `alice.github.io` and `bob.github.io` are two sites), or a host with the first segments of the
    path where the table of hosting services names the host (`ameblo.jp/alice`). A path that begins
    with a tilde is a site of its own on any host. Ports do not count; an IP address is a site; an
    internationalised name gives the same site in both of its forms.

    Args:
        url: an address, with or without a scheme.
        settings: the table of path-sites and suffixes beyond the list.

    Returns:
        The site in lower-case ASCII, followed by `/segment` for a path-site; `""` where the address
        has no host. Nothing is asked of the network: the list is the one bundled with tldextract.
    """
    try:
        parts = urlsplit(url if "://" in url else "//" + url.lstrip("/"))
        host = ascii_host(parts.hostname or "")
    except ValueError:
        return ""
    if not host:
        return ""
    bare = host.removeprefix("www.")
    depth = settings.path_sites.get(bare)
    segments = [unquote(part) for part in parts.path.split("/") if part]
    if depth is not None:
        user = _user_segments(segments, depth, parts.path.endswith("/"))
        if user and user[0] not in settings.service_segments:
            return "/".join([bare, *user])
        return bare
    domain = registrable_domain(host, settings.extra_suffixes)
    if settings.tilde_sites and segments and segments[0].startswith("~") and len(segments[0]) > 1:
        return f"{bare}/{segments[0]}"
    return domain


def ascii_host(host: str) -> str:
    """Bring a host name to its ASCII form: lower case, IDN as `xn--`, IPv6 without brackets.

    Args:
        host: a name or address without port; full-width letters and ideographic dots are folded.

    Returns:
        The ASCII form; a name that IDNA refuses is only lower-cased.
    """
    host = host.strip().rstrip(".").strip("[]").lower()
    try:
        return ipaddress.ip_address(host.split("%", 1)[0]).compressed
    except ValueError:
        pass
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii").rstrip(".")
    except idna.IDNAError:
        return host


def unicode_site(site: str) -> str:
    """Give a site's name as people read it: `xn--wgv71a119e.jp` becomes `日本語.jp`."""
    host, slash, rest = site.partition("/")
    if "xn--" not in host:
        return site
    try:
        return idna.decode(host) + slash + rest
    except idna.IDNAError:
        return site


@lru_cache(maxsize=65536)
def registrable_domain(host: str, extra_suffixes: tuple[str, ...] = ()) -> str:
    """Give the registrable domain of a host, private suffixes counted as suffixes.

    Args:
        host: an ASCII host name or IP address without port.
        extra_suffixes: suffixes under which anybody can have a name, beyond the bundled list.

    Returns:
        The public suffix and one label; the host itself for an IP address, for a name of one label
        and for a public suffix. Under a top-level name that the list does not know, the last two
        labels, which is the list's own default rule.
    """
    try:
        ipaddress.ip_address(host)
        return host
    except ValueError:
        pass
    found = _extractor(extra_suffixes).extract_str(host)
    if found.suffix and found.domain:
        return f"{found.domain}.{found.suffix}"
    if found.suffix:
        return host
    return ".".join(host.split(".")[-2:])


@lru_cache(maxsize=16)
def _extractor(extra_suffixes: tuple[str, ...]) -> tldextract.TLDExtract:
    return tldextract.TLDExtract(
        cache_dir=None,
        suffix_list_urls=(),
        fallback_to_snapshot=True,
        include_psl_private_domains=True,
        extra_suffixes=extra_suffixes,
    )


def _user_segments(segments: list[str], depth: int, folder: bool) -> list[str]:
    """Take the first `depth` segments where they name a folder, not a file of the service."""
    if len(segments) < depth:
        return []
    user = segments[:depth]
    is_file = len(segments) == depth and not folder and "." in user[-1]
    return [] if is_file else user
