"""No URL makes us ask anything inside our own network, nor anybody but whom it names."""

import socket
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest

from chassis.outside.addresses import Address, Resolve, is_public, resolved
from chassis.outside.carrier import Carrier, NotReachable
from chassis.testing.outside import Outside, served_outside

REFUSED = (NotReachable, httpx.HTTPError, httpx.InvalidURL)
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


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """To where sockets of this process are connected, or would be: nothing is."""
    asked: list[Any] = []

    def connect(_socket: socket.socket, address: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket.socket, "connect", connect)
    return asked


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    async with served_outside(tmp_path, "calendars.example") as there:
        there.answers(b"It is there.")
        yield there


def leads_to(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(one) for one in addresses]

    return resolve


def rebinding(*addresses: str) -> Resolve:
    """Leads elsewhere each time."""
    answers = iter(addresses)

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address(next(answers))]

    return resolve


def anything(_address: Address) -> bool:
    return True


async def carried(url: str, resolve: Resolve) -> httpx.Response:
    """To public addresses alone."""
    return await Carrier(resolve=resolve).carry(httpx.Request("GET", url), is_public)


async def asked(outside: Outside, resolve: Resolve, *, host: str = "") -> int:
    """The status of what is answered there, wherever it is."""
    carrier = Carrier(resolve=resolve, trust=outside.trust)
    response = await carrier.carry(httpx.Request("GET", outside.url(host=host)), anything)
    await response.aclose()
    await carrier.aclose()
    return response.status_code


@pytest.mark.parametrize("url", BY_NUMBER)
async def test_no_number_leads_inside(url: str, connections: list[Any]) -> None:
    with pytest.raises(REFUSED):
        await carried(url, resolved)
    assert connections == []


@pytest.mark.parametrize("host", BY_NAME)
async def test_no_name_leads_inside(host: str, connections: list[Any]) -> None:
    with pytest.raises(REFUSED):
        await carried(f"https://{host}/", leads_to(BY_NAME[host]))
    assert connections == []


async def test_a_name_that_leads_inside_as_well_is_not_asked_at_all(connections: list[Any]) -> None:
    with pytest.raises(NotReachable):
        await carried("https://calendars.example/", leads_to("93.184.215.14", "10.0.0.1"))
    assert connections == []


async def test_a_name_that_leads_nowhere_cannot_be_connected_to(connections: list[Any]) -> None:
    with pytest.raises(httpx.ConnectError):
        await carried("https://calendars.example/", leads_to())
    assert connections == []


@pytest.mark.parametrize(
    ("url", "port"),
    [("https://calendars.example/", 443), ("http://calendars.example/", 80), ("https://calendars.example:8443/", 8443)],
)
async def test_a_name_is_asked_at_the_address_that_was_checked_wherever_it_leads_a_moment_later(
    url: str, port: int, connections: list[Any]
) -> None:
    with pytest.raises(httpx.ConnectError):
        await carried(url, rebinding("93.184.215.14", "127.0.0.1"))
    assert connections == [("93.184.215.14", port)]


async def test_a_host_is_asked_by_its_name(outside: Outside) -> None:
    assert await asked(outside, leads_to("127.0.0.1")) == 200

    [(_, headers)] = outside.asked
    assert headers["host"] == f"{outside.host}:{outside.port}"


async def test_the_certificate_has_to_be_of_the_name_and_not_of_the_address(outside: Outside) -> None:
    with pytest.raises(httpx.ConnectError):
        await asked(outside, leads_to("127.0.0.1"), host="elsewhere.example")
    assert outside.asked == []


async def test_an_address_that_does_not_answer_is_followed_by_the_next(outside: Outside) -> None:
    assert await asked(outside, leads_to("127.0.0.99", "127.0.0.1")) == 200


async def test_so_many_addresses_are_tried_and_no_more(connections: list[Any]) -> None:
    with pytest.raises(httpx.ConnectError):
        await carried("https://calendars.example/", leads_to(*(f"8.8.8.{last}" for last in range(1, 10))))
    assert connections == [(f"8.8.8.{last}", 443) for last in range(1, 5)]


async def test_no_redirect_is_followed(outside: Outside) -> None:
    outside.answers(b"", status="302 Found", headers={"Location": outside.url("/elsewhere")})

    assert await asked(outside, leads_to("127.0.0.1")) == 302
    assert outside.connections == 1


async def test_no_proxy_of_the_environment_is_asked(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert await asked(outside, leads_to("127.0.0.1")) == 200
