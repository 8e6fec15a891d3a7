"""The floor's statements by asyncpg alone, prepared, in the same order and transactions."""

import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import ClauseElement, bindparam, create_engine
from starlette.applications import Starlette

from booking.domain.people.contacts import Patient
from booking.domain.ports import Unit
from booking.domain.reception.answers import Answer, Given, ToolCall
from booking.domain.schedule.appointments import PatientsAppointment, Slot, Status
from booking.domain.schedule.availability import Busy
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.holds import Asking
from booking.domain.schedule.local_time import Occupied, Period
from booking.domain.schedule.services import Service
from booking.store import appointments as stored_appointments
from booking.store import calendars as stored_calendars
from booking.store import patients_appointments as stored_patients
from booking.store import tables
from chassis.tenant import TenantId
from tenancy.domain.organizations.organization import OrganizationStatus
from tenancy.domain.routing.evidence import Evidence, Owner, Route, Source
from tests.bench.floor import OneProcess

POOL_SIZE = 10
"""As every service's."""

_SCOPE = (
    "SELECT set_config('app.org_id', $1, true), set_config('statement_timeout', '5000', true),"
    " set_config('lock_timeout', '1500', true)"
)
_ROUTES = "SELECT source, value, org_id, status, changed_at FROM routes_of_evidence($1, $2, $3, $4, $5)"
_CLAIM = (
    "INSERT INTO tool_calls (org_id, conversation_id, tool_call_id, arguments_hash) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT DO NOTHING RETURNING tool_call_id"
)
_RECORDED = (
    "SELECT arguments_hash, say, data FROM tool_calls WHERE org_id = $1 AND conversation_id = $2 AND tool_call_id = $3"
)
_RECORD = "UPDATE tool_calls SET say = $4, data = $5 WHERE org_id = $1 AND conversation_id = $2 AND tool_call_id = $3"
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_SAME_PERSON = (
    "SELECT id, phone, email FROM contacts WHERE org_id = $1 AND name_key = $2 AND (phone = $3 OR email = $4)"
    " ORDER BY phone = $3 DESC NULLS LAST"
)
_LOCKED = " FOR KEY SHARE"
_ADD_CONTACT = (
    "INSERT INTO contacts (org_id, id, name, name_key, phone, email) VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_ADD_APPOINTMENT = (
    "WITH own_hold AS (DELETE FROM appointments WHERE org_id = $1 AND status = 'held' AND vapi_call_id = $11),"
    " inserted AS (INSERT INTO appointments (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at,"
    " occupied, timezone, local_start, status, vapi_call_id, told_to)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'booked', $11, $12)"
    " ON CONFLICT DO NOTHING RETURNING id),"
    " noted AS (INSERT INTO appointment_changes (org_id, appointment_id, change, by_assistant, conversation_id)"
    " SELECT $1, id, 'booked', true, $11 FROM inserted)"
    " SELECT id FROM inserted"
)

_SAME_WISH = (
    "SELECT id, calendar_id FROM appointments WHERE org_id = $1 AND vapi_call_id = $2 AND service_id = $3"
    " AND starts_at = $4 AND contact_id = $5 AND status = 'booked'"
)


_DIALECT = create_engine("postgresql+asyncpg://").dialect


class _Statement:
    """A statement of the store's own, as text with its arguments numbered."""

    def __init__(self, statement: ClauseElement) -> None:
        compiled: Any = statement.compile(dialect=_DIALECT)
        asked = {name: None for name, bind in compiled.binds.items() if bind.required}
        expanded = compiled.construct_expanded_state(asked)
        self.text = expanded.statement
        self._names = expanded.positiontup
        self._usual = expanded.parameters

    def arguments(self, **told: Any) -> list[Any]:
        return [told.get(name, self._usual[name]) for name in self._names]


_BOOKABLE = _Statement(stored_calendars._BOOKABLE)
_BUSY = _Statement(stored_appointments._BUSY)
_OF_NUMBER = _Statement(
    stored_patients._APPOINTMENTS.where(
        tables.appointments.c.org_id == bindparam("tenant"),
        tables.contacts.c.org_id == bindparam("tenant"),
        tables.services.c.org_id == bindparam("tenant"),
        tables.appointments.c.starts_at > bindparam("after"),
        tables.appointments.c.told_to == bindparam("number"),
    )
    .order_by(tables.appointments.c.starts_at, tables.appointments.c.id)
    .limit(stored_patients._MOST)
)


