"""Canonical URLs: one spelling for each page."""

import re
from hashlib import blake2b
from ipaddress import IPv6Address
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

from w3lib.url import safe_url_string

TRACKING = re.compile(
    r"^(utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|fbclid|yclid|twclid|ttclid|msclkid|igshid|igsh|mc_[ce]id|"
    r"_ga|_gl|_hs\w+|mkt_tok|oly_\w+|vero_id|wickedid|pk_\w+|mtm_\w+|yj_rdr|cx_\w+|ref_src|ref_url|"
    r"spm|scm|zanpid|s_kwcid|trk|trkcampaign)$",
    re.IGNORECASE,
)
"""Query parameters that say where a click came from, never what the page is."""

SESSION = re.compile(
    r"^(phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken|sessionid|session_id|"
    r"sessid|sid|osCsid|zenid|xtc_?sid|_session_id)$",
    re.IGNORECASE,
)
"""Query parameters that carry a visitor's session."""

_SESSION_VALUE = re.compile(r"^[0-9A-Za-z,_.:-]{8,}$")
_PATH_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/?;]*|/\(S\([0-9a-z]+\)\)(?=/)", re.IGNORECASE
)
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_DEFAULT_PORT = {"http": 80, "https": 443}


def canonical_url(url: str, base: str = "", encoding: str = "utf-8") -> str | None:
    """Resolve a reference and give the URL the one spelling it is remembered and fetched by.

    Scheme and host in lower case (IDNA), no fragment, user name or default port, dot segments
    resolved, percent-escapes in upper case and only where needed, no tracking and session
    parameters. The order of the query is kept.

    Args:
        url: absolute or relative reference as it stands in the page.
        base: URL that it is relative to.
        encoding: charset of the page; browsers encode the query of a link in it.

    Returns:
        The canonical URL, or None where this is no http or https URL with a host, or one that
        carries a user name.
    """
    return strip_url(url, base, encoding)[0]


def strip_url(url: str, base: str = "", encoding: str = "utf-8") -> tuple[str | None, bool]:
    """Do what `canonical_url` does, and say whether a session id was taken out.

    Args:
        url: absolute or relative reference.
        base: URL that it is relative to.
        encoding: charset of the page.

    Returns:
        The canonical URL or None; whether the URL carried a session id.
    """
    if encoding.lower().startswith("utf-16"):
        encoding = "utf-8"  # as browsers do: a query in UTF-16 would be full of NULs
    url = re.sub(r"[\t\r\n]", "", url.strip(" \t\r\n\f\0"))
    try:
        joined = urljoin(base, url) if base else url
        parts = urlsplit(joined)
        if parts.scheme.lower() not in _DEFAULT_PORT or not parts.hostname or "@" in parts.netloc:
            return None, False
        port = parts.port
        host = _host(parts.hostname)
        safe = urlsplit(
            safe_url_string(
                urlunsplit(("http", "h", parts.path, parts.query, "")), encoding, "utf8"
            )
        )
    except (ValueError, UnicodeError, LookupError):
        return None, False
    if not host:
        return None, False
    scheme = parts.scheme.lower()
    if port is not None and port != _DEFAULT_PORT[scheme]:
        host = f"{host}:{port}"
    path, found = _PATH_SESSION.subn("", safe.path)
    path = _tidy(_resolve_dots(path))
    query, in_query = _strip_query(safe.query)
    return urlunsplit((scheme, host, path, query, "")), bool(found) or in_query


def url_key(url: str) -> int:
    """Key under which a canonical URL is remembered; the order of its parameters does not count.

    Args:
        url: canonical URL.

    Returns:
        Signed 64-bit integer of blake2b over scheme, host, path and sorted parameters.
    """
    parts = urlsplit(url)
    query = "&".join(sorted(parts.query.split("&"))) if "&" in parts.query else parts.query
    text = f"{parts.scheme}://{parts.netloc}{parts.path}?{query}"
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def host_of(url: str) -> str:
    """Give the host of a URL without its port, in lower case; "" where there is none."""
    return urlsplit(url).hostname or ""


def origin_of(url: str) -> str:
    """Give scheme, host and port of a URL: what one robots.txt speaks for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def path_of(url: str) -> str:
    """Give path and query of a URL: what the rules of robots.txt are matched with."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _host(name: str) -> str:
    name = name.rstrip(".").lower()
    if ":" in name:
        return f"[{IPv6Address(name)}]"
    name = name if name.isascii() else name.encode("idna").decode("ascii")
    return name if _NAME.fullmatch(name) else ""


def _resolve_dots(path: str) -> str:
    if not path.startswith("/"):
        path = "/" + path
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            if kept:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _tidy(text: str) -> str:
    def tidy(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(tidy, text) if "%" in text else text


def _strip_query(query: str) -> tuple[str, bool]:
    if not query:
        return "", False
    kept, session = [], False
    for part in query.split("&"):
        name, _, value = part.partition("=")
        if SESSION.match(name) and _SESSION_VALUE.match(value):
            session = True
        elif part and not TRACKING.match(name):
            kept.append(_tidy(part))
    return "&".join(kept), session


def parameters(url: str) -> list[tuple[str, str]]:
    """List the query parameters of a URL, blank values included."""
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
