"""Nothing that a body says makes the gateway ask anybody but Vapi."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import anyio
import pytest

from chassis.outside.addresses import Address, is_public
from chassis.outside.carrier import Carrier
from gateway.outside.hosts import Hosts
from gateway.outside.live_calls import CONTROL_URLS, LiveCalls

VAPI = ".vapi.ai"
ROOMS = "https://phone-call-websocket.aws-us-west-2-backend-production2.vapi.ai/0b5e7d10/control"

VAPIS = [
    ROOMS,
    "https://vapi.ai/control",
    "https://API.Vapi.AI/control",
    "https://api.vapi.ai:443/control",
    "https://api.vapi.ai",
    "https://a.b.c.vapi.ai/0b5e7d10/control?x=1",
]

NOT_VAPIS = [
    # Names that only look like it.
    "https://evilvapi.ai/control",
    "https://evil-vapi.ai/control",
    "https://vapi.ai.evil.com/control",
    "https://vapi.ai-evil.com/control",
    "https://vapi.a/control",
    "https://vapi.aii/control",
    "https://xvapi.ai/control",
    "https://vapi.com/control",
    "https://ai/control",
    "https://.vapi.ai/control",
    "https://..vapi.ai/control",
    "https://x..vapi.ai/control",
    # Names that end with a dot are others to a certificate.
    "https://vapi.ai./control",
    "https://api.vapi.ai./control",
    "https://vapi.ai.evil.com./control",
    # Somebody in front of the host.
    "https://vapi.ai@evil.com/control",
    "https://api.vapi.ai:443@evil.com/control",
    "https://user:password@api.vapi.ai/control",
    "https://user@api.vapi.ai/control",
    "https://@api.vapi.ai/control",
    "https://evil.com@api.vapi.ai/control",
    "https://api.vapi.ai%40evil.com/control",
    "https://evil.com%40api.vapi.ai/control",
    # Where one program sees the end of the host and another does not.
    "https://evil.com\\@api.vapi.ai/control",
    "https://api.vapi.ai\\@evil.com/control",
    "https://evil.com\\.vapi.ai/control",
    "https://evil.com#@api.vapi.ai/control",
    "https://evil.com?@api.vapi.ai/control",
    "https://evil.com#.vapi.ai/control",
    "https://evil.com/.vapi.ai/control",
    "https://evil.com?.vapi.ai",
    "https://evil.com;.vapi.ai/control",
    "https://evil.com&.vapi.ai/control",
    "https://evil.com%00.vapi.ai/control",
    "https://evil.com%2f.vapi.ai/control",
    "https://evil.com%2523.vapi.ai/control",
    "https://evil.com\t.vapi.ai/control",
    "https://evil.com\n.vapi.ai/control",
    "https://evil.com\r\nHost: api.vapi.ai/control",
    "https://evil.com .vapi.ai/control",
    " https://api.vapi.ai/control",
    "https://api.vapi.ai/control ",
    "https://api.vapi.ai/con\ntrol",
    "https://api.vapi.ai/\x00",
    "<https://api.vapi.ai/control>",
    "https:///api.vapi.ai/control",
    "https:/api.vapi.ai/control",
    "https:api.vapi.ai/control",
    "//api.vapi.ai/control",
    "api.vapi.ai/control",
    "https://api.vapi.ai#/control",
    "https://api.vapi.ai/control#evil.com",
    # Other alphabets, and what is written like them.
    "https://api.vapi。ai/control",  # an ideographic full stop, which some read as a dot
    "https://api.vapi．ai/control",  # noqa: RUF001  # a full-width one
    "https://аpi.vаpi.ai/control",  # noqa: RUF001  # Cyrillic
    "https://vapı.ai/control",  # noqa: RUF001  # a dotless i
    "https://ⓥⓐⓟⓘ.ai/control",
    "https://vap\u00adi.ai/control",
    "https://vapi.ai\u200b/control",
    "https://xn--vapi-0ra.ai/control",
    "https://%76api.ai/control",
    "https://api.vapi%2eai/control",
    # Numbers for hosts.
    "https://127.0.0.1/control",
    "https://127.1/control",
    "https://0/control",
    "https://2130706433/control",
    "https://0x7f000001/control",
    "https://0177.0.0.1/control",
    "https://10.0.0.1/control",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/control",
    "https://[::ffff:127.0.0.1]/control",
    "https://[::ffff:7f00:1]/control",
    "https://[fd00:ec2::254]/control",
    "https://[::1%25eth0]/control",
    "https://[v1.vapi.ai]/control",
    "https://localhost/control",
    "http://127.0.0.1/control",
    "http://localhost/control",
    "http://[::1]/control",
    # Other ports, other protocols.
    "https://api.vapi.ai:8443/control",
    "https://api.vapi.ai:80/control",
    "https://api.vapi.ai:0/control",
    "https://api.vapi.ai:-443/control",
    "https://api.vapi.ai:443:443/control",
    "https://api.vapi.ai:99999/control",
    "https://api.vapi.ai:/control",
    "http://api.vapi.ai/control",
    "http://api.vapi.ai:443/control",
    "ftp://api.vapi.ai/control",
    "file:///etc/passwd",
    "file://api.vapi.ai/etc/passwd",
    "gopher://api.vapi.ai/control",
    "javascript:alert(1)//api.vapi.ai",
    "wss://api.vapi.ai/listen",
    "unix:///var/run/docker.sock",
    "data:text/plain,api.vapi.ai",
    # Nothing, and too much.
    "",
    "https://",
    "vapi.ai",
    "https://" + "a" * 300 + ".vapi.ai/control",
    "https://api.vapi.ai/" + "a" * 5000,
]


class Names:
    """A resolver by which every name leads to this machine, and which notes who asked."""

    def __init__(self, *addresses: str) -> None:
        self.asked: list[tuple[str, int]] = []
        self.addresses = [ip_address(one) for one in addresses or ("127.0.0.1",)]

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append((host, port))
        return self.addresses


def test_there_are_enough_tricks() -> None:
    assert len(set(NOT_VAPIS)) >= 60


@pytest.mark.parametrize("url", VAPIS)
def test_vapis_own_urls_may_be_posted_to(url: str) -> None:
    checked = Hosts.of(VAPI).checked(url, CONTROL_URLS)

    assert checked is not None
    assert checked.url.host.endswith("vapi.ai")
    assert checked.url.port is None
    assert checked.allows is is_public


@pytest.mark.parametrize("url", NOT_VAPIS)
async def test_nothing_else_is_asked_for_nor_looked_up(url: str) -> None:
    connections = 0

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    names = Names()
    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    live_calls = LiveCalls(Hosts.of(VAPI), Carrier(resolve=names))
    async with server:
        # On the port of a server that would answer, too.
        for tried in (url, url.replace("/control", f":{port}/control")):
            assert not await live_calls.transfer(tried, {"type": "number", "number": "+14155550101"}, "A moment.")

    assert names.asked == []
    assert connections == 0


async def test_a_name_of_vapis_that_leads_inside_as_well_is_not_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[str] = []

    async def connect(*, remote_host: str, **_: object) -> None:
        connected.append(remote_host)
        raise OSError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "0.0.0.0"):  # noqa: S104  # to be refused
        names = Names("8.8.8.8", address)
        live_calls = LiveCalls(Hosts.of(VAPI), Carrier(resolve=names))

        assert not await live_calls.transfer(ROOMS, {}, "A moment.")
        assert names.asked == [("phone-call-websocket.aws-us-west-2-backend-production2.vapi.ai", 443)]
    assert connected == []


async def test_a_name_of_vapis_that_leads_out_is_connected_to_there(monkeypatch: pytest.MonkeyPatch) -> None:
    connected: list[tuple[str, int]] = []

    async def connect(*, remote_host: str, remote_port: int, **_: object) -> None:
        connected.append((remote_host, remote_port))
        raise OSError

    monkeypatch.setattr(anyio, "connect_tcp", connect)
    live_calls = LiveCalls(Hosts.of(VAPI), Carrier(resolve=Names("8.8.8.8", "2606:4700::1111")))

    assert not await live_calls.transfer(ROOMS, {}, "A moment.")
    assert connected == [("8.8.8.8", 443), ("2606:4700::1111", 443)]
