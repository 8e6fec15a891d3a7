"""What was said in calls is forgotten first, and later that there was anything."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from booking.domain import forgetting
from booking.domain.calls.events import DETAILS_KEPT_FOR, EVENTS_KEPT_FOR, CallEvent
from booking.domain.calls.forget_call_events import ForgetCallEvents
from booking.domain.people.dossiers import TOLD_LATE_FOR
from booking.store.call_events import PastEventStore
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.tenant import TenantId

AGED = "UPDATE booking.call_events SET recorded_at = $3 WHERE org_id = $1 AND tool = $2"
LEFT = """
SELECT tool, sealed_details IS NOT NULL AS is_told FROM booking.call_events WHERE org_id = ANY($1) ORDER BY 1, 2
"""
AN_HOUR = timedelta(hours=1)
AGES = {
    "young": DETAILS_KEPT_FOR - AN_HOUR,
    "older": DETAILS_KEPT_FOR + AN_HOUR,
    "old": EVENTS_KEPT_FOR - AN_HOUR,
    "oldest": EVENTS_KEPT_FOR + AN_HOUR,
}


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
async def test_events_are_forgotten_in_time_whoever_they_are_of(
    database: Database,
    store: PostgresStore,
    superuser: asyncpg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr(forgetting, "AT_ONCE", at_once)
    now = datetime.now(UTC)
    clinics = [TenantId(uuid4()) for _ in range(2)]
    for tenant in clinics:
        for name, age in AGES.items():
            await keep(store, tenant, name)
            await superuser.execute(AGED, tenant, name, now - age)

    await ForgetCallEvents(PastEventStore(database), lambda: now).forget_old()

    left = [(row["tool"], row["is_told"]) for row in await superuser.fetch(LEFT, clinics)]
    assert left == [("old", False)] * 2 + [("older", False)] * 2 + [("young", True)] * 2


async def test_numbers_of_who_was_erased_are_forgotten_when_no_call_is_told_of_any_more(
    database: Database, store: PostgresStore
) -> None:
    now = datetime.now(UTC)
    tenant = TenantId(uuid4())
    async with store.unit(tenant) as unit:
        await unit.keep_erased_number("+14155550177", now - TOLD_LATE_FOR - AN_HOUR)
        await unit.keep_erased_number("+14155550178", now - TOLD_LATE_FOR + AN_HOUR)

    await ForgetCallEvents(PastEventStore(database), lambda: now).forget_old()

    async with store.unit(tenant) as unit:
        assert await unit.number_erased_at("+14155550177", "call-1") is None
        assert await unit.number_erased_at("+14155550178", "call-1") == now - TOLD_LATE_FOR + AN_HOUR


async def keep(store: PostgresStore, tenant: TenantId, tool: str) -> None:
    details: dict[str, Any] = {"say": "It is booked."}
    event = CallEvent(uuid4(), "call-1", datetime.now(UTC), 1.0, tool=tool, ended="said", details=details)
    async with store.unit(tenant) as unit:
        await unit.add_call_events([event])
