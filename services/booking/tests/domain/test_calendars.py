from collections.abc import Callable
from dataclasses import replace

import pytest

from booking.domain.calendars import Calendar, OpeningInterval, check_calendar
from booking.domain.errors import MalformedOpeningHours, MissingName, UnknownTimezone

MakeCalendar = Callable[..., Calendar]


@pytest.mark.parametrize(
    "hours",
    [
        (),
        ("00:00-24:00",),
        ("08:00-12:00", "13:00-18:00"),
        ("13:00-18:00", "08:00-12:00"),
        ("08:00-12:00", "12:00-13:00"),
    ],
)
def test_hours_that_can_be(make_calendar: MakeCalendar, hours: tuple[str, ...]) -> None:
    calendar = make_calendar(*hours)
    assert check_calendar(calendar) is calendar


@pytest.mark.parametrize(
    "hours",
    [
        ("12:00-08:00",),
        ("08:00-08:00",),
        ("08:00-24:01",),
        ("08:00-12:00", "11:59-13:00"),
        ("08:00-12:00", "08:00-12:00"),
    ],
)
def test_hours_that_end_before_they_begin_or_overlap_are_refused(
    make_calendar: MakeCalendar, hours: tuple[str, ...]
) -> None:
    with pytest.raises(MalformedOpeningHours):
        check_calendar(make_calendar(*hours))


@pytest.mark.parametrize("weekday", [0, 8, -1])
def test_hours_on_no_weekday_are_refused(make_calendar: MakeCalendar, weekday: int) -> None:
    with pytest.raises(MalformedOpeningHours):
        check_calendar(replace(make_calendar(), opening_hours=(OpeningInterval(weekday, 480, 1080),)))


def test_a_calendar_needs_a_name_and_a_zone(make_calendar: MakeCalendar) -> None:
    with pytest.raises(MissingName):
        check_calendar(replace(make_calendar(), name=""))
    with pytest.raises(UnknownTimezone):
        check_calendar(make_calendar(timezone="Mars/Olympus"))
