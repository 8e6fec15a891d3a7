"""No organization sees another's rows, and the tests that say so can tell."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from chassis.database.engine import Database
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.row_security import assert_catalogue_is_sound, assert_tenants_are_isolated
from tenancy.domain.errors import AssistantTaken, PhoneNumberTaken
from tenancy.store.api_keys import ApiKeyStore
from tenancy.store.assistants import AssistantStore
from tenancy.store.organizations import OrganizationStore
from tenancy.store.phone_numbers import PhoneNumberStore

TENANT_COLUMNS = {"organizations": "id"}

ONE_OWNER_ACROSS_ORGANIZATIONS = {
    "one_organization_per_number",
    "one_organization_per_vapi_phone_number_id",
    "one_organization_per_assistant",
    "one_organization_per_api_key",
}

ACROSS_ORGANIZATIONS = {
    "create_organization(uuid, text, text)",
    "get_organization(uuid)",
    "list_organizations(uuid, integer)",
    "owner_of_api_key(bytea)",
    "owners_of_evidence(text[], uuid[], uuid[], uuid[], timestamp with time zone)",
}


async def check_isolation(database: ServiceDatabase) -> None:
    await assert_tenants_are_isolated(database, "tenancy", tenant_columns=TENANT_COLUMNS)


async def check_catalogue(database: ServiceDatabase) -> None:
    await assert_catalogue_is_sound(
        database,
        "tenancy",
        ONE_OWNER_ACROSS_ORGANIZATIONS,
        listed_functions=ACROSS_ORGANIZATIONS,
        tenant_columns=TENANT_COLUMNS,
    )


async def seed(database: Database) -> None:
    """A row in every table."""
    tenant = TenantId((await OrganizationStore(database).create(uuid4(), "Lakeside Dental", "America/Chicago")).id)
    await PhoneNumberStore(database).map(tenant, f"+1415{tenant.int % 10**7:07d}", {"vapi_phone_number_id": uuid4()})
    await AssistantStore(database).register(tenant, uuid4())
    await ApiKeyStore(database).add(tenant, uuid4(), "billing", uuid4().bytes * 2)


async def test_no_verb_reaches_another_organizations_rows_in_any_table(
    database: Database, service_database: ServiceDatabase
):
    await seed(database)
    await check_isolation(service_database)


async def test_the_catalogue_promises_isolation_without_any_querys_help(service_database: ServiceDatabase):
    await check_catalogue(service_database)


async def test_the_directory_shows_an_organization_nothing_but_what_its_functions_answer(database: Database):
    """Without a tenant the application role sees no row of any table, though the directory's functions do."""
    await seed(database)
    async with database.directory_transaction() as session:
        connection = await session.connection()
        for table in ("phone_number_mapping", "registered_assistants"):
            result = await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")
            assert result.scalar_one() == 0, table


async def test_the_application_may_do_no_more_to_a_table_than_its_queries_do(service_database: ServiceDatabase):
    """Organizations are reached through the directory's functions alone, and no digest of a key is ever read."""
    connection = await asyncpg.connect(service_database.superuser_url)
    granted = await connection.fetch(
        "SELECT table_name, privilege_type FROM information_schema.table_privileges WHERE grantee = 'tenancy_app'"
    )
    await connection.close()
    assert {tuple(grant) for grant in granted} == {
        ("phone_number_mapping", "SELECT"),
        ("phone_number_mapping", "INSERT"),
        ("phone_number_mapping", "UPDATE"),
        ("registered_assistants", "SELECT"),
        ("registered_assistants", "INSERT"),
        ("api_keys", "INSERT"),
    }


SEEN_BY_STRANGERS = {
    "a policy is dropped": "DROP POLICY tenant ON phone_number_mapping",
    "a second policy shows everything": "CREATE POLICY loose ON phone_number_mapping TO tenancy_app USING (true)",
    "a policy hides nothing": "ALTER POLICY tenant ON phone_number_mapping USING (true)",
    "a policy checks nothing": "ALTER POLICY tenant ON phone_number_mapping WITH CHECK (true)",
    "row security is off": "ALTER TABLE phone_number_mapping DISABLE ROW LEVEL SECURITY",
    "a table is empty": "DELETE FROM phone_number_mapping",
}
SEEN_IN_THE_CATALOGUE = {
    **{name: breakage for name, breakage in SEEN_BY_STRANGERS.items() if name != "a table is empty"},
    "the owner is not bound": "ALTER TABLE api_keys NO FORCE ROW LEVEL SECURITY",
    "a key holds across organizations": "CREATE UNIQUE INDEX by_name ON api_keys (name)",
    "a listed exception is gone": "ALTER TABLE api_keys DROP CONSTRAINT one_organization_per_api_key",
    "the application may truncate": "GRANT TRUNCATE ON api_keys TO tenancy_app",
    "the application owns a table": "ALTER TABLE api_keys OWNER TO tenancy_app",
    "a view reads as its owner": "CREATE VIEW keys AS SELECT * FROM api_keys",
    "a function runs as the owner": "ALTER FUNCTION owner_of_api_key(bytea) OWNER TO tenancy_owner",
    "a function is anybody's": "GRANT EXECUTE ON FUNCTION owner_of_api_key(bytea) TO PUBLIC",
    "a function trusts the caller's path": "ALTER FUNCTION owner_of_api_key(bytea) RESET search_path",
    "a function is not listed": """
      CREATE FUNCTION everybody() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = tenancy, pg_temp
        AS 'SELECT count(*) FROM tenancy.organizations';
      ALTER FUNCTION everybody() OWNER TO tenancy_directory;
      REVOKE ALL ON FUNCTION everybody() FROM PUBLIC
    """,
    "a listed function is gone": "DROP FUNCTION get_organization(uuid)",
    "a listed function is another": "ALTER FUNCTION get_organization(uuid) RENAME TO get_organizations",
    "a table has no organization": "CREATE TABLE notes (id uuid PRIMARY KEY)",
    "a foreign key ignores the organization": "ALTER TABLE api_keys ADD maker uuid REFERENCES organizations (id)",
}

