"""Carries requests to addresses that were checked.

A URL that somebody gives us is asked from within our own network. Its name is resolved once, everything it leads to is
checked, and the connection goes to what was checked: a name that leads elsewhere a moment later changes nothing.
"""

import ssl
from collections.abc import Sequence
from contextlib import suppress

import httpx

from chassis.outside.addresses import Address, Allows, Resolve, resolved

_HTTPS, _HTTP = 443, 80
_TRIED = 4
"""How many of a name's addresses are tried before we say that nobody answers."""


class NotReachable(Exception):
    """The URL leads to where we do not look."""


class Carrier:
    """Follows no redirect, and no proxy of the environment."""

    def __init__(self, *, resolve: Resolve = resolved, trust: ssl.SSLContext | None = None) -> None:
        """`trust`: whose certificates count; those that are generally trusted if it is None."""
        self._resolve = resolve
        # A connection belongs to an address, and two names can have the same one: none is kept for another request.
        self._transport = httpx.AsyncHTTPTransport(
            verify=trust or httpx.create_ssl_context(),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def carry(self, request: httpx.Request, allows: Allows) -> httpx.Response:
        """An answer of which nothing is read yet; to be closed. Raises NotReachable, httpx.HTTPError."""
        *others, last = await self._checked(request.url, allows)
        for address in others:
            with suppress(httpx.ConnectError):
                return await self._transport.handle_async_request(_to(request, address))
        return await self._transport.handle_async_request(_to(request, last))

    async def aclose(self) -> None:
        await self._transport.aclose()

    async def _checked(self, url: httpx.URL, allows: Allows) -> Sequence[Address]:
        port = url.port or (_HTTPS if url.scheme == "https" else _HTTP)
        addresses = await self._resolve(_host(url).strip("[]"), port)
        if not addresses:
            raise httpx.ConnectError("the name leads nowhere", request=None)
        # All of them: a name that leads inside as well is nobody's.
        if not all(map(allows, addresses)):
            raise NotReachable
        return addresses[:_TRIED]


def _to(request: httpx.Request, address: Address) -> httpx.Request:
    """The name stays in the header Host, and is the one that the certificate has to have."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")
