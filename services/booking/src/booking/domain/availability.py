"""A slot is arithmetic in the calendar's zone: opening hours less what is occupied, within lead time and horizon."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.appointments import Slot
from booking.domain.calendars import Calendar
from booking.domain.local_time import Period, Twice, instant, opening_instant
from booking.domain.services import Service

_OFFERED = 3
_NOON = 12

Busy = Mapping[UUID, Sequence[Period]]
"""What is occupied, by calendar."""


def open_periods(calendar: Calendar, day: date) -> list[Period]:
    """When the calendar is open on a day of its own zone."""
    tz = calendar.zone
    return [
        Period(opening_instant(day, interval.opens, tz), opening_instant(day, interval.closes, tz))
        for interval in sorted(calendar.opening_hours, key=lambda interval: interval.opens)
        if interval.weekday == day.isoweekday()
    ]


def starts(calendar: Calendar, service: Service, day: date) -> Iterator[datetime]:
    """Every start of the service on a day, free or not, aware and in UTC.

    Steps walk in UTC, so none is skipped or doubled where clocks change.
    """
    duration, step = service.duration, service.step
    for period in open_periods(calendar, day):
        start = period.start
        while start + duration <= period.end:
            yield start
            start += step


def free_slots(calendars: Sequence[Calendar], service: Service, day: date, busy: Busy, now: datetime) -> list[Slot]:
    """The bookable starts of a day, earliest first, one for each time on the clock whichever calendar has it."""
    by_time: dict[datetime, Slot] = {}
    for calendar in calendars:
        for start in _free_starts(calendar, service, day, busy.get(calendar.id, ()), now):
            by_time.setdefault(start, Slot(calendar, service, start))
    return [by_time[start] for start in sorted(by_time)]


def _free_starts(
    calendar: Calendar, service: Service, day: date, taken: Sequence[Period], now: datetime
) -> Iterator[datetime]:
    if day > last_day(calendar, service, now):
        return
    earliest = now + service.lead_time
    before, after = service.buffer_before, service.duration + service.buffer_after
    doubled = _doubled_times(calendar, day)
    for start in starts(calendar, service, day):
        begin, end = start - before, start + after
        occupied = any(period.start < end and begin < period.end for period in taken)
        if start >= earliest and not occupied and not (doubled and occurs_twice(start, calendar.zone)):
            yield start


def _doubled_times(calendar: Calendar, day: date) -> bool:
    """Whether clocks go back on that day of the calendar's zone."""
    midnight = datetime.combine(day, time(), calendar.zone)
    return (midnight.utcoffset() or timedelta()) > ((midnight + timedelta(days=1)).utcoffset() or timedelta())


def occurs_twice(start: datetime, tz: ZoneInfo) -> bool:
    """Whether the clock shows this start twice: it cannot be said which is meant, so it is not offered."""
    return isinstance(instant(start.astimezone(tz).replace(tzinfo=None, fold=0), tz), Twice)


def offer(slots: Sequence[Slot]) -> list[Slot]:
    """Two or three slots worth saying: the first of each half of the day that is free, then the next in order."""
    morning = [slot for slot in slots if slot.local_start.hour < _NOON]
    afternoon = [slot for slot in slots if slot.local_start.hour >= _NOON]
    chosen = morning[:1] + afternoon[:1]
    chosen += [slot for slot in slots if slot not in chosen][: _OFFERED - len(chosen)]
    return sorted(chosen, key=lambda slot: slot.start)


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
