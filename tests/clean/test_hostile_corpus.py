"""Ten thousand pages, one in a hundred hostile: every one ends, in text or in a known reason."""

import time
from collections import Counter

import pytest

from clean.extract_process import Extractor
from clean.page import PAGE_REASONS, clean_page
from clean.settings import CleanSettings, ExtractSettings
from tests.clean.layouts.every import LAYOUTS
from tests.clean.layouts.mixed import mixed
from tests.clean.layouts.words import Words
from tests.clean.test_extract_process import HOSTILE

PAGES = 10_000
SECONDS = 5.0


def _good(number):
    names = list(LAYOUTS)
    if number % 2:
        return mixed(number % 500).html
    return LAYOUTS[names[number % len(names)]](Words(f"corpus/{number % 997}")).html


@pytest.mark.heavy
def test_ten_thousand_pages_with_one_in_a_hundred_hostile():
    names = [*HOSTILE, "fifty megabytes"]
    settings = CleanSettings(extract=ExtractSettings(seconds=SECONDS))
    reasons: dict[str, Counter[str]] = {"good": Counter(), "hostile": Counter()}
    slowest = 0.0
    with Extractor(settings.extract) as extractor:
        for number in range(PAGES):
            kind = "good"
            if number % 100 == 50:
                kind = "hostile"
                name = names[number // 100 % len(names)]
                big = "<p>あ" * (50 << 18)
                payload = (big if name == "fifty megabytes" else HOSTILE[name]).encode()
            else:
                payload = _good(number).encode()
            start = time.process_time()
            page = clean_page(payload, "text/html; charset=utf-8", "", settings, extractor)
            slowest = max(slowest, time.process_time() - start)
            reasons[kind][page.reason or "kept"] += 1
    assert sum(reasons["good"].values()) == PAGES - PAGES // 100
    assert sum(reasons["hostile"].values()) == PAGES // 100
    assert {*reasons["good"], *reasons["hostile"]} <= {*PAGE_REASONS, "kept"}
    assert reasons["good"]["kept"] > 0.9 * PAGES
    assert reasons["hostile"]["too_large"] >= 1
    assert slowest < SECONDS
    print(reasons, extractor.replaced, round(slowest, 2))
