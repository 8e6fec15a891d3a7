"""Posting to a live call: over TLS, to the address that was checked, once, and not for long."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from chassis.deadline import deadline_scope
from chassis.outside.addresses import Address
from chassis.outside.carrier import Carrier
from chassis.testing.outside import Outside, served_outside
from gateway.outside import hosts, live_calls
from gateway.outside.hosts import Hosts
from gateway.outside.live_calls import LEFT_SECONDS, LiveCalls

PATH = "/call-1/control"
BILLING = {"type": "number", "number": "+14155550101"}


@pytest.fixture
async def vapi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Outside]:
    async with served_outside(tmp_path, "live.vapi.ai") as there:
        there.answers(b"")
        monkeypatch.setattr(hosts, "HTTPS", there.port)
        monkeypatch.setattr(hosts, "is_public", lambda _address: True)
        yield there


def calls(vapi: Outside) -> LiveCalls:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [ip_address("127.0.0.1")]

    return LiveCalls(Hosts.of(".vapi.ai"), Carrier(resolve=resolve, trust=vapi.trust))


async def test_a_caller_is_put_through_by_the_name_and_at_the_address_that_was_checked(vapi):
    assert await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")

    [(path, headers)] = vapi.asked
    assert path == PATH
    assert headers["host"] == f"{vapi.host}:{vapi.port}"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
async def test_no_redirect_is_followed(vapi, status):
    vapi.answers(b"", status=status, headers={"Location": vapi.url("/elsewhere")})

    assert not await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")
    assert vapi.connections == 1


@pytest.mark.parametrize(
    "status", ["400 Bad Request", "401 Unauthorized", "404 Not Found", "500 Internal Server Error"]
)
async def test_what_vapi_does_not_take_is_not_done(vapi, status):
    vapi.answers(b'{"message": "no"}', status=status)

    assert not await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")


async def test_an_answer_of_any_size_is_not_read(vapi):
    vapi.answers(b"x" * 3_000_000)

    assert await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")


async def test_who_does_not_answer_is_not_waited_for(vapi, monkeypatch):
    monkeypatch.setattr(live_calls, "MOST_SECONDS", 0.1)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    vapi.answer = never

    assert not await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")


async def test_a_message_without_time_left_asks_nobody(vapi):
    with deadline_scope(LEFT_SECONDS / 2):
        assert not await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment.")

    assert vapi.asked == []


async def test_without_a_url_nobody_is_asked(vapi):
    assert not await calls(vapi).transfer("", BILLING, "A moment.")


async def test_neither_url_nor_words_are_logged(vapi, capsys):
    vapi.answers(b"", status="404 Not Found")
    await calls(vapi).transfer(vapi.url(PATH), BILLING, "A moment, Ana.")
    await calls(vapi).transfer("https://evil.example/secret-call", BILLING, "A moment, Ana.")
    await calls(vapi).transfer(vapi.url(PATH, host="other.vapi.ai"), BILLING, "A moment, Ana.")

    logged = capsys.readouterr().out
    assert logged.count("live call") + logged.count("control URL") == 3
    for private in ("call-1", "secret-call", "evil.example", "Ana", "+14155550101"):
        assert private not in logged


async def test_the_command_is_vapis_own(monkeypatch):
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        bodies.append(await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    here = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        assert await LiveCalls(Hosts.of(here), Carrier()).transfer(f"http://{here}/c/control", BILLING, "Now.")

    assert [json.loads(body) for body in bodies] == [{"type": "transfer", "destination": BILLING, "content": "Now."}]
