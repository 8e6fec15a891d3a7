"""Booking a time in whichever calendar of the organization has it free.

The constraint in the database decides; the lock only keeps those who want the same time from fighting over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from booking.domain.appointments import Slot
from booking.domain.availability import Busy, free_slots, is_free, is_in_time, open_periods, search_period, starts
from booking.domain.calendars import Calendar
from booking.domain.check_availability import alternatives_after, outside_limits
from booking.domain.contacts import Patient
from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.local_time import Skipped, Twice, instant, parse_date, parse_time
from booking.domain.outcomes import (
    Booked,
    NoSuchTime,
    NotAStart,
    NothingFree,
    NothingToBook,
    Outcome,
    Past,
    Taken,
    TimeOccursTwice,
    UnknownService,
)
from booking.domain.ports import Unit
from booking.domain.services import Service, wanted_service
from booking.domain.speech import offer


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants: a time on the clinic's clock, for somebody, for something."""

    day: date
    time: time
    patient: Patient
    service_type: str
    vapi_call_id: str | None

    @property
    def wall(self) -> datetime:
        return datetime.combine(self.day, self.time)


def understand(*, day: str, time_of_day: str, patient: Patient, service_type: str, vapi_call_id: str | None) -> Wish:
    """Raises ArgumentNotUnderstood for a day or time that has to be asked for again."""
    parsed_day, parsed_time = parse_date(day), parse_time(time_of_day)
    if parsed_day is None:
        raise ArgumentNotUnderstood("appointmentDate")
    if parsed_time is None:
        raise ArgumentNotUnderstood("appointmentTime")
    return Wish(parsed_day, parsed_time, patient, service_type, vapi_call_id)


async def book_appointment(unit: Unit, now: datetime, wish: Wish) -> Outcome:
    calendars, services = await unit.calendars(), await unit.services()
    if not calendars or not services:
        return NothingToBook()
    service = wanted_service(services, wish.service_type)
    if service is None:
        return UnknownService(services)
    if (limits := outside_limits(calendars, service, wish.day, now)) is not None:
        return await _with_alternatives(unit, now, calendars, service, limits)
    candidates = _candidates(calendars, service, wish)
    if isinstance(candidates, NoSuchTime | TimeOccursTwice):
        return candidates
    if not candidates:
        return await _no_such_start(unit, now, calendars, service, wish)
    return await _first_free(unit, now, calendars, candidates, wish)


def _candidates(
    calendars: Sequence[Calendar], service: Service, wish: Wish
) -> list[Slot] | NoSuchTime | TimeOccursTwice:
    """The slots that begin at the wanted time on the clock, in the order in which calendars are locked."""
    found = []
    for calendar in calendars:
        match instant(wish.wall, calendar.zone):
            case Skipped(next_real):
                return NoSuchTime(wish.wall, next_real.astimezone(calendar.zone))
            case Twice(_, _):
                return TimeOccursTwice(wish.wall)
            case start:
                found += [slot for slot in starts(calendar, service, wish.day) if slot.start == start]
    return found


async def _first_free(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], candidates: Sequence[Slot], wish: Wish
) -> Outcome:
    service = candidates[0].service
    in_time = [slot for slot in candidates if is_in_time(slot, now)]
    if not in_time:
        here = now.astimezone(candidates[0].zone)
        return Past(here, await _nearest(unit, now, calendars, service, wish.day))
    for slot in in_time:
        if (appointment_id := await _take(unit, slot, wish)) is not None:
            return Booked(appointment_id, slot)
    if (made := await _made_before(unit, in_time, wish)) is not None:
        return made
    return Taken(in_time[0], await _nearest(unit, now, calendars, service, wish.day))


async def _take(unit: Unit, slot: Slot, wish: Wish) -> UUID | None:
    await unit.lock(slot.calendar)
    if not is_free(slot, await unit.busy([slot.calendar], slot.occupied)):
        return None
    contact = await unit.save_contact(wish.patient)
    return await unit.add_appointment(slot, contact, wish.vapi_call_id)


async def _made_before(unit: Unit, candidates: Sequence[Slot], wish: Wish) -> Booked | None:
    """The appointment this very call made for the same wish, when it is asked for under a new tool call id."""
    if wish.vapi_call_id is None:
        return None
    found = await unit.same_wish(candidates[0].service, candidates[0], wish.patient, wish.vapi_call_id)
    if found is None:
        return None
    appointment_id, calendar_id = found
    slot = next((slot for slot in candidates if slot.calendar.id == calendar_id), candidates[0])
    return Booked(appointment_id, slot)


async def _no_such_start(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, wish: Wish
) -> NotAStart | NothingFree:
    if any(open_periods(calendar, wish.day) for calendar in calendars):
        return NotAStart(wish.wall, await _nearest(unit, now, calendars, service, wish.day))
    alternatives = await alternatives_after(unit, now, calendars, service, wish.day)
    return NothingFree(wish.day, closed=True, alternatives=alternatives)


async def _nearest(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Sequence[Slot]:
    """What to offer of the same day, else of the next one that has anything free."""
    busy: Busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    if slots := free_slots(calendars, service, day, busy, now):
        return offer(slots)
    return await alternatives_after(unit, now, calendars, service, day)


async def _with_alternatives(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, limits: Outcome
) -> Outcome:
    if isinstance(limits, Past):
        return replace(limits, alternatives=await _nearest(unit, now, calendars, service, limits.now.date()))
    return limits
