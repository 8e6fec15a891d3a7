"""Appointments as the clinic's staff see them: all but holds, with or without a contact."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from booking.domain.schedule.appointments import Appointment, Position, Selection, Status
from booking.store.locks import LockQueries
from booking.store.tables import appointments, contacts

_APPOINTMENTS = (
    select(
        appointments.c.id,
        appointments.c.calendar_id,
        appointments.c.service_id,
        appointments.c.contact_id,
        func.coalesce(contacts.c.name, "").label("patient_name"),
        appointments.c.starts_at,
        appointments.c.ends_at,
        appointments.c.status,
        appointments.c.vapi_call_id,
        appointments.c.cancel_reason,
    )
    .outerjoin_from(
        appointments,
        contacts,
        (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id),
    )
    .where(appointments.c.status != Status.HELD.value)
)


class StaffsAppointmentQueries(LockQueries):
    async def appointments(self, selection: Selection, after: Position | None, limit: int) -> Sequence[Appointment]:
        query = (
            self._all_appointments()
            .where(*_selected(selection))
            .order_by(appointments.c.starts_at, appointments.c.id)
            .limit(limit)
        )
        if after is not None:
            query = query.where(tuple_(appointments.c.starts_at, appointments.c.id) > tuple_(after.starts_at, after.id))
        return [_appointment(row) for row in await self.session.execute(query)]

    async def appointment(self, appointment_id: UUID) -> Appointment | None:
        return await self._one_appointment(self._all_appointments().where(appointments.c.id == appointment_id))

    async def appointment_to_change(self, appointment_id: UUID) -> Appointment | None:
        await self._share_person_of(appointment_id)
        one = self._all_appointments().where(appointments.c.id == appointment_id)
        return await self._one_appointment(one.with_for_update(of=appointments))

    async def set_status(self, appointment_id: UUID, status: Status) -> bool:
        try:
            async with self.session.begin_nested():
                await self.session.execute(
                    update(appointments)
                    .where(appointments.c.org_id == self.tenant, appointments.c.id == appointment_id)
                    .values(status=status.value, version=appointments.c.version + 1, updated_at=func.now())
                )
        except IntegrityError:
            return False
        return True

    async def _one_appointment(self, query: Select[Any]) -> Appointment | None:
        row = (await self.session.execute(query)).one_or_none()
        return None if row is None else _appointment(row)

    def _all_appointments(self) -> Select[Any]:
        return _APPOINTMENTS.where(appointments.c.org_id == self.tenant)


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(**{**row._asdict(), "status": Status(row.status)})


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
