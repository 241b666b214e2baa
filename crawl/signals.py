"""Opt-out signals: what a site says about the use of its pages, from every place it can say it."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from crawl.robots import Robots, matches, normal_path
from crawl.settings import SIGNALS

_ROBOTS_WORDS = {
    "noindex": "noindex",
    "noarchive": "noarchive",
    "nocache": "noarchive",
    "noai": "noai",
    "noimageai": "noai",
    "none": "none",
}
_USAGE = re.compile(
    r"(?:^|[,;\s])(?:\*|bots|all|ai|train-ai|train-genai|genai|ai-train|tdm|foundation-model-production)"
    r"\s*=\s*\??(?:n|no|0)(?:$|[,;\s])",
    re.IGNORECASE,
)
_VALUED = frozenset({"max-snippet", "max-image-preview", "max-video-preview", "unavailable_after"})
_AGENT = re.compile(r"\s*(\*|[a-z][a-z_-]*)(?:/[\w.]*)?\s*")
_BETWEEN = re.compile(r"[\s,;\"']+")


@dataclass(slots=True)
class PageRules:
    """What a page's header fields and meta elements say.

    Attributes:
        signals: recognised opt-out signals.
        nofollow: the page's links are not to be followed.
        tdm: reservation stated by the page itself, None where it says nothing.
    """

    signals: set[str] = field(default_factory=set)
    nofollow: bool = False
    tdm: bool | None = None


def header_rules(headers: Iterable[tuple[str, str]], agents: Sequence[str]) -> PageRules:
    """Read X-Robots-Tag, TDM-Reservation, Content-Usage and Content-Signal fields.

    Args:
        headers: name and value of each field.
        agents: product tokens in lower case for which a directive with a name in front counts.

    Returns:
        The rules; a directive for another crawler ("googlebot: noindex") does not count.
    """
    rules = PageRules()
    for name, value in headers:
        name = name.lower()
        if name == "x-robots-tag":
            _read_directives(value, agents, rules)
        elif name == "tdm-reservation":
            rules.tdm = value.strip() == "1"
        elif name in ("content-usage", "content-signal") and forbids_usage(value):
            rules.signals.add("content-usage")
    return rules


def meta_rules(metas: Iterable[tuple[str, str]], agents: Sequence[str], rules: PageRules) -> None:
    """Add what meta elements say to the rules of the header fields.

    Args:
        metas: name and content of each meta element.
        agents: product tokens in lower case; `<meta name="gptbot" ...>` counts for them.
        rules: changed in place. The page's own TDM reservation goes before the header's.
    """
    for name, content in metas:
        name = name.strip().lower()
        if name == "robots" or name in agents:
            for word in _BETWEEN.split(content.lower()):
                _read_word(word, rules)
        elif name == "tdm-reservation":
            rules.tdm = content.strip() == "1"
        elif name in ("content-usage", "content-signal") and forbids_usage(content):
            rules.signals.add("content-usage")


def forbids_usage(preference: str) -> bool:
    """Tell whether a Content-Usage or Content-Signal value says no to training.

    Source: draft-ietf-aipref-vocab (train-ai, bots), Cloudflare's Content-Signal (ai-train).
    """
    return bool(_USAGE.search(preference))


def parse_tdmrep(data: bytes) -> list[tuple[str, bool]]:
    """Parse /.well-known/tdmrep.json.

    Args:
        data: the file.

    Returns:
        Path pattern and whether rights are reserved there; empty for what is no such file.

    Source: W3C TDM Reservation Protocol, final community group report, section 6.
    """
    try:
        entries = json.loads(data)
    except (ValueError, RecursionError):
        return []
    found = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("location"), str):
            location = entry["location"].encode(errors="replace").decode()  # lone surrogates
            location = location if location.startswith(("/", "*")) else f"/{location}"
            found.append(
                (normal_path(location), str(entry.get("tdm-reservation", "")) in ("1", "True"))
            )
    return found


def tdm_reserved(entries: Sequence[tuple[str, bool]], path: str) -> bool | None:
    """Give what the longest matching location of tdmrep.json says; None if none matches."""
    best, length, path = None, -1, normal_path(path)
    for pattern, reserved in entries:
        if len(pattern) > length and matches(pattern, path):
            best, length = reserved, len(pattern)
    return best


def robots_signals(robots: Robots, own: str, agents: Sequence[str], path: str) -> set[str]:
    """Give the signals that robots.txt holds for a path.

    Args:
        robots: the parsed file.
        own: our product token.
        agents: product tokens of crawlers that collect training data.
        path: path with query.

    Returns:
        "robots-ai" where a group naming one of the agents forbids the path, "content-usage" where
        the usage preference of our group, or of one of theirs, says no to training.
    """
    found = set()
    if any(robots.forbids_agent(agent, path) for agent in agents):
        found.add("robots-ai")
    named = [agent for agent in agents if agent.lower() in robots.groups]
    if any(forbids_usage(robots.usage(agent, path)) for agent in (own, *named)):
        found.add("content-usage")
    return found


def in_order(signals: Iterable[str]) -> tuple[str, ...]:
    """List signals once each, in the order of `SIGNALS`."""
    present = set(signals)
    return tuple(name for name in SIGNALS if name in present)


def _read_directives(value: str, agents: Sequence[str], rules: PageRules) -> None:
    """Read one X-Robots-Tag field: [agent ":"] directive *("," directive)."""
    ours = True
    for part in value.lower().split(","):
        head, colon, rest = part.partition(":")
        agent = _AGENT.fullmatch(head)
        if colon and agent and agent[1] not in _VALUED:
            ours = agent[1] in agents or agent[1] in ("*", "robots")
            part = rest
        for word in _BETWEEN.split(part) if ours else ():
            _read_word(word, rules)


def _read_word(word: str, rules: PageRules) -> None:
    signal = _ROBOTS_WORDS.get(word)
    if signal:
        rules.signals.add(signal)
    if word in ("nofollow", "none"):
        rules.nofollow = True
