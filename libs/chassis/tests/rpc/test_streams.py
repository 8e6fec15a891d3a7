"""A method that answers with a stream, and what is done around it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from chassis.deadline import deadline_scope, remaining
from chassis.errors import DeadlineTooShort, DomainError, Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.rpc.credentials import token_digest
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId, current_tenant, tenant_scope
from switchboard.tenancy.v1.tenancy_service_pb2 import WatchRoutesRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub

RawChannel = Callable[[RpcServer], grpc.aio.Channel]
SECRET = "Ana Exempla"
WATCH = "/switchboard.tenancy.v1.TenancyService/WatchRoutes"


class Odd(DomainError, kind=Kind.UNAVAILABLE, reason="ODD"):
    pass


async def three() -> AsyncGenerator[int, None]:
    for number in (1, 2, 3):
        yield number


class Endless:
    """Sends 1 and then nothing more until it is ended."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()

    async def __call__(self) -> AsyncGenerator[int, None]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            self.ended.set()


async def state_of(numbers: AsyncIterator[int]) -> tuple[Kind, str]:
    with pytest.raises(RemoteError) as caught:
        await anext(numbers)
    return caught.value.kind, caught.value.reason


async def end_of(call: Any) -> grpc.StatusCode | None:
    """Of a plain call, which is told its end when all that was sent before is read."""
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        async with asyncio.timeout(30):
            while await call.read() is not grpc.aio.EOF:
                pass
    return ended.value.code()


@pytest.fixture
def credentials(tmp_path: Path) -> str:
    path = tmp_path / "credentials"
    path.write_text(f"gateway {token_digest('one')}\n")
    return str(path)


async def test_messages_arrive_in_order_and_then_the_stream_ends(serve: Any, connect: Any, watch: Any) -> None:
    async with serve(streaming=three) as server, connect(server) as client, watch(client) as numbers:
        assert [number async for number in numbers] == [1, 2, 3]


async def test_a_stream_has_tenant_and_deadline_of_its_caller_to_its_end(serve: Any, connect: Any, watch: Any) -> None:
    tenant = TenantId(uuid4())

    async def whose() -> AsyncGenerator[int, None]:
        for _ in range(2):
            assert current_tenant() == tenant
            left = remaining()
            assert left is not None
            yield int(left)

    async with serve(streaming=whose) as server, connect(server) as client:
        with tenant_scope(tenant):
            async with watch(client, timeout=3600) as numbers:
                first, second = [number async for number in numbers]
    assert 3000 < second <= first <= 3600


async def test_a_stream_needs_no_deadline(serve: Any, connect: Any, watch: Any) -> None:
    async def seconds_left() -> AsyncGenerator[int, None]:
        assert remaining() is None
        yield 1

    async with serve(streaming=seconds_left) as server, connect(server) as client, watch(client) as numbers:
        assert await anext(numbers) == 1


async def test_a_stream_ends_at_its_deadline(serve: Any, connect: Any, ask: Any, watch: Any) -> None:
    endless = Endless()
    async with serve(streaming=endless) as server, connect(server) as client:
        await ask(client)  # or to connect takes its part of the deadline
        async with watch(client, timeout=1) as numbers:
            assert await anext(numbers) == 1
            assert await state_of(numbers) == (Kind.DEADLINE, "DEADLINE_EXCEEDED")
            await endless.ended.wait()


async def test_with_too_little_left_no_stream_is_opened(serve: Any, connect: Any, watch: Any) -> None:
    async with serve(streaming=three) as server, connect(server) as client:
        with deadline_scope(0), pytest.raises(DeadlineTooShort):
            async with watch(client):
                pass


async def test_a_state_in_the_middle_of_a_stream_arrives_as_that_state(serve: Any, connect: Any, watch: Any) -> None:
    async def breaking() -> AsyncGenerator[int, None]:
        yield 1
        raise Odd(number="2")

    async with serve(streaming=breaking) as server, connect(server) as client, watch(client) as numbers:
        assert await anext(numbers) == 1
        with pytest.raises(RemoteError) as caught:
            await anext(numbers)
    assert (caught.value.kind, caught.value.reason, caught.value.metadata) == (Kind.UNAVAILABLE, "ODD", {"number": "2"})


async def test_an_exceptions_text_does_not_leave_in_the_middle_of_a_stream(serve: Any, raw_channel: RawChannel) -> None:
    async def breaking() -> AsyncGenerator[int, None]:
        yield 1
        raise ValueError(SECRET)

    async with serve(streaming=breaking) as server:
        call = raw_channel(server).unary_stream(WATCH)(b"")
        await call.read()
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert caught.value.code() is grpc.StatusCode.INTERNAL
    assert SECRET not in repr(caught.value)


@pytest.mark.parametrize(
    ("headers", "code"),
    [(None, grpc.StatusCode.UNAUTHENTICATED), (("authorization", "Bearer one"), grpc.StatusCode.INVALID_ARGUMENT)],
)
async def test_nobody_unknown_opens_a_stream_and_none_of_their_bytes_are_read(
    serve: Any, raw_channel: RawChannel, credentials: str, headers: tuple[str, str] | None, code: grpc.StatusCode
) -> None:
    begun = asyncio.Event()

    async def noticed() -> AsyncGenerator[int, None]:
        begun.set()
        yield 1

    settings = {"service_credentials_file": credentials, "allow_unauthenticated_grpc": False}
    async with serve(streaming=noticed, **settings) as server:
        call = raw_channel(server).unary_stream(WATCH)(b"\xff\xff", metadata=(headers,) if headers else ())
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call.read()
    assert caught.value.code() is code
    assert not begun.is_set()


