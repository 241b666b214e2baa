"""Site identity: which addresses are one site."""

import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clean.judge_settings import SiteSettings
from clean.sites import site_of, unicode_site

SITES = [
    ("http://www.example.co.jp/a.html", "example.co.jp"),
    ("https://shop.example.co.jp:8443/", "example.co.jp"),
    ("http://city.chiyoda.lg.jp/", "chiyoda.lg.jp"),
    ("https://alice.github.io/x", "alice.github.io"),
    ("https://alice.hatenablog.com/entry/1", "alice.hatenablog.com"),
    ("http://alice.blog.fc2.com/blog-entry-1.html", "alice.blog.fc2.com"),
    ("https://ameblo.jp/alice/entry-1.html", "ameblo.jp/alice"),
    ("https://www.ameblo.jp/alice", "ameblo.jp/alice"),
    ("https://ameblo.jp/", "ameblo.jp"),
    ("https://ameblo.jp/index.html", "ameblo.jp"),
    ("https://note.com/bob/n/n123", "note.com/bob"),
    ("https://note.com/hashtag/cats", "note.com"),
    ("https://blog.goo.ne.jp/carol/e/9", "blog.goo.ne.jp/carol"),
    ("http://www.geocities.co.jp/SilkRoad/1234/a.html", "geocities.co.jp/SilkRoad/1234"),
    ("http://www.geocities.co.jp/SilkRoad/", "geocities.co.jp"),
    ("http://www.u-tokyo.ac.jp/~dave/paper.html", "u-tokyo.ac.jp/~dave"),
    ("http://www.u-tokyo.ac.jp/%7Edave/paper.html", "u-tokyo.ac.jp/~dave"),
    ("http://192.0.2.1:8080/x", "192.0.2.1"),
    ("http://[2001:DB8::1]:80/x", "2001:db8::1"),
    ("http://日本語.jp/", "xn--wgv71a119e.jp"),
    ("http://XN--WGV71A119E.jp:80/", "xn--wgv71a119e.jp"),
    ("http://ｅｘａｍｐｌｅ．jp/", "example.jp"),
    ("http://a.b.example/x", "b.example"),
    ("http://manual.test/x", "manual.test"),
    ("http://localhost:8000/", "localhost"),
    ("http://co.jp/", "co.jp"),
    ("ameblo.jp/alice", "ameblo.jp/alice"),
    ("http://example.jp./", "example.jp"),
    ("", ""),
    ("http://[broken/", ""),
]


@pytest.mark.parametrize(("url", "site"), SITES)
def test_site(url, site):
    assert site_of(url, SiteSettings()) == site


def test_a_site_is_its_own_site():
    for _, site in SITES:
        if site and ":" not in site:
            assert site_of(site, SiteSettings()) == site


def test_table_is_extended_and_shortened():
    settings = SiteSettings(path_sites={"www.hosting.example": 2, "note.com": 0})
    assert site_of("http://hosting.example/a/b/c", settings) == "hosting.example/a/b"
    assert site_of("https://note.com/bob/n/1", settings) == "note.com"
    assert site_of("https://ameblo.jp/alice/", settings) == "ameblo.jp/alice"


def test_more_suffixes_and_no_tilde():
    settings = SiteSettings(extra_suffixes=("club.example",), tilde_sites=False)
    assert site_of("http://alice.club.example/", settings) == "alice.club.example"
    assert site_of("http://alice.club.example/~bob/", settings) == "alice.club.example"


def test_depth_out_of_range_is_named():
    with pytest.raises(ValueError, match=r"path_sites\.a\.example is 9"):
        SiteSettings(path_sites={"a.example": 9})


def test_both_forms_of_a_name():
    assert unicode_site("xn--wgv71a119e.jp/alice") == "日本語.jp/alice"
    assert unicode_site("example.jp") == "example.jp"


def test_no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("asked the network")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    settings = SiteSettings(extra_suffixes=("quite-new.example",))
    assert site_of("http://a.quite-new.example/", settings) == "a.quite-new.example"


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text):
    assert isinstance(site_of("http://" + text, SiteSettings()), str)
    assert isinstance(site_of(text, SiteSettings()), str)
