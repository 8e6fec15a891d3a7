"""A service's real gRPC server, in this process, for tests that talk to it through its real stub."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from chassis.rpc.callers import CALLERS
from chassis.rpc.client import RpcClient
from chassis.rpc.credentials import token_digest
from chassis.rpc.server import RpcServer
from chassis.settings import ServerSettings

ClientOf = Callable[[str], RpcClient]
"""A client that proves to be the caller of this name."""


class TestServerSettings(ServerSettings):
    """A server on a free port of loopback that asks nobody who they are."""

    __test__ = False

    listen_addr: str = "127.0.0.1:0"
    database_url: str = ""
    allow_unauthenticated_grpc: bool = True


@asynccontextmanager
async def served(
    add_services: Callable[[RpcServer], None], *, domain: str, caller: str | None = None
) -> AsyncIterator[RpcClient]:
    """Serve what `add_services` adds; yields a client connected to it, as `caller` or, on loopback, as nobody."""
    if caller is not None:
        async with served_to_callers(add_services, domain=domain) as client_of:
            yield client_of(caller)
        return
    async with _running(add_services, TestServerSettings(), domain) as server:
        client = RpcClient(f"127.0.0.1:{server.port}")
        try:
            yield client
        finally:
            await client.close()


@asynccontextmanager
async def served_to_callers(add_services: Callable[[RpcServer], None], *, domain: str) -> AsyncIterator[ClientOf]:
    """Serve likewise, but to callers with a credential: yields what makes a client that is one of CALLERS."""
    async with AsyncExitStack() as stack:
        tokens = Path(stack.enter_context(TemporaryDirectory()))
        for caller in CALLERS:
            (tokens / caller).write_text(f"token of {caller}")
        credentials = tokens / "credentials"
        credentials.write_text("\n".join(f"{caller} {token_digest(f'token of {caller}')}" for caller in CALLERS))
        settings = TestServerSettings(allow_unauthenticated_grpc=False, service_credentials_file=str(credentials))
        server = await stack.enter_async_context(_running(add_services, settings, domain))

        def client_of(caller: str) -> RpcClient:
            client = RpcClient(f"127.0.0.1:{server.port}", token_file=str(tokens / caller))
            stack.push_async_callback(client.close)
            return client

        yield client_of


@asynccontextmanager
async def _running(
    add_services: Callable[[RpcServer], None], settings: ServerSettings, domain: str
) -> AsyncIterator[RpcServer]:
    server = RpcServer(settings, domain=domain)
    add_services(server)
    await server.start()
    try:
        yield server
    finally:
        await server.stop(grace=0.5)