async def test_a_client_that_leaves_the_block_ends_the_stream(serve: Any, connect: Any, watch: Any) -> None:
    endless = Endless()
    async with serve(streaming=endless) as server, connect(server) as client:
        async with watch(client) as numbers:
            await anext(numbers)
        await endless.ended.wait()


async def test_a_client_that_is_cancelled_while_it_waits_ends_the_stream(serve: Any, connect: Any, watch: Any) -> None:
    endless, waiting = Endless(), asyncio.Event()

    async def following(client: RpcClient) -> None:
        async with watch(client) as numbers:
            await anext(numbers)
            waiting.set()
            await anext(numbers)

    async with serve(streaming=endless) as server, connect(server) as client:
        task = asyncio.create_task(following(client))
        await waiting.wait()
        task.cancel()
        await endless.ended.wait()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_server_that_stops_ends_its_streams_and_says_so(serve: Any, connect: Any, watch: Any) -> None:
    endless = Endless()
    async with serve(streaming=endless) as server, connect(server) as client, watch(client) as numbers:
        await anext(numbers)
        async with asyncio.timeout(30):
            await server.stop(grace=60)
        assert await state_of(numbers) == (Kind.UNAVAILABLE, "SERVER_STOPPING")
        assert endless.ended.is_set()


async def test_a_running_call_may_still_end_when_streams_were_ended(
    serve: Any, connect: Any, ask: Any, watch: Any
) -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        begun.set()
        await may_end.wait()
        return "done"

    endless = Endless()
    async with serve(slow, endless) as server, connect(server) as client, watch(client) as numbers:
        await anext(numbers)
        call = asyncio.create_task(ask(client, timeout=30))
        await begun.wait()
        stopping = asyncio.create_task(server.stop(grace=60))
        await endless.ended.wait()
        may_end.set()
        assert await call == "done"
        await stopping


async def test_nobody_who_watches_health_or_asks_for_rpcs_holds_up_a_stop(serve: Any, raw_channel: RawChannel) -> None:
    asked = [reflection_pb2.ServerReflectionRequest(list_services="")]

    async def open_end() -> AsyncIterator[reflection_pb2.ServerReflectionRequest]:
        for request in asked:
            yield request
        await asyncio.Event().wait()

    async with serve(grpc_reflection=True) as server:
        channel = raw_channel(server)
        health = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        listing = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(open_end())
        assert (await health.read()).status == health_pb2.HealthCheckResponse.SERVING
        await listing.read()
        async with asyncio.timeout(30):
            await server.stop(grace=60)
        assert [await end_of(call) for call in (health, listing)] == [grpc.StatusCode.UNAVAILABLE] * 2


async def test_a_stream_is_ended_while_its_first_message_is_on_its_way(serve: Any, raw_channel: RawChannel) -> None:
    sending = asyncio.Event()

    async def endless() -> AsyncGenerator[int, None]:
        sending.set()
        yield 1
        await asyncio.Event().wait()

    async with serve(streaming=endless, ballast="x" * 1_000_000) as server:
        call = raw_channel(server).unary_stream(WATCH)(b"")
        await sending.wait()
        server._streams.end()
        assert await end_of(call) is grpc.StatusCode.UNAVAILABLE


async def test_a_stream_that_is_opened_while_a_server_stops_is_ended_at_once(
    serve: Any, connect: Any, watch: Any
) -> None:
    async with serve(streaming=Endless()) as server, connect(server) as client:
        server._streams.end()
        async with watch(client, timeout=30) as numbers:
            assert await state_of(numbers) == (Kind.UNAVAILABLE, "SERVER_STOPPING")


async def test_a_methods_own_timeout_is_not_taken_for_the_servers_stop(serve: Any, connect: Any, watch: Any) -> None:
    async def impatient() -> AsyncGenerator[int, None]:
        yield 1
        raise TimeoutError

    async with serve(streaming=impatient) as server, connect(server) as client, watch(client) as numbers:
        await anext(numbers)
        assert (await state_of(numbers))[0] is Kind.INTERNAL


async def test_the_line_about_a_stream_is_written_at_its_end(
    serve: Any, connect: Any, watch: Any, log_lines: list[dict[str, Any]]
) -> None:
    async with serve(streaming=three) as server, connect(server) as client, watch(client) as numbers:
        assert [number async for number in numbers] == [1, 2, 3]

    (line,) = (line for line in log_lines if line["event"] == "rpc")
    assert (line["method"], line["code"]) == (WATCH, "OK")


async def test_a_stub_of_ours_sends_no_stream(connect: Any) -> None:
    async with connect("127.0.0.1:1") as client:
        with pytest.raises(TypeError, match="ServerReflectionInfo takes a stream"):
            client.stub(reflection_pb2_grpc.ServerReflectionStub)


async def test_a_stream_that_is_never_read_can_be_closed(serve: Any, connect: Any) -> None:
    async with serve(streaming=Endless()) as server, connect(server) as client:
        method: Any = client.stub(TenancyServiceStub).WatchRoutes
        async with aclosing(method(WatchRoutesRequest())):
            pass
