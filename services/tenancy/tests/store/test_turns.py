"""Where two may be live, a third that is added at the same moment is refused."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from chassis.database import engine
from tenancy.domain.access.api_keys import Scope
from tenancy.domain.access.webhook_credentials import Draft
from tenancy.domain.access.webhook_plans import SecretPlan
from tenancy.domain.errors import TooManyLiveApiKeys, TooManyLiveWebhookCredentials
from tenancy.store.api_keys import ApiKeyStore
from tenancy.store.webhook_credentials import WebhookCredentialStore

WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def all_at_once(service_database, monkeypatch):
    """Lets everything that is asked for be done, and none of it be committed before the last has come as far."""
    # Whoever is first waits for as long as the last takes to come.
    for name in ("LOCK_TIMEOUT", "STATEMENT_TIMEOUT"):
        monkeypatch.setattr(engine, name, 60.0)

    async def gather(*asked):
        holder, observer = [await asyncpg.connect(service_database.superuser_url) for _ in range(2)]
        async with holder.transaction():
            # What is added is told in the audit log, in the same transaction, last.
            await holder.execute("LOCK TABLE tenancy.audit_entries IN SHARE MODE")
            running = asyncio.gather(*asked, return_exceptions=True)
            # PostgreSQL tells of a waiting lock only when asked.
            while not running.done() and await observer.fetchval(WAITING) < len(asked):
                await asyncio.sleep(0.005)
        await holder.close()
        await observer.close()
        return await running

    return gather


@pytest.mark.parametrize("whose", ["an organization's", "the platform's"])
async def test_of_three_keys_of_a_name(database, new_organization, all_at_once, whose):
    keys = ApiKeyStore(database)
    keyring, name = keys.of_platform() if whose == "the platform's" else keys.of(await new_organization()), uuid4().hex
    outcomes = await all_at_once(*(keyring.add(uuid4(), name, Scope.READ, uuid4().bytes * 2) for _ in range(3)))
    assert [type(outcome) for outcome in outcomes].count(TooManyLiveApiKeys) == 1


async def test_of_three_webhook_credentials(database, sealer, new_organization, all_at_once):
    credentials, tenant = WebhookCredentialStore(database, sealer), await new_organization()
    asked = (credentials.add(tenant, Draft("vapi", SecretPlan()), "0123456789abcdef") for _ in range(3))
    outcomes = await all_at_once(*asked)
    assert [type(outcome) for outcome in outcomes].count(TooManyLiveWebhookCredentials) == 1
    assert len((await credentials.not_ended(tenant)).opened) == 2
