"""A slot is arithmetic in the calendar's zone: opening hours less what is occupied, within lead time and horizon."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.local_time import Occupied, Period, Twice, instant, opening_instant
from booking.domain.schedule.services import Service

_OFFERED = 3
_NOON = 12

Busy = Mapping[UUID, Sequence[Occupied]]
"""What is occupied, by calendar."""


def open_periods(calendar: Calendar, day: date) -> list[Period]:
    """When the calendar is open on a day of its own zone; empty where clocks skip all of it."""
    tz = calendar.zone
    periods = (
        Period(opening_instant(day, hours.opens, tz), opening_instant(day, hours.closes, tz))
        for hours in calendar.hours(day)
    )
    return [period for period in periods if period.start < period.end]


def starts(calendar: Calendar, service: Service, day: date) -> Iterator[datetime]:
    """Every start of the service on a day, free or not, aware and in UTC.

    Steps walk in UTC, so none is skipped or doubled where clocks change.
    """
    tz, duration, step = calendar.zone, service.duration, service.step
    for hours in calendar.hours(day):
        start = opens = opening_instant(day, hours.opens, tz)
        if hours.counted_from != hours.opens:
            counted_from = opening_instant(day, hours.counted_from, tz)
            start = counted_from - (counted_from - opens) // step * step
        last = opening_instant(day, hours.closes, tz) - duration
        while start <= last:
            yield start
            start += step


def free_slots(calendars: Sequence[Calendar], service: Service, day: date, busy: Busy, now: datetime) -> list[Slot]:
    """The bookable starts of a day, earliest first, one for each time on the clock whichever calendar has it."""
    return next((slots for _, slots in free_days(calendars, service, [day], busy, now)), [])


def free_days(
    calendars: Sequence[Calendar], service: Service, days: Iterable[date], busy: Busy, now: datetime
) -> Iterator[tuple[date, list[Slot]]]:
    """Those of the days that have something free, with their bookable starts. A later day costs nothing until asked."""
    searches = [_Search(calendar, service, busy.get(calendar.id, ()), now) for calendar in calendars]
    one_clock = len({calendar.timezone for calendar in calendars}) <= 1
    for day in days:
        by_time: dict[datetime, Slot] = {}
        for search in searches:
            for start in search.starts(day):
                slot = Slot(search.calendar, service, start)
                by_time.setdefault(start if one_clock else slot.local_start.replace(tzinfo=None), slot)
        if by_time:
            yield day, [by_time[at] for at in sorted(by_time)]


class _Search:
    """For the free starts of one calendar."""

    def __init__(self, calendar: Calendar, service: Service, busy: Sequence[Period], now: datetime) -> None:
        self.calendar = calendar
        self._service = service
        self._last_day = last_day(calendar, service, now)
        self._earliest = now + service.lead_time
        self._begins, self._ends = _merged(busy)

    def starts(self, day: date) -> Iterator[datetime]:
        if day > self._last_day:
            return
        before, after = self._service.buffer_before, self._service.duration + self._service.buffer_after
        doubled = _doubled_times(self.calendar, day)
        for start in starts(self.calendar, self._service, day):
            if (
                start >= self._earliest
                and not self._is_occupied(start - before, start + after)
                and not (doubled and occurs_twice(start, self.calendar.zone))
            ):
                yield start

    def _is_occupied(self, begin: datetime, end: datetime) -> bool:
        first = bisect_right(self._ends, begin)
        return first < len(self._begins) and self._begins[first] < end


def _merged(busy: Sequence[Period]) -> tuple[list[datetime], list[datetime]]:
    """The begins and the ends of what is occupied, in order and without overlaps."""
    begins: list[datetime] = []
    ends: list[datetime] = []
    for period in sorted(busy, key=lambda period: period.start):
        if ends and period.start <= ends[-1]:
            ends[-1] = max(ends[-1], period.end)
        else:
            begins.append(period.start)
            ends.append(period.end)
    return begins, ends


def _doubled_times(calendar: Calendar, day: date) -> bool:
    """Whether clocks go back on that day of the calendar's zone."""
    midnight = datetime.combine(day, time(), calendar.zone)
    return (midnight.utcoffset() or timedelta()) > ((midnight + timedelta(days=1)).utcoffset() or timedelta())


def occurs_twice(start: datetime, tz: ZoneInfo) -> bool:
    """Whether the clock shows this start twice: it cannot be said which is meant, so it is not offered."""
    return isinstance(instant(start.astimezone(tz).replace(tzinfo=None, fold=0), tz), Twice)


def offer(slots: Sequence[Slot], wanted: time | None = None) -> list[Slot]:
    """Two or three slots worth saying: one of each half of the day that is free, then the next.

    The first ones; or those nearest to the time on the clock that is wanted.
    """
    if wanted is not None:
        slots = sorted(slots, key=lambda slot: _minutes_apart(slot.local_start, wanted))
    morning = [slot for slot in slots if slot.local_start.hour < _NOON]
    afternoon = [slot for slot in slots if slot.local_start.hour >= _NOON]
    chosen = morning[:1] + afternoon[:1]
    chosen += [slot for slot in slots if slot not in chosen][: _OFFERED - len(chosen)]
    return sorted(chosen, key=lambda slot: slot.start)


def offer_of_days(days: Sequence[Sequence[Slot]]) -> list[list[Slot]]:
    """Two or three slots of several days, the earliest days first, of each half-day one as soon as there is one."""
    if len(days) == 1:
        return [offer(days[0])]
    offered: list[list[Slot]] = []
    halves: set[bool] = set()
    left = _OFFERED
    for slots in days:
        first_of_half = {slot.local_start.hour < _NOON: slot for slot in reversed(slots)}
        new = [half for half in sorted(first_of_half, reverse=True) if half not in halves][:left]
        chosen = [first_of_half[half] for half in new] or [slots[0]]
        offered.append(chosen)
        halves.update(new)
        left -= len(chosen)
        if not left:
            break
    return offered


def _minutes_apart(local: datetime, wanted: time) -> int:
    return abs((local.hour - wanted.hour) * 60 + local.minute - wanted.minute)


def is_free(slot: Slot, busy: Busy) -> bool:
    return not any(slot.occupied.overlaps(period) for period in busy.get(slot.calendar.id, ()))


def is_in_time(slot: Slot, now: datetime) -> bool:
    """Not in the past, not sooner than the lead time, not after the last day."""
    return now + slot.service.lead_time <= slot.start and slot.local_start.date() <= last_day(
        slot.calendar, slot.service, now
    )


def last_day(calendar: Calendar, service: Service, now: datetime) -> date:
    """The last day of the horizon, a whole one: days are what a caller is told."""
    return (now.astimezone(calendar.zone) + service.horizon).date()


def search_period(calendars: Sequence[Calendar], service: Service, first: date, days: int) -> Period:
    """A period that holds everything that could occupy a slot of these days, in any of the calendars' zones."""
    margin = service.buffer_before + service.buffer_after
    begins = [opening_instant(first, 0, calendar.zone) for calendar in calendars]
    ends = [opening_instant(first + timedelta(days=days), 0, calendar.zone) for calendar in calendars]
    return Period(min(begins) - margin, max(ends) + margin)
