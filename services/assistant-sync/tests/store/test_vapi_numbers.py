"""What is known of phone numbers in Vapi, in a real database."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.store.vapi_numbers import VapiNumberStore
from chassis.database.engine import Database
from chassis.tenant import TenantId

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LINE = PointedNumber("+12125550100", "id-1", "assistant-1", None, "https://here.example/api/vapi/webhook", NOW)


@pytest.fixture
async def engine(database):
    engine = Database(database.app_url, pool_size=2)
    yield engine
    await engine.close()


@pytest.fixture
def numbers(engine) -> VapiNumberStore:
    return VapiNumberStore(engine)


async def test_what_is_recorded_of_a_number_is_what_was_recorded_last(numbers, tenant):
    await numbers.record(tenant, LINE)
    pending = replace(LINE, vapi_id="id-2", assistant_id=None, pending=PendingReason.VAPI_AWAY)

    await numbers.record(tenant, pending)

    assert await numbers.all_of(tenant) == [pending]


async def test_another_organizations_number_is_neither_seen_nor_forgotten(numbers, tenant):
    await numbers.record(tenant, LINE)
    stranger = TenantId(uuid4())

    await numbers.forget(stranger, LINE.number)

    assert await numbers.all_of(stranger) == []
    assert await numbers.all_of(tenant) == [LINE]


async def test_a_number_is_forgotten(numbers, tenant):
    await numbers.record(tenant, LINE)

    await numbers.forget(tenant, LINE.number)

    assert await numbers.all_of(tenant) == []
