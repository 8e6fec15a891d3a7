"""Appointments, and what they occupy."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.schedule.appointments import Slot, Status
from booking.domain.schedule.availability import Busy
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.changes import Change
from booking.domain.schedule.local_time import Occupant, Occupied, Period
from booking.store._changes import ChangeQueries, noted
from booking.store._occupying import A_DAY, is_busy_between, own_hold_when, period_range, place
from booking.store.holds import HoldQueries
from booking.store.tables import appointments, busy_times
from booking.store.tables import calendars as calendar_table

_OCCUPYING = (Status.HELD.value, Status.BOOKED.value)
_PERIOD = bindparam("period", type_=TSTZRANGE)
_BEGIN: ColumnElement[datetime] = func.lower(_PERIOD)
_END: ColumnElement[datetime] = func.upper(_PERIOD)
_BUSY_HERE = select(
    appointments.c.calendar_id,
    func.lower(appointments.c.occupied),
    func.upper(appointments.c.occupied),
    appointments.c.status,
    appointments.c.starts_at,
    appointments.c.ends_at,
).where(
    appointments.c.org_id == bindparam("tenant"),
    appointments.c.calendar_id == any_(bindparam("calendars", type_=ARRAY(Uuid))),
    appointments.c.occupied.overlaps(_PERIOD),
    # As of busy times: no index tells what overlaps, but one what starts about then.
    appointments.c.starts_at > _BEGIN - A_DAY,
    appointments.c.starts_at < _END + A_DAY,
    appointments.c.status.in_(_OCCUPYING),
    # A hold that is over occupies nothing, nor does the asker's own.
    (appointments.c.status == Status.BOOKED.value)
    | (
        (appointments.c.held_until > bindparam("now", type_=DateTime(timezone=True)))
        & appointments.c.vapi_call_id.is_distinct_from(bindparam("conversation", type_=Text))
        & (appointments.c.told_to.is_(None) | appointments.c.told_to.is_distinct_from(bindparam("caller", type_=Text)))
    ),
    appointments.c.id.is_distinct_from(bindparam("set_aside", type_=Uuid)),
)
_BUSY_OUTSIDE = select(
    busy_times.c.calendar_id,
    busy_times.c.begins_at,
    busy_times.c.ends_at,
    literal_column("'outside'", Text),
    busy_times.c.begins_at,
    busy_times.c.ends_at,
).where(
    busy_times.c.org_id == bindparam("tenant"),
    busy_times.c.calendar_id == any_(bindparam("calendars", type_=ARRAY(Uuid))),
    is_busy_between(_BEGIN, _END),
)
# Who found a calendar before it went out of use finds nothing free in it once they have its lock.
_OUT_OF_USE = select(calendar_table.c.id, _BEGIN, _END, literal_column("'out_of_use'", Text), _BEGIN, _END).where(
    calendar_table.c.org_id == bindparam("tenant"),
    calendar_table.c.id == any_(bindparam("calendars", type_=ARRAY(Uuid))),
    calendar_table.c.retired_at.is_not(None),
)
_OCCUPANTS = {
    Status.BOOKED.value: Occupant.APPOINTMENT,
    Status.HELD.value: Occupant.HOLD,
    "outside": Occupant.OUTSIDE,
    "out_of_use": Occupant.OUT_OF_USE,
}
_PLACED = (
    "org_id",
    "id",
    "calendar_id",
    "service_id",
    "starts_at",
    "ends_at",
    "occupied",
    "timezone",
    "local_start",
    "contact_id",
    "status",
    "vapi_call_id",
    "calendar_chosen",
    "told_to",
)
# DO NOTHING: a bare insert that meets the constraint under contention ends in deadlocks, not in an answer.
_BOOKED = (
    upsert(appointments)
    .values({name: bindparam(name) for name in _PLACED})
    .on_conflict_do_nothing()
    .returning(appointments.c.id)
    .cte("inserted")
)
_BOOK = select(_BOOKED.c.id).add_cte(noted(Change.BOOKED, _BOOKED), own_hold_when(_BOOKED))
_BUSY = union_all(_BUSY_HERE, _BUSY_OUTSIDE, _OUT_OF_USE)
_CHANGED = {"version": appointments.c.version + 1, "updated_at": func.now()}


class AppointmentQueries(HoldQueries, ChangeQueries):
    _set_aside: UUID | None = None

    def set_aside(self, appointment_id: UUID) -> None:
        self._set_aside = appointment_id

    async def busy(self, calendars: Sequence[Calendar], period: Period) -> Busy:
        asked = {
            "tenant": self.tenant,
            "calendars": [calendar.id for calendar in calendars],
            "period": period_range(period),
            "now": self.asking.now,
            "conversation": self.asking.conversation_id,
            "caller": self.asking.caller_number,
            "set_aside": self._set_aside,
        }
        rows = await self.session.execute(_BUSY, asked)
        busy: dict[UUID, list[Occupied]] = defaultdict(list)
        for calendar_id, start, end, by, core_start, core_end in rows:
            busy[calendar_id].append(Occupied(start, end, _OCCUPANTS[by], Period(core_start, core_end)))
        return busy

    async def add_appointment(
        self,
        slot: Slot,
        contact_id: UUID,
        vapi_call_id: str | None,
        *,
        told_to: str | None = None,
        calendar_chosen: bool = False,
    ) -> UUID | None:
        appointment_id = uuid4()
        row = {
            "org_id": self.tenant,
            "id": appointment_id,
            **place(slot),
            "contact_id": contact_id,
            "status": Status.BOOKED.value,
            "vapi_call_id": vapi_call_id,
            "calendar_chosen": calendar_chosen,
            "told_to": told_to,
        }
        if not await self._insert(row):
            await self.clear_holds(slot)
            if not await self._insert(row):
                return None
        return appointment_id

    async def _insert(self, row: dict[str, Any]) -> bool:
        return (await self.session.execute(_BOOK, {**row, **self.noting})).first() is not None

    async def move(self, appointment_id: UUID, slot: Slot) -> bool:
        if await self._has_twin(appointment_id, slot):
            return False
        await self.clear_holds(slot)
        moved = (
            update(appointments)
            .where(appointments.c.org_id == self.tenant, appointments.c.id == appointment_id)
            .values(**place(slot), **_CHANGED)
            .returning(appointments.c.id)
            .cte("moved")
        )
        statement = select(moved.c.id).add_cte(noted(Change.MOVED, moved))
        return (await self.session.execute(statement, self.noting)).first() is not None

    async def _has_twin(self, appointment_id: UUID, slot: Slot) -> bool:
        """Whether the same wish of the same call is there already."""
        one, other = appointments, appointments.alias("other")
        twin = select(other.c.id).where(
            other.c.org_id == self.tenant,
            one.c.org_id == self.tenant,
            one.c.id == appointment_id,
            other.c.id != one.c.id,
            func.coalesce(other.c.vapi_call_id, "") == func.coalesce(one.c.vapi_call_id, ""),
            other.c.service_id == one.c.service_id,
            other.c.contact_id == one.c.contact_id,
            other.c.starts_at == slot.start,
            other.c.status == Status.BOOKED.value,
        )
        return (await self.session.execute(twin)).first() is not None

    async def cancel(self, appointment_id: UUID, at: datetime, reason: str) -> None:
        cancelled = (
            update(appointments)
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.id == appointment_id,
                appointments.c.status == Status.BOOKED.value,
            )
            .values(status=Status.CANCELLED.value, cancelled_at=at, cancel_reason=reason or None, **_CHANGED)
            .returning(appointments.c.id)
            .cte("cancelled")
        )
        statement = select(cancelled.c.id).add_cte(noted(Change.CANCELLED, cancelled))
        await self.session.execute(statement, self.noting)

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
