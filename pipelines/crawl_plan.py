"""The plan of a crawl: how many partitions, and which domains share one."""

import json
import socket
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from crawl.partition import Share, partition_domains, partition_of, registrable_domain
from crawl.settings import CrawlSettings
from crawl.urls import canonical_url, host_of
from pipelines import files
from pipelines.stage import StageContext

_RESOLVERS = 32


@dataclass(frozen=True)
class Plan:
    """How domains are shared out.

    Attributes:
        count: partitions.
        placed: domain -> partition, where it is not the one its hash names.
        seeds: partition -> seed URL -> depth 0.
    """

    count: int
    placed: dict[str, int]
    seeds: dict[int, dict[str, int]]

    def share(self, number: int) -> Share:
        """The domains of one partition."""
        return Share(number, self.count, self.placed)


def make_plan(context: StageContext, settings: CrawlSettings) -> Plan:
    """Plan a crawl, or read back the plan with which it was begun.

    Domains behind one address come into one partition, so that the delay per address holds. Names
    change their addresses, so a plan once made is kept until the stage is complete.

    Args:
        context: of the stage.
        settings: with seeds.
    """
    path = context.path("_shards", f"plan-{context.fingerprint[:16]}.json")
    try:
        kept = json.loads(files.read_bytes(path))
        count, placed = int(kept["count"]), dict(kept["placed"])
    except FileNotFoundError:
        count = settings.partitions or context.settings.runner.workers
        domains = {registrable_domain(host_of(seed)) for seed in settings.seeds}
        chosen = partition_domains(domains, count, _addresses(settings) if count > 1 else None)
        placed = {d: n for d, n in sorted(chosen.items()) if n != partition_of(d, count)}
        data = json.dumps({"count": count, "placed": placed}, sort_keys=True).encode()
        files.write_bytes(path, data)
    share = Share(0, count, placed)
    seeds: dict[int, dict[str, int]] = {n: {} for n in range(count)}
    for seed in settings.seeds:
        url = canonical_url(seed)
        if url is not None:
            seeds[share.owner(registrable_domain(host_of(url)))][url] = 0
    return Plan(count, placed, seeds)


def _addresses(settings: CrawlSettings) -> dict[str, set[str]]:
    """Addresses of the seeds' hosts by domain; none through a proxy, whose names are its own."""
    found: dict[str, set[str]] = defaultdict(set)
    if settings.proxy:
        return found
    hosts = sorted({host_of(seed) for seed in settings.seeds})
    with ThreadPoolExecutor(_RESOLVERS) as pool:
        for host, addresses in zip(hosts, pool.map(_resolve, hosts), strict=True):
            found[registrable_domain(host)].update(addresses)
    return found


def _resolve(host: str) -> list[str]:
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, None)]
    except (OSError, UnicodeError):
        return []
