"""Which links are followed at all."""

import re
from collections.abc import Sequence

from crawl.addresses import literal_address, refused
from crawl.forget import Blocked
from crawl.partition import Share, registrable_domain
from crawl.settings import CrawlSettings
from crawl.urls import host_of


class Scope:
    """Allowed sites and patterns of one partition."""

    def __init__(
        self, settings: CrawlSettings, share: Share | None = None, blocked: Sequence[str] = ()
    ) -> None:
        """Prepare.

        Args:
            settings: seeds, `allowed_sites`, `allow`, `deny`.
            share: domains of this partition; None: all.
            blocked: URLs, and hosts with all below them, that were forgotten.
        """
        self._share = share or Share()
        self._blocked = Blocked.of(blocked)
        self._sites = frozenset(
            site.lower().strip(".") for site in settings.allowed_sites
        ) or frozenset(registrable_domain(host_of(seed)) for seed in settings.seeds)
        self._allow = [re.compile(pattern) for pattern in settings.allow]
        self._deny = [re.compile(pattern) for pattern in settings.deny]
        self._allow_private = settings.allow_private

    def site_allowed(self, host: str) -> bool:
        """Tell whether a host, or a domain above it, is an allowed site."""
        labels = host.split(".")
        return any(".".join(labels[i:]) in self._sites for i in range(len(labels)))

    def owner(self, url: str) -> int | None:
        """Give the partition that fetches a URL, None where it is this one."""
        owner = self._share.owner(registrable_domain(host_of(url)))
        return None if owner == self._share.number else owner

    def contains(self, url: str) -> bool:
        """Tell whether a canonical URL may be fetched as far as sites and patterns go."""
        host = host_of(url)
        if not self.site_allowed(host) or url in self._blocked:
            return False
        if self._allow and not any(pattern.search(url) for pattern in self._allow):
            return False
        return not any(pattern.search(url) for pattern in self._deny)

    def refuses_literal(self, host: str) -> bool:
        """Tell whether a host spells an address that is not fetched from."""
        if self._allow_private:
            return False
        if host == "localhost" or host.endswith(".localhost"):
            return True
        address = literal_address(host)
        return address is not None and refused(address)
