import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from chassis.database.engine import Database
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase


@pytest.fixture(scope="session")
def service_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    """Any service's will do; booking's has tenant tables."""
    with provide_database("booking") as database:
        yield database


@pytest.fixture
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """A pool of its own for each test, as the application role."""
    database = Database(service_database.app_url, pool_size=4)
    yield database
    await database.close()


@pytest.fixture
async def superuser(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


class Relay:
    """Between a client and PostgreSQL: counts what the client sends; muted, neither hears the other any more."""

    def __init__(self) -> None:
        self.url = ""
        self.sent = 0
        self._flowing = asyncio.Event()
        self._flowing.set()

    def mute(self) -> None:
        self._flowing.clear()

    async def start(self, url: str) -> asyncio.Server:
        target = make_url(url)

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            far_reader, far_writer = await asyncio.open_connection(target.host, target.port)
            await asyncio.gather(self._pass_on(reader, far_writer, 1), self._pass_on(far_reader, writer, 0))

        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        self.url = target.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        return server

    async def stop(self, server: asyncio.Server) -> None:
        self._flowing.set()
        server.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counts: int) -> None:
        while received := await reader.read(65536):
            self.sent += counts
            await self._flowing.wait()
            writer.write(received)
        writer.close()


@pytest.fixture
async def relay(service_database: ServiceDatabase) -> AsyncIterator[Relay]:
    """Its `url` leads to the service's database, as the application role."""
    relay = Relay()
    server = await relay.start(service_database.app_url)
    yield relay
    await relay.stop(server)
