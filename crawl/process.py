"""One crawl process: `python -m crawl.process JOB`, where JOB is a JSON file.

It ends when its standard input ends: so a worker that is killed takes its crawl along.
"""

import fcntl
import json
import os
import sys
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crawl.settings import CrawlSettings


@dataclass(frozen=True, slots=True)
class Job:
    """What a crawl process is to do.

    Attributes:
        settings: of the stage.
        partition: its number.
        partitions: how many there are.
        placed: (domain, partition) of domains that share an address.
        seeds: canonical URLs and depths to begin with.
        work: local folder for frontier and WARC files.
        prefix: how the names of its WARC files begin.
        agent: the whole User-Agent.
        earlier: local file of JSON lines with what an earlier run knew of the partition's URLs:
            [url, depth, etag, last-modified, payload digest, date]; "" for none. A digest of ""
            stands for a URL that was not stored.
        blocked: URLs and sites that were forgotten and are not crawled again.
    """

    settings: CrawlSettings
    partition: int
    partitions: int
    placed: tuple[tuple[str, int], ...]
    seeds: tuple[tuple[str, int], ...]
    work: str
    prefix: str
    agent: str
    earlier: str = ""
    blocked: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Write the job as JSON."""
        value = {name: getattr(self, name) for name in self.__slots__ if name != "settings"}
        value["settings"] = json.loads(self.settings.model_dump_json())
        return json.dumps(value, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Job":
        """Read a job back."""
        value: dict[str, Any] = json.loads(text)
        value["settings"] = CrawlSettings.model_validate(value["settings"])
        for name in ("seeds", "placed"):
            value[name] = tuple((text, int(number)) for text, number in value[name])
        value["blocked"] = tuple(value["blocked"])
        return cls(**value)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crawl process reports: written to `outcome.json` last.

    Attributes:
        counters: rows_in, rows_out, dropped_<reason>, and counts that end in their unit.
    """

    counters: dict[str, int]


def main(path: str) -> int:
    """Run the job in a file and write `outcome.json` beside its frontier.

    Returns:
        0; a failure is a traceback and another status.
    """
    job = Job.from_json(Path(path).read_text(encoding="utf-8"))
    work = Path(job.work)
    work.mkdir(parents=True, exist_ok=True)
    with (work / "lock").open("w") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        threading.Thread(target=_end_with_parent, daemon=True).start()
        outcome = _crawl(job)
        (work / "outcome.json").write_text(json.dumps(asdict(outcome)), encoding="utf-8")
    return 0


def _end_with_parent() -> None:
    while os.read(0, 4096):
        pass
    os._exit(3)


def _crawl(job: Job) -> Outcome:
    from scrapy.crawler import CrawlerProcess

    from crawl.spider import PartitionSpider, open_crawl, scrapy_settings

    crawl = open_crawl(job)
    process = CrawlerProcess(scrapy_settings(job.settings))
    crawler = process.create_crawler(PartitionSpider)
    process.crawl(crawler, crawl=crawl)
    process.start()
    if crawl.failure is not None:
        raise crawl.failure
    if not crawl.finished:
        raise RuntimeError("the crawl was stopped before its end")
    return crawl.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
