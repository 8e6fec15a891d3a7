"""Calendars outside, asked in CalDAV: over https, bounded in bytes and time."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

import httpx

from booking.caldav import multistatus, reading
from booking.caldav.multistatus import LONGEST_ETAG, Multistatus, NotMultistatus, Resource
from booking.caldav.writing import write
from booking.domain.outside.busy_sources import CannotRead, Failure
from booking.domain.outside.connections import (
    Account,
    ChangedOutside,
    Changes,
    EventRefused,
    OurEvent,
    SeenEvent,
    Trouble,
    Troubled,
)
from booking.domain.schedule.local_time import Period
from booking.ics.outside import read_apart, told_apart
from chassis.outside.carrier import NotReachable

MOST_BYTES = 5 * 1024 * 1024
"""Of one answer, and of all events that are read at once."""
SECONDS = 10.0
"""For one request and its answer."""
_LARGEST_EVENT = 64 * 1024
"""Of ours; what somebody made larger is not what we wrote."""
_AT_ONCE = 200
"""Events asked for in one request."""
_MOST_PAGES = 100

_NO_CALENDAR = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE}
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_BY_TOKEN, _BY_TAG = "sync:", "ctag:"  # no secret: how a state is called

_SYNC = (
    '<sync-collection xmlns="DAV:"><sync-token>{token}</sync-token><sync-level>1</sync-level>'
    "<prop><getetag/></prop></sync-collection>"
)
_LIST = '<propfind xmlns="DAV:" xmlns:s="http://calendarserver.org/ns/"><prop><getetag/><s:getctag/></prop></propfind>'
_TAG = '<propfind xmlns="DAV:" xmlns:s="http://calendarserver.org/ns/"><prop><s:getctag/></prop></propfind>'
_QUERY = (
    '<c:calendar-query xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/></prop><c:filter>'
    '<c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT"><c:time-range start="{start}" end="{end}"/>'
    "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
)
_MULTIGET = (
    '<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
    "<prop><getetag/><c:calendar-data/></prop>{hrefs}</c:calendar-multiget>"
)

MakeTransport = Callable[[], httpx.AsyncBaseTransport]


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: httpx.Headers
    body: bytes


class CaldavCollections:
    """`booking.domain.ports.CollectionsOutside`"""

    def __init__(self, make_transport: MakeTransport, *, seconds: float = SECONDS) -> None:
        """`make_transport`: what carries requests to where we look, and nowhere else."""
        self._make_transport = make_transport
        self._seconds = seconds
        self._one_at_a_time = asyncio.Semaphore(1)

    @asynccontextmanager
    async def open(self, account: Account) -> AsyncIterator["CaldavCollection"]:
        auth = httpx.BasicAuth(account.username, account.password)
        async with httpx.AsyncClient(
            transport=self._make_transport(), timeout=self._seconds, auth=auth, follow_redirects=False
        ) as client:
            yield CaldavCollection(client, account.url, self._seconds, self._one_at_a_time)


class CaldavCollection:
    """`booking.domain.ports.CollectionOutside`"""

    def __init__(self, client: httpx.AsyncClient, url: str, seconds: float, reading_apart: asyncio.Semaphore) -> None:
        self._client = client
        self._url = url
        self._seconds = seconds
        self._reading_apart = reading_apart

    async def put(self, name: str, event: OurEvent, etag: str | None) -> str | None:
        condition = {"If-None-Match": "*"} if etag is None else {"If-Match": etag}
        headers = {"Content-Type": "text/calendar; charset=utf-8", **condition}
        answer = await self._ask("PUT", self._url_of(name), headers, write(event))
        if answer.status == HTTPStatus.PRECONDITION_FAILED or (etag is not None and answer.status in _GONE):
            raise ChangedOutside
        if _is_success(answer):
            return _etag(answer)
        if (trouble := _trouble(answer)) is not None:
            raise trouble
        raise EventRefused

    async def delete(self, name: str, etag: str | None) -> None:
        headers = {} if etag is None else {"If-Match": etag}
        answer = await self._ask("DELETE", self._url_of(name), headers, b"")
        if answer.status == HTTPStatus.PRECONDITION_FAILED:
            raise ChangedOutside
        if not _is_success(answer) and answer.status not in _GONE:
            raise _trouble(answer) or Troubled(Trouble.BROKEN)

    async def find(self, names: Sequence[str]) -> Mapping[str, SeenEvent]:
        found = [one async for one in self._texts(names)]
        fitting = [one for one in found if len(one.text or "") <= _LARGEST_EVENT]
        said = await self._said([one.text or "" for one in fitting]) if fitting else []
        events = {one.name: _seen(one.etag, told) for one, told in zip(fitting, said, strict=True)}
        return {one.name: events.get(one.name, SeenEvent(one.etag)) for one in found}

    async def changes(self, seen: str | None) -> Changes:
        if seen is None or seen.startswith(_BY_TOKEN):
            by_token = await self._changes_by_token((seen or "").removeprefix(_BY_TOKEN))
            if by_token is None and seen is not None:  # it has forgotten what it called so
                by_token = await self._changes_by_token("")
            if by_token is not None:
                return by_token
        return await self._changes_by_tag(seen)

    async def busy_times(
        self, ours: Collection[str], uid_ending: str, within: Period, timezone: str
    ) -> Sequence[Period]:
        query = _QUERY.format(start=_utc(within.start), end=_utc(within.end))
        found = await self._multistatus("REPORT", query, depth=1)
        names = [one.name for one in found.resources if one.name and one.name not in ours]
        texts = [one.text.encode() async for one in self._texts(names) if one.text]
        if sum(map(len, texts)) > MOST_BYTES:
            raise Troubled(Trouble.TOO_LARGE)
        is_ours = re.compile(rf"^UID[;:].*{re.escape(uid_ending)}\s*$".encode(), re.MULTILINE | re.IGNORECASE)
        others = [text for text in texts if not is_ours.search(_unfolded(text))]
        if not others:
            return []
        try:
            async with self._reading_apart:
                return await read_apart(b"\r\n".join(others), within, timezone)
        except CannotRead as error:
            not_read = error.failure is Failure.NOT_A_CALENDAR
            raise Troubled(Trouble.NOT_UNDERSTOOD if not_read else Trouble.TOO_MANY_EVENTS) from None

    async def _changes_by_token(self, token: str) -> Changes | None:
        """None if it is not understood: the token, or the question (RFC 6578)."""
        etags: dict[str, str] = {}
        gone: set[str] = set()
        complete = not token
        for _ in range(_MOST_PAGES):
            body = _SYNC.format(token=escape(token)).encode()
            answer = await self._ask("REPORT", self._url, _xml(depth=0), body)
            if answer.status != HTTPStatus.MULTI_STATUS:
                if not _is_not_understood(answer):
                    raise _trouble(answer) or Troubled(Trouble.BROKEN)
                return None
            page = await self._parsed(answer)
            if not page.sync_token:
                return None
            for one in page.resources:
                if one.name and one.status in _GONE:
                    gone.add(one.name)
                    etags.pop(one.name, None)
                elif one.name and one.etag:
                    etags[one.name] = one.etag
                    gone.discard(one.name)
            token = page.sync_token
            if not any(not one.name and one.status == HTTPStatus.INSUFFICIENT_STORAGE for one in page.resources):
                return Changes(etags, gone, complete, f"{_BY_TOKEN}{token}")
        raise Troubled(Trouble.TOO_LARGE)

    async def _changes_by_tag(self, seen: str | None) -> Changes:
        if seen is not None and seen.startswith(_BY_TAG):
            told = await self._multistatus("PROPFIND", _TAG, depth=0)
            if (tag := _tag_of(told)) is not None and f"{_BY_TAG}{tag}" == seen:
                return Changes({}, (), complete=False, seen=seen)
        told = await self._multistatus("PROPFIND", _LIST, depth=1)
        tag = _tag_of(told)
        etags = {one.name: one.etag for one in told.resources if one.name and one.etag}
        return Changes(etags, (), complete=True, seen=None if tag is None else f"{_BY_TAG}{tag}")

    async def _texts(self, names: Sequence[str]) -> AsyncIterator[Resource]:
        """Those that are there. Raises Troubled."""
        collection = urlsplit(self._url).path
        total = 0
        for some in _in_batches(names):
            hrefs = "".join(f"<href>{escape(collection + quote(name))}</href>" for name in some)
            found = await self._multistatus("REPORT", _MULTIGET.format(hrefs=hrefs), depth=0)
            for one in found.resources:
                if one.text is not None and one.name in some:
                    total += len(one.text)
                    if total > MOST_BYTES:
                        raise Troubled(Trouble.TOO_LARGE)
                    yield one

    async def _said(self, texts: Sequence[str]) -> list[dict[str, object]]:
        try:
            async with self._reading_apart:
                said = await told_apart(reading.__name__, json.dumps(texts).encode())
        except CannotRead:
            said = None
        return said if isinstance(said, list) else [reading.NOT_UNDERSTOOD] * len(texts)

    async def _multistatus(self, method: str, body: str, *, depth: int) -> Multistatus:
        answer = await self._ask(method, self._url, _xml(depth=depth), body.encode())
        if answer.status != HTTPStatus.MULTI_STATUS:
            raise _trouble(answer) or Troubled(Trouble.BROKEN)
        return await self._parsed(answer)

    async def _parsed(self, answer: _Answer) -> Multistatus:
        try:
            return await asyncio.to_thread(multistatus.read, answer.body, self._url)
        except NotMultistatus:
            raise Troubled(Trouble.BROKEN) from None

    async def _ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> _Answer:
        """Raises Troubled."""
        # What is packed could unpack to anything.
        sent = {"User-Agent": "Switchboard", "Accept-Encoding": "identity", **headers}
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream(method, url, headers=sent, content=body) as answer,
            ):
                return _Answer(answer.status_code, answer.headers, await _read(answer))
        except (TimeoutError, httpx.TimeoutException):
            raise Troubled(Trouble.TOO_SLOW) from None
        except NotReachable:
            raise Troubled(Trouble.ADDRESS_NOT_PUBLIC) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise Troubled(Trouble.UNREACHABLE) from None

    def _url_of(self, name: str) -> str:
        return f"{self._url}{quote(name)}"


async def _read(answer: httpx.Response) -> bytes:
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Troubled(Trouble.BROKEN)
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Troubled(Trouble.TOO_LARGE)
    return bytes(body)


def _etag(answer: _Answer) -> str | None:
    etag: str | None = answer.headers.get("ETag")
    return etag if etag is not None and len(etag) <= LONGEST_ETAG else None


def _is_success(answer: _Answer) -> bool:
    return 200 <= answer.status < 300  # noqa: PLR2004  # 2xx


def _is_not_understood(answer: _Answer) -> bool:
    """Whether another question might be."""
    refused = 400 <= answer.status < 500 and answer.status != HTTPStatus.UNAUTHORIZED  # noqa: PLR2004  # 4xx
    return (refused and answer.status != HTTPStatus.TOO_MANY_REQUESTS) or answer.status == HTTPStatus.NOT_IMPLEMENTED


def _trouble(answer: _Answer) -> Troubled | None:
    """What an answer says of the calendar as a whole; None if it is about what we sent."""
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return Troubled(Trouble.DENIED)
    if answer.status == HTTPStatus.FORBIDDEN:
        return Troubled(Trouble.FORBIDDEN)
    if answer.status in _NO_CALENDAR or 300 <= answer.status < 400:  # noqa: PLR2004  # 3xx: we go nowhere else
        return Troubled(Trouble.NO_CALENDAR)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS or answer.status >= 500:  # noqa: PLR2004  # 5xx
        return Troubled(Trouble.BROKEN, retry_after=_retry_after(answer.headers.get("Retry-After", "")))
    return None


def _retry_after(text: str) -> timedelta | None:
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text), 86_400))
    try:
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta())
    except (TypeError, ValueError):
        return None


def _seen(etag: str | None, told: Mapping[str, object]) -> SeenEvent:
    starts_at, ends_at = (
        None if told[name] is None else datetime.fromisoformat(str(told[name])) for name in ("starts_at", "ends_at")
    )
    return SeenEvent(etag, starts_at, ends_at, str(told["title"]), bool(told["as_we_write"]), bool(told["is_our_text"]))


def _xml(*, depth: int) -> Mapping[str, str]:
    return {"Content-Type": "application/xml; charset=utf-8", "Depth": str(depth)}


def _tag_of(told: Multistatus) -> str | None:
    return next((one.ctag for one in told.resources if not one.name), None)


def _in_batches(names: Sequence[str]) -> Iterator[set[str]]:
    for start in range(0, len(names), _AT_ONCE):
        yield set(names[start : start + _AT_ONCE])


def _unfolded(text: bytes) -> bytes:
    return re.sub(rb"\r?\n[ \t]", b"", text)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
