"""Which addresses are of the open Internet, and which a name leads to."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
Allows = Callable[[Address], bool]
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host; empty if it has none."""

_GLOBAL_UNICAST = ip_network("2000::/3")
_CARRIES_IPV4 = tuple(map(ip_network, ("2001::/32", "2002::/16")))
"""Teredo and 6to4: an IPv4 address in disguise."""
_NOT_FOR_US = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""What Python calls global and is not: what protocols use, relays of 6to4, the inside of a cloud's host."""


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


async def resolved(host: str, port: int) -> Sequence[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]
