"""A service's real gRPC server, in this process, for tests that talk to it through its real stub."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.settings import ServerSettings


class TestServerSettings(ServerSettings):
    """A server on a free port of loopback that asks nobody who they are."""

    __test__ = False

    listen_addr: str = "127.0.0.1:0"
    database_url: str = ""
    allow_unauthenticated_grpc: bool = True


@asynccontextmanager
async def served(add_services: Callable[[RpcServer], None], *, domain: str) -> AsyncIterator[RpcClient]:
    """Serve what `add_services` adds; yields a client connected to it."""
    server = RpcServer(TestServerSettings(), domain=domain)
    add_services(server)
    await server.start()
    client = RpcClient(f"127.0.0.1:{server.port}")
    try:
        yield client
    finally:
        await client.close()
        await server.stop(grace=0.5)
