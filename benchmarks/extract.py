"""Extraction beside trafilatura and resiliparse: pages a second and F1 on the same pages.

Pages are the labelled layouts of tests/clean/layouts and articles of the sample web, decoded once
for all. F1 is over character 5-grams without white space. kinari runs twice: in this process, and
in the limited process that the pipeline uses. The child's times include its processor time.
"""

import gzip
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import trafilatura
from resiliparse.extract.html2text import extract_plain_text

from clean.decode import decode
from clean.extract import Extracted, extract
from clean.extract_process import Extractor
from clean.settings import ExtractSettings
from crawl.sample_web.build import build
from tests.clean.layouts.every import f1, pages
from tests.clean.layouts.mixed import mixed

ROUNDS = 3
SEED = 5


def labelled() -> dict[str, list[tuple[str, str]]]:
    """Markup and main text of each page, by the set it is from."""
    sets = {"layouts": [(page.html, "\n".join(page.main)) for _, page in pages(2)]}
    sets["mixed"] = [(page.html, "\n".join(page.main)) for page in map(mixed, range(150))]
    web = build(SEED, pages=5)
    sets["sample web"] = []
    for url, truth in web.truth.pages.items():
        if truth.role == "article" and truth.main and truth.encoding:
            headers = {name.lower(): value for name, value in web.pages[url].headers}
            body = web.pages[url].body
            if "content-encoding" in headers:
                body = gzip.decompress(body)
            html = decode(body, headers.get("content-type")).text
            sets["sample web"].append((html, truth.main))
    return sets


def measure(run: Callable[[str], str], batch: list[tuple[str, str]]) -> tuple[float, float, float]:
    """Pages a second (median of rounds), mean F1, tenth percentile of F1."""
    found = [run(html) for html, _ in batch]
    rates = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for html, _ in batch:
            run(html)
        rates.append(len(batch) / (time.perf_counter() - start))
    scores = sorted(f1(text, truth) for text, (_, truth) in zip(found, batch, strict=True))
    return statistics.median(rates), statistics.mean(scores), scores[len(scores) // 10]


def main() -> None:
    """Print one JSON line for each set, measure and peer."""
    logging.disable(logging.ERROR)
    sets = labelled()
    peers: dict[str, Callable[[str], str]] = {
        "trafilatura": lambda html: trafilatura.extract(html) or "",
        "trafilatura precise": lambda html: (
            trafilatura.extract(html, favor_precision=True, include_comments=False) or ""
        ),
        "trafilatura fast": lambda html: trafilatura.extract(html, fast=True) or "",
        "resiliparse": lambda html: extract_plain_text(html, main_content=True),
    }
    with Extractor(ExtractSettings()) as extractor:

        def limited(html: str) -> str:
            found = extractor.extract(html)
            return found.text if isinstance(found, Extracted) else ""

        for name, batch in sets.items():
            own = {
                "in process": measure(lambda html: extract(html).text, batch),
                "in the limited process": measure(limited, batch),
            }
            for peer, run in peers.items():
                theirs = measure(run, batch)
                for how, ours in own.items():
                    for index, (what, unit) in enumerate(
                        (("rate", "pages/s"), ("F1", "mean"), ("F1, tenth percentile", "F1"))
                    ):
                        row = {
                            "benchmark": "extract",
                            "measure": f"{what}, {len(batch)} {name}, {how}",
                            "kinari": round(ours[index], 4),
                            "peer": round(theirs[index], 4),
                            "peer_name": peer,
                            "ratio": round(ours[index] / theirs[index], 3),
                            "unit": unit,
                        }
                        if how == "in process" or what == "rate":
                            print(json.dumps(row, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
