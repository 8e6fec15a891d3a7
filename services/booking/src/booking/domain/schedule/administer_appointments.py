"""Appointments as the clinic's staff make and change them: under the same lock, constraint and arithmetic as callers.

Staff may start at any minute within the opening hours, and sooner than the lead time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from booking.domain.errors import (
    AppointmentNotFound,
    AppointmentOver,
    AppointmentToCome,
    CalendarNotFound,
    ContactNotFound,
    ServiceNotFound,
    TimeClosed,
    TimePast,
    TimeTaken,
    TimeTooFarAhead,
)
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Appointment, Slot, Status
from booking.domain.schedule.availability import is_free, last_day, open_periods
from booking.domain.schedule.calendars import Calendar

_TWO_DAYS = timedelta(days=2)
"""More than the horizon's last day can last beyond it, whatever its zone."""


@dataclass(frozen=True, slots=True)
class NewAppointment:
    """What staff want to book."""

    calendar_id: UUID
    service_id: UUID
    contact_id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class AppointmentChanges:
    """What shall be of an appointment; None stays as it is."""

    starts_at: datetime | None = None
    calendar_id: UUID | None = None
    status: Status | None = None

    def moves(self, known: Appointment) -> bool:
        return (self.starts_at or known.starts_at, self.calendar_id or known.calendar_id) != (
            known.starts_at,
            known.calendar_id,
        )

    def sets_status(self, known: Appointment) -> bool:
        return self.status not in {None, known.status}


async def get_appointment(unit: Unit, appointment_id: UUID) -> Appointment:
    """Raises AppointmentNotFound."""
    found = await unit.appointment(appointment_id)
    if found is None:
        raise AppointmentNotFound
    return found


async def create_appointment(unit: Unit, now: datetime, wish: NewAppointment) -> Appointment:
    """Raises TimeTaken, TimeClosed, TimePast, TimeTooFarAhead, CalendarNotFound, ServiceNotFound, ContactNotFound."""
    calendar = await _calendar(unit, wish.calendar_id)
    service = next((one for one in await unit.services() if one.id == wish.service_id), None)
    if service is None or not service.offered_in(calendar.id):
        raise ServiceNotFound
    slot = Slot(calendar, service, wish.starts_at)
    # A contact's lock is taken after a calendar's, as those do who book for callers.
    await unit.lock(calendar)
    contact = await unit.contact_to_book_for(wish.contact_id)
    if contact is None:
        raise ContactNotFound
    await _check_time(unit, slot, now)
    told_to = contact.phone if contact.phone_is_theirs else None
    made = await unit.add_appointment(slot, contact.id, None, told_to=told_to, calendar_chosen=True)
    if made is None:
        raise TimeTaken
    return await get_appointment(unit, made)


async def update_appointment(
    unit: Unit, now: datetime, appointment_id: UUID, changes: AppointmentChanges
) -> Appointment:
    """Moves it, then says how it ended; whole or not at all.

    Raises AppointmentNotFound, AppointmentOver, AppointmentToCome, and as create_appointment.
    """
    known = await unit.appointment_to_change(appointment_id)
    if known is None:
        raise AppointmentNotFound
    if changes.moves(known):
        await _move(unit, now, known, changes)
    if changes.sets_status(known):
        await _set_status(unit, now, await get_appointment(unit, known.id), changes.status)
    return await get_appointment(unit, known.id)


async def _move(unit: Unit, now: datetime, known: Appointment, changes: AppointmentChanges) -> None:
    if known.status is not Status.BOOKED:
        raise AppointmentOver
    calendar = await _calendar(unit, changes.calendar_id or known.calendar_id)
    # It is for what it was for, though that may be out of use by now.
    service = await unit.service(known.service_id)
    if service is None or not (calendar.id == known.calendar_id or service.offered_in(calendar.id)):
        raise ServiceNotFound
    slot = Slot(calendar, service, changes.starts_at or known.starts_at)
    await unit.lock(calendar)
    unit.set_aside(known.id)
    await _check_time(unit, slot, now)
    if not await unit.move(known.id, slot):
        raise TimeTaken


async def _set_status(unit: Unit, now: datetime, known: Appointment, status: Status | None) -> None:
    match status:
        case Status.CANCELLED if known.status is Status.BOOKED:
            await unit.cancel(known.id, now, "")
        case Status.COMPLETED | Status.NO_SHOW if known.status is not Status.CANCELLED:
            if known.starts_at > now:
                raise AppointmentToCome
            await unit.set_status(known.id, status)
        case Status.BOOKED if known.status is not Status.CANCELLED:
            # It did not end so after all; its time may be somebody else's by now.
            await unit.lock(await _calendar(unit, known.calendar_id))
            if not await unit.set_status(known.id, status):
                raise TimeTaken
        case _:
            raise AppointmentOver


async def _check_time(unit: Unit, slot: Slot, now: datetime) -> None:
    """Asked under the calendar's lock."""
    if slot.start < now:
        raise TimePast
    # Far enough away there is no time on the calendar's clock to compare.
    if slot.start - now > slot.service.horizon + _TWO_DAYS:
        raise TimeTooFarAhead
    day = slot.local_start.date()
    if day > last_day(slot.calendar, slot.service, now):
        raise TimeTooFarAhead
    if not any(period.start <= slot.start and slot.end <= period.end for period in open_periods(slot.calendar, day)):
        raise TimeClosed
    if not is_free(slot, await unit.busy([slot.calendar], slot.occupied)):
        raise TimeTaken


async def _calendar(unit: Unit, calendar_id: UUID) -> Calendar:
    found = next((one for one in await unit.calendars() if one.id == calendar_id), None)
    if found is None:
        raise CalendarNotFound
    return found
