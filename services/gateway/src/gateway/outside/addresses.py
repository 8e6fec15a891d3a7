"""Which addresses are asked: the open Internet's, or this machine's own, and nothing in between.

A name is resolved once, everything it leads to is checked, and the connection goes to what was checked: a name that
leads elsewhere a moment later changes nothing.
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import httpx

Address = IPv4Address | IPv6Address
Allows = Callable[[Address], bool]
Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses of a host; empty if it has none."""

_TRIED = 4
"""How many of a name's addresses are tried before we say that nobody answers."""

_GLOBAL_UNICAST = ip_network("2000::/3")
_CARRIES_IPV4 = tuple(map(ip_network, ("2001::/32", "2002::/16")))
"""Teredo and 6to4: an IPv4 address in disguise."""
_NOT_FOR_US = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")))
"""What Python calls global and is not: what protocols use, relays of 6to4, the inside of a cloud's host."""


class NotReachable(Exception):
    """The name leads nowhere, or to where we do not look."""


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


def is_loopback(address: Address) -> bool:
    return address.is_loopback


async def resolved(host: str, port: int) -> Sequence[Address]:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return [ip_address(sockaddr[0]) for *_, sockaddr in found]


class Carrier:
    """Carries a request to an address that was checked. It follows no redirect, and no proxy of the environment."""

    def __init__(self, *, resolve: Resolve = resolved, trust: ssl.SSLContext | None = None) -> None:
        """`trust`: whose certificates count; those that are generally trusted if it is None."""
        self._resolve = resolve
        # A connection belongs to an address, and two names can have the same one: none is kept for another request.
        self._transport = httpx.AsyncHTTPTransport(
            verify=trust or httpx.create_ssl_context(),
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
        )

    async def post(self, url: httpx.URL, port: int, body: bytes, allows: Allows) -> int:
        """The status of the answer, which is not read. Raises NotReachable, httpx.HTTPError."""
        posted = httpx.Request("POST", url, headers={"Content-Type": "application/json"}, content=body)
        response = await self._carry(posted, port, allows)
        await response.aclose()
        return response.status_code

    async def get(self, url: httpx.URL, port: int, headers: Mapping[str, str], allows: Allows) -> httpx.Response:
        """An answer of which nothing is read yet; to be closed. Raises NotReachable, httpx.HTTPError."""
        return await self._carry(httpx.Request("GET", url, headers=dict(headers)), port, allows)

    async def _carry(self, request: httpx.Request, port: int, allows: Allows) -> httpx.Response:
        addresses = await self._checked(request.url.host, port, allows)
        for last, address in ((address is addresses[-1], address) for address in addresses):
            try:
                return await self._transport.handle_async_request(_to(request, address, port))
            except httpx.ConnectError:
                if last:
                    raise
        raise NotReachable

    async def _checked(self, host: str, port: int, allows: Allows) -> Sequence[Address]:
        addresses = await self._resolve(host, port)
        # All of them: a name that leads inside as well is nobody's.
        if not addresses or not all(map(allows, addresses)):
            raise NotReachable
        return addresses[:_TRIED]


def _to(request: httpx.Request, address: Address, port: int) -> httpx.Request:
    """The name stays in Host, and is the one that the certificate has to have."""
    headers = request.headers.copy()
    headers.update({"Host": request.url.netloc.decode(), "User-Agent": "Switchboard"})
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address), port=port),
        headers=headers,
        stream=request.stream,
        extensions={"sni_hostname": request.url.host},
    )
