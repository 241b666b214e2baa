"""The report in a real browser; where Chromium is not installed these are skipped and say so."""

import asyncio
import importlib.util
import sys
from pathlib import Path

import pytest

from pipelines.report.build import build_report


def sibling(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


browser = sibling("browser")
made_run = sibling("made_run")

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(browser.CHROMIUM is None, reason="Chromium is not installed"),
]
ROWS = "document.querySelectorAll('.vt .body .row').length"


def test_three_thousand_sites_sort_and_search_without_lag_or_requests(tmp_path):
    settings = made_run.make_run(tmp_path, sites=3000, documents=20_000)
    page = Path(build_report(str(tmp_path), settings)).as_uri()

    async def visit():
        async with browser.Browser() as tab:
            await tab.open(page, "document.querySelector('main h2')")
            await tab.run("location.hash = '#/sites'")
            await tab.until(ROWS)
            assert await tab.run(ROWS) < 100, "only rows in view are in the document"
            assert "3,000" in await tab.run("document.querySelector('.count').textContent")
            await tab.run("document.querySelectorAll('.vt .head button')[3].click()")
            order = await tab.run(
                "document.querySelectorAll('[role=columnheader]')[3].getAttribute('aria-sort')"
            )
            assert order == "descending"
            scores = await tab.run(
                "[...document.querySelectorAll('.vt .body .row')].slice(0, 20)"
                ".map((row) => Number(row.children[3].textContent))"
            )
            assert scores == sorted(scores, reverse=True)
            await tab.run(
                "(() => { const box = document.getElementById('site-search');"
                "box.value = 'site-00042'; box.dispatchEvent(new Event('input')); })()"
            )
            assert await tab.run(ROWS) == 1
            await tab.run("location.hash = document.querySelector('.vt .body a').hash")
            await tab.until("document.querySelector('h1').textContent === 'site-00042.example'")
            return tab.problems, tab.requests

    problems, requests = asyncio.run(visit())
    assert problems == []
    assert all(url.startswith(("file:///", "about:")) for url in requests)


def test_hostile_texts_are_only_text(tmp_path):
    settings = made_run.make_run(tmp_path, sites=5, documents=42, hostile=True)
    page = Path(build_report(str(tmp_path), settings)).as_uri()

    async def visit():
        async with browser.Browser() as tab:
            await tab.open(page, "document.querySelector('main h2')")
            for site in range(5):
                await tab.run(f"location.hash = '#/site/site-{site:05d}.example'")
                await tab.until(f"document.querySelector('h1').textContent.includes('{site:05d}')")
                ids = await tab.run(
                    "[...document.querySelectorAll('.vt .body a')].map((a) => a.hash)"
                )
                assert ids
                for hash_ in ids:
                    await tab.run(f"location.hash = {hash_!r}")
                    await tab.until("document.querySelector('dl')")
                    assert (
                        await tab.run("document.querySelectorAll('main img, main script').length")
                        == 0
                    )
                    links = await tab.run(
                        "[...document.querySelectorAll('main a')].map((a) => a.href)"
                    )
                    assert all(link.startswith(("http://", "https://", "file:")) for link in links)
                    shown = await tab.run("document.body.textContent")
                    assert "\u202e" not in shown
                    assert len(shown) < 20_000
            assert await tab.run("document.title") != "owned"
            return tab.problems

    assert asyncio.run(visit()) == []
