"""robots.txt as RFC 9309 reads it, with Crawl-delay, Sitemap and Content-Usage."""

import re
from dataclasses import dataclass, field

MAX_BYTES = 512 * 1024
"""Bytes of a robots.txt that are parsed; RFC 9309 asks for at least 500 KiB."""

_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PREFERENCE = re.compile(r"^[a-z*][a-z0-9_.*-]*\s*=\s*[yn]\b", re.IGNORECASE)


@dataclass(slots=True)
class Group:
    """Rules of all groups of one robots.txt that name one user agent."""

    rules: list[tuple[str, bool]] = field(default_factory=list)
    """Path pattern and whether it allows."""
    usage: list[tuple[str, str]] = field(default_factory=list)
    """Path pattern and a Content-Usage (or Content-Signal) preference."""
    delay: float | None = None
    """Crawl-delay in seconds."""


@dataclass(slots=True)
class Robots:
    """A parsed robots.txt, or a verdict over the whole host where there was none to parse."""

    groups: dict[str, Group] = field(default_factory=dict)
    sitemaps: list[str] = field(default_factory=list)
    forbidden: bool = False
    """The file could not be had (5xx, 429, timeout): nothing may be fetched."""

    def allowed(self, agent: str, path: str) -> bool:
        """Tell whether an agent may fetch a path: the longest rule decides, Allow on a tie.

        Args:
            agent: product token, any case.
            path: path with query, percent-encoded.
        """
        if path == "/robots.txt":
            return True
        if self.forbidden:
            return False
        return _allowed(self._group(agent), path)

    def forbids_agent(self, agent: str, path: str) -> bool:
        """Tell whether a group that names this very agent (not `*`) forbids a path."""
        group = self.groups.get(agent.lower())
        return group is not None and not _allowed(group, path)

    def crawl_delay(self, agent: str) -> float | None:
        """Give the Crawl-delay of an agent's group, in seconds."""
        return self._group(agent).delay

    def usage(self, agent: str, path: str) -> str:
        """Give the usage preference of the longest matching pattern; "" where there is none."""
        best, length = "", -1
        for pattern, preference in self._group(agent).usage:
            if len(pattern) > length and matches(pattern, path):
                best, length = preference, len(pattern)
        return best

    def _group(self, agent: str) -> Group:
        return self.groups.get(agent.lower()) or self.groups.get("*") or Group()


FORBIDDEN = Robots(forbidden=True)
"""What stands for a robots.txt that the server could not give."""


def parse_robots(data: bytes) -> Robots:
    """Parse a robots.txt.

    Args:
        data: the file as sent (content-coding removed); more than `MAX_BYTES` are cut at the last
            whole line. A BOM, CR, CRLF and LF ends, and bytes that are no UTF-8 are put up with.

    Returns:
        The rules. Groups for one agent are merged; unknown lines are skipped.

    Source: RFC 9309, sections 2.2 and 2.3; draft-ietf-aipref-attach for Content-Usage.
    """
    if len(data) > MAX_BYTES:
        cut = data[:MAX_BYTES]
        data = cut[: max(cut.rfind(b"\n"), cut.rfind(b"\r")) + 1] or cut
    robots = Robots()
    agents: list[Group] = []
    naming = False
    for line in re.split(
        r"\r\n|\r|\n", data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    ):
        name, colon, value = line.split("#", 1)[0].partition(":")
        name, value = name.strip().lower(), value.strip()
        if not colon:
            continue
        if name in ("user-agent", "useragent", "user agent"):
            agents = [*agents, _named(robots, value)] if naming else [_named(robots, value)]
            naming = True
            continue
        if name == "sitemap":
            if value:
                robots.sitemaps.append(value)
            continue
        _add_rule(agents, name, value)
        naming = naming and name not in ("allow", "disallow", "crawl-delay", "content-usage")
    return robots


def _named(robots: Robots, value: str) -> Group:
    token = "*" if value.startswith("*") else (re.match(r"[A-Za-z_-]*", value) or [""])[0].lower()
    if not token:
        return Group()
    return robots.groups.setdefault(token, Group())


def _add_rule(agents: list[Group], name: str, value: str) -> None:
    if name in ("allow", "disallow") and value:
        for group in agents:
            group.rules.append((normal_path(value), name == "allow"))
    elif name == "crawl-delay":
        try:
            seconds = float(value)
        except ValueError:
            return
        for group in agents:
            if seconds >= 0:
                group.delay = max(seconds, group.delay or 0.0)
    elif name in ("content-usage", "content-signal"):
        first, _, rest = value.partition(" ")
        pattern, preference = (first, rest) if first.startswith("/") else ("/", value)
        if _PREFERENCE.match(preference.strip()):
            for group in agents:
                group.usage.append((normal_path(pattern), preference.strip()))


def normal_path(path: str) -> str:
    """Percent-encode what is not ASCII and write escapes of unreserved characters plainly."""
    text = "".join(c if c.isascii() else "".join(f"%{b:02X}" for b in c.encode()) for c in path)

    def tidy(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character.isalnum() or character in "-._~" else match[0].upper()

    return _ESCAPE.sub(tidy, text)


def _allowed(group: Group, path: str) -> bool:
    path, length, verdict = normal_path(path), -1, True
    for pattern, allow in group.rules:
        if (len(pattern) > length or (len(pattern) == length and allow)) and matches(pattern, path):
            length, verdict = len(pattern), allow
    return verdict


def matches(pattern: str, path: str) -> bool:
    """Match a pattern with `*` and a final `$` from the start of a path, in linear time."""
    anchored = pattern.endswith("$")
    first, *parts = pattern.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    at = len(first)
    if not parts:
        return not anchored or at == len(path)
    last = parts.pop() if anchored else None
    for part in parts:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return last is None or (path.endswith(last) and len(path) - len(last) >= at)
