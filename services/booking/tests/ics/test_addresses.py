"""No URL makes us ask anything inside our own network."""

import socket
import ssl
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

import pytest

from booking.domain.errors import MalformedBusySource
from booking.domain.outside.busy_sources import CannotRead, Failure, secure_url
from booking.ics.addresses import ANYWHERE, PUBLIC, Address, Reach, is_public, resolved
from booking.ics.fetching import Fetcher

ANY_PORT = Reach(is_public, None)
"""So that it is the address alone that is refused."""

TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Never asked."""

REFUSED = (Failure.ADDRESS_NOT_PUBLIC, Failure.UNREACHABLE)
"""Some spellings are no URL to the library, and so lead nowhere."""

BY_NUMBER = [
    "https://127.0.0.1/",
    "https://127.0.0.1:8000/",
    "https://127.1/",
    "https://127.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://127.255.255.254/",
    "https://10.0.0.1/",
    "https://10.255.255.255/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://192.168.1.1:443/",
    "https://169.254.169.254/latest/meta-data/",
    "https://169.254.170.2/v2/credentials",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://100.64.0.1/",
    "https://100.100.100.200/latest/meta-data/",
    "https://192.0.0.192/opc/v2/instance/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://192.88.99.1/",
    "https://168.63.129.16/metadata/instance",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:10.0.0.1]/",
    "https://[::ffff:8.8.8.8]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[64:ff9b:1::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/latest/meta-data/",
    "https://[fd12:3456:789a::1]/",
    "https://[ff02::1]/",
    "https://[2001:db8::1]/",
    "https://[100::1]/",
    "https://[4000::1]/",
]

BY_NAME = {
    "localhost": "127.0.0.1",
    "localhost.": "127.0.0.1",
    "LOCALHOST": "::1",
    "metadata.google.internal": "169.254.169.254",
    "kubernetes.default.svc": "10.96.0.1",
    "booking": "10.96.7.7",
    "127.0.0.1.nip.example": "127.0.0.1",
    "xn--rebinder-8za.example": "192.168.0.10",
    "rebinder\u3002example": "10.0.0.7",
    "\u24d8nternal.example": "fd00::1",
}

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


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """To where sockets of this process are connected, or would be: nothing is."""
    asked: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


async def failure(url: str, fetcher: Fetcher) -> Failure:
    with pytest.raises(CannotRead) as told:
        await fetcher.fetch(url, None)
    return told.value.failure


def by_name(*addresses: str) -> Fetcher:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(one) for one in addresses]

    return Fetcher(ANY_PORT, resolve=resolve, trust=TRUST)


@pytest.mark.parametrize("url", BY_NUMBER)
async def test_no_number_leads_inside(url: str, connections: list[Any]) -> None:
    assert await failure(secure_url(url), Fetcher(ANY_PORT, trust=TRUST)) in REFUSED
    assert connections == []


@pytest.mark.parametrize("host", BY_NAME)
async def test_no_name_leads_inside(host: str, connections: list[Any]) -> None:
    fetcher = by_name(BY_NAME[host])
    assert await failure(secure_url(f"https://{host}/"), fetcher) in REFUSED
    assert connections == []


async def test_a_name_that_leads_inside_as_well_is_not_asked_at_all(connections: list[Any]) -> None:
    fetcher = by_name("93.184.215.14", "10.0.0.1")
    assert await failure("https://calendars.example/", fetcher) is Failure.ADDRESS_NOT_PUBLIC
    assert connections == []


async def test_a_name_is_asked_at_the_address_that_was_checked_wherever_it_leads_a_moment_later(
    connections: list[Any],
) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(one) for one in answers.pop(0)]

    assert (
        await failure("https://calendars.example/", Fetcher(PUBLIC, resolve=rebinding, trust=TRUST))
        is Failure.UNREACHABLE
    )
    assert connections == [("93.184.215.14", 443)]


@pytest.mark.parametrize("port", [22, 80, 5432, 6379, 8443, 50051])
async def test_no_port_but_the_usual_one_is_asked(port: int, connections: list[Any]) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address("93.184.215.14")]

    told = await failure(f"https://calendars.example:{port}/", Fetcher(PUBLIC, resolve=resolve, trust=TRUST))
    assert told is Failure.ADDRESS_NOT_PUBLIC
    assert connections == []


@pytest.mark.parametrize("url", NOT_HTTPS)
def test_what_is_no_https_url_is_refused_when_it_is_added(url: str) -> None:
    with pytest.raises(MalformedBusySource):
        secure_url(url)


@pytest.mark.parametrize("url", ["http://93.184.215.14/", "ftp://93.184.215.14/"])
async def test_nothing_but_https_is_asked(url: str, connections: list[Any]) -> None:
    assert await failure(url, Fetcher(ANYWHERE, trust=TRUST)) in REFUSED
    assert connections == []


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:2800:220:1::1"])
def test_the_open_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))


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


async def test_a_name_that_nobody_has_has_no_addresses() -> None:
    assert await resolved("nobody.invalid", 443) == ()
    assert await resolved("x" * 300, 443) == ()
