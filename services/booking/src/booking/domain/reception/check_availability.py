"""Which times are free on a day, or on the days of a range."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.ports import Unit
from booking.domain.reception import alternatives
from booking.domain.reception.clinics_day import clinics_day
from booking.domain.reception.offers import Offer, find_offer
from booking.domain.reception.outcomes import (
    Free,
    FreeDays,
    NothingFree,
    NothingFreeBetween,
    Outcome,
    Past,
    PastYear,
    TooFarAhead,
)
from booking.domain.reception.spoken_times import WrongWeekday, read_date
from booking.domain.schedule.availability import free_days, free_slots, last_day, open_periods, search_period
from booking.domain.schedule.grounds import Grounds

DAYS_TOLD = 31
"""How many days are looked at for one question."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a caller asks, in the words of the assistant; all but the day may be empty."""

    day: str
    until_day: str = ""
    service_type: str = ""
    practitioner: str = ""


async def check_availability(unit: Unit, now: datetime, question: Question) -> Outcome:
    """Raises ArgumentNotUnderstood if a day cannot be read, or the last one is before the first."""
    today = await clinics_day(unit, now, question.day, question.until_day)
    first = _day("date", question.day, today)
    if isinstance(first, WrongWeekday):
        return first
    last = _day("untilDate", question.until_day, today) if question.until_day.strip() else first
    if isinstance(last, WrongWeekday):
        return last
    if last < first:
        raise ArgumentNotUnderstood("untilDate")
    offer = await find_offer(unit, service_type=question.service_type, practitioner=question.practitioner)
    if not isinstance(offer, Offer):
        return offer
    return await (_on_day(unit, now, offer, first) if first == last else _on_days(unit, now, offer, first, last))


def _day(argument: str, text: str, today: date | None) -> date | WrongWeekday:
    day = read_date(text, today)
    if day is None:
        raise ArgumentNotUnderstood(argument)
    return day


async def _on_day(
    unit: Unit, now: datetime, offer: Offer, day: date
) -> Free | NothingFree | Past | PastYear | TooFarAhead:
    calendars, service = offer.calendars, offer.service
    if (refused := await alternatives.refuse_day(unit, now, calendars, service, day)) is not None:
        return refused
    busy = await unit.busy(calendars, search_period(calendars, service, day, 1))
    unit.decide_by(Grounds(now, service, calendars, day, day, busy))
    if slots := free_slots(calendars, service, day, busy, now):
        return Free(day, slots)
    closed = not any(open_periods(calendar, day) for calendar in calendars)
    return NothingFree(day, closed, await alternatives.after(unit, now, calendars, service, day))


async def _on_days(
    unit: Unit, now: datetime, offer: Offer, first: date, last: date
) -> FreeDays | NothingFreeBetween | Past | PastYear | TooFarAhead:
    """What is over of the range, or beyond the horizon, is not looked at; a range of such days only is refused."""
    calendars, service = offer.calendars, offer.service
    today = min(now.astimezone(calendar.zone).date() for calendar in calendars)
    if last >= today:
        first = max(first, today)
    if (refused := await alternatives.refuse_day(unit, now, calendars, service, first)) is not None:
        return refused
    horizon = max(last_day(calendar, service, now) for calendar in calendars)
    asked_until, last = last, min(last, horizon, first + timedelta(days=DAYS_TOLD - 1))
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    busy = await unit.busy(calendars, search_period(calendars, service, first, len(days)))
    unit.decide_by(Grounds(now, service, calendars, first, last, busy))
    if found := [slots for _, slots in free_days(calendars, service, days, busy, now)]:
        return FreeDays(first, last, found, shortened=last < asked_until)
    return NothingFreeBetween(first, last, await alternatives.after(unit, now, calendars, service, last))
