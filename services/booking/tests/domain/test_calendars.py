from collections.abc import Callable
from dataclasses import replace

import pytest

from booking.domain.errors import MalformedOpeningHours, MissingName, UnknownTimezone
from booking.domain.schedule.calendars import Calendar, OpeningInterval, check_calendar, meant_calendars

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


@pytest.mark.parametrize(
    ("spoken", "meant"),
    [
        ("", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
        ("the doctor", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
        ("anyone", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
        ("no preference", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
        ("first available", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
        ("Dr. Lake", ["Dr. Anna Lake"]),
        ("doctor lake", ["Dr. Anna Lake"]),
        ("LAKE", ["Dr. Anna Lake"]),
        ("Lake, Anna", ["Dr. Anna Lake"]),
        ("Dr. Anna Maria Lake", ["Dr. Anna Lake"]),
        ("doctor Nunez", ["Dr. José Núñez"]),
        ("Jose\u0301 Nun\u0303ez", ["Dr. José Núñez"]),
        ("room 2", ["Room 2"]),
        ("Room 22", []),
        ("La", []),
        ("Dr. Jones", []),
        ("Anna Jones", []),
        ("Lake or Núñez", []),
        ("%", ["Dr. Anna Lake", "Dr. José Núñez", "Room 2"]),
    ],
)
def test_a_calendar_is_meant_by_its_name_as_people_say_it(
    make_calendar: MakeCalendar, spoken: str, meant: list[str]
) -> None:
    calendars = [replace(make_calendar(), name=name) for name in ("Dr. Anna Lake", "Dr. José Núñez", "Room 2")]
    assert [calendar.name for calendar in meant_calendars(calendars, spoken)] == meant


def test_of_two_of_one_name_nobody_is_meant_until_they_are_told_apart(make_calendar: MakeCalendar) -> None:
    anna, ben = (replace(make_calendar(), name=f"Dr. {name} Lake") for name in ("Anna", "Ben"))
    assert meant_calendars([anna, ben], "Dr. Lake") == ()
    assert meant_calendars([anna, ben], "Ben Lake") == [ben]


def test_calendars_of_the_same_name_are_as_good_as_each_other(make_calendar: MakeCalendar) -> None:
    rooms = [make_calendar(), make_calendar()]
    assert meant_calendars(rooms, "room") == rooms


def test_any_is_a_name_where_somebody_is_called_so(make_calendar: MakeCalendar) -> None:
    first, second = (replace(make_calendar(), name=name) for name in ("First Room", "Second Room"))
    assert meant_calendars([first, second], "the first room") == [first]
