"""Who sends slowly, at length, or comes in numbers is cut off, is told why where that is possible, and hurts nobody."""

import asyncio
import json
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from gateway.app import build
from gateway.backends import Backends
from gateway.http.connection import Bounds
from gateway.lifecycle import Lifecycle
from services.gateway.tests.conftest import PATIENCE, SECRET, over_http

SHORT = Bounds(header_seconds=0.4, body_seconds=0.6, parting_seconds=0.2)
EVENT = {"message": {"type": "hang"}}
GET = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"
POST = b"POST /api/vapi/webhook HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"


@asynccontextmanager
async def bounded(settings, bounds):
    """A gateway without services."""
    backends = Backends.open(settings)
    async with over_http(build(settings, backends, Lifecycle()), bounds) as http:
        yield http
    await backends.close()


@pytest.fixture
async def gateway(settings):
    async with bounded(settings, SHORT) as http:
        yield http


@asynccontextmanager
async def connection(gateway):
    reader, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def rest(reader):
    """All that comes until the connection ends, in whatever way: what came before is kept."""
    received = b""
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            while part := await reader.read(65536):
                received += part
    return received


async def trickle(gateway, begun, drop=b"x"):
    """Sends `begun`, then a drop now and then, until the connection is cut; answers what was said to that."""
    async with connection(gateway) as (reader, writer):
        writer.write(begun)
        ended = asyncio.ensure_future(rest(reader))
        while not ended.done():
            await asyncio.wait([ended], timeout=0.05)
            with suppress(OSError):
                writer.write(drop)
        return ended.result()


