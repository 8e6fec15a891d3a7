"""Appointments, and what they occupy."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from uuid import UUID, uuid4

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, bindparam, func, select, text, tuple_
from sqlalchemy.dialects.postgresql import TSTZRANGE, Range
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.appointments import Appointment, Position, Selection, Slot, Status
from booking.domain.availability import Busy
from booking.domain.calendars import Calendar
from booking.domain.local_time import Period
from booking.store.tables import appointments, contacts
from booking.store.transaction import InTransaction

_OCCUPYING = (Status.HELD.value, Status.BOOKED.value)
_BUSY = select(
    appointments.c.calendar_id,
    func.lower(appointments.c.occupied),
    func.upper(appointments.c.occupied),
).where(
    appointments.c.org_id == bindparam("tenant"),
    appointments.c.calendar_id == any_(bindparam("calendars", type_=ARRAY(Uuid))),
    appointments.c.occupied.overlaps(bindparam("period", type_=TSTZRANGE)),
    appointments.c.status.in_(_OCCUPYING),
)
_LOCK = text("select pg_advisory_xact_lock(hashtextextended(:calendar, 0))")


class AppointmentQueries(InTransaction):
    async def busy(self, calendars: Sequence[Calendar], period: Period) -> Busy:
        asked = {
            "tenant": self.tenant,
            "calendars": [calendar.id for calendar in calendars],
            "period": _range(period),
        }
        rows = await self.session.execute(_BUSY, asked)
        busy: dict[UUID, list[Period]] = defaultdict(list)
        for calendar_id, start, end in rows:
            busy[calendar_id].append(Period(start, end))
        return busy

    async def lock(self, calendar: Calendar) -> None:
        await self.session.execute(_LOCK, {"calendar": f"{self.tenant}/{calendar.id}"})

    async def add_appointment(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> UUID | None:
        # DO NOTHING: a bare insert that meets the constraint under contention ends in deadlocks, not in an answer.
        created = await self.session.execute(
            upsert(appointments)
            .values(
                org_id=self.tenant,
                id=uuid4(),
                calendar_id=slot.calendar.id,
                service_id=slot.service.id,
                contact_id=contact_id,
                starts_at=slot.start,
                ends_at=slot.end,
                occupied=_range(slot.occupied),
                timezone=slot.calendar.timezone,
                local_start=slot.local_start.replace(tzinfo=None),
                status=Status.BOOKED.value,
                vapi_call_id=vapi_call_id,
            )
            .on_conflict_do_nothing()
            .returning(appointments.c.id)
        )
        appointment_id: UUID | None = created.scalar_one_or_none()
        return appointment_id

    async def same_wish(self, slot: Slot, contact_id: UUID, vapi_call_id: str | None) -> tuple[UUID, UUID] | None:
        found = await self.session.execute(
            select(appointments.c.id, appointments.c.calendar_id).where(
                appointments.c.org_id == self.tenant,
                appointments.c.vapi_call_id.is_not_distinct_from(vapi_call_id),
                appointments.c.service_id == slot.service.id,
                appointments.c.starts_at == slot.start,
                appointments.c.contact_id == contact_id,
                appointments.c.status == Status.BOOKED.value,
            )
        )
        row = found.first()
        return None if row is None else (row[0], row[1])

    async def appointments(self, selection: Selection, after: Position | None, limit: int) -> Sequence[Appointment]:
        query = (
            select(
                appointments.c.id,
                appointments.c.calendar_id,
                appointments.c.service_id,
                appointments.c.contact_id,
                contacts.c.name,
                appointments.c.starts_at,
                appointments.c.ends_at,
                appointments.c.status,
                appointments.c.vapi_call_id,
            )
            .join_from(
                appointments,
                contacts,
                (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id),
            )
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.status != Status.HELD.value,
                *_selected(selection),
            )
            .order_by(appointments.c.starts_at, appointments.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(appointments.c.starts_at, appointments.c.id) > tuple_(after.starts_at, after.id))
        rows = await self.session.execute(query)
        return [Appointment(*row[:7], Status(row[7]), row[8]) for row in rows]


def _selected(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.starts_from is not None:
        yield appointments.c.starts_at >= selection.starts_from
    if selection.starts_before is not None:
        yield appointments.c.starts_at < selection.starts_before
    if selection.calendar_id is not None:
        yield appointments.c.calendar_id == selection.calendar_id
    if selection.contact_id is not None:
        yield appointments.c.contact_id == selection.contact_id
    if selection.status is not None:
        yield appointments.c.status == selection.status.value


def _range(period: Period) -> Range[object]:
    return Range(period.start, period.end, bounds="[)")
