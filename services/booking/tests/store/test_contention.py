"""Many who want one slot at the same moment, through the real store."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from booking.domain.errors import CalendarNameTaken
from booking.domain.people.contacts import Told
from booking.domain.reception.book_appointment import Wish, book_appointment
from booking.domain.reception.outcomes import Booked, Outcome, Taken
from booking.domain.reception.wanted_time import SpokenTime
from booking.domain.schedule.administer import create_calendar
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.services import Service
from booking.store.postgres import PostgresStore
from chassis.tenant import TenantId

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
CALLERS = 32
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


async def wanted(store: PostgresStore, clinic: Any, hour: int, caller: int) -> Outcome:
    told = Told(f"Caller {caller}", "", "", f"+1415555{caller:04}", "")
    async with store.unit(clinic.tenant) as unit:
        return await book_appointment(
            unit,
            NOW,
            Wish(SpokenTime("2026-12-01", f"{hour:02}:00"), told, vapi_call_id=f"call-{hour}-{caller}"),
        )


async def test_of_32_who_want_one_slot_of_two_calendars_two_get_it_each_time_and_nobody_deadlocks(
    store: PostgresStore, clinic: Any, superuser: asyncpg.Connection
) -> None:
    before = await superuser.fetchval(DEADLOCKS)
    for hour in range(9, 14):
        outcomes = await asyncio.gather(*(wanted(store, clinic, hour, caller) for caller in range(CALLERS)))
        booked = [outcome for outcome in outcomes if isinstance(outcome, Booked)]
        assert {outcome.slot.calendar.id for outcome in booked} == {clinic.calendar.id, clinic.other_calendar.id}
        assert len(booked) == 2
        assert sum(isinstance(outcome, Taken) for outcome in outcomes) == CALLERS - 2
    rows = "SELECT count(*) FROM booking.appointments WHERE org_id = $1"
    assert await superuser.fetchval(rows, clinic.tenant) == 10
    assert await superuser.fetchval(DEADLOCKS) == before


async def test_even_without_the_lock_exactly_one_gets_a_slot(
    store: PostgresStore, clinic: Any, superuser: asyncpg.Connection
) -> None:
    """The constraint decides; the lock only keeps contention cheap."""
    from booking.domain.schedule.appointments import Slot

    async def without_lock(hour: int, caller: int) -> UUID | None:
        slot = Slot(clinic.calendar, clinic.service, datetime(2026, 12, 1, hour, tzinfo=UTC))
        async with store.unit(clinic.tenant) as unit:
            return await unit.add_appointment(slot, clinic.contact_id, f"call-{hour}-{caller}")

    before = await superuser.fetchval(DEADLOCKS)
    for hour in range(14, 19):
        # No more than there are connections: who waits for one of those that wait for each other can wait too long.
        ids = await asyncio.gather(*(without_lock(hour, caller) for caller in range(16)))
        assert sum(appointment_id is not None for appointment_id in ids) == 1
    assert await superuser.fetchval(DEADLOCKS) == before


async def test_who_gives_a_name_while_it_is_given_waits_and_is_refused(
    store: PostgresStore, organization: TenantId, superuser: asyncpg.Connection
) -> None:
    async def name(calendar_id: UUID, text: str) -> Calendar:
        async with store.unit(organization) as unit:
            return await create_calendar(unit, Calendar(calendar_id, text, "UTC", ()))

    async with store.unit(organization) as unit:
        await create_calendar(unit, Calendar(uuid4(), "Dr. Lake", "UTC", ()))
        second = asyncio.create_task(name(uuid4(), "dr. lake"))
        while not (second.done() or await superuser.fetchval(WAITING)):
            await asyncio.sleep(0.01)
        assert not second.done()

    with pytest.raises(CalendarNameTaken):
        await second


async def test_who_creates_a_service_while_it_is_created_gets_that_one(
    store: PostgresStore, organization: TenantId, superuser: asyncpg.Connection
) -> None:
    service = Service(uuid4(), "Check-up", 30, 15, default_service=True)

    async def again() -> Service | None:
        async with store.unit(organization) as unit:
            return await unit.add_service(service)

    async with store.unit(organization) as unit:
        await unit.add_service(service)
        second = asyncio.create_task(again())
        while not (second.done() or await superuser.fetchval(WAITING)):
            await asyncio.sleep(0.01)

    assert await second == service
