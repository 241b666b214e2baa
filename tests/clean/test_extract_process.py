"""The extracting process: limits of time and memory, and pages made to break a parser."""

import os
import signal

import pytest

from clean.extract import Extracted
from clean.extract_process import Extractor
from clean.page import PAGE_REASONS, clean_page
from clean.settings import CleanSettings, ExtractSettings

SENTENCE = "東京の朝は静かに始まり、人々はそれぞれの仕事へと向かって歩き出す。"
GOOD = "<body>" + "".join(f"<p>{n}：{SENTENCE}</p>" for n in range(20)) + "</body>"
HEAVY = "<body>" + "".join(f"<p>{n}：{SENTENCE}</p>" for n in range(60_000)) + "</body>"

HOSTILE = {
    "deep blocks": "<div>" * 100_000 + SENTENCE * 10,
    "deep inline": "<b><i>" * 100_000 + SENTENCE * 10,
    "unclosed tables": "<table><tr><td>" * 40_000 + SENTENCE,
    "open links": "<a href=x>" * 100_000 + SENTENCE,
    "entities": "&amp;" * 500_000 + SENTENCE * 10,
    "entity names": "&" + "a" * 2_000_000 + SENTENCE,
    "less-than": "<" * 1_000_000 + SENTENCE,
    "attributes": "<div " + "a=b " * 300_000 + ">" + SENTENCE * 10,
    "one attribute": '<div a="' + "x" * 3_000_000 + '">' + SENTENCE * 10,
    "comments": "<!--" * 300_000 + SENTENCE,
    "ruby": "<ruby><rt>" * 200_000 + SENTENCE,
    "line breaks": SENTENCE + "<br>" * 500_000,
    "spaces": SENTENCE + " \n" * 1_500_000 + SENTENCE,
    "one line": SENTENCE * 60_000,
    "lists": "<ul><li>" * 50_000 + SENTENCE,
    "forms in tables": "<form><table><form>" * 40_000 + SENTENCE,
    "rows": "<table>" + "<tr><td>1<td>2" * 100_000 + "</table>" + SENTENCE,
    "headers of posts": f"<dl>{'<dt>1 ：名無し：2001/01/01 ID:x<dd>' * 40_000}</dl>{SENTENCE}",
    "digits": f"<p>{'1' * 500_000}</p><p>{SENTENCE}</p>",
    "dates": f"<p>{'2001/01/01 ' * 50_000}</p><p>{SENTENCE}</p>",
    "script": "<script>" + "x" * 3_000_000 + SENTENCE,
}


@pytest.fixture(scope="module")
def extractor():
    with Extractor(ExtractSettings()) as made:
        yield made


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_page_ends_in_text_or_a_known_reason(extractor, name):
    payload = f"<html lang=ja><body>{HOSTILE[name]}".encode()
    page = clean_page(payload, "text/html; charset=utf-8", "", CleanSettings(), extractor)
    assert page.reason is None or page.reason in PAGE_REASONS
    assert extractor.replaced == 0, "it should not have needed its limit"


def test_page_above_the_size_limit_is_not_read(extractor):
    page = clean_page(b"<p>" * 20_000_000, None, "", CleanSettings(), extractor)
    assert (page.reason, page.value) == ("too_large", 60_000_000.0)


def test_page_over_time_is_given_up_and_the_next_one_is_read():
    with Extractor(ExtractSettings(seconds=0.3)) as extractor:
        assert isinstance(extractor.extract(GOOD), Extracted)
        assert extractor.extract(HEAVY) == "timeout"
        assert extractor.replaced == 1
        found = extractor.extract(GOOD)
    assert isinstance(found, Extracted)
    assert found.text.count(SENTENCE) == 20


def test_page_over_memory_is_given_up_and_the_next_one_is_read():
    with Extractor(ExtractSettings(memory_mib=256, seconds=60)) as extractor:
        found = extractor.extract("<p>" + "<i>あ</i>" * 2_000_000)
        assert found in ("memory", "crash")
        assert isinstance(extractor.extract(GOOD), Extracted)


def test_child_that_was_killed_is_replaced_and_the_page_read(extractor):
    assert isinstance(extractor.extract(GOOD), Extracted)
    before = extractor.replaced
    os.kill(extractor._child.pid, signal.SIGKILL)
    assert isinstance(extractor.extract(GOOD), Extracted)
    assert extractor.replaced == before + 1


def test_child_that_crashed_is_replaced_and_its_page_given_up(extractor):
    assert isinstance(extractor.extract(GOOD), Extracted)
    os.kill(extractor._child.pid, signal.SIGSEGV)
    assert extractor.extract(GOOD) == "crash"
    assert isinstance(extractor.extract(GOOD), Extracted)


def test_closing_ends_the_child():
    extractor = Extractor(ExtractSettings())
    extractor.extract(GOOD)
    child = extractor._child
    extractor.close()
    assert child.poll() is not None


def test_fonts_that_are_never_closed_keep_their_text(extractor):
    page = "".join(f"<font><p>{n}：{SENTENCE}</p>" for n in range(600))
    found = extractor.extract(page)
    assert found.text.count(SENTENCE) == 600


def test_text_crosses_the_process_whole(extractor):
    odd = "𠮷野家と😀と\U0010ffffと\ud800の話をする。" + SENTENCE * 5
    found = extractor.extract(f"<p>{odd}</p>")
    assert "𠮷野家と😀と" in found.text
