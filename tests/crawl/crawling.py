"""Running a crawl process in tests and reading what it left."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from crawl.pages import Page
from crawl.process import Job
from crawl.read import Terms, read_pages
from crawl.records import Record, read_records
from crawl.settings import CrawlSettings

ROOT = Path(__file__).parents[2]


@dataclass
class Ran:
    """A finished crawl: its folder, counters, and the most memory it held."""

    work: Path
    counters: dict[str, int]
    peak_bytes: int

    def warcs(self) -> list[Path]:
        return sorted(self.work.glob("*.warc.gz"))

    def pages(self, settings: CrawlSettings | None = None) -> list[Page]:
        terms = Terms((settings or CrawlSettings()).obey)
        found = []
        for path in self.warcs():
            with path.open("rb") as stream:
                found += list(read_pages(stream, path.name, terms=terms))
        assert all(isinstance(p, Page) for p in found), found
        return found

    def stored(self) -> list[str]:
        return [page.url for page in self.pages()]

    def notes(self) -> dict[str, list[tuple[str, str]]]:
        """URL -> (outcome, signals) of every metadata record."""
        found: dict[str, list[tuple[str, str]]] = {}
        for record in self.records():
            if record.kind == "metadata":
                lines = dict(line.split(": ", 1) for line in record.body.decode().splitlines())
                noted = (lines["kinari-outcome"], lines.get("kinari-signals", ""))
                found.setdefault(record.url, []).append(noted)
        return found

    def records(self) -> list[Record]:
        found = []
        for path in self.warcs():
            with path.open("rb") as stream:
                found += list(read_records(stream, path.name))
        return [record for record in found if isinstance(record, Record)]

    def outcomes(self) -> Counter[str]:
        return Counter(n[6:] if n.startswith("dropped_") else n for n in self.counters)


def job_for(work: Path, settings: CrawlSettings, **other: object) -> Job:
    values: dict[str, object] = {
        "settings": settings,
        "partition": 0,
        "partitions": 1,
        "placed": (),
        "seeds": tuple((seed, 0) for seed in settings.seeds),
        "work": str(work),
        "prefix": "p00000",
        "agent": "kinari/0.1 (+https://kinari.example/)",
    }
    return Job(**(values | other))  # type: ignore[arg-type]


def start(job: Job, **environment: str) -> subprocess.Popen[bytes]:
    work = Path(job.work)
    work.mkdir(parents=True, exist_ok=True)
    (work / "job.json").write_text(job.to_json(), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "crawl.process", str(work / "job.json")],
        stdin=subprocess.PIPE,
        stderr=(work / "stderr.txt").open("wb"),
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


def peak_of(pid: int) -> int:
    """Peak resident memory of a running process in bytes; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) * 1024 if found else 0


def crawl(job: Job, **environment: str) -> Ran:
    """Run a crawl to its end."""
    process = start(job, **environment)
    try:
        # Not ru_maxrss: that begins with the peak of the process that started this one.
        peak = 0
        while process.poll() is None:
            peak = max(peak, peak_of(process.pid))
            time.sleep(0.02)
    except BaseException:
        process.send_signal(signal.SIGKILL)
        raise
    finally:
        assert process.stdin is not None
        process.stdin.close()
    work = Path(job.work)
    assert process.returncode == 0, (work / "stderr.txt").read_text()
    counters = json.loads((work / "outcome.json").read_text())["counters"]
    return Ran(work, counters, peak)
