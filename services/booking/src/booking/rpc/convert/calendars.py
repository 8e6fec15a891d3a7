"""Calendars and services."""

import re

from booking.domain.administer import chosen_or_new_id, label
from booking.domain.calendars import MINUTES_A_DAY, Calendar, OpeningInterval
from booking.domain.errors import MalformedOpeningHours
from booking.domain.services import Service
from switchboard.booking.v1 import calendar_service_pb2 as calendar_pb2

_CLOCK = re.compile(r"([01]\d|2[0-4]):([0-5]\d)")


def calendar(request: calendar_pb2.CreateCalendarRequest) -> Calendar:
    """Raises MalformedId, MalformedOpeningHours."""
    return Calendar(
        id=chosen_or_new_id("calendar_id", request.calendar_id),
        name=label(request.name),
        timezone=request.timezone,
        opening_hours=tuple(
            OpeningInterval(interval.weekday, _minutes(interval.opens), _minutes(interval.closes))
            for interval in request.opening_hours
        ),
    )


def calendar_message(given: Calendar) -> calendar_pb2.Calendar:
    return calendar_pb2.Calendar(
        id=str(given.id),
        name=given.name,
        timezone=given.timezone,
        opening_hours=[
            calendar_pb2.OpeningInterval(weekday=i.weekday, opens=_clock(i.opens), closes=_clock(i.closes))
            for i in given.opening_hours
        ],
    )


def service(message: calendar_pb2.Service) -> Service:
    """Raises MalformedId."""
    return Service(
        id=chosen_or_new_id("service_id", message.id),
        name=label(message.name),
        duration_minutes=message.duration_minutes,
        step_minutes=message.step_minutes,
        buffer_before_minutes=message.buffer_before_minutes,
        buffer_after_minutes=message.buffer_after_minutes,
        lead_time_minutes=message.lead_time_minutes,
        horizon_days=message.horizon_days,
        default_service=message.default_service,
    )


def service_message(given: Service) -> calendar_pb2.Service:
    return calendar_pb2.Service(
        id=str(given.id),
        name=given.name,
        duration_minutes=given.duration_minutes,
        step_minutes=given.step_minutes,
        buffer_before_minutes=given.buffer_before_minutes,
        buffer_after_minutes=given.buffer_after_minutes,
        lead_time_minutes=given.lead_time_minutes,
        horizon_days=given.horizon_days,
        default_service=given.default_service,
    )


def _minutes(clock: str) -> int:
    match = _CLOCK.fullmatch(clock)
    if match is None:
        raise MalformedOpeningHours
    return int(match[1]) * 60 + int(match[2])


def _clock(minutes: int) -> str:
    return "24:00" if minutes == MINUTES_A_DAY else f"{minutes // 60:02}:{minutes % 60:02}"
