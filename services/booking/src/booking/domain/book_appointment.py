"""Booking a time in whichever calendar of the organization has it free.

The constraint in the database decides; the lock only keeps those who want the same time from fighting over it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from booking.domain import alternatives
from booking.domain.appointments import Slot
from booking.domain.availability import free_slots, is_free, is_in_time, open_periods, search_period, starts
from booking.domain.calendars import Calendar
from booking.domain.contacts import Patient, Told, patient
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


@dataclass(frozen=True, slots=True)
class Wish:
    """What a caller wants: a time on the clinic's clock, for somebody, for something."""

    day: date
    time: time
    told: Told
    service_type: str
    vapi_call_id: str | None

    @property
    def wall(self) -> datetime:
        return datetime.combine(self.day, self.time)


def understand(*, day: str, time_of_day: str, told: Told, service_type: str, vapi_call_id: str | None) -> Wish:
    """Raises ArgumentNotUnderstood for a day or time that has to be asked for again."""
    parsed_day, parsed_time = parse_date(day), parse_time(time_of_day)
    if parsed_day is None:
        raise ArgumentNotUnderstood("appointmentDate")
    if parsed_time is None:
        raise ArgumentNotUnderstood("appointmentTime")
    return Wish(parsed_day, parsed_time, told, service_type, vapi_call_id)


async def book_appointment(unit: Unit, now: datetime, wish: Wish) -> Outcome:
    """Raises ArgumentNotUnderstood for what was told of the patient and has to be asked for again."""
    calendars, services = await unit.calendars(), await unit.services()
    if not calendars or not services:
        return NothingToBook()
    service = wanted_service(services, wish.service_type)
    if service is None:
        return UnknownService(services)
    whom = patient(wish.told, calendars[0].timezone)
    if (refused := await alternatives.refuse_day(unit, now, calendars, service, wish.day)) is not None:
        return refused
    return await _Attempt(unit, now, calendars, service, wish, whom).outcome()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """To book a service on a day that can be booked."""

    unit: Unit
    now: datetime
    calendars: Sequence[Calendar]
    service: Service
    wish: Wish
    patient: Patient

    async def outcome(self) -> Outcome:
        candidates = self._candidates()
        if isinstance(candidates, Skipped):
            return await self._no_such_time(candidates)
        if isinstance(candidates, TimeOccursTwice):
            return candidates
        if not candidates:
            return await self._no_such_start()
        in_time = [slot for slot in candidates if is_in_time(slot, self.now)]
        if not in_time:
            return Past(self.now.astimezone(candidates[0].zone), await self._nearest())
        return await self._first_free(in_time)

    def _candidates(self) -> list[Slot] | Skipped | TimeOccursTwice:
        """The slots that begin at the wanted time on the clock, in the order in which calendars are locked."""
        found = []
        for calendar in self.calendars:
            match instant(self.wish.wall, calendar.zone):
                case Skipped() as skipped:
                    return skipped
                case Twice(_, _):
                    return TimeOccursTwice(self.wish.wall)
                case start if start in starts(calendar, self.service, self.wish.day):
                    found.append(Slot(calendar, self.service, start))
        return found

    async def _first_free(self, slots: Sequence[Slot]) -> Booked | Taken:
        for slot in slots:
            if (appointment_id := await self._take(slot)) is not None:
                return Booked(appointment_id, slot)
        return await self._made_before(slots) or Taken(slots[0], await self._nearest())

    async def _take(self, slot: Slot) -> UUID | None:
        await self.unit.lock(slot.calendar)
        if not is_free(slot, await self.unit.busy([slot.calendar], slot.occupied)):
            return None
        contact_id = await self.unit.save_contact(self.patient, self.wish.vapi_call_id)
        return await self.unit.add_appointment(slot, contact_id, self.wish.vapi_call_id)

    async def _made_before(self, slots: Sequence[Slot]) -> Booked | None:
        """The appointment made for the same wish: by this very call, or, like this one, by none."""
        call = self.wish.vapi_call_id
        if (contact_id := await self.unit.find_contact(self.patient, call)) is None:
            return None
        found = await self.unit.same_wish(slots[0], contact_id, call)
        if found is None:
            return None
        appointment_id, calendar_id = found
        return Booked(appointment_id, next((one for one in slots if one.calendar.id == calendar_id), slots[0]))

    async def _no_such_time(self, skipped: Skipped) -> NoSuchTime:
        """With the next real time if it can be had, else with what can."""
        busy = await self.unit.busy(self.calendars, search_period(self.calendars, self.service, self.wish.day, 1))
        free = free_slots(self.calendars, self.service, self.wish.day, busy, self.now)
        next_real = [slot for slot in free if slot.start == skipped.next_real]
        return NoSuchTime(self.wish.wall, next_real or await self._nearest())

    async def _no_such_start(self) -> NotAStart | NothingFree:
        if any(open_periods(calendar, self.wish.day) for calendar in self.calendars):
            return NotAStart(self.wish.wall, await self._nearest())
        later = await alternatives.after(self.unit, self.now, self.calendars, self.service, self.wish.day)
        return NothingFree(self.wish.day, closed=True, alternatives=later)

    async def _nearest(self) -> Sequence[Slot]:
        return await alternatives.nearest(self.unit, self.now, self.calendars, self.service, self.wish.day)
