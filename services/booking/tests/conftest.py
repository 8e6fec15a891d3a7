"""Booking's own database for the whole run; organizations keep the tests apart."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.rpc.client import RpcClient
from chassis.tenant import TenantId
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.servers import served

PATIENCE = 30.0
"""Seconds until a test that waits in vain is given up."""


@pytest.fixture(scope="session")
def service_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("booking") as database:
        yield database


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    database = Database(service_database.app_url, pool_size=20)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def store(database: Database) -> PostgresStore:
    return PostgresStore(database, Sealer([bytes(KEY_BYTES)]))


@pytest.fixture
def clock() -> StoppedClock:
    """Monday, November 30th 2026, noon in New York."""
    return StoppedClock(datetime(2026, 11, 30, 17, 0, tzinfo=UTC))


@pytest.fixture
def organization() -> TenantId:
    return TenantId(uuid4())


@pytest.fixture
async def booking(store: PostgresStore, clock: StoppedClock) -> AsyncIterator[RpcClient]:
    async with served(lambda server: add_services(server, store, clock), domain=DOMAIN) as client:
        yield client
