"""Asking for a calendar outside: over https, bounded in bytes and time."""

import asyncio
import ssl
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from booking.domain.outside.busy_sources import CannotRead, Failure
from booking.ics.reach import PUBLIC, CheckedTransport, Reach
from chassis.outside.addresses import Resolve, resolved
from chassis.outside.carrier import NotReachable

MOST_BYTES = 5 * 1024 * 1024
SECONDS = 10.0
_MOST_REDIRECTS = 3
_LONGEST_ETAG = 1000
_DENIED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


@dataclass(frozen=True, slots=True)
class Fetched:
    text: bytes
    etag: str | None


class Fetcher:
    def __init__(
        self,
        reach: Reach = PUBLIC,
        *,
        resolve: Resolve = resolved,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        """`trust`: whose certificates count; those that are generally trusted if it is None."""
        self._reach, self._resolve, self._seconds = reach, resolve, seconds
        self._trust = trust or httpx.create_ssl_context()

    async def fetch(self, url: str, etag: str | None) -> Fetched | None:
        """What is there; None if it is still what had that ETag. Raises CannotRead."""
        transport = CheckedTransport(self._reach, resolve=self._resolve, trust=self._trust)
        try:
            async with (
                asyncio.timeout(self._seconds),
                httpx.AsyncClient(transport=transport, timeout=self._seconds) as client,
            ):
                return await self._from_its_host(client, httpx.URL(url), etag)
        except (TimeoutError, httpx.TimeoutException):
            raise CannotRead(Failure.TOO_SLOW) from None
        except NotReachable:
            raise CannotRead(Failure.ADDRESS_NOT_PUBLIC) from None
        except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError):
            # Their texts hold the address, which is a secret.
            raise CannotRead(Failure.UNREACHABLE) from None

    async def _from_its_host(self, client: httpx.AsyncClient, url: httpx.URL, etag: str | None) -> Fetched | None:
        # What is packed could unpack to anything.
        headers = {"Accept": "text/calendar, */*;q=0.1", "Accept-Encoding": "identity", "User-Agent": "Switchboard"}
        if etag is not None:
            headers["If-None-Match"] = etag
        for _ in range(_MOST_REDIRECTS + 1):
            async with client.stream("GET", url, headers=headers) as answer:
                if answer.next_request is None:
                    return await _read(answer)
                if (to := answer.next_request.url).netloc != url.netloc or to.scheme != url.scheme:
                    raise CannotRead(Failure.REDIRECTED_ELSEWHERE)
                url = to
        raise CannotRead(Failure.BROKEN)


async def _read(answer: httpx.Response) -> Fetched | None:
    if answer.status_code == HTTPStatus.NOT_MODIFIED:
        return None
    if answer.status_code in _DENIED:
        raise CannotRead(Failure.DENIED)
    if answer.status_code != HTTPStatus.OK or answer.headers.get("Content-Encoding", "identity") != "identity":
        raise CannotRead(Failure.BROKEN)
    text = bytearray()
    async for chunk in answer.aiter_raw():
        text += chunk
        if len(text) > MOST_BYTES:
            raise CannotRead(Failure.TOO_LARGE)
    etag = answer.headers.get("ETag")
    return Fetched(bytes(text), etag if etag and len(etag) <= _LONGEST_ETAG else None)
