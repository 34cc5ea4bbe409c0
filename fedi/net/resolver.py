"""From a server's name to the addresses that fedi may connect to.

Spec: security.md section 2 (all addresses checked, connection pinned to the checked ones).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult

from fedi.net.guard import Guard

Lookup = Callable[[str], Awaitable[list[str]]]

_DNS_SECONDS = 5
_DNS_THREADS = 16
_REFUSED_4 = [
    ip_network("0.0.0.0/8"),
    ip_network("10.0.0.0/8"),
    ip_network("100.64.0.0/10"),
    ip_network("127.0.0.0/8"),
    ip_network("169.254.0.0/16"),
    ip_network("172.16.0.0/12"),
    ip_network("192.0.0.0/24"),
    ip_network("192.0.2.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("192.168.0.0/16"),
    ip_network("198.18.0.0/15"),
    ip_network("198.51.100.0/24"),
    ip_network("203.0.113.0/24"),
    ip_network("224.0.0.0/4"),
    ip_network("240.0.0.0/4"),
]
# Outside 2000::/3 all is refused: ::, ::/96, NAT64, 100::/64, fc00::/7, fe80::/10, ff00::/8.
_GLOBAL_6 = ip_network("2000::/3")
# 6to4, Teredo and their kind carry an IPv4 address that somebody's gateway would unwrap.
_REFUSED_6 = [
    ip_network("2001::/32"),
    ip_network("2001:10::/28"),
    ip_network("2001:20::/28"),
    ip_network("2001:db8::/32"),
    ip_network("2002::/16"),
    ip_network("3fff::/20"),
]


class RefusedAddress(OSError):
    """The name leads into a network that strangers must not reach through us."""


class Resolver(AbstractResolver):
    """Looks a name up once, checks every address, and hands exactly those to the connector."""

    def __init__(
        self, guard: Guard, lookup: Lookup | None = None, trusted: Iterable[str] = ()
    ) -> None:
        # Threads of its own: a stranger's slow name server must not hold up password hashing.
        self._threads = ThreadPoolExecutor(_DNS_THREADS, "dns")
        self._guard, self._lookup, self._trusted = guard, lookup or self._ask, frozenset(trusted)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        """The addresses of `host`.  Raises RefusedAddress if any of them is not public."""
        fixed = self._guard.fixed(host, port)
        if fixed is not None:
            return [_result(host, *fixed)]
        async with asyncio.timeout(_DNS_SECONDS):
            addresses = await self._lookup(host)
        if not addresses:
            raise OSError(f"{host} has no address")
        if host not in self._trusted and not all(map(is_public, addresses)):
            raise RefusedAddress(f"{host} resolves to {', '.join(addresses)}")
        return [_result(host, address, port) for address in addresses]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        answers = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        )
        return [str(answer[4][0]) for answer in answers]


def is_public(text: str) -> bool:
    """May strangers make us connect to the address `text`?"""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is None:
            return _public_6(address)
        address = address.ipv4_mapped
    return _public_4(address)


def _public_4(address: IPv4Address) -> bool:
    return address.is_global and not any(address in network for network in _REFUSED_4)


def _public_6(address: IPv6Address) -> bool:
    refused = any(address in network for network in _REFUSED_6)
    return address in _GLOBAL_6 and address.is_global and not refused


def _result(name: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=name, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
