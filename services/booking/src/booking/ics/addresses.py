"""Where we look for calendars outside: at the open Internet, and nowhere inside.

A URL that somebody gives us is asked from within our own network. Its name is resolved once, everything it leads to is
checked, and the connection goes to what was checked: a name that leads elsewhere a moment later changes nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host; empty if it has none."""

_HTTPS = 443
_TRIED = 4
"""How many of a name's addresses are tried before we say that nobody answers."""

_GLOBAL_UNICAST = ip_network("2000::/3")
_CARRIES_IPV4 = tuple(map(ip_network, ("2001::/32", "2002::/16")))
"""Teredo and 6to4: an IPv4 address in disguise."""
_NOT_FOR_US = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""What Python calls global and is not: what protocols use, relays of 6to4, the inside of a cloud's host."""


class NotReachable(Exception):
    """The URL leads to where we do not look."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far we look."""

    allows: Callable[[Address], bool]
    ports: frozenset[int] | None
    """None: any."""


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        return (
            address in _GLOBAL_UNICAST
            and address.is_global
            and not address.is_multicast
            and not any(address in network for network in _CARRIES_IPV4)
        )
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in _NOT_FOR_US)
    )


def _anything(_address: Address) -> bool:
    return True


PUBLIC = Reach(is_public, frozenset({_HTTPS}))
ANYWHERE = Reach(_anything, None)
"""For development: calendars on this machine."""


async def resolved(host: str, port: int) -> Sequence[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]


class CheckedTransport(httpx.AsyncBaseTransport):
    """Carries requests over https to where our reach ends.

    Raises NotReachable for what is beyond it. Every request is checked anew, so a client may follow redirects.
    """

    def __init__(self, reach: Reach, *, resolve: Resolve, trust: ssl.SSLContext) -> None:
        self._reach = reach
        self._resolve = resolve
        # A connection belongs to an address, and two names can have the same one: none is kept for another request.
        self._carrier = httpx.AsyncHTTPTransport(
            verify=trust,
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.raw_host.decode("ascii")
        addresses = await self._checked(request.url, host)
        for last, address in ((address is addresses[-1], address) for address in addresses):
            try:
                return await self._carrier.handle_async_request(
                    httpx.Request(
                        request.method,
                        request.url.copy_with(host=str(address)),
                        headers=request.headers,  # the name stays in Host
                        stream=request.stream,
                        extensions={**request.extensions, "sni_hostname": host},
                    )
                )
            except httpx.ConnectError:
                if last:
                    raise
        raise NotReachable

    async def aclose(self) -> None:
        await self._carrier.aclose()

    async def _checked(self, url: httpx.URL, host: str) -> Sequence[Address]:
        port = url.port or _HTTPS
        if url.scheme != "https" or not (self._reach.ports is None or port in self._reach.ports):
            raise NotReachable
        addresses = await self._resolve(host.strip("[]"), port)
        if not addresses:
            raise httpx.ConnectError("the name leads nowhere", request=None)
        # All of them: a name that leads inside as well is nobody's calendar.
        if not all(map(self._reach.allows, addresses)):
            raise NotReachable
        return addresses[:_TRIED]
