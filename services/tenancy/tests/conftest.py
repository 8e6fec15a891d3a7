"""One database for the room, organizations of their own for each test."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from uuid import uuid4

import pytest

from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from tenancy.store.organizations import OrganizationStore

NewOrganization = Callable[[], Awaitable[TenantId]]


@pytest.fixture(scope="session")
def service_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture(scope="session")
async def database(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    opened = Database(service_database.app_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def sealer() -> Sealer:
    return Sealer([secrets.token_bytes(KEY_BYTES)])


@pytest.fixture
def new_organization(database: Database) -> NewOrganization:
    """Creates an active organization that no other test knows."""

    async def create() -> TenantId:
        created = await OrganizationStore(database).create(uuid4(), "Lakeside Dental", "America/Chicago")
        return TenantId(created.id)

    return create


@pytest.fixture
def new_number() -> Callable[[], str]:
    """Answers a possible number in E.164 that no other test uses."""
    return lambda: f"+1415{uuid4().int % 10**7:07d}"
