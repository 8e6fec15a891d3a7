"""A slot is arithmetic in the calendar's zone: opening hours less what is occupied, within lead time and horizon."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from booking.domain.appointments import Slot
from booking.domain.calendars import Calendar
from booking.domain.local_time import Period, Twice, instant, opening_instant
from booking.domain.services import Service

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


def starts(calendar: Calendar, service: Service, day: date) -> Iterator[Slot]:
    """Every start of the service on a day, free or not; steps walk in UTC, so none is skipped or doubled by DST."""
    for period in open_periods(calendar, day):
        start = period.start
        while start + service.duration <= period.end:
            yield Slot(calendar, service, start)
            start += service.step


def free_slots(calendars: Sequence[Calendar], service: Service, day: date, busy: Busy, now: datetime) -> list[Slot]:
    """The bookable starts of a day, earliest first, one for each time on the clock whichever calendar has it."""
    by_time: dict[datetime, Slot] = {}
    for calendar in calendars:
        for slot in starts(calendar, service, day):
            if is_in_time(slot, now) and is_free(slot, busy) and not occurs_twice(slot):
                by_time.setdefault(slot.start, slot)
    return [by_time[start] for start in sorted(by_time)]


def is_free(slot: Slot, busy: Busy) -> bool:
    return not any(slot.occupied.overlaps(period) for period in busy.get(slot.calendar.id, ()))


def occurs_twice(slot: Slot) -> bool:
    """Whether the clock shows this start twice that day: it cannot be said which is meant, so it is not offered."""
    return isinstance(instant(slot.local_start.replace(tzinfo=None), slot.zone), Twice)


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