def build(tenancy_url: str, booking_url: str, secret: str) -> Starlette:
    tenancy, booking = _pool(tenancy_url), _pool(booking_url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        async with tenancy, booking:
            yield

    return OneProcess(RawDirectory(tenancy), RawStore(booking), secret).app(lifespan)


def _pool(url: str) -> Any:
    return asyncpg.create_pool(url, min_size=0, max_size=POOL_SIZE, reset=_leave_as_it_is)


async def _leave_as_it_is(_connection: Any) -> None:
    """Every setting made here ended with its transaction; the pool's own reset would be a round trip more."""


@asynccontextmanager
async def _transaction(pool: Any, tenant: str) -> AsyncIterator[Any]:
    async with pool.acquire() as connection, connection.transaction():
        await connection.fetch(_SCOPE, tenant)
        yield connection


class RawDirectory:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def routes(self, evidence: Sequence[Evidence], at: datetime | None) -> Mapping[Evidence, Route]:
        asked: dict[Source, list[str]] = {source: [] for source in Source}
        for piece in evidence:
            if piece.value is not None:
                asked[piece.source].append(piece.value)
        async with self._pool.acquire() as connection:
            rows = await connection.fetch(_ROUTES, *asked.values(), at)
        return {
            Evidence(Source(source), value): Route(status and Owner(org_id, OrganizationStatus(status)), changed_at)
            for source, value, org_id, status, changed_at in rows
        }


class RawStore:
    def __init__(self, pool: Any) -> None:
        self._pool = pool

    @asynccontextmanager
    async def unit(self, tenant: TenantId, asking: Asking | None = None) -> AsyncIterator[Unit]:
        async with _transaction(self._pool, str(tenant)) as connection:
            # What staff administer is left out: neither tool asks for it.
            yield cast("Unit", RawUnit(connection, tenant, asking))


class RawUnit:
    """What the two tools need of a unit, for callers whose number is known."""

    def __init__(self, connection: Any, tenant: TenantId, asking: Asking | None) -> None:
        assert asking is not None
        self._connection = connection
        self._tenant = tenant
        self._asking = asking
        self.grounds: Grounds | None = None

    def decide_by(self, grounds: Grounds) -> None:
        self.grounds = self.grounds or grounds

    async def record_tool_call(self, call: ToolCall) -> Given | None:
        key = (self._tenant, call.conversation_id, call.tool_call_id)
        if await self._connection.fetchrow(_CLAIM, *key, call.arguments_hash):
            return None
        arguments_hash, say, data = await self._connection.fetchrow(_RECORDED, *key)
        return Given(arguments_hash, Answer(say, json.loads(data)))

    async def record_answer(self, call: ToolCall, answer: Answer) -> None:
        key = (self._tenant, call.conversation_id, call.tool_call_id)
        await self._connection.fetch(_RECORD, *key, answer.say, json.dumps(answer.data))

    async def bookable(self) -> tuple[Sequence[Calendar], Sequence[Service]]:
        row = await self._connection.fetchrow(_BOOKABLE.text, *_BOOKABLE.arguments(tenant=self._tenant))
        calendars, services = (json.loads(part or "[]") for part in row)
        return (
            [stored_calendars._calendar(one) for one in calendars],
            [stored_calendars._service(one) for one in services],
        )

    async def busy(self, calendars: Sequence[Calendar], period: Period) -> Busy:
        arguments = _BUSY.arguments(
            tenant=self._tenant,
            calendars=[calendar.id for calendar in calendars],
            period=_range(period),
            now=self._asking.now,
            conversation=self._asking.conversation_id,
            caller=self._asking.caller_number,
            set_aside=None,
        )
        busy: dict[UUID, list[Occupied]] = defaultdict(list)
        for calendar_id, start, end, by, core_start, core_end in await self._connection.fetch(_BUSY.text, *arguments):
            core = Period(core_start, core_end)
            busy[calendar_id].append(Occupied(start, end, stored_appointments._OCCUPANTS[by], core))
        return busy

    async def calendars(self) -> Sequence[Calendar]:
        return (await self.bookable())[0]

    async def appointments_of_number(self, phone: str, after: datetime) -> Sequence[PatientsAppointment]:
        arguments = _OF_NUMBER.arguments(tenant=self._tenant, after=after, number=phone)
        return [
            PatientsAppointment(**{**row, "status": Status(row["status"])})
            for row in await self._connection.fetch(_OF_NUMBER.text, *arguments)
        ]

    async def lock_people(self, name_key: str) -> None:
        await self._connection.fetch(_LOCK, f"{self._tenant}/people/{name_key}")

    async def lock(self, calendar: Calendar) -> None:
        await self._connection.fetch(_LOCK, f"{self._tenant}/{calendar.id}")

    async def find_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID | None:
        return await self._same_person(_SAME_PERSON, patient)

    async def save_contact(self, patient: Patient, vapi_call_id: str | None) -> UUID:
        while (known := await self._same_person(_SAME_PERSON + _LOCKED, patient)) is None:
            added = (self._tenant, uuid4(), patient.name, patient.name_key, patient.phone, patient.email)
            if (row := await self._connection.fetchrow(_ADD_CONTACT, *added)) is not None:
                contact_id: UUID = row[0]
                return contact_id
        return known

    async def _same_person(self, statement: str, patient: Patient) -> UUID | None:
        row = await self._connection.fetchrow(statement, self._tenant, patient.name_key, patient.phone, patient.email)
        return None if row is None else row[0]

    async def add_appointment(
        self,
        slot: Slot,
        contact_id: UUID,
        vapi_call_id: str | None,
        *,
        told_to: str | None = None,
        calendar_chosen: bool = False,
    ) -> UUID | None:
        assert not calendar_chosen
        row = await self._connection.fetchrow(
            _ADD_APPOINTMENT,
            self._tenant,
            uuid4(),
            slot.calendar.id,
            slot.service.id,
            contact_id,
            slot.start,
            slot.end,
            _range(slot.occupied),
            slot.calendar.timezone,
            slot.local_start.replace(tzinfo=None),
            vapi_call_id,
            told_to,
        )
        return None if row is None else row[0]

    async def same_wish(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> tuple[UUID, UUID] | None:
        row = await self._connection.fetchrow(
            _SAME_WISH, self._tenant, vapi_call_id, slot.service.id, slot.start, contact_id
        )
        return None if row is None else (row[0], row[1])


def _range(period: Period) -> Any:
    return asyncpg.Range(period.start, period.end)
