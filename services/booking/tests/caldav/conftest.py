from collections.abc import AsyncIterator, Iterator, Sequence
from ipaddress import ip_address

import asyncpg
import pytest

from booking.app import DOMAIN, add_calendars_outside, add_connections, add_services
from booking.caldav.collections import CaldavCollections
from booking.domain.outside.keep_in_step import KeepInStep
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.ics.reach import ANYWHERE, CheckedTransport
from booking.store.busy_sources import BusySourceStore
from booking.store.connections import ConnectionStore
from booking.store.feeds import FeedStore
from booking.store.mirrors import MirrorStore
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.outside.addresses import Address
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.caldav.faults import Line
from services.booking.tests.caldav.practice import Practice, open_practice
from services.booking.tests.caldav.radicale import Radicale, radicale
from services.booking.tests.rpc.outside.clinic import Outside


async def here(_host: str, _port: int) -> Sequence[Address]:
    return [ip_address("127.0.0.1")]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as server:
        yield server


@pytest.fixture(autouse=True)
async def nothing_is_due(service_database: ServiceDatabase) -> None:
    """Who works on connections works on those of all organizations, other tests' too."""
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("DELETE FROM booking.caldav_connections")
    await connection.close()


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([bytes(32)])


@pytest.fixture
def line(server: Radicale) -> Line:
    return Line(lambda: CheckedTransport(ANYWHERE, resolve=here, trust=server.trust))


@pytest.fixture
def collections(line: Line) -> CaldavCollections:
    """As patient as a busy machine needs."""
    return CaldavCollections(line, seconds=120)


@pytest.fixture
def keeper(database: Database, sealer: Sealer, collections: CaldavCollections, clock: StoppedClock) -> KeepInStep:
    return KeepInStep(MirrorStore(database, sealer), collections, clock, lambda: 0.0)


@pytest.fixture
async def client(
    store: PostgresStore, database: Database, sealer: Sealer, keeper: KeepInStep, clock: StoppedClock
) -> AsyncIterator[RpcClient]:
    sources = BusySourceStore(database, sealer)

    def add_everything(server: RpcServer) -> None:
        add_services(server, store, clock)
        add_calendars_outside(server, FeedStore(database), sources, RefreshBusyTimes(sources, Outside(), clock), clock)
        add_connections(server, ConnectionStore(database, sealer), keeper, clock)

    async with served(add_everything, domain=DOMAIN, caller="gateway") as client:
        yield client


@pytest.fixture
async def practice(
    client: RpcClient, organization: TenantId, clock: StoppedClock, server: Radicale, keeper: KeepInStep
) -> Practice:
    return await open_practice(client, organization, clock, await server.calendar(), keeper)
