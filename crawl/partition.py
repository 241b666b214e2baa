"""Which process crawls which domain: a registrable domain is never split."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b

import tldextract

from crawl.addresses import literal_address

_EXTRACT = tldextract.TLDExtract(
    suffix_list_urls=(),
    fallback_to_snapshot=True,
    include_psl_private_domains=False,
    cache_dir=None,
)


@lru_cache(maxsize=65536)
def registrable_domain(host: str) -> str:
    """Give the registrable domain of a host under the ICANN part of the public-suffix list.

    All of ameblo.jp or github.io is one domain here, whatever counts as a site later, since one
    operator's servers stand behind it. An address is its own domain; under a top level that the
    list does not know, the last two labels are.

    Args:
        host: host name in lower case, or an address.

    Returns:
        The domain, e.g. "example.co.jp".

    Source: https://publicsuffix.org, the snapshot that tldextract carries; nothing is downloaded.
    """
    if literal_address(host):
        return host
    found = _EXTRACT(host)
    if found.domain and found.suffix:
        return f"{found.domain}.{found.suffix}"
    return ".".join(host.split(".")[-2:])


def partition_domains(
    domains: Iterable[str], count: int, addresses: Mapping[str, Iterable[str]] | None = None
) -> dict[str, int]:
    """Share domains out among partitions; domains behind one address stay together.

    Args:
        domains: registrable domains.
        count: partitions; at least 1.
        addresses: domain -> addresses of its hosts, where they are known.

    Returns:
        domain -> partition, 0 <= partition < count. The same input gives the same answer.

    Raises:
        ValueError: count < 1.
    """
    if count < 1:
        raise ValueError(f"count is {count}, must be at least 1")
    leader = {domain: domain for domain in sorted(set(domains))}

    def find(domain: str) -> str:
        while leader[domain] != domain:
            leader[domain] = leader[leader[domain]]
            domain = leader[domain]
        return domain

    behind: dict[str, str] = {}
    for domain in leader:
        for address in sorted((addresses or {}).get(domain, ())):
            first, second = sorted((find(behind.setdefault(address, domain)), find(domain)))
            leader[second] = first
    return {domain: partition_of(find(domain), count) for domain in leader}


def partition_of(domain: str, count: int) -> int:
    """Give the partition of a domain that no plan has placed: 0 <= partition < count."""
    return int.from_bytes(blake2b(domain.encode(), digest_size=8).digest(), "big") % count


@dataclass(frozen=True, slots=True)
class Share:
    """Which domains are one process's own.

    Attributes:
        number: of this partition.
        count: partitions in all.
        placed: domains whose partition is not `partition_of`, since they share an address.
    """

    number: int = 0
    count: int = 1
    placed: Mapping[str, int] = field(default_factory=dict)

    def owner(self, domain: str) -> int:
        """Give the partition that a registrable domain belongs to."""
        return self.placed.get(domain, partition_of(domain, self.count))
