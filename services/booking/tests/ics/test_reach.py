"""Calendars outside are asked over https, and on its own port alone."""

import ssl
from collections.abc import Sequence

import pytest

from booking.domain.errors import MalformedBusySource
from booking.domain.outside.busy_sources import CannotRead, Failure, secure_url
from booking.ics.fetching import Fetcher
from booking.ics.reach import ANYWHERE, PUBLIC, Reach
from chassis.outside.addresses import Address

NOT_HTTPS = [
    "http://calendars.example/",
    "ftp://calendars.example/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "//calendars.example/",
    "calendars.example/basic.ics",
    "https://",
    "https:///basic.ics",
    "https://user:password@calendars.example/",
    "https://calendars.example@127.0.0.1/",
    "https://calendars.example:99999/",
    "https://calendars.example:port/",
    "https://calendars.example/a b",
    "https://calendars.example/\r\nHost: 127.0.0.1",
    "https://[::1/",
    "javascript:alert(1)",
    "data:text/calendar,BEGIN:VCALENDAR",
    "",
]


async def failure(url: str, reach: Reach) -> Failure:
    """What is told of a URL whose name is not even looked up."""

    async def resolve(host: str, _port: int) -> Sequence[Address]:
        pytest.fail(f"{host} was looked up")

    with pytest.raises(CannotRead) as told:
        await Fetcher(reach, resolve=resolve, trust=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)).fetch(url, None)
    return told.value.failure


@pytest.mark.parametrize("port", [22, 80, 5432, 6379, 8443, 50051])
async def test_no_port_but_the_usual_one_is_asked(port: int) -> None:
    assert await failure(f"https://calendars.example:{port}/", PUBLIC) is Failure.ADDRESS_NOT_PUBLIC


@pytest.mark.parametrize("url", ["http://93.184.215.14/", "ftp://93.184.215.14/"])
async def test_nothing_but_https_is_asked(url: str) -> None:
    assert await failure(url, ANYWHERE) in {Failure.ADDRESS_NOT_PUBLIC, Failure.UNREACHABLE}


@pytest.mark.parametrize("url", NOT_HTTPS)
def test_what_is_no_https_url_is_refused_when_it_is_added(url: str) -> None:
    with pytest.raises(MalformedBusySource):
        secure_url(url)


@pytest.mark.parametrize(
    ("told", "asked"),
    [
        ("webcal://p01.example/published/2/abc", "https://p01.example/published/2/abc"),
        (" https://calendars.example/basic.ics?key=1#top ", "https://calendars.example/basic.ics?key=1"),
        ("HTTPS://calendars.example/basic.ics", "https://calendars.example/basic.ics"),
    ],
)
def test_a_link_is_taken_as_people_copy_it(told: str, asked: str) -> None:
    assert secure_url(told) == asked
