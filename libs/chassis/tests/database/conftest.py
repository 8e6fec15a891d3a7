from collections.abc import AsyncIterator, Iterator

import pytest

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
