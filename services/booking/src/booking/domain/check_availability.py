"""Which times are free on a day."""

from collections.abc import Sequence
from datetime import date, datetime

from booking.domain import alternatives
from booking.domain.availability import free_slots, open_periods, search_period
from booking.domain.calendars import Calendar
from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.local_time import parse_date
from booking.domain.outcomes import Free, NothingFree, NothingToBook, Outcome, Past, TooFarAhead, UnknownService
from booking.domain.ports import Unit
from booking.domain.services import Service, wanted_service


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
    if (refused := await alternatives.refuse_day(unit, now, calendars, service, day)) is not None:
        return refused
    busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    if slots := free_slots(calendars, service, day, busy, now):
        return Free(day, slots)
    closed = not any(open_periods(calendar, day) for calendar in calendars)
    return NothingFree(day, closed, await alternatives.after(unit, now, calendars, service, day))
