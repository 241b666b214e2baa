"""Addresses, turns, throttling, Retry-After, the frontier: rules without a server."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from crawl.addresses import RefusedAddressError, Resolver, literal_address, refused
from crawl.fetch import PinnedNames
from crawl.frontier import Frontier, Result
from crawl.hosts import Host, Turn, retry_after
from crawl.scope import Scope
from crawl.settings import CrawlSettings
from crawl.warc import Place


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255",
        "240.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a00:1",
        "64:ff9b:1::a00:1", "no address",
    ],
)  # fmt: skip
def test_refused_addresses(address: str) -> None:
    assert refused(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "203.178.141.194", "2001:200:dff:fff1::1"])
def test_public_addresses(address: str) -> None:
    assert not refused(address)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.1", "127.0.0.1"),
        ("0x7f.0.0.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("::1", "::1"),
        ("example.jp", None),
        ("1password.com", None),
        ("3.example", None),
    ],
)
def test_spellings_of_addresses(host: str, address: str | None) -> None:
    assert literal_address(host) == address


def test_hosts_that_spell_private_addresses_are_refused_with_a_proxy_as_well() -> None:
    scope = Scope(CrawlSettings(proxy="http://127.0.0.1:8080"))
    for host in ("127.0.0.1", "127.1", "::1", "localhost", "x.localhost", "169.254.169.254"):
        assert scope.refuses_literal(host), host
    assert not scope.refuses_literal("8.8.8.8")
    assert not Scope(CrawlSettings(allow_private=True)).refuses_literal("127.0.0.1")


class Names(Resolver):
    """A resolver whose names answer from a script, one answer after another."""

    def __init__(self, *answers: tuple[str, ...], **settings: object) -> None:
        super().__init__(**({"allow_private": False} | settings))  # type: ignore[arg-type]
        self.answers = list(answers)

    async def _look_up(self, host: str) -> tuple[str, ...]:
        return self.answers.pop(0)


class Receiver:
    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = False

    def resolutionBegan(self, _: object) -> None:
        pass

    def addressResolved(self, address: object) -> None:
        self.addresses.append(f"{address.host}:{address.port}")  # type: ignore[attr-defined]

    def resolutionComplete(self) -> None:
        self.complete = True


def connected_to(resolver: Resolver, host: str) -> list[str]:
    """Addresses that Twisted would connect to."""
    receiver = Receiver()
    PinnedNames(resolver).resolveHostName(receiver, host, 80)
    assert receiver.complete
    return receiver.addresses


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_judged() -> None:
    names = Names(("192.0.43.8",), ("127.0.0.1",))
    asyncio.run(names.resolve("rebind.test"))
    asyncio.run(names.resolve("rebind.test"))
    assert connected_to(names, "rebind.test") == ["192.0.43.8:80"]


def test_an_address_that_is_judged_again_after_its_time_is_refused() -> None:
    names = Names(("192.0.43.8",), ("127.0.0.1",), ttl=-1)
    asyncio.run(names.resolve("rebind.test"))
    with pytest.raises(RefusedAddressError):
        asyncio.run(names.resolve("rebind.test"))


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    with pytest.raises(RefusedAddressError):
        asyncio.run(Names(("8.8.8.8", "10.0.0.1")).resolve("mixed.test"))
    assert asyncio.run(Names(("10.0.0.1",), allow_private=True).resolve("own.test"))


def test_names_that_were_not_judged_lead_nowhere() -> None:
    assert connected_to(Names(), "unknown.test") == []
    assert connected_to(Names(), "127.0.0.1") == []


def host_with(delay: float) -> Host:
    return Host(1, "http://a.jp", Turn(asyncio.Semaphore(1)), delay=delay, least=delay)


@pytest.mark.parametrize(
    ("delay", "latency", "status", "after"),
    [
        (1.0, 0.2, 200, 1.0),  # never under the setting
        (1.0, 5.0, 200, 5.0),  # a slow answer at once
        (1.0, 500.0, 200, 60.0),  # bounded
        (0.0, 5.0, 200, 0.0),  # delay 0 stays 0
    ],
)
def test_throttling(delay: float, latency: float, status: int, after: float) -> None:
    host = host_with(delay)
    host.throttle(latency, status, CrawlSettings())
    assert host.delay == after


def test_the_delay_shrinks_by_half_the_way_and_not_after_an_error() -> None:
    host = host_with(1.0)
    host.throttle(9.0, 200, CrawlSettings())
    host.throttle(1.0, 503, CrawlSettings())
    assert host.delay == 9.0
    host.throttle(1.0, 200, CrawlSettings())
    assert host.delay == 5.0
    host.throttle(0.1, 200, CrawlSettings(autothrottle=False))
    assert host.delay == 5.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sat, 21 Nov 2026 00:01:30 GMT", 90.0),
        ("Fri, 20 Nov 2026 00:00:00 GMT", 0.0),
        ("soon", None),
        ("Fri, 20 Nov 2026 00:00:00 +99999999999999999", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after(value: str, seconds: float | None) -> None:
    assert retry_after(value, datetime(2026, 11, 21, tzinfo=UTC)) == seconds


def test_hosts_at_one_address_take_turns() -> None:
    async def crawl() -> list[tuple[str, float]]:
        turn = Turn(asyncio.Semaphore(1))
        hosts = [Host(n, f"http://h{n}.jp", turn, delay=0.06, least=0.06) for n in range(3)]
        loop = asyncio.get_running_loop()
        log: list[tuple[str, float]] = []

        async def ask(host: Host) -> None:
            for _ in range(3):
                async with host.take_turn(0.02):
                    log.append((host.origin, loop.time()))

        await asyncio.gather(*(ask(host) for host in hosts))
        return log

    log = asyncio.run(crawl())
    times = [at for _, at in log]
    assert min(b - a for a, b in pairwise(times)) >= 0.02
    for host in {name for name, _ in log}:
        own = [at for name, at in log if name == host]
        assert min(b - a for a, b in pairwise(own)) >= 0.06


def frontier(tmp_path, **settings: object) -> Frontier:
    return Frontier(tmp_path / "f.sqlite", CrawlSettings(**settings))  # type: ignore[arg-type]


def test_urls_are_taken_once_nearest_first(tmp_path) -> None:
    queue = frontier(tmp_path)
    for url, depth in (("http://a.jp/2", 2), ("http://a.jp/1", 1), ("http://a.jp/0", 0)):
        assert queue.add(url, depth) == ""
        assert queue.add(url, depth) is None
    host = queue.host_number("http://a.jp/")
    taken = [queue.take(host) for _ in range(4)]
    assert [entry and entry.url for entry in taken] == [
        "http://a.jp/0", "http://a.jp/1", "http://a.jp/2", None,
    ]  # fmt: skip


def test_what_was_taken_but_not_finished_waits_again_after_a_kill(tmp_path) -> None:
    queue = frontier(tmp_path)
    for number in range(3):
        queue.add(f"http://a.jp/{number}", 0)
    queue.commit(Place("w", 7))
    host = queue.host_number("http://a.jp/")
    first = queue.take(host)
    assert first is not None
    queue.finish(first, Result("", 200, place=Place("w", 7)))
    queue.commit(Place("w", 9))
    queue.take(host)
    queue.close()
    again = frontier(tmp_path)
    assert again.position() == Place("w", 9)
    assert again.tallies() == {"stored": 1, "waiting": 2}
    taken = again.take(host)
    assert taken is not None and taken.url == "http://a.jp/1"


def test_a_site_has_no_more_pages_than_it_may(tmp_path) -> None:
    queue = frontier(tmp_path, max_pages_per_site=2, max_urls_per_site=4)
    for number in range(6):
        queue.add(f"http://h{number}.a.jp/", 0)
    assert queue.counts["over_limit_urls"] == 2
    numbers = [queue.host_number(f"http://h{number}.a.jp/") for number in range(4)]
    entries = [queue.take(number) for number in numbers]
    assert [entry is not None for entry in entries] == [True, True, False, False]
    first, second = entries[:2]
    assert first is not None and second is not None
    queue.finish(first, Result("http_error", 404))
    third = queue.take(numbers[2])
    assert third is not None
    for entry in (second, third):
        queue.finish(entry, Result("", 200))
    assert not queue.waits(numbers[3])
    queue.give_up_waiting()
    assert queue.tallies() == {"stored": 2, "http_error": 1, "site_full": 1}


@pytest.mark.heavy
def test_two_million_urls_take_less_than_400_mb() -> None:
    import json
    import subprocess
    import sys
    from pathlib import Path

    root = Path(__file__).parents[2]
    script = root / "benchmarks" / "crawl_throughput.py"
    done = subprocess.run(
        [sys.executable, str(script), "--frontier"],
        stdout=subprocess.PIPE, text=True, check=True, cwd=root, env={"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert json.loads(done.stdout)["peak"] < 400e6
