"""Which network addresses may be fetched from, and names resolved once and pinned."""

import ipaddress
import socket
from asyncio import get_running_loop
from time import monotonic
from urllib.parse import urlsplit

_METADATA = frozenset({"169.254.169.254", "fd00:ec2::254", "100.100.100.200", "168.63.129.16"})
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.ip_network("64:ff9b:1::/48")


REFUSED_PORTS = frozenset(
    {
        0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95,
        101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179,
        389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601,
        636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566,
        6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
    }
)  # fmt: skip
"""Ports of other services, where a request for a page would be read as their own commands.

Source: WHATWG Fetch, section 2.9, port blocking.
"""


class RefusedAddressError(OSError):
    """A name leads to an address that is not fetched from."""


def refused(address: str) -> bool:
    """Tell whether an address is no public unicast address.

    Private, loopback, link-local, multicast, reserved and unspecified addresses are refused, cloud
    metadata addresses by name, and IPv6 forms that wrap such an IPv4 address (mapped, 6to4, Teredo,
    NAT64).

    Args:
        address: IPv4 or IPv6 address in text form, with or without a zone.

    Returns:
        True where it must not be fetched from, and for text that is no address.
    """
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return True
    if str(ip) in _METADATA or not ip.is_global or ip.is_multicast or ip.is_reserved:
        return True
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _LOCAL_NAT64:
            return True
        if ip in _NAT64:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        return any(v4 is not None and refused(str(v4)) for v4 in inner)
    return False


def refused_port(url: str) -> bool:
    """Tell whether a canonical URL names a port where no web server is to be expected."""
    return urlsplit(url).port in REFUSED_PORTS


def literal_address(host: str) -> str | None:
    """Give the address that a host spells, or None where it is a name.

    The old spellings that resolvers accept (127.1, 0x7f.1, 2130706433) count as addresses.

    Args:
        host: host of a URL, without brackets.

    Returns:
        The address in its usual form.
    """
    try:
        return str(ipaddress.ip_address(host.split("%", 1)[0]))
    except ValueError:
        pass
    if host[:1].isdigit():
        try:
            return socket.inet_ntoa(socket.inet_aton(host))
        except OSError:
            return None
    return None


class Resolver:
    """Resolves each name at most once in `ttl` seconds and holds on to the answer.

    The connection is made to the pinned address, so a name cannot be one address when it is judged
    and another when it is connected to.
    """

    def __init__(self, allow_private: bool, timeout: float = 20.0, ttl: float = 300.0) -> None:
        self.allow_private = allow_private
        self.timeout = timeout
        self.ttl = ttl
        self._pinned: dict[str, tuple[float, tuple[str, ...]]] = {}

    async def resolve(self, host: str) -> tuple[str, ...]:
        """Resolve a host and pin its addresses.

        Args:
            host: name or address.

        Returns:
            The addresses, IPv4 first, at least one.

        Raises:
            RefusedAddressError: one of the addresses is refused.
            OSError: the name does not resolve.
            TimeoutError: resolution took longer than `timeout` seconds.
        """
        known = self._pinned.get(host)
        if known and known[0] > monotonic():
            return known[1]
        addresses = await self._look_up(literal_address(host) or host)
        if not self.allow_private:
            for address in addresses:
                if refused(address):
                    raise RefusedAddressError(f"{host} is at {address}")
        self._pinned[host] = (monotonic() + self.ttl, addresses)
        return addresses

    def pinned(self, host: str) -> tuple[str, ...]:
        """Give the addresses that were resolved and judged for a host; empty where none were."""
        known = self._pinned.get(host)
        return known[1] if known else ()

    async def _look_up(self, host: str) -> tuple[str, ...]:
        from asyncio import wait_for

        found = await wait_for(
            get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM), self.timeout
        )
        addresses = sorted({str(info[4][0]) for info in found}, key=lambda a: (":" in a, a))
        if not addresses:
            raise OSError(f"{host} has no address")
        return tuple(addresses)