Broken = Callable[[str], AbstractAsyncContextManager[ServiceDatabase]]


@pytest.fixture(scope="module")
def whole(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture(scope="module")
async def broken(whole: ServiceDatabase) -> Broken:
    """Copies a sound, seeded database and breaks the copy with one statement."""
    async with _opened(whole) as opened:
        await seed(opened)

    @asynccontextmanager
    async def copy_and_break(statement: str) -> AsyncIterator[ServiceDatabase]:
        name = f"broken_{uuid4().hex[:8]}"
        server = await asyncpg.connect(_in_database(whole, "postgres").superuser_url)
        try:
            await server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{make_url(whole.superuser_url).database}"')
            # What a role is set to in a database is not copied with it.
            await server.execute(f'ALTER ROLE tenancy_app IN DATABASE "{name}" SET search_path = tenancy, public')
            copy = _in_database(whole, name)
            connection = await asyncpg.connect(copy.superuser_url, server_settings={"search_path": "tenancy"})
            await connection.execute(statement)
            await connection.close()
            yield copy
        finally:
            await server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await server.close()

    return copy_and_break


@pytest.mark.parametrize("breakage", SEEN_BY_STRANGERS.values(), ids=SEEN_BY_STRANGERS.keys())
async def test_the_attempts_of_a_stranger_turn_red_when(broken: Broken, breakage: str):
    async with broken(breakage) as database:
        with pytest.raises(AssertionError, match="phone_number_mapping"):
            await check_isolation(database)


@pytest.mark.parametrize("breakage", SEEN_IN_THE_CATALOGUE.values(), ids=SEEN_IN_THE_CATALOGUE.keys())
async def test_the_reading_of_the_catalogue_turns_red_when(broken: Broken, breakage: str):
    async with broken(breakage) as database:
        with pytest.raises(AssertionError, match="organizations are not kept apart"):
            await check_catalogue(database)


async def test_an_unbroken_copy_passes_both(broken: Broken):
    async with broken("SELECT") as database:
        await check_isolation(database)
        await check_catalogue(database)


async def test_the_queries_keep_organizations_apart_even_where_row_security_is_off(broken: Broken):
    off = "ALTER TABLE {0} DISABLE ROW LEVEL SECURITY; ALTER TABLE {0} NO FORCE ROW LEVEL SECURITY"
    both = "; ".join(off.format(table) for table in ("phone_number_mapping", "registered_assistants"))
    async with broken(both) as database, _opened(database) as opened:
        numbers, assistants, organizations = PhoneNumberStore(opened), AssistantStore(opened), OrganizationStore(opened)
        holder, other = [
            TenantId((await organizations.create(uuid4(), "Harbor Clinic", "America/New_York")).id) for _ in range(2)
        ]
        number, assistant_id = "+14155550100", uuid4()
        mapped = await numbers.map(holder, number, {"clinic_name": "Front desk"})
        await assistants.register(holder, assistant_id)
        with pytest.raises(PhoneNumberTaken):
            await numbers.map(other, number, {"clinic_name": "Mine now"})
        with pytest.raises(AssistantTaken):
            await assistants.register(other, assistant_id)
        assert (await numbers.list(holder), await numbers.list(other)) == ([mapped], [])


@asynccontextmanager
async def _opened(database: ServiceDatabase) -> AsyncIterator[Database]:
    opened = Database(database.app_url)
    try:
        yield opened
    finally:
        await opened.close()


def _in_database(database: ServiceDatabase, name: str) -> ServiceDatabase:
    def elsewhere(url: str) -> str:
        return make_url(url).set(database=name).render_as_string(hide_password=False)

    return ServiceDatabase(
        app_url=elsewhere(database.app_url),
        owner_url=elsewhere(database.owner_url),
        superuser_url=elsewhere(database.superuser_url),
    )
