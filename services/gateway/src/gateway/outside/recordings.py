"""Recordings, read where Vapi keeps them and handed on as they come: nothing of them is kept here.

Links are secrets: whoever has one hears the call. None is logged, or told to anybody.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from http import HTTPStatus

import httpx

from chassis.logs import get_logger
from chassis.outside.carrier import Carrier, NotReachable
from gateway.outside.hosts import CheckedUrl, Form, Hosts

LINKS = Form(in_path="A-Za-z0-9._~!$&'()*+,;=/?:@%-", longest=4000)
"""Those that are signed are long, and have escapes."""

MOST_BYTES = 512 * 1024 * 1024
"""Two hours in stereo, as Vapi writes them, have some 460 MB."""

FIRST_BYTE_SECONDS = 6.0
EACH_PART_SECONDS = 30.0
"""That a part may take to come, and to be taken by whoever listens."""

_TYPES = {
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/vnd.wave": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/mp3": "audio/mpeg",
}
TYPES = ("audio/wav", "audio/mpeg")
"""What Vapi records in."""

_OF_ANY_TYPE = ("application/octet-stream", "binary/octet-stream", "")
_BY_ENDING = {".wav": "audio/wav", ".mp3": "audio/mpeg"}

_RANGE = re.compile(r"bytes=(?:[0-9]{1,12}-[0-9]{0,12}|-[0-9]{1,12})")
_CONTENT_RANGE = re.compile(r"bytes [0-9]{1,12}-[0-9]{1,12}/[0-9]{1,12}")
_LENGTH = re.compile(r"[0-9]{1,12}")

_log = get_logger()


class Unreadable(Exception):
    """Nobody answers there, or what is answered is no recording."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that has begun to come."""

    media_type: str
    status: int
    """206 for a part of it."""
    headers: dict[str, str]
    _response: httpx.Response

    async def parts(self) -> AsyncIterator[bytes]:
        """Ends in an exception, and so in a broken connection, if it is too large or comes too slowly."""
        size = 0
        coming = self._response.aiter_raw()
        try:
            while True:
                async with asyncio.timeout(EACH_PART_SECONDS):
                    part = await anext(coming, None)
                if part is None:
                    return
                size += len(part)
                if size > MOST_BYTES:
                    raise Unreadable
                yield part
        finally:
            await self.close()

    async def close(self) -> None:
        await self._response.aclose()


class Recordings:
    def __init__(self, hosts: Hosts, carrier: Carrier) -> None:
        self._hosts = hosts
        self._carrier = carrier

    async def read(self, links: Iterable[str], wanted_range: str = "") -> Sound:
        """From the first of the links that leads to a recording, once it begins to come. Raises Unreadable."""
        for link in links:
            if (checked := self._hosts.checked(link, LINKS)) is None:
                _log.warning("a recording is of no host in VAPI_RECORDING_HOSTS")
                continue
            try:
                async with asyncio.timeout(FIRST_BYTE_SECONDS):
                    return await self._open(checked, wanted_range)
            except (Unreadable, TimeoutError, NotReachable, httpx.HTTPError, OSError) as error:
                # Their texts hold the link.
                _log.warning("a recording was not reached", exc_type=type(error).__name__)
        raise Unreadable

    async def _open(self, link: CheckedUrl, wanted_range: str) -> Sound:
        # What is packed could unpack to anything.
        headers = {"Accept": "audio/*", "Accept-Encoding": "identity", "User-Agent": "Switchboard"}
        if _RANGE.fullmatch(wanted_range):
            headers["Range"] = wanted_range
        response = await self._carrier.carry(httpx.Request("GET", link.url, headers=headers), link.allows)
        try:
            return _sound(response, link.url.path)
        except Unreadable:
            await response.aclose()
            raise


def _sound(response: httpx.Response, path: str) -> Sound:
    """Raises Unreadable."""
    told = response.headers
    length = told.get("Content-Length", "")
    if (
        response.status_code not in (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT)
        or told.get("Content-Encoding", "identity") != "identity"
        or (length and not (_LENGTH.fullmatch(length) and int(length) <= MOST_BYTES))
    ):
        raise Unreadable
    headers = {"Content-Length": length} if length else {}
    if response.status_code == HTTPStatus.PARTIAL_CONTENT:
        if not _CONTENT_RANGE.fullmatch(told.get("Content-Range", "")):
            raise Unreadable
        headers["Content-Range"] = told["Content-Range"]
    return Sound(_media_type(told.get("Content-Type", ""), path), response.status_code, headers, response)


def _media_type(told: str, path: str) -> str:
    """Raises Unreadable for what is no sound."""
    media_type = told.partition(";")[0].strip().lower()
    known = _BY_ENDING.get(path[-4:].lower()) if media_type in _OF_ANY_TYPE else _TYPES.get(media_type)
    if known is None:
        raise Unreadable
    return known
