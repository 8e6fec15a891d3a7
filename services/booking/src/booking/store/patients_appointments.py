"""Appointments as their patients may hear of them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Date, RowMapping, Select, cast, select

from booking.domain.schedule.appointments import PatientsAppointment, Status
from booking.store.locks import LockQueries
from booking.store.tables import appointments, contacts, services

_MOST = 50
"""Nobody hears of more; who has more is told the next ones."""

_APPOINTMENTS = (
    select(
        appointments.c.id,
        appointments.c.contact_id,
        contacts.c.name.label("patient_name"),
        appointments.c.calendar_id,
        appointments.c.calendar_chosen,
        appointments.c.service_id,
        services.c.name.label("service_name"),
        appointments.c.starts_at,
        appointments.c.ends_at,
        appointments.c.timezone,
        appointments.c.status,
    )
    .join_from(
        appointments,
        contacts,
        (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id),
    )
    .join(services, (services.c.org_id == appointments.c.org_id) & (services.c.id == appointments.c.service_id))
    .where(appointments.c.status.in_((Status.BOOKED.value, Status.CANCELLED.value)))
)


class PatientsAppointmentQueries(LockQueries):
    async def appointments_of_number(self, phone: str, after: datetime) -> Sequence[PatientsAppointment]:
        return await self._later(after, appointments.c.told_to == phone)

    async def appointments_of_name(self, name_key: str, day: date, after: datetime) -> Sequence[PatientsAppointment]:
        on_that_day = cast(appointments.c.local_start, Date) == day
        return await self._later(after, contacts.c.name_key == name_key, on_that_day)

    async def patients_appointment(self, appointment_id: UUID) -> PatientsAppointment | None:
        return await self._one_of_patient(self._of_tenant().where(appointments.c.id == appointment_id))

    async def lock_appointment(self, appointment_id: UUID) -> PatientsAppointment | None:
        await self._share_person_of(appointment_id)
        this = self._of_tenant().where(appointments.c.id == appointment_id)
        return await self._one_of_patient(this.with_for_update(of=appointments))

    async def _one_of_patient(self, query: Select[Any]) -> PatientsAppointment | None:
        row = (await self.session.execute(query)).mappings().first()
        return None if row is None else _appointment(row)

    async def _later(self, after: datetime, *conditions: ColumnElement[bool]) -> Sequence[PatientsAppointment]:
        found = await self.session.execute(
            self._of_tenant()
            .where(appointments.c.starts_at > after, *conditions)
            .order_by(appointments.c.starts_at, appointments.c.id)
            .limit(_MOST)
        )
        return [_appointment(row) for row in found.mappings()]

    def _of_tenant(self) -> Select[Any]:
        return _APPOINTMENTS.where(
            appointments.c.org_id == self.tenant,
            contacts.c.org_id == self.tenant,
            services.c.org_id == self.tenant,
        )


def _appointment(row: RowMapping) -> PatientsAppointment:
    return PatientsAppointment(**{**row, "status": Status(row["status"])})
