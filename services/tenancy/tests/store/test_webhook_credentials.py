"""A secret is sealed to its organization and its row, and whoever keeps a route hears when credentials change."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from chassis.encryption import KEY_BYTES, Sealer
from tenancy.domain.access.webhook_credentials import Draft, NotEnded, Use
from tenancy.domain.access.webhook_plans import SecretPlan
from tenancy.store.webhook_credentials import WebhookCredentialStore

SECRET = "planted-secret-of-harbor-clinic"
VAPI = Draft("vapi", SecretPlan())


@pytest.fixture
def credentials(database, sealer):
    return WebhookCredentialStore(database, sealer)


@pytest.fixture
async def superuser(service_database):
    connection = await asyncpg.connect(
        service_database.superuser_url, server_settings={"search_path": "tenancy, public"}
    )
    yield connection
    await connection.close()


async def test_a_secret_is_nowhere_in_the_database_as_it_is(credentials, superuser, new_organization):
    tenant = await new_organization()
    await credentials.add(tenant, VAPI, SECRET)
    for (table,) in await superuser.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'tenancy'"):
        rows = await superuser.fetch(f"SELECT convert_to(t::text, 'UTF8') AS text FROM \"{table}\" t")
        for row in rows:
            assert SECRET.encode() not in row["text"], table
            assert SECRET.encode().hex().encode() not in row["text"], table


async def test_one_secret_is_sealed_to_another_value_each_time(credentials, superuser, new_organization):
    tenant = await new_organization()
    for _ in range(2):
        await credentials.add(tenant, VAPI, SECRET)
    sealed = await superuser.fetch("SELECT DISTINCT sealed_secret FROM webhook_credentials WHERE org_id = $1", tenant)
    assert len(sealed) == 2


SWAP = """
UPDATE webhook_credentials c SET sealed_secret = other.sealed_secret FROM webhook_credentials other
WHERE c.id = ANY($1::uuid[]) AND other.id = ANY($1::uuid[]) AND c.id <> other.id
"""


async def test_neither_of_two_organizations_secrets_is_opened_in_the_others_row(
    credentials, superuser, new_organization
):
    tenants = [await new_organization() for _ in range(2)]
    rows = [(await credentials.add(tenant, VAPI, SECRET)).credential.id for tenant in tenants]
    assert await superuser.execute(SWAP, rows) == "UPDATE 2"
    for tenant, row in zip(tenants, rows, strict=True):
        assert await credentials.not_ended(tenant) == NotEnded([], [row])
    await superuser.execute(SWAP, rows)
    assert [(await credentials.not_ended(tenant)).opened[0].secret for tenant in tenants] == [SECRET, SECRET]


async def test_a_secret_is_not_opened_in_another_row_of_its_own_organization(credentials, superuser, new_organization):
    tenant = await new_organization()
    rows = [(await credentials.add(tenant, VAPI, SECRET)).credential.id for _ in range(2)]
    await superuser.execute(SWAP, rows)
    found = await credentials.not_ended(tenant)
    assert (found.opened, set(found.unreadable)) == ([], set(rows))


async def test_a_row_that_is_handed_to_another_organization_is_not_opened_there(
    credentials, superuser, new_organization
):
    holder, thief = await new_organization(), await new_organization()
    moved = (await credentials.add(holder, VAPI, SECRET)).credential.id
    await superuser.execute("UPDATE webhook_credentials SET org_id = $1 WHERE id = $2", thief, moved)
    assert await credentials.not_ended(thief) == NotEnded([], [moved])


@pytest.mark.parametrize("byte", [0, 4, 16, -1])
async def test_a_sealed_secret_that_was_changed_is_not_opened(credentials, superuser, new_organization, byte):
    tenant = await new_organization()
    row = (await credentials.add(tenant, VAPI, SECRET)).credential.id
    sealed = bytearray(await superuser.fetchval("SELECT sealed_secret FROM webhook_credentials WHERE id = $1", row))
    sealed[byte] ^= 1
    await superuser.execute("UPDATE webhook_credentials SET sealed_secret = $1 WHERE id = $2", bytes(sealed), row)
    assert await credentials.not_ended(tenant) == NotEnded([], [row])


async def test_one_that_cannot_be_opened_keeps_none_of_the_others_from_counting(
    credentials, superuser, new_organization
):
    tenant = await new_organization()
    broken, whole = [(await credentials.add(tenant, VAPI, SECRET)).credential.id for _ in range(2)]
    await superuser.execute("UPDATE webhook_credentials SET sealed_secret = 'x' WHERE id = $1", broken)
    found = await credentials.not_ended(tenant)
    assert ([one.credential.id for one in found.opened], found.unreadable) == ([whole], [broken])


async def test_one_that_cannot_be_opened_is_logged_by_its_id_alone(credentials, database, new_organization, capsys):
    tenant = await new_organization()
    row = (await credentials.add(tenant, VAPI, SECRET)).credential.id
    capsys.readouterr()
    await WebhookCredentialStore(database, Sealer([bytes(KEY_BYTES)])).not_ended(tenant)
    logged = capsys.readouterr().out
    assert "a webhook credential cannot be opened" in logged
    assert str(row) in logged
    assert SECRET not in logged


class TestRoutesChange:
    """An organization stands for its credentials in what whoever keeps routes is told."""

    @pytest.fixture
    def told(self, superuser):
        """How often it was announced that something of an organization changed."""

        async def count(tenant):
            return await superuser.fetchval("SELECT count(*) FROM route_changes WHERE $1 = ANY(evidence)", str(tenant))

        return count

    @pytest.fixture
    async def tenant(self, new_organization):
        return await new_organization()

    async def test_a_credential_that_is_added_changes_them(self, credentials, told, tenant):
        before = await told(tenant)
        await credentials.add(tenant, VAPI, SECRET)
        assert await told(tenant) == before + 1

    async def test_so_does_one_that_is_revoked_and_not_one_that_has_ended_before(self, credentials, told, tenant):
        added = (await credentials.add(tenant, VAPI, SECRET)).credential.id
        before = await told(tenant)
        for _ in range(2):
            await credentials.revoke(tenant, added, None)
        assert await told(tenant) == before + 1

    async def test_counting_its_uses_changes_nothing(self, credentials, told, tenant):
        added = (await credentials.add(tenant, VAPI, SECRET)).credential.id
        before = await told(tenant)
        for _ in range(2):
            await credentials.record_uses([Use(tenant, added, 3, datetime.now(UTC))])
        assert await told(tenant) == before

    async def test_so_does_one_that_is_changed_or_removed_by_hand(self, credentials, superuser, told, tenant):
        added = (await credentials.add(tenant, VAPI, SECRET)).credential.id
        before = await told(tenant)
        await superuser.execute("UPDATE webhook_credentials SET not_before = now() WHERE id = $1", added)
        await superuser.execute("DELETE FROM webhook_credentials WHERE id = $1", added)
        assert await told(tenant) == before + 2


async def test_the_directory_can_count_uses_and_read_no_secret(superuser):
    """Its functions need the credentials' ids alone; a function of another day should not find secrets by accident."""
    rows = await superuser.fetch(
        "SELECT column_name FROM information_schema.column_privileges"
        " WHERE grantee = 'tenancy_directory' AND table_name = 'webhook_credentials' AND privilege_type = 'SELECT'"
    )
    assert {name for (name,) in rows} == {"org_id", "id"}


async def test_uses_of_a_credential_that_is_being_revoked_wait_for_nobody(credentials, new_organization):
    tenant = await new_organization()
    added = (await credentials.add(tenant, VAPI, SECRET)).credential.id
    now = datetime.now(UTC)
    await asyncio.gather(
        credentials.revoke(tenant, added, now + timedelta(days=1)),
        *(credentials.record_uses([Use(tenant, added, 1, now)]) for _ in range(8)),
    )
    assert (await credentials.after(tenant, None, 2))[0].uses == 8


async def test_a_page_that_begins_after_what_is_another_organizations_is_empty(credentials, new_organization):
    tenant, other = await new_organization(), await new_organization()
    await credentials.add(tenant, VAPI, SECRET)
    theirs = (await credentials.add(other, VAPI, SECRET)).credential.id
    assert await credentials.after(tenant, theirs, 10) == []
    assert await credentials.after(tenant, uuid4(), 10) == []
