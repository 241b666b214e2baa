"""Crawling beside plain Scrapy: the same pages, one proxy on loopback, no delay.

Plain Scrapy is a spider with a LinkExtractor and a JSON-lines feed of URL, status and body. kinari
also reads robots.txt and tdmrep.json, judges opt-out signals, keeps its frontier on disk and writes
WARC with digests. Also measured: the memory of a frontier of two million URLs.
"""

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from crawl.pages import Page
from crawl.process import Job
from crawl.read import read_pages
from crawl.sample_web.server import serve
from crawl.settings import CrawlSettings
from crawl.urls import canonical_url

ROUNDS = 3
PER_HOST = 8
URLS = 2_000_000

SPIDER = """
import sys
import scrapy
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

proxy, out, per_host, seeds = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
hosts = {seed.split("/")[2] for seed in seeds}
links = LinkExtractor(allow_domains=sorted(hosts))

class Plain(scrapy.Spider):
    name = "plain"

    async def start(self):
        for seed in seeds:
            yield scrapy.Request(seed, meta={"proxy": proxy})

    def parse(self, response):
        if not hasattr(response, "text"):
            return
        yield {"url": response.url, "status": response.status, "body": response.text}
        for link in links.extract_links(response):
            yield scrapy.Request(link.url, meta={"proxy": proxy})

process = CrawlerProcess({
    "FEEDS": {out: {"format": "jsonlines"}}, "LOG_LEVEL": "ERROR", "TELNETCONSOLE_ENABLED": False,
    "ROBOTSTXT_OBEY": True, "CONCURRENT_REQUESTS": 64, "CONCURRENT_REQUESTS_PER_DOMAIN": per_host,
    "DOWNLOAD_DELAY": 0, "HTTPPROXY_ENABLED": True,
})
process.crawl(Plain)
process.start()
"""


def plain(folder: Path, proxy: str, seeds: tuple[str, ...]) -> tuple[list[str], float]:
    """URLs and seconds of the plain spider, its interpreter's start included."""
    script, out = folder / "plain.py", folder / "out.jsonl"
    script.write_text(SPIDER)
    start = time.perf_counter()
    command = [sys.executable, str(script), proxy, str(out), str(PER_HOST), *seeds]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    seconds = time.perf_counter() - start
    with out.open("rb") as lines:
        return [str(canonical_url(json.loads(line)["url"])) for line in lines], seconds


def own(folder: Path, proxy: str, seeds: tuple[str, ...]) -> tuple[list[str], float]:
    """URLs and seconds of a crawl process, its interpreter's start included."""
    settings = CrawlSettings(seeds=seeds, proxy=proxy, delay=0, concurrency_per_host=PER_HOST)
    start_at = tuple((seed, 0) for seed in seeds)
    job = Job(settings, 0, 1, (), start_at, str(folder), "p00000", "kinari/bench")
    path = folder / "job.json"
    path.write_text(job.to_json())
    start = time.perf_counter()
    command = [sys.executable, "-m", "crawl.process", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        process.wait()
    seconds = time.perf_counter() - start
    found = []
    for warc in folder.glob("*.warc.gz"):
        with warc.open("rb") as stream:
            found += [page.url for page in read_pages(stream, warc.name) if isinstance(page, Page)]
    return found, seconds


def throughput() -> dict[str, object]:
    """Both over the sample web, in turns, and how many pages both have."""
    rates: dict[str, list[float]] = {"kinari": [], "scrapy": []}
    found: dict[str, set[str]] = {}
    with serve(1) as web:
        for _ in range(ROUNDS):
            for name, crawl in (("scrapy", plain), ("kinari", own)):
                with tempfile.TemporaryDirectory() as folder:
                    urls, seconds = crawl(Path(folder), web.proxy, web.seeds)
                found[name] = set(urls)
                rates[name].append(len(urls) / seconds)
    ours, peer = statistics.median(rates["kinari"]), statistics.median(rates["scrapy"])
    return {
        "measure": "pages a second, delay 0 on loopback, start of the process included",
        "kinari": round(ours, 1),
        "peer": round(peer, 1),
        "peer_name": "Scrapy with a JSON-lines feed",
        "ratio": round(ours / peer, 2),
        "unit": "pages/s",
        "pages_both_have": len(found["kinari"] & found["scrapy"]),
        "only_kinari": len(found["kinari"] - found["scrapy"]),
        "only_the_peer": len(found["scrapy"] - found["kinari"]),
    }


def frontier() -> dict[str, object]:
    """Fill a frontier in a process of its own and take URLs from it."""
    command = [sys.executable, __file__, "--frontier"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)
    return {
        "measure": f"peak memory of a frontier of {URLS:,} URLs",
        "kinari": round(found["peak"] / 1e6, 1),
        "unit": "MB",
        "added_a_second": round(URLS / found["seconds"]),
        "on_disk_mb": round(found["disk"] / 1e6),
    }


def fill_frontier() -> None:
    """Add the URLs, take a hundred thousand of them, print what it cost."""
    from crawl.frontier import Frontier, Result
    from crawl.warc import Place

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "frontier.sqlite")
        queue = Frontier(path, CrawlSettings(max_urls_per_site=URLS, max_pages_per_site=URLS))
        start = time.perf_counter()
        for number in range(URLS):
            queue.add(f"http://host{number % 500}.example.jp/articles/{number}/page.html", 1)
            if number % 20_000 == 0:
                queue.commit(Place("", 0))
        queue.commit(Place("", 0))
        seconds = time.perf_counter() - start
        for number in range(100_000):
            entry = queue.take(number % 500 + 1)
            assert entry is not None
            queue.finish(entry, Result("", 200, place=Place("p00000-00000.warc.gz", number)))
        queue.commit(Place("", 0))
        status = Path("/proc/self/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) * 1024
        print(json.dumps({"peak": peak, "seconds": seconds, "disk": path.stat().st_size}))
        queue.close()


def main() -> None:
    """Print one JSON line a measure."""
    for measure in (throughput, frontier):
        row = measure()
        print(json.dumps({"benchmark": "crawl", **row}), flush=True)


if __name__ == "__main__":
    if "--frontier" in sys.argv:
        fill_frontier()
    else:
        main()
