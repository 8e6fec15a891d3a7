"""Asking for a calendar outside, from a real HTTPS server."""

import asyncio
import gzip
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from booking.domain.outside.busy_sources import CannotRead, Failure
from booking.ics.fetching import MOST_BYTES, Fetched, Fetcher
from booking.ics.reach import ANYWHERE
from chassis.outside.addresses import Address
from chassis.testing.outside import Outside, certificate
from services.booking.tests.conftest import PATIENCE

CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def here(_host: str, _port: int) -> Sequence[Address]:
    return [ip_address("127.0.0.1")]


def fetcher(outside: Outside, **others: float) -> Fetcher:
    return Fetcher(ANYWHERE, resolve=here, trust=outside.trust, **{"seconds": PATIENCE, **others})


async def failure(outside: Outside, url: str | None = None, **others: float) -> Failure:
    with pytest.raises(CannotRead) as told:
        await fetcher(outside, **others).fetch(url or outside.url(), None)
    return told.value.failure


async def test_what_is_there_is_read_with_its_etag(outside: Outside) -> None:
    outside.answers(CALENDAR, headers={"ETag": '"7"'})
    assert await fetcher(outside).fetch(outside.url("/secret/basic.ics?key=1"), None) == Fetched(CALENDAR, '"7"')
    path, headers = outside.asked[0]
    assert (path, headers["host"]) == ("/secret/basic.ics?key=1", f"{outside.host}:{outside.port}")


async def test_what_had_that_etag_is_not_read_again(outside: Outside) -> None:
    outside.answers(b"", status="304 Not Modified", headers={"ETag": '"7"'})
    assert await fetcher(outside).fetch(outside.url(), '"7"') is None
    assert outside.asked[0][1]["if-none-match"] == '"7"'


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("401 Unauthorized", Failure.DENIED),
        ("403 Forbidden", Failure.DENIED),
        ("404 Not Found", Failure.DENIED),
        ("410 Gone", Failure.DENIED),
        ("500 Internal Server Error", Failure.BROKEN),
        ("204 No Content", Failure.BROKEN),
        ("206 Partial Content", Failure.BROKEN),
    ],
)
async def test_an_answer_that_is_no_calendar_is_named(outside: Outside, status: str, told: Failure) -> None:
    outside.answers(b"", status=status)
    assert await failure(outside) is told


async def test_five_mebibytes_are_read_and_no_byte_more(outside: Outside) -> None:
    outside.answers(b"x" * MOST_BYTES)
    assert await fetcher(outside).fetch(outside.url(), None) == Fetched(b"x" * MOST_BYTES, None)
    outside.answers(b"x" * (MOST_BYTES + 1))
    assert await failure(outside) is Failure.TOO_LARGE


async def test_an_endless_answer_is_ended(outside: Outside) -> None:
    async def endless(writer: asyncio.StreamWriter, _path: str, _headers: dict[str, str]) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()

    outside.answer = endless
    assert await failure(outside) is Failure.TOO_LARGE


async def test_a_packed_answer_is_not_unpacked(outside: Outside) -> None:
    outside.answers(gzip.compress(b"x" * 10**8), headers={"Content-Encoding": "gzip"})
    assert await failure(outside) is Failure.BROKEN
    assert outside.asked[0][1]["accept-encoding"] == "identity"


@pytest.mark.parametrize("first", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nBEGIN"])
async def test_who_keeps_silent_is_too_slow(outside: Outside, first: bytes) -> None:
    waiting = asyncio.Event()

    async def silent(writer: asyncio.StreamWriter, _path: str, _headers: dict[str, str]) -> None:
        writer.write(first)
        await writer.drain()
        await waiting.wait()

    outside.answer = silent
    assert await failure(outside, seconds=0.3) is Failure.TOO_SLOW
    waiting.set()


async def test_half_an_answer_is_none(outside: Outside) -> None:
    outside.answers(CALENDAR, headers={"Content-Length": "1000"})
    assert await failure(outside) is Failure.UNREACHABLE


async def test_a_redirect_on_the_same_host_is_followed(outside: Outside) -> None:
    async def moved(writer: asyncio.StreamWriter, path: str, _headers: dict[str, str]) -> None:
        if path == "/new":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(CALENDAR), CALENDAR))
        else:
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: /new\r\nContent-Length: 0\r\n\r\n")

    outside.answer = moved
    assert await fetcher(outside).fetch(outside.url(), None) == Fetched(CALENDAR, None)


@pytest.mark.parametrize(
    "to", ["https://elsewhere.example/", "http://calendars.example/", "https://127.0.0.1/", "//169.254.169.254/latest"]
)
async def test_a_redirect_to_another_host_is_not(outside: Outside, to: str) -> None:
    outside.answers(b"", status="302 Found", headers={"Location": to})
    assert await failure(outside) is Failure.REDIRECTED_ELSEWHERE
    assert outside.connections == 1


async def test_redirects_without_end_are_ended(outside: Outside) -> None:
    outside.answers(b"", status="302 Found", headers={"Location": "/again"})
    assert await failure(outside) is Failure.BROKEN
    assert outside.connections == 4


async def test_a_certificate_of_another_name_is_not_trusted(outside: Outside) -> None:
    outside.answers(CALENDAR)
    assert await failure(outside, outside.url(host="elsewhere.example")) is Failure.UNREACHABLE
    assert outside.asked == []


async def test_a_certificate_of_nobody_we_trust_is_not_trusted(outside: Outside, tmp_path: Path) -> None:
    outside.answers(CALENDAR)
    (tmp_path / "other").mkdir()
    certificate(tmp_path / "other", outside.host)
    outside.trust = ssl.create_default_context(cafile=str(tmp_path / "other" / "certificate"))
    assert await failure(outside) is Failure.UNREACHABLE


async def test_a_name_that_leads_nowhere_is_unreachable(outside: Outside) -> None:
    async def nowhere(_host: str, _port: int) -> Sequence[Address]:
        return []

    with pytest.raises(CannotRead) as told:
        await Fetcher(ANYWHERE, resolve=nowhere, trust=outside.trust).fetch(outside.url(), None)
    assert told.value.failure is Failure.UNREACHABLE


async def test_what_went_wrong_is_told_without_the_address(outside: Outside) -> None:
    outside.answers(b"", status="404 Not Found")
    with pytest.raises(CannotRead) as told:
        await fetcher(outside).fetch(outside.url("/private-123/basic.ics"), None)
    assert str(told.value) == "denied"
    assert told.value.__suppress_context__ or told.value.__context__ is None
