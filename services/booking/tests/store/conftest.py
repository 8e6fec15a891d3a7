"""A clinic with one row in every table, made through the store."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from booking.domain.people.contacts import Patient
from booking.domain.reception.answers import Answer, ToolCall
from booking.domain.schedule.calendars import Calendar, OpeningInterval
from booking.domain.schedule.holds import Asking
from booking.domain.schedule.services import Service
from booking.store.postgres import PostgresStore
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from services.booking.tests.store.pauses import BLOCKED, SECONDS, Pause, Use, use_once

NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clinic:
    tenant: TenantId
    calendar: Calendar
    other_calendar: Calendar
    service: Service
    contact_id: UUID


MakeClinic = Callable[[], Awaitable[Clinic]]
Insert = Callable[..., Awaitable[UUID]]


@pytest.fixture
def make_clinic(store: PostgresStore) -> MakeClinic:
    async def make() -> Clinic:
        tenant = TenantId(uuid4())
        week = tuple(OpeningInterval(day, 480, 1080) for day in range(1, 6))
        first, second = (Calendar(uuid4(), name, "America/New_York", week) for name in ("Room 1", "Room 2"))
        service = Service(uuid4(), "Consultation", 30, 15, default_service=True)
        call = ToolCall("call-1", "tool-1", b"hash")
        async with store.unit(tenant) as unit:
            for calendar in (first, second):
                await unit.add_calendar(calendar)
            await unit.add_service(service)
            contact_id = await unit.save_contact(Patient("Ana Exempla", "+14155550123", None), None)
            await unit.record_tool_call(call)
            await unit.record_answer(call, Answer("It is booked."))
        return Clinic(tenant, first, second, service, contact_id)

    return make


@pytest.fixture
async def clinic(make_clinic: MakeClinic) -> Clinic:
    return await make_clinic()


@pytest.fixture
async def superuser(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
def blocked(superuser: asyncpg.Connection) -> Callable[[int], Awaitable[None]]:
    """`await blocked(2)`: until so many transactions wait for another."""

    async def until(how_many: int) -> None:
        async with asyncio.timeout(SECONDS):
            while await superuser.fetchval(BLOCKED) < how_many:
                await asyncio.sleep(0.01)

    return until


@pytest.fixture
def use(store: PostgresStore, clinic: Clinic) -> Callable[..., Awaitable[Any]]:
    """Does a use-case for the clinic, pausing if it is told where."""

    async def used(work: Use, *, now: datetime = NOW, call: str | None = None, **pauses: Pause) -> Any:
        return await use_once(store, clinic.tenant, Asking(now, call), work, pauses)

    return used


INSERT = """
INSERT INTO booking.appointments
  (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at, occupied, timezone, local_start, status,
   vapi_call_id, held_until)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::tstzrange, 'UTC', '2026-12-01 10:00', $9, gen_random_uuid()::text,
  CASE WHEN $9 = 'held' THEN timestamptz 'infinity' END)
"""


@pytest.fixture
def insert(superuser: asyncpg.Connection, clinic: Clinic) -> Insert:
    """Puts an appointment into the table by hand, as the superuser: what refuses it is no program of ours."""

    async def inserted(
        *,
        of: Clinic = clinic,
        calendar: UUID | None = None,
        contact: UUID | None = None,
        starts: str = "10:00",
        ends: str = "10:30",
        occupied: str | None = None,
        status: str = "booked",
    ) -> UUID:
        appointment = uuid4()
        moments = [datetime.fromisoformat(f"2026-12-01 {clock}").replace(tzinfo=UTC) for clock in (starts, ends)]
        await superuser.execute(
            INSERT,
            of.tenant,
            appointment,
            calendar or of.calendar.id,
            of.service.id,
            contact or of.contact_id,
            *moments,
            occupied or f"[2026-12-01 {starts}Z, 2026-12-01 {ends}Z)",
            status,
        )
        return appointment

    return inserted
