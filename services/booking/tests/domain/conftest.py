"""Calendars and services of no database."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from booking.domain.schedule.calendars import Calendar, OpeningInterval
from booking.domain.schedule.services import Service

MakeCalendar = Callable[..., Calendar]
MakeService = Callable[..., Service]


@pytest.fixture
def make_calendar() -> MakeCalendar:
    """`make_calendar("08:00-18:00", timezone=)`: open so on every day of the week; hours may be several."""

    def minutes(clock: str) -> int:
        hours, _, rest = clock.partition(":")
        return int(hours) * 60 + int(rest)

    def make(*hours: str, timezone: str = "America/New_York", weekdays: range = range(1, 8)) -> Calendar:
        intervals = [tuple(map(minutes, one.split("-"))) for one in hours]
        return Calendar(
            uuid4(),
            "Room",
            timezone,
            tuple(OpeningInterval(day, opens, closes) for day in weekdays for opens, closes in intervals),
        )

    return make


@pytest.fixture
def make_service() -> MakeService:
    def make(**changes: Any) -> Service:
        usual = {"id": uuid4(), "name": "Consultation", "duration_minutes": 30, "step_minutes": 30}
        return Service(**{**usual, **changes})

    return make
