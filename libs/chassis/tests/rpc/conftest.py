"""A small server of generated stubs, whose methods do what a test says.

AuthenticateApiKey can be repeated (NO_SIDE_EFFECTS), CreateApiKey cannot; WatchRoutes streams.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any, cast

import grpc
import pytest
import structlog

from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.testing.ports import held_port
from chassis.testing.servers import TestServerSettings
from switchboard.tenancy.v1.api_key_service_pb2 import (
    DESCRIPTOR,
    AuthenticateApiKeyRequest,
    AuthenticateApiKeyResponse,
    CreateApiKeyRequest,
    CreateApiKeyResponse,
)
from switchboard.tenancy.v1.api_key_service_pb2_grpc import (
    ApiKeyServiceServicer,
    ApiKeyServiceStub,
    add_ApiKeyServiceServicer_to_server,
)
from switchboard.tenancy.v1.tenancy_service_pb2 import DESCRIPTOR as TENANCY
from switchboard.tenancy.v1.tenancy_service_pb2 import WatchRoutesRequest, WatchRoutesResponse
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import (
    TenancyServiceServicer,
    TenancyServiceStub,
    add_TenancyServiceServicer_to_server,
)

Behaviour = Callable[[], Awaitable[str | None]]
"""What the method does; the text is answered as `id`."""

Streaming = Callable[[], AsyncGenerator[int, None]]
"""What the streaming method does; each number is sent as `version`, with as much ballast as is asked for."""

Serve = Callable[..., AbstractAsyncContextManager[RpcServer]]
Connect = Callable[..., AbstractAsyncContextManager[RpcClient]]
Ask = Callable[..., Awaitable[str]]
Watch = Callable[..., AbstractAsyncContextManager[AsyncIterator[int]]]

PATIENCE = 30.0
"""Seconds for a call whose deadline is not what a test is about."""


class Keys(ApiKeyServiceServicer):
    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour

    async def CreateApiKey(self, request: CreateApiKeyRequest, context: Any) -> CreateApiKeyResponse:  # noqa: N802  # gRPC's name
        return CreateApiKeyResponse(id=await self._behaviour() or "")

    async def AuthenticateApiKey(  # noqa: N802  # gRPC's name
        self, request: AuthenticateApiKeyRequest, context: Any
    ) -> AuthenticateApiKeyResponse:
        return AuthenticateApiKeyResponse(organization_id=await self._behaviour() or "")


class Routes(TenancyServiceServicer):
    def __init__(self, streaming: Streaming, ballast: str) -> None:
        self._streaming = streaming
        self._ballast = WatchRoutesResponse.Changed(evidence=[ballast])

    async def WatchRoutes(  # noqa: N802  # gRPC's name
        self, request: WatchRoutesRequest, context: Any
    ) -> AsyncGenerator[WatchRoutesResponse, None]:
        async with aclosing(self._streaming()) as numbers:
            async for number in numbers:
                yield WatchRoutesResponse(version=number, changed=self._ballast)


async def nothing() -> None:
    pass


async def no_messages() -> AsyncGenerator[int, None]:
    for number in ():
        yield number


@pytest.fixture
def serve() -> Serve:
    """`async with serve(behaviour, streaming, **settings) as server:` a server that listens."""

    @asynccontextmanager
    async def serving(
        behaviour: Behaviour = nothing, streaming: Streaming = no_messages, *, ballast: str = "", **settings: Any
    ) -> AsyncIterator[RpcServer]:
        server = RpcServer(TestServerSettings(**settings), domain="test.switchboard")
        full_name = DESCRIPTOR.services_by_name["ApiKeyService"].full_name
        server.add(full_name, Keys(behaviour), add_ApiKeyServiceServicer_to_server)
        full_name = TENANCY.services_by_name["TenancyService"].full_name
        server.add(full_name, Routes(streaming, ballast), add_TenancyServiceServicer_to_server)
        await server.start()
        try:
            yield server
        finally:
            await server.stop(grace=0)

    return serving


@pytest.fixture
def connect() -> Connect:
    """`async with connect(address, token_file=) as client:` a client that is closed at the end."""

    @asynccontextmanager
    async def connected(address: RpcServer | str, **options: Any) -> AsyncIterator[RpcClient]:
        where = address if isinstance(address, str) else f"127.0.0.1:{address.port}"
        client = RpcClient(where, **options)
        try:
            yield client
        finally:
            await client.close()

    return connected


@pytest.fixture
def ask() -> Ask:
    """`await ask(client)`: one call; the text the behaviour answered."""

    async def asking(client: RpcClient, *, timeout: float | None = PATIENCE, call_id: str | None = None) -> str:
        method: Any = client.stub(ApiKeyServiceStub).AuthenticateApiKey
        reply = await method(AuthenticateApiKeyRequest(), timeout=timeout, call_id=call_id)
        return str(reply.organization_id)

    return asking


@pytest.fixture
def watch() -> Watch:
    """`async with watch(client) as numbers:` one stream; the numbers that are sent on it."""

    @asynccontextmanager
    async def watching(client: RpcClient, *, timeout: float | None = None) -> AsyncIterator[AsyncIterator[int]]:
        method: Any = client.stub(TenancyServiceStub).WatchRoutes
        async with aclosing(method(WatchRoutesRequest(), timeout=timeout)) as messages:
            yield (message.version async for message in messages)

    return watching


@pytest.fixture
def create() -> Ask:
    """`await create(client)`: one call of the method that cannot be repeated."""

    async def creating(client: RpcClient) -> str:
        method: Any = client.stub(ApiKeyServiceStub).CreateApiKey
        return str((await method(CreateApiKeyRequest(), timeout=PATIENCE)).id)

    return creating


@pytest.fixture
async def raw_channel() -> AsyncIterator[Callable[[RpcServer], grpc.aio.Channel]]:
    """Plain gRPC, for what our client never does."""
    channels: list[grpc.aio.Channel] = []

    def opened(server: RpcServer) -> grpc.aio.Channel:
        channels.append(grpc.aio.insecure_channel(f"127.0.0.1:{server.port}"))
        return channels[-1]

    yield opened
    await asyncio.gather(*(channel.close() for channel in channels))


@pytest.fixture
def log_lines() -> Iterator[list[dict[str, Any]]]:
    """What is logged with structlog, with the ids bound at that moment."""
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        yield cast("list[dict[str, Any]]", lines)


@pytest.fixture
def free_port() -> Iterator[int]:
    with held_port() as port:
        yield port
