"""robots.txt by RFC 9309: a table of files, agents and paths."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawl.robots import FORBIDDEN, MAX_BYTES, parse_robots

CASES = [
    # file, path, allowed for "kinari"
    (b"", "/", True),
    (b"User-agent: *\nDisallow: /", "/a", False),
    (b"User-agent: *\nDisallow:", "/a", True),
    (b"user-agent: *\ndisallow: /A", "/a", True),
    (b"user-agent: *\ndisallow: /A", "/Ab", False),
    (b"User-agent: *\rDisallow: /a\r", "/a", False),
    (b"\xef\xbb\xbfUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
    (b"User-agent: * # all\nDisallow: /a # \xe6\x97\xa5\x83\n", "/a", False),
    (b"User-agent: *\nDisallow: /\n\nUser-agent: kinari\nAllow: /", "/a", True),
    (b"User-agent: *\nAllow: /\n\nUser-agent: Kinari/2.0\nDisallow: /", "/a", False),
    (b"User-agent: kinaribot\nDisallow: /", "/a", True),
    (b"User-agent: kin\nDisallow: /", "/a", True),
    (b"User-agent: a\nUser-agent: kinari\nDisallow: /a\nUser-agent: b\nDisallow: /", "/a", False),
    (b"User-agent: a\nUser-agent: kinari\nDisallow: /a\nUser-agent: b\nDisallow: /", "/b", True),
    (b"User-agent: kinari\nSitemap: /s\nUser-agent: b\nDisallow: /a", "/a", False),
    (b"User-agent: kinari\nDisallow: /a\nUser-agent: kinari\nDisallow: /b", "/a", False),
    (b"User-agent: kinari\nDisallow: /a\nUser-agent: kinari\nDisallow: /b", "/b", False),
    (b"Disallow: /\nUser-agent: *\nDisallow: /a", "/b", True),
    (b"User-agent: *\nDisallow: /p\nAllow: /p", "/p", True),
    (b"User-agent: *\nAllow: /p\nDisallow: /", "/page", True),
    (b"User-agent: *\nAllow: /folder\nDisallow: /folder", "/folder/page", True),
    (b"User-agent: *\nAllow: /page\nDisallow: /*.htm", "/page.htm", False),
    (b"User-agent: *\nAllow: /$\nDisallow: /", "/", True),
    (b"User-agent: *\nAllow: /$\nDisallow: /", "/x", False),
    (b"User-agent: *\nDisallow: /*.php$", "/a/b.php", False),
    (b"User-agent: *\nDisallow: /*.php$", "/a/b.php?x", True),
    (b"User-agent: *\nDisallow: /fish*.php", "/fishheads/cat.php?p", False),
    (b"User-agent: *\nDisallow: /*/x/*/y", "/a/x/b/c/y/z", False),
    (b"User-agent: *\nDisallow: /a*a$", "/a", True),
    (b"User-agent: *\nDisallow: *?s=", "/find?s=1", False),
    (b"User-agent: *\nDisallow: /%7Ejoe/", "/~joe/x", False),
    (b"User-agent: *\nDisallow: /~joe/", "/%7ejoe/x", False),
    (b"User-agent: *\nDisallow: /a%3Cd.html", "/a%3cd.html", False),
    (b"User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
    ("User-agent: *\nDisallow: /日本".encode(), "/%E6%97%A5%E6%9C%AC/x", False),
    ("User-agent: *\nDisallow: /日本".encode("cp932"), "/x", True),
    (b"User-agent: *\nDisallow: /", "/robots.txt", True),
    (b"<html><body>User-agent: *<br>Disallow: /</body></html>", "/a", True),
    (b"User-agent: *\nDisallow: /a\0b", "/a", True),
]


@pytest.mark.parametrize(("data", "path", "allowed"), CASES)
def test_rules(data: bytes, path: str, allowed: bool) -> None:
    assert parse_robots(data).allowed("kinari", path) is allowed


def test_a_file_that_could_not_be_had_forbids_everything() -> None:
    assert not FORBIDDEN.allowed("kinari", "/")


def test_a_long_file_is_parsed_up_to_the_bound_and_cut_at_a_line() -> None:
    start = b"User-agent: *\n" + b"#" * 500 * 1024 + b"\nDisallow: /in\n"
    padding = b"#" * (MAX_BYTES - len(start) - len(b"\nDisallow: /o")) + b"\nDisallow: /out"
    robots = parse_robots(start + padding)
    assert not robots.allowed("kinari", "/in")
    assert robots.allowed("kinari", "/o")


def test_other_lines() -> None:
    robots = parse_robots(
        b"Sitemap: https://a.jp/s.xml\nUser-agent: *\nCrawl-delay: 2.5\nCrawl-delay: x\n"
        b"User-agent: GPTBot\nDisallow: /\nContent-Usage: /x train-ai=n\n"
        b"Content-Usage: train-ai=y\n"
    )
    assert robots.sitemaps == ["https://a.jp/s.xml"]
    assert robots.crawl_delay("kinari") == 2.5
    assert robots.crawl_delay("gptbot") is None
    assert parse_robots(b"User-agent: *\nCrawl-delay: 1e999").crawl_delay("kinari") == float("inf")
    assert parse_robots(b"User-agent: *\nCrawl-delay: nan").crawl_delay("kinari") is None
    assert robots.forbids_agent("GPTBot", "/a")
    assert not robots.forbids_agent("CCBot", "/a")
    assert robots.usage("gptbot", "/x/1") == "train-ai=n"
    assert robots.usage("gptbot", "/y") == "train-ai=y"


@given(st.binary(max_size=300), st.text(max_size=30))
def test_any_bytes_are_put_up_with(data: bytes, path: str) -> None:
    assert parse_robots(data).allowed("kinari", "/" + path) in (True, False)


@given(st.text("ab*$/", max_size=12), st.text("ab/", max_size=12))
def test_matching_agrees_with_a_regular_expression(pattern: str, path: str) -> None:
    import re

    pattern, path = "/" + pattern, "/" + path
    end = "$" if pattern.endswith("$") else ""
    body = pattern[:-1] if end else pattern
    expression = "".join(".*" if c == "*" else re.escape(c) for c in body) + ("\\Z" if end else "")
    matched = re.match(expression, path, re.DOTALL) is not None
    robots = parse_robots(f"User-agent: *\nDisallow: {pattern}".encode())
    assert robots.allowed("kinari", path) is not matched
