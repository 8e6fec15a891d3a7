"""Queries keep organizations apart by themselves: row security is the net, not the rope."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import asyncpg
import pytest

from chassis.database.engine import Database
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from tenancy.domain.errors import AssistantTaken, PhoneNumberTaken
from tenancy.store.assistants import AssistantStore
from tenancy.store.organizations import OrganizationStore
from tenancy.store.phone_numbers import PhoneNumberStore

EVERY_TABLE_OFF = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'tenancy' LOOP
    EXECUTE format('ALTER TABLE tenancy.%I DISABLE ROW LEVEL SECURITY', name);
  END LOOP;
END
$$
"""


@pytest.fixture(scope="module")
def another_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture
async def unguarded(another_database: ServiceDatabase) -> AsyncIterator[Database]:
    """Tenancy's database without row security."""
    superuser = await asyncpg.connect(another_database.superuser_url)
    await superuser.execute(EVERY_TABLE_OFF)
    await superuser.close()
    opened = Database(another_database.app_url)
    yield opened
    await opened.close()


async def test_the_queries_keep_organizations_apart_even_where_row_security_is_off(unguarded: Database):
    numbers, assistants = PhoneNumberStore(unguarded), AssistantStore(unguarded)
    holder, other = [
        TenantId((await OrganizationStore(unguarded).create(uuid4(), "Harbor Clinic", "America/New_York")).id)
        for _ in range(2)
    ]
    number, assistant_id = "+14155550100", uuid4()
    mapped = await numbers.map(holder, number, {"clinic_name": "Front desk"})
    await assistants.register(holder, assistant_id)
    with pytest.raises(PhoneNumberTaken):
        await numbers.map(other, number, {"clinic_name": "Mine now"})
    with pytest.raises(AssistantTaken):
        await assistants.register(other, assistant_id)
    assert (await numbers.list(holder), await numbers.list(other)) == ([mapped], [])
