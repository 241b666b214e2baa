"""Made sites of every kind, extracted and tallied as the clean stage does it."""

from __future__ import annotations

import random
from functools import cache

from clean.extract import Extracted, extract
from clean.judge_settings import JudgeSettings
from clean.judge_tally import SiteTally
from clean.page import clean_page
from clean.records import doc_id
from clean.settings import CleanSettings
from clean.signals.measure import MeasureInput, measure
from tests.clean.judge_kinds.bad import BAD
from tests.clean.judge_kinds.pages import good_lines, good_page

PAGES = 24


class InProcess:
    """Extraction without limits, in this process: made pages are harmless."""

    def extract(self, html: str, url: str = "") -> Extracted:
        """Extract as clean.extract_process does."""
        return extract(html, url)


@cache
def made_site(kind: str, seed: int = 0, pages: int = PAGES) -> SiteTally:
    """Tally a site of a kind of good.txt or BAD."""
    rng = random.Random(f"{kind}{seed}")
    settings = CleanSettings()
    judge = JudgeSettings()
    tally = SiteTally(f"{kind.replace('_', '-')}-{seed}.example", judge.sample_pages)
    for number in range(pages):
        made = good_page(kind, rng) if kind in good_lines() else BAD[kind](rng, number)
        url = f"http://{tally.site}/{number}.html"
        payload = made.payload()
        page = clean_page(payload, "text/html", url, settings, InProcess())  # type: ignore[arg-type]
        found = page.extracted
        measured = measure(
            MeasureInput(
                text=page.text,
                title=found.title,
                html_chars=found.html_chars,
                page_chars=found.page_chars,
                link_chars=found.link_chars,
                links=found.links,
                list_items=found.list_items,
                paragraphs=found.paragraphs,
                damaged=page.damaged,
                language=found.language,
                reason=page.reason,
            )
        )
        tally.add(doc_id(url, payload), measured, page.text, page.reason, judge)
    return tally
