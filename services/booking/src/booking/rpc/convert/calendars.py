"""Calendars and services."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from booking.domain.errors import (
    CalendarNotFound,
    MalformedClosure,
    MalformedOpeningHours,
    ServiceNotFound,
)
from booking.domain.schedule.administer import chosen_or_new_id, existing_id, label, short_name
from booking.domain.schedule.calendars import MINUTES_A_DAY, Calendar, Closure, ExtraOpening, OpeningInterval
from booking.domain.schedule.services import Service
from chassis.errors import DomainError
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2

_CLOCK = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIGURES = (
    "duration_minutes",
    "step_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "lead_time_minutes",
    "horizon_days",
    "default_service",
)


def calendar(request: calendar_pb2.CreateCalendarRequest) -> Calendar:
    """Raises MalformedId, MissingName, MalformedOpeningHours, MalformedClosure."""
    return Calendar(
        id=chosen_or_new_id("calendar_id", request.calendar_id),
        name=short_name(request.name),
        timezone=request.timezone,
        opening_hours=_weekly(request.opening_hours),
        closures=_closures(request.closures),
        extra_openings=_extra(request.extra_openings),
    )


def calendar_id(text: str) -> UUID:
    """Raises CalendarNotFound."""
    return existing_id(text, CalendarNotFound)


def calendar_changes(request: calendar_pb2.UpdateCalendarRequest) -> dict[str, Any]:
    """What the request says of a calendar, by field. Raises MissingName, MalformedOpeningHours, MalformedClosure."""
    changes: dict[str, Any] = {}
    if request.HasField("name"):
        changes["name"] = short_name(request.name)
    if request.HasField("timezone"):
        changes["timezone"] = request.timezone
    if request.HasField("opening_hours"):
        changes["opening_hours"] = _weekly(request.opening_hours.intervals)
    if request.HasField("closures"):
        changes["closures"] = _closures(request.closures.closures)
    if request.HasField("extra_openings"):
        changes["extra_openings"] = _extra(request.extra_openings.openings)
    return changes


def calendar_message(given: Calendar) -> calendar_pb2.Calendar:
    return calendar_pb2.Calendar(
        id=str(given.id),
        name=given.name,
        timezone=given.timezone,
        opening_hours=[
            calendar_pb2.OpeningInterval(weekday=i.weekday, opens=_clock(i.opens), closes=_clock(i.closes))
            for i in given.opening_hours
        ],
        closures=[_closure_message(closure) for closure in given.closures],
        extra_openings=[
            calendar_pb2.ExtraOpening(day=one.day.isoformat(), opens=_clock(one.opens), closes=_clock(one.closes))
            for one in given.extra_openings
        ],
    )


def service(message: calendar_pb2.Service) -> Service:
    """Raises MalformedId, MissingName, CalendarNotFound."""
    return Service(
        id=chosen_or_new_id("service_id", message.id),
        name=short_name(message.name),
        synonyms=_synonyms(message.synonyms),
        calendar_ids=_calendar_ids(message.calendar_ids),
        **{figure: getattr(message, figure) for figure in _FIGURES},
    )


def service_id(text: str) -> UUID:
    """Raises ServiceNotFound."""
    return existing_id(text, ServiceNotFound)


def service_changes(request: calendar_pb2.UpdateServiceRequest) -> dict[str, Any]:
    """What the request says of a service, by field. Raises MissingName, CalendarNotFound."""
    changes: dict[str, Any] = {field.name: value for field, value in request.ListFields() if field.name in _FIGURES}
    if request.HasField("name"):
        changes["name"] = short_name(request.name)
    if request.HasField("synonyms"):
        changes["synonyms"] = _synonyms(request.synonyms.synonyms)
    if request.HasField("calendar_ids"):
        changes["calendar_ids"] = _calendar_ids(request.calendar_ids.ids)
    return changes


def service_message(given: Service) -> calendar_pb2.Service:
    return calendar_pb2.Service(
        id=str(given.id),
        name=given.name,
        synonyms=given.synonyms,
        calendar_ids=map(str, given.calendar_ids),
        **{figure: getattr(given, figure) for figure in _FIGURES},
    )


def _weekly(intervals: Iterable[calendar_pb2.OpeningInterval]) -> tuple[OpeningInterval, ...]:
    wrong = MalformedOpeningHours()
    return tuple(OpeningInterval(i.weekday, _minutes(i.opens, wrong), _minutes(i.closes, wrong)) for i in intervals)


def _closures(closures: Iterable[calendar_pb2.Closure]) -> tuple[Closure, ...]:
    """Without repetitions."""
    by_times: dict[tuple[date, date, int, int], Closure] = {}
    for one in map(closure, closures):
        by_times.setdefault(one.times, one)
    return tuple(by_times[times] for times in sorted(by_times))


def closure(message: calendar_pb2.Closure) -> Closure:
    """Raises MalformedClosure."""
    wrong = MalformedClosure("closures")
    first = _day(message.first_day, wrong)
    last = _day(message.last_day, wrong) if message.last_day else first
    begins, ends = 0, MINUTES_A_DAY
    if message.from_time or message.until_time:
        begins, ends = _minutes(message.from_time, wrong), _minutes(message.until_time, wrong)
    return Closure(first, last, begins, ends, label(message.reason))


def _extra(openings: Iterable[calendar_pb2.ExtraOpening]) -> tuple[ExtraOpening, ...]:
    return tuple(sorted(map(extra_opening, openings)))


def extra_opening(message: calendar_pb2.ExtraOpening) -> ExtraOpening:
    """Raises MalformedClosure."""
    wrong = MalformedClosure("extra_openings")
    return ExtraOpening(_day(message.day, wrong), _minutes(message.opens, wrong), _minutes(message.closes, wrong))


def day(text: str) -> date:
    """Raises MalformedClosure."""
    return _day(text, MalformedClosure("day"))


def _closure_message(given: Closure) -> calendar_pb2.Closure:
    whole_day = (given.begins, given.ends) == (0, MINUTES_A_DAY)
    return calendar_pb2.Closure(
        first_day=given.first_day.isoformat(),
        last_day=given.last_day.isoformat(),
        from_time="" if whole_day else _clock(given.begins),
        until_time="" if whole_day else _clock(given.ends),
        reason=given.reason,
    )


def _synonyms(synonyms: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(label, synonyms)))


def _calendar_ids(ids: Iterable[str]) -> tuple[UUID, ...]:
    return tuple(sorted(set(map(calendar_id, ids))))


def _day(text: str, wrong: DomainError) -> date:
    if not _DAY.fullmatch(text):
        raise wrong
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise wrong from None


def _minutes(clock: str, wrong: DomainError) -> int:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise wrong
    return int(match[1]) * 60 + int(match[2])


def _clock(minutes: int) -> str:
    return "24:00" if minutes == MINUTES_A_DAY else f"{minutes // 60:02}:{minutes % 60:02}"
