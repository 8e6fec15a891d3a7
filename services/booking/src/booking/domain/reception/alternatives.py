"""What is possible instead: no refusal without it."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from booking.domain.ports import Unit
from booking.domain.reception.outcomes import Past, PastYear, TooFarAhead
from booking.domain.reception.spoken_times import next_of_its_name
from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import free_days, free_slots, last_day, offer, search_period
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.services import Service

DAYS_SEARCHED = 60
"""How many days alternatives are looked for, within the horizon."""


async def refuse_day(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Past | PastYear | TooFarAhead | None:
    """Whether the whole day is over, or beyond the horizon; None if it is neither."""
    here = now.astimezone(min(calendars, key=lambda calendar: now.astimezone(calendar.zone).date()).zone)
    last = max(last_day(calendar, service, now) for calendar in calendars)
    if here.date() <= day <= last:
        return None
    unit.decide_by(Grounds(now, service, calendars, day, day, {}))
    if day > last:
        return TooFarAhead(last)
    if day.year < here.year and (meant := next_of_its_name(day, here.date())) is not None and meant <= last:
        return PastYear(day, meant)
    return Past(here, await nearest(unit, now, calendars, service, here.date()))


async def nearest(
    unit: Unit,
    now: datetime,
    calendars: Sequence[Calendar],
    service: Service,
    day: date,
    *,
    wanted: time | None = None,
) -> Sequence[Slot]:
    """What to offer of a day, around the time that is wanted, else of the nearest day that has anything free."""
    busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    unit.decide_by(Grounds(now, service, calendars, day, day, busy))
    if slots := free_slots(calendars, service, day, busy, now):
        return offer(slots, wanted)
    return await after(unit, now, calendars, service, day)


async def after(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, day: date
) -> Sequence[Slot]:
    """What to offer of the next day that has anything free; else of the nearest before it; else nothing."""
    last = max(last_day(calendar, service, now) for calendar in calendars)
    today = min(now.astimezone(calendar.zone).date() for calendar in calendars)
    later = _days(day + timedelta(days=1), min(last, day + timedelta(days=DAYS_SEARCHED)))
    if found := await _first_of(unit, now, calendars, service, later):
        return found
    earlier = _days(max(today, day - timedelta(days=DAYS_SEARCHED)), day - timedelta(days=1))
    return await _first_of(unit, now, calendars, service, earlier[::-1])


async def _first_of(
    unit: Unit, now: datetime, calendars: Sequence[Calendar], service: Service, days: Sequence[date]
) -> Sequence[Slot]:
    """What to offer of the first of consecutive days that has anything free: one question of what is occupied."""
    if not days:
        return ()
    busy = await unit.busy(calendars, search_period(calendars, service, min(days), len(days)))
    return next((offer(slots) for _, slots in free_days(calendars, service, days, busy, now)), ())


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=count) for count in range((last - first).days + 1)]
