"""Moving an appointment, whole or not at all: until the new time is its, it keeps the old one."""

from dataclasses import dataclass, replace
from datetime import datetime

from booking.domain.ports import Unit
from booking.domain.reception.answers import ToolCall
from booking.domain.reception.clinics_day import clinics_day
from booking.domain.reception.offers import Offer
from booking.domain.reception.outcomes import AlreadyCancelled, AlreadyThen, Moved, NotMovable, Outcome
from booking.domain.reception.spoken_times import WrongWeekday
from booking.domain.reception.wanted_time import SpokenTime, take_wanted_time
from booking.domain.reception.which_appointment import Mention, find_appointment
from booking.domain.schedule.appointments import PatientsAppointment, Slot, Status


@dataclass(frozen=True, slots=True)
class MoveWish:
    """Which appointment to move, and where to."""

    which: Mention
    to: SpokenTime


async def reschedule_appointment(unit: Unit, now: datetime, wish: MoveWish, call: ToolCall | None) -> Outcome:
    """Raises ArgumentNotUnderstood for a day or time that has to be asked for again.

    It keeps its service. It keeps its calendar where that is free, or where its patient had asked for it by name; else
    another that offers the service will do, as when it was booked.
    """
    wall = wish.to.wall(await clinics_day(unit, now, wish.to.day))
    if isinstance(wall, WrongWeekday):
        return wall
    if call is not None and (moved := await _moved_before(unit, wall, call)) is not None:
        return AlreadyThen(moved)
    found = await find_appointment(unit, now, wish.which)
    if not isinstance(found, PatientsAppointment):
        return found
    if found.status is not Status.BOOKED:
        return AlreadyCancelled(found)
    if _is_then(found, wall):
        return AlreadyThen(found)
    return await _move(unit, now, found, wall)


async def _moved_before(unit: Unit, wall: datetime, call: ToolCall) -> PatientsAppointment | None:
    """The appointment that the same wish, made in the same conversation under another id, has moved there."""
    about = await unit.answered_about(call)
    appointment = None if about is None else await unit.patients_appointment(about)
    return appointment if appointment is not None and _is_then(appointment, wall) else None


def _is_then(appointment: PatientsAppointment, wall: datetime) -> bool:
    return appointment.status is Status.BOOKED and appointment.local_start.replace(tzinfo=None) == wall


async def _move(unit: Unit, now: datetime, appointment: PatientsAppointment, wall: datetime) -> Outcome:
    offer = await _offer(unit, appointment)
    if offer is None:
        return NotMovable(appointment)
    unit.set_aside(appointment.id)
    for calendar in sorted(offer.calendars, key=lambda one: one.id):
        await unit.lock(calendar)

    async def take(slot: Slot) -> Moved | None:
        if not await unit.move(appointment.id, slot):
            return None
        there = replace(
            appointment,
            calendar_id=slot.calendar.id,
            starts_at=slot.start,
            ends_at=slot.end,
            timezone=slot.calendar.timezone,
        )
        return Moved(there, appointment)

    return await take_wanted_time(unit, now, offer, wall, take)


async def _offer(unit: Unit, appointment: PatientsAppointment) -> Offer | None:
    """Its service in its own calendar, then in the others it may move to; None if callers can have it in none."""
    service = next((one for one in await unit.services() if one.id == appointment.service_id), None)
    if service is None:
        return None
    offering = [one for one in await unit.calendars() if service.offered_in(one.id)]
    own = [one for one in offering if one.id == appointment.calendar_id]
    others = [] if appointment.calendar_chosen else [one for one in offering if one.id != appointment.calendar_id]
    return Offer(service, own + others) if own + others else None
