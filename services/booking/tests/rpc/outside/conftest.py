from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from booking.app import DOMAIN, add_calendars_outside, add_services
from booking.domain.outside.refresh_busy_times import RefreshBusyTimes
from booking.store.busy_sources import BusySourceStore
from booking.store.feeds import FeedStore
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.rpc.client import RpcClient
from chassis.rpc.server import RpcServer
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.rpc.outside.clinic import Clinic, Outside, open_clinic


@pytest.fixture(autouse=True)
async def nothing_is_due(service_database: ServiceDatabase) -> None:
    """Who reads calendars outside reads those of all organizations, other tests' too."""
    connection = await asyncpg.connect(service_database.superuser_url)
    await connection.execute("DELETE FROM booking.busy_sources")
    await connection.close()


@pytest.fixture
def sources(database: Database) -> BusySourceStore:
    return BusySourceStore(database, Sealer([bytes(32)]))


@pytest.fixture
def calendars_outside() -> Outside:
    return Outside()


@pytest.fixture
def refresh(sources: BusySourceStore, calendars_outside: Outside, clock: StoppedClock) -> RefreshBusyTimes:
    return RefreshBusyTimes(sources, calendars_outside, clock)


@pytest.fixture
async def client(
    store: PostgresStore, database: Database, sources: BusySourceStore, refresh: RefreshBusyTimes, clock: StoppedClock
) -> AsyncIterator[RpcClient]:
    def add_everything(server: RpcServer) -> None:
        add_services(server, store, clock)
        add_calendars_outside(server, FeedStore(database), sources, refresh, clock)

    async with served(add_everything, domain=DOMAIN, caller="gateway") as client:
        yield client


@pytest.fixture
async def clinic(
    client: RpcClient, organization: TenantId, calendars_outside: Outside, refresh: RefreshBusyTimes
) -> Clinic:
    return await open_clinic(client, organization, calendars_outside, refresh)


@pytest.fixture
async def neighbour(client: RpcClient, calendars_outside: Outside, refresh: RefreshBusyTimes) -> Clinic:
    return await open_clinic(client, TenantId(uuid4()), calendars_outside, refresh)