def problem(answer):
    """Its status and code; all of it is in the form of every problem."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status = int(head.split(b" ")[1])
    assert b"content-type: application/problem+json" in head
    assert b"x-content-type-options: nosniff" in head
    told = json.loads(body)
    assert told["status"] == status
    return status, told["code"]


async def answered(reader, writer, request=GET):
    """Sends a request that is answered, after which the connection is idle."""
    writer.write(request)
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b'{"status":"alive"}')).startswith(b"HTTP/1.1 200 ")


async def test_headers_that_trickle_are_cut_off(gateway):
    assert problem(await trickle(gateway, POST + b"x-slow: ")) == (408, "HEADERS_TOO_SLOW")


async def test_a_body_that_trickles_is_cut_off(gateway):
    assert problem(await trickle(gateway, POST + b"content-length: 100000\r\n\r\n{")) == (408, "BODY_TOO_SLOW")


async def test_a_body_of_which_no_more_comes_is_cut_off(gateway):
    async with connection(gateway) as (reader, writer):
        writer.write(POST + b'content-length: 100000\r\n\r\n{"message":')
        assert problem(await rest(reader)) == (408, "BODY_TOO_SLOW")


async def test_a_body_in_chunks_that_trickles_is_cut_off(gateway):
    slow = trickle(gateway, POST + b"transfer-encoding: chunked\r\n\r\n", drop=b"1\r\nx\r\n")
    assert problem(await slow) == (408, "BODY_TOO_SLOW")


async def test_a_body_that_nobody_reads_does_not_keep_a_connection_open(gateway):
    answer = await trickle(gateway, b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 404 ")


async def test_a_connection_on_which_nothing_comes_is_cut_off(gateway):
    async with connection(gateway) as (reader, _):
        assert await rest(reader) == b""


async def test_empty_lines_are_no_beginning_of_a_request(gateway):
    assert await trickle(gateway, b"\r\n", drop=b"\r\n") == b""


async def test_the_headers_of_a_later_request_must_come_in_time_too(gateway):
    async with connection(gateway) as (reader, writer):
        await answered(reader, writer)
        writer.write(b"GET /health HTTP/1.1\r\nx-slow: ")
        assert problem(await rest(reader)) == (408, "HEADERS_TOO_SLOW")


async def test_empty_lines_after_an_answer_do_not_keep_a_connection_open(gateway):
    async with connection(gateway) as (reader, writer):
        await answered(reader, writer)
        writer.write(b"\r\n")
        assert problem(await rest(reader)) == (408, "HEADERS_TOO_SLOW")


async def test_requests_on_one_connection_each_have_their_own_time(gateway):
    async with httpx.AsyncClient(base_url=gateway.base_url, limits=httpx.Limits(max_connections=1)) as http:
        for _ in range(4):
            assert (await http.get("/health")).status_code == 200
            await asyncio.sleep(SHORT.header_seconds / 2)


@pytest.mark.parametrize(
    "request_head",
    [
        b"GET /health HTTP/1.1\r\n" + b"x-long: " + b"y" * 17_000 + b"\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + b"x-many: y\r\n" * 1_600 + b"\r\n",
        b"GET /health?" + b"y" * 17_000 + b" HTTP/1.1\r\n\r\n",
        b"GET /health HTTP/1.1\r\n" + b"x-endless: " + b"y" * 300_000,
    ],
    ids=["a long one", "many", "a long URL", "one without an end"],
)
async def test_headers_beyond_16_kib_are_refused(gateway, request_head):
    async with connection(gateway) as (reader, writer):
        writer.write(request_head)
        assert problem(await rest(reader)) == (431, "HEADERS_TOO_LARGE")


async def test_headers_of_just_16_kib_are_read(gateway):
    answer = await gateway.get("/health", headers={"x-long": "y" * 16_000})
    assert answer.status_code == 200


async def test_what_is_no_http_is_a_problem_too(gateway):
    async with connection(gateway) as (reader, writer):
        writer.write(b"\x16\x03\x01 not http\r\n\r\n")
        assert problem(await rest(reader)) == (400, "NOT_HTTP")


async def test_more_connections_than_there_may_be_are_refused(settings):
    async with (
        bounded(settings, Bounds(connections=2)) as gateway,
        connection(gateway),
        connection(gateway),
        connection(gateway) as (reader, _),
    ):
        assert problem(await rest(reader)) == (503, "TOO_MANY_CONNECTIONS")


@asynccontextmanager
async def idle_connection(gateway):
    async with connection(gateway) as (reader, writer):
        await answered(reader, writer)
        yield reader, writer


async def test_where_there_are_as_many_connections_as_may_be_the_longest_idle_one_makes_room(settings):
    async with (
        bounded(settings, Bounds(connections=3)) as gateway,
        idle_connection(gateway) as used_again,
        idle_connection(gateway) as longest,
        idle_connection(gateway) as other,
    ):
        await answered(*used_again)
        async with idle_connection(gateway) as new:
            assert await rest(longest[0]) == b""
            for still_open in (other, used_again, new):
                await answered(*still_open)


async def test_an_idle_connection_that_has_ended_makes_no_room(settings):
    async with bounded(settings, Bounds(connections=1)) as gateway:
        async with idle_connection(gateway):
            pass
        async with connection(gateway), connection(gateway) as (refused, _):
            assert problem(await rest(refused)) == (503, "TOO_MANY_CONNECTIONS")


async def test_idle_connections_lock_nobody_out(settings):
    async with bounded(settings, Bounds(connections=10)) as gateway, AsyncExitStack() as connections:
        for _ in range(100):
            await connections.enter_async_context(idle_connection(gateway))


@pytest.mark.parametrize("begun", [GET[:10], POST + b"content-length: 100\r\n\r\n{"], ids=["headers", "body"])
async def test_a_connection_with_a_request_begun_makes_no_room(settings, begun):
    async with bounded(settings, Bounds(connections=1)) as gateway, connection(gateway) as (reader, writer):
        await answered(reader, writer, GET + begun)  # in one piece: once one is answered the other has been read
        async with connection(gateway) as (refused, _):
            assert problem(await rest(refused)) == (503, "TOO_MANY_CONNECTIONS")


async def test_a_connection_with_a_request_unanswered_makes_no_room():
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def answer(_request):
        asked.set()
        await may_answer.wait()
        return JSONResponse({"status": "alive"})

    app = Starlette(routes=[Route("/health", answer), Route("/openapi.json", lambda _: JSONResponse({"paths": {}}))])
    async with over_http(app, Bounds(connections=1)) as http, connection(http) as (reader, writer):
        asking = asyncio.create_task(answered(reader, writer))
        await asked.wait()
        async with connection(http) as (refused, _):
            assert problem(await rest(refused)) == (503, "TOO_MANY_CONNECTIONS")
        may_answer.set()
        await asking


async def test_an_answer_that_nobody_reads_does_not_keep_a_connection_open():
    given_up = asyncio.Event()

    async def endless():
        try:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)
        finally:
            given_up.set()

    async def answer(_request):
        return StreamingResponse(endless())

    app = Starlette(routes=[Route("/", answer), Route("/openapi.json", lambda _: JSONResponse({"paths": {}}))])
    async with over_http(app, Bounds(reading_seconds=0.2)) as http, connection(http) as (reader, writer):
        reader._transport.pause_reading()  # or asyncio reads on by itself
        writer.write(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            await given_up.wait()


async def test_500_that_trickle_are_all_cut_off_and_others_are_answered_meanwhile(settings):
    bounds = Bounds(header_seconds=2.0, body_seconds=2.0, parting_seconds=1.0)
    async with bounded(settings, bounds) as gateway, AsyncExitStack() as connections:
        slow = []
        for number in range(500):
            slow.append(await connections.enter_async_context(connection(gateway)))
            slow[-1][1].write(POST + (b"x-slow: " if number % 2 else b"content-length: 100000\r\n\r\n{"))
        ended = asyncio.gather(*(rest(reader) for reader, _ in slow))
        answered = 0
        while not ended.done():
            for _, writer in slow:
                with suppress(OSError):
                    writer.write(b"x")
            answer = await gateway.post("/api/vapi/webhook", json=EVENT, headers={"X-Vapi-Secret": SECRET})
            assert (answer.status_code, answer.content) == (200, b"{}")
            answered += 1
    # All of them have ended. Whom this machine kept from reading it in time was told nothing; the others were told why.
    told = {problem(answer) for answer in await ended if answer}
    assert told == {(408, "HEADERS_TOO_SLOW"), (408, "BODY_TOO_SLOW")}
    assert answered > 1
