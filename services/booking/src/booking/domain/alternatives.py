"""What is possible instead: no refusal without it."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from booking.domain.appointments import Slot
from booking.domain.availability import free_slots, last_day, offer, search_period
from booking.domain.calendars import Calendar
from booking.domain.outcomes import Past, TooFarAhead
from booking.domain.ports import Unit
from booking.domain.services import Service

DAYS_SEARCHED = 14
"""How many days ahead alternatives are looked for."""


async def refuse_day(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Past | TooFarAhead | None:
    """Whether the whole day is over, or beyond the horizon; None if it is neither."""
    here = now.astimezone(calendars[0].zone)
    if day < here.date():
        return Past(here, await nearest(unit, now, calendars, service, here.date()))
    last = last_day(calendars[0], service, now)
    return TooFarAhead(last) if day > last else None


async def nearest(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Sequence[Slot]:
    """What to offer of a day, else of the next one that has anything free."""
    busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    if slots := free_slots(calendars, service, day, busy, now):
        return offer(slots)
    return await after(unit, now, calendars, service, day)


async def after(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Sequence[Slot]:
    """What to offer of the next day that has anything free; nothing if the next two weeks are full."""
    busy = await unit.busy(calendars, search_period(calendars, service, day, DAYS_SEARCHED + 1))
    for later in range(1, DAYS_SEARCHED + 1):
        if slots := free_slots(calendars, service, day + timedelta(days=later), busy, now):
            return offer(slots)
    return ()
