"""What was done stays told: entries are added with what they tell of, and neither changed nor removed."""

import asyncpg
import pytest
from sqlalchemy import text

from chassis.actor import UNPROVEN, Actor, actor_scope
from tenancy.store.audit import AuditStore, record

VERBS = {
    "change": "UPDATE audit_entries SET actor = 'nobody'",
    "change one": "UPDATE audit_entries SET details = '{}' WHERE id = (SELECT max(id) FROM audit_entries)",
    "change none": "UPDATE audit_entries SET actor = 'nobody' WHERE false",
    "remove": "DELETE FROM audit_entries",
    "remove one": "DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)",
    "empty": "TRUNCATE audit_entries",
    "empty with what refers to it": "TRUNCATE audit_entries RESTART IDENTITY CASCADE",
    "write over": (
        "INSERT INTO audit_entries (id, actor, caller, action, subject, details) OVERRIDING SYSTEM VALUE"
        " SELECT id, actor, caller, action, subject, details FROM audit_entries LIMIT 1"
        " ON CONFLICT (id) DO UPDATE SET actor = 'nobody'"
    ),
    "merge": (
        "MERGE INTO audit_entries e USING (SELECT max(id) AS id FROM audit_entries) AS last ON e.id = last.id"
        " WHEN MATCHED THEN DELETE"
    ),
}


@pytest.fixture
def log(database):
    return AuditStore(database)


@pytest.fixture
async def entry(database, log, new_organization):
    """One entry, of an organization of its own."""
    tenant = await new_organization()
    async with database.directory_transaction() as session:
        await record(session, "phone_number.moved", organization=tenant, subject="a number", to="somebody")
    return (await log.before(tenant, None, 1))[0]


@pytest.fixture
async def superuser(service_database):
    connection = await asyncpg.connect(
        service_database.superuser_url, server_settings={"search_path": "tenancy, public"}
    )
    yield connection
    await connection.close()


@pytest.mark.parametrize("role", ["tenancy_app", "tenancy_owner", "tenancy_directory"])
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS.keys())
async def test_no_role_that_serves_or_migrates_can(superuser, log, entry, role, verb):
    async def as_the_role():
        async with superuser.transaction():
            await superuser.execute(f"SET LOCAL ROLE {role}")
            await superuser.execute("SELECT set_config('app.org_id', $1, true)", str(entry.organization_id))
            await superuser.execute(verb)

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_the_role()
    assert (await log.before(entry.organization_id, None, 1))[0] == entry


@pytest.mark.parametrize("role", ["tenancy_app", "tenancy_directory"])
async def test_the_roles_that_serve_cannot_take_the_guard_away(superuser, role):
    for unguard in (
        "DROP TRIGGER append_only ON audit_entries",
        "ALTER TABLE audit_entries DISABLE TRIGGER append_only",
        "SET session_replication_role = replica",
    ):
        async with superuser.transaction():
            await superuser.execute(f"SET LOCAL ROLE {role}")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with superuser.transaction():
                    await superuser.execute(unguard)


async def test_the_application_reads_entries_through_the_functions_alone(database, entry):
    async with database.tenant_transaction(entry.organization_id) as session:
        with pytest.raises(Exception, match="permission denied for table audit_entries"):
            await session.execute(text("SELECT * FROM audit_entries"))


async def test_what_was_not_done_after_all_is_not_told(database, log, new_organization):
    tenant = await new_organization()
    before = await log.before(tenant, None, 10)

    async def change_ones_mind():
        async with database.tenant_transaction(tenant) as session:
            await record(session, "phone_number.moved", organization=tenant, subject="a number")
            raise InterruptedError

    with pytest.raises(InterruptedError):
        await change_ones_mind()
    assert await log.before(tenant, None, 10) == before


async def test_an_entry_tells_who_did_it_and_through_whom(database, log, new_organization):
    tenant = await new_organization()
    with actor_scope(Actor("platform-key:7", "gateway")):
        async with database.tenant_transaction(tenant) as session:
            await record(session, "phone_number.moved", organization=tenant, subject="a number", to="somebody")
    entry = (await log.before(tenant, None, 1))[0]
    assert (entry.actor, entry.caller, entry.action) == ("platform-key:7", "gateway", "phone_number.moved")
    assert (entry.organization_id, entry.subject, entry.details) == (tenant, "a number", {"to": "somebody"})


async def test_what_nobody_said_they_did_is_told_too(entry):
    assert (entry.actor, entry.caller) == (UNPROVEN, UNPROVEN)


async def test_entries_are_read_newest_first_from_where_the_last_page_ended(database, log, new_organization):
    tenant = await new_organization()
    async with database.directory_transaction() as session:
        for number in range(5):
            await record(session, "phone_number.moved", organization=tenant, subject=str(number))
    first = await log.before(tenant, None, 2)
    second = await log.before(tenant, first[-1].id, 3)
    assert [entry.subject for entry in (*first, *second)] == ["4", "3", "2", "1", "0"]
