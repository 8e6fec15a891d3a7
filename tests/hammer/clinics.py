"""Clinics made for the hammer, and what their tables say of overlaps and promises."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import uuid4

import asyncpg

from chassis.deadline import deadline_scope
from chassis.tenant import TenantId, tenant_scope
from services.booking.tests.history.callers import room_name
from services.booking.tests.history.clinic import new_rooms
from switchboard.booking.v1.calendar_service_pb2 import (
    CreateCalendarRequest,
    CreateServiceRequest,
    OpeningInterval,
    Service,
)
from switchboard.booking.v1.calendar_service_pb2_grpc import CalendarServiceStub
from switchboard.tenancy.v1.organization_service_pb2 import CreateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import MapPhoneNumberRequest
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard_cli.stack.backends import Backends
from tests.system.administering import new_number
from tests.system.running import PATIENCE_SECONDS, Running

ZONE = "America/New_York"
OPENS, CLOSES = 8 * 60, 18 * 60
LENGTH, STEP = 30, 15
"""Minutes of the one service, and between its starts."""

_DAYS = range(2, 170)
"""From the day after tomorrow, which is in the future in every zone, to within the horizon."""

_SECONDS = 30

_OVERLAPS = """
SELECT count(*) FROM appointments one JOIN appointments other
  ON (one.org_id, one.calendar_id) = (other.org_id, other.calendar_id) AND one.id < other.id
  AND one.starts_at < other.ends_at AND other.starts_at < one.ends_at
WHERE one.status IN ('held', 'booked') AND other.status IN ('held', 'booked')
"""
_STAND = "SELECT id::text, calendar_id::text, local_start FROM appointments WHERE status = 'booked'"
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Clinic:
    """Open every day; the clinic's line; its tables read as their owner."""

    tenant: TenantId
    number: str
    rooms: tuple[str, ...]
    """Calendars' ids, in the order in which calendars are locked."""
    running: Running

    def days(self) -> Iterator[date]:
        return (date.today() + timedelta(days=ahead) for ahead in _DAYS)

    async def overlaps(self) -> int:
        """Pairs of appointments or holds of one calendar that share a moment."""
        rows = await self._fetch(_OVERLAPS)
        pairs: int = rows[0][0]
        return pairs

    async def standing(self) -> dict[str, tuple[date, str, int]]:
        """The day, calendar and minute of every booked appointment, by id."""
        rows = await self._fetch(_STAND)
        return {name: (start.date(), room, start.hour * 60 + start.minute) for name, room, start in rows}

    async def _fetch(self, sql: str) -> Sequence[asyncpg.Record]:
        async with _booking_database(self.running) as connection:
            await connection.execute("SELECT set_config('app.org_id', $1, false)", str(self.tenant))
            rows: Sequence[asyncpg.Record] = await connection.fetch(sql)
            return rows


async def deadlocks(running: Running) -> int:
    """How many PostgreSQL has had to resolve since its start."""
    async with _booking_database(running) as connection:
        resolved: int = await connection.fetchval(_DEADLOCKS)
        return resolved


@asynccontextmanager
async def _booking_database(running: Running) -> AsyncIterator[asyncpg.Connection]:
    """As its owner; waits for a database that has just been killed."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (connection := await _connection(running.stack.databases["booking"].owner)) is None:
            await asyncio.sleep(0.1)
    try:
        yield connection
    finally:
        await connection.close()


async def _connection(url: str) -> asyncpg.Connection | None:
    try:
        return await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresConnectionError, asyncpg.CannotConnectNowError):
        return None


async def open_clinics(running: Running, rooms: Sequence[int]) -> list[Clinic]:
    """As many, with so many rooms each."""
    clinics = [Clinic(TenantId(uuid4()), new_number(), tuple(new_rooms(one)), running) for one in rooms]
    async with Backends.of(running.stack, running.home.operator_token) as backends:
        with deadline_scope(_SECONDS):
            for clinic in clinics:
                await _open(backends, clinic)
    return clinics


async def _open(backends: Backends, clinic: Clinic) -> None:
    await backends.tenancy.stub(OrganizationServiceStub).CreateOrganization(
        CreateOrganizationRequest(organization_id=str(clinic.tenant), name="Hammered Clinic", timezone=ZONE)
    )
    calendars = backends.booking.stub(CalendarServiceStub)
    week = [OpeningInterval(weekday=day, opens="08:00", closes="18:00") for day in range(1, 8)]
    check_up = Service(
        name="Check-up", duration_minutes=LENGTH, step_minutes=STEP, horizon_days=180, default_service=True
    )
    with tenant_scope(clinic.tenant):
        await backends.tenancy.stub(PhoneNumberServiceStub).MapPhoneNumber(MapPhoneNumberRequest(number=clinic.number))
        for number, room in enumerate(clinic.rooms):
            calendar = CreateCalendarRequest(
                calendar_id=room, name=room_name(number), timezone=ZONE, opening_hours=week
            )
            await calendars.CreateCalendar(calendar)
        await calendars.CreateService(CreateServiceRequest(service=check_up))
