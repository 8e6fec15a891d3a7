"""Having one of the slots that begin at a time a caller wants, in whichever calendar has it free.

The constraint in the database decides; the lock only keeps those who want the same time from fighting over it.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.ports import Unit
from booking.domain.reception import alternatives
from booking.domain.reception.offers import Offer
from booking.domain.reception.outcomes import NoSuchTime, NotAStart, NothingFree, Outcome, Past, Taken, TimeOccursTwice
from booking.domain.reception.spoken_times import WrongWeekday, read
from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import free_slots, is_free, is_in_time, open_periods, search_period, starts
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.local_time import Skipped, Twice, instant
from booking.domain.schedule.services import Service

Take = Callable[[Slot], Awaitable[Outcome | None]]
"""Takes a slot that is free, under its calendar's lock; None if it cannot be had all the same."""


@dataclass(frozen=True, slots=True)
class SpokenTime:
    """A day and a time of day in the assistant's words, and the arguments that told them."""

    day: str
    time_of_day: str
    day_argument: str = "appointmentDate"
    time_argument: str = "appointmentTime"

    def wall(self, today: date | None = None) -> datetime | WrongWeekday:
        """What a clock shows then. `today` is the clinic's.

        Raises ArgumentNotUnderstood for a day or time that has to be asked for again, or that was told in two ways.
        """
        day, clock = read(self.day, today), read(self.time_of_day, today)
        if day is None or day.day is None:
            raise ArgumentNotUnderstood(self.day_argument)
        if clock is None or clock.time_of_day is None or clock.day not in {None, day.day}:
            raise ArgumentNotUnderstood(self.time_argument)
        # Models fill up a day with midnight.
        if day.time_of_day not in {None, time(), clock.time_of_day}:
            raise ArgumentNotUnderstood(self.time_argument)
        return day.day if isinstance(day.day, WrongWeekday) else datetime.combine(day.day, clock.time_of_day)


async def _nothing(_: Slot) -> None: ...


async def take_wanted_time(
    unit: Unit, now: datetime, offer: Offer, wall: datetime, take: Take, *, had: Take = _nothing
) -> Outcome:
    """What `take` came to with the first of the slots that is free, or why none can be had and what can.

    `had` is asked before that is said to be taken which the caller has themselves; of the first of the slots.
    """
    refused = await alternatives.refuse_day(unit, now, offer.calendars, offer.service, wall.date())
    return refused or await _Attempt(unit, now, offer.calendars, offer.service, wall, take, had).outcome()


@dataclass(frozen=True, slots=True)
class _Attempt:
    """To take a slot of a day that can be booked."""

    unit: Unit
    now: datetime
    calendars: Sequence[Calendar]
    service: Service
    wall: datetime
    take: Take
    had: Take

    async def outcome(self) -> Outcome:
        candidates = self._candidates()
        if isinstance(candidates, Skipped):
            return await self._no_such_time(candidates)
        if isinstance(candidates, Twice):
            return TimeOccursTwice(self.wall, await self._nearest())
        if not candidates:
            return await self._no_such_start()
        in_time = [slot for slot in candidates if is_in_time(slot, self.now)]
        if not in_time:
            return Past(self.now.astimezone(candidates[0].zone), await self._nearest())
        return await self._first_free(in_time)

    def _candidates(self) -> list[Slot] | Skipped | Twice:
        """The slots that begin at the wanted time on the clock, in the order in which calendars are locked."""
        found = []
        for calendar in self.calendars:
            match instant(self.wall, calendar.zone):
                case Skipped() as skipped:
                    return skipped
                case Twice() as twice:
                    return twice
                case start if start in starts(calendar, self.service, self._day):
                    found.append(Slot(calendar, self.service, start))
        return found

    async def _first_free(self, slots: Sequence[Slot]) -> Outcome:
        for slot in slots:
            await self.unit.lock(slot.calendar)
            if is_free(slot, await self.unit.busy([slot.calendar], slot.occupied)):
                if (taken := await self.take(slot)) is not None:
                    return taken
                # No further calendar is locked: rows are written by now, and who waits for them may have its lock.
                break
        return await self.had(slots[0]) or Taken(slots[0], await self._nearest())

    async def _no_such_time(self, skipped: Skipped) -> NoSuchTime:
        """With the next real time if it can be had, else with what can."""
        busy = await self.unit.busy(self.calendars, search_period(self.calendars, self.service, self._day, 1))
        self.unit.decide_by(Grounds(self.now, self.service, self.calendars, self._day, self._day, busy))
        free = free_slots(self.calendars, self.service, self._day, busy, self.now)
        next_real = [slot for slot in free if slot.start == skipped.next_real]
        return NoSuchTime(self.wall, next_real or await self._nearest())

    async def _no_such_start(self) -> NotAStart | NothingFree:
        if any(open_periods(calendar, self._day) for calendar in self.calendars):
            return NotAStart(self.wall, await self._nearest())
        self.unit.decide_by(Grounds(self.now, self.service, self.calendars, self._day, self._day, {}))
        later = await alternatives.after(self.unit, self.now, self.calendars, self.service, self._day)
        return NothingFree(self._day, closed=True, alternatives=later)

    async def _nearest(self) -> Sequence[Slot]:
        return await alternatives.nearest(
            self.unit, self.now, self.calendars, self.service, self._day, wanted=self.wall.time()
        )

    @property
    def _day(self) -> date:
        return self.wall.date()
