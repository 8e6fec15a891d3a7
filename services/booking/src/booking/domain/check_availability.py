"""Which times are free on a day."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from booking.domain.appointments import Slot
from booking.domain.availability import free_slots, last_day, open_periods, search_period
from booking.domain.calendars import Calendar
from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.local_time import parse_date
from booking.domain.outcomes import Free, NothingFree, NothingToBook, Outcome, Past, TooFarAhead, UnknownService
from booking.domain.ports import Unit
from booking.domain.services import Service, wanted_service
from booking.domain.speech import offer

DAYS_SEARCHED = 14
"""How many days ahead alternatives are looked for."""


async def check_availability(unit: Unit, now: datetime, *, day: str, service_type: str) -> Outcome:
    """Raises ArgumentNotUnderstood if the day cannot be read."""
    wanted_day = parse_date(day)
    if wanted_day is None:
        raise ArgumentNotUnderstood("date")
    calendars, services = await unit.calendars(), await unit.services()
    if not calendars or not services:
        return NothingToBook()
    service = wanted_service(services, service_type)
    if service is None:
        return UnknownService(services)
    return await _on_day(unit, now, calendars, service, wanted_day)


async def _on_day(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Free | NothingFree | Past | TooFarAhead:
    if (limits := outside_limits(calendars, service, day, now)) is not None:
        return limits
    busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    if slots := free_slots(calendars, service, day, busy, now):
        return Free(day, slots)
    closed = not any(open_periods(calendar, day) for calendar in calendars)
    return NothingFree(day, closed, await alternatives_after(unit, now, calendars, service, day))


def outside_limits(
    calendars: Sequence[Calendar], service: Service, day: date, now: datetime
) -> Past | TooFarAhead | None:
    """Whether the whole day is over, or beyond the horizon."""
    here = now.astimezone(calendars[0].zone)
    if day < here.date():
        return Past(here, ())
    last = last_day(calendars[0], service, now)
    return TooFarAhead(last) if day > last else None


async def alternatives_after(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Sequence[Slot]:
    """What to offer of the next day that has anything free; nothing if the next two weeks are full."""
    busy = await unit.busy(calendars, search_period(calendars, service, day, DAYS_SEARCHED + 1))
    for later in range(1, DAYS_SEARCHED + 1):
        if slots := free_slots(calendars, service, day + timedelta(days=later), busy, now):
            return offer(slots)
    return ()
