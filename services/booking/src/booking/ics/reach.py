"""Where we look for calendars outside: over https, at the open Internet, and nowhere inside."""

import ssl
from dataclasses import dataclass

import httpx

from chassis.outside.addresses import Address, Allows, Resolve, is_public
from chassis.outside.carrier import Carrier, NotReachable

_HTTPS = 443


@dataclass(frozen=True, slots=True)
class Reach:
    """How far we look."""

    allows: Allows
    ports: frozenset[int] | None
    """None: any."""


def _anything(_address: Address) -> bool:
    return True


PUBLIC = Reach(is_public, frozenset({_HTTPS}))
ANYWHERE = Reach(_anything, None)
"""For development: calendars on this machine."""


class CheckedTransport(httpx.AsyncBaseTransport):
    """Carries requests over https to where our reach ends.

    Raises NotReachable for what is beyond it. Every request is checked anew, so a client may follow redirects.
    """

    def __init__(self, reach: Reach, *, resolve: Resolve, trust: ssl.SSLContext) -> None:
        self._reach = reach
        self._carrier = Carrier(resolve=resolve, trust=trust)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        port = request.url.port or _HTTPS
        if request.url.scheme != "https" or not (self._reach.ports is None or port in self._reach.ports):
            raise NotReachable
        return await self._carrier.carry(request, self._reach.allows)

    async def aclose(self) -> None:
        await self._carrier.aclose()
