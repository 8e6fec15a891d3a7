from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import free_slots, is_in_time, last_day, open_periods, search_period, starts
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.local_time import Period
from booking.domain.schedule.services import Service

MakeCalendar = Callable[..., Calendar]
MakeService = Callable[..., Service]

TUESDAY = date(2026, 12, 1)
LONG_BEFORE = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def clock(slots: list[Slot]) -> list[str]:
    return [f"{slot.local_start:%H:%M}" for slot in slots]


def begun(calendar: Calendar, service: Service, day: date = TUESDAY) -> list[Slot]:
    return [Slot(calendar, service, start) for start in starts(calendar, service, day)]


def at(calendar: Calendar, text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone).astimezone(UTC)


def test_starts_step_through_each_interval_and_end_before_it_closes(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    calendar = make_calendar("13:00-14:00", "08:00-09:45")
    assert clock(begun(calendar, make_service())) == ["08:00", "08:30", "09:00", "13:00", "13:30"]


def test_a_service_as_long_as_the_interval_fits_once(make_calendar: MakeCalendar, make_service: MakeService) -> None:
    service = make_service(duration_minutes=60, step_minutes=15)
    assert clock(begun(make_calendar("08:00-09:00"), service)) == ["08:00"]


def test_24_00_is_the_end_of_the_day(make_calendar: MakeCalendar, make_service: MakeService) -> None:
    assert clock(begun(make_calendar("23:00-24:00"), make_service())) == ["23:00", "23:30"]


def test_a_day_that_is_not_listed_is_closed(make_calendar: MakeCalendar) -> None:
    assert open_periods(make_calendar("08:00-18:00", weekdays=range(1, 6)), date(2026, 12, 5)) == []


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), ["01:00", "01:30", "03:00", "03:30"]),
        (
            "America/New_York",
            date(2026, 11, 1),
            ["01:00", "01:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30"],
        ),
        ("Australia/Lord_Howe", date(2026, 10, 4), ["01:00", "01:30", "02:30", "03:00", "03:30"]),
        ("Asia/Kathmandu", date(2026, 3, 8), ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30"]),
        ("Pacific/Apia", date(2011, 12, 30), []),
    ],
)
def test_a_day_on_which_clocks_change_has_the_starts_that_really_occur(
    make_calendar: MakeCalendar, make_service: MakeService, zone: str, day: date, expected: list[str]
) -> None:
    found = begun(make_calendar("01:00-04:00", timezone=zone), make_service(), day)

    assert clock(found) == expected
    assert all(later.start - earlier.start == timedelta(minutes=30) for earlier, later in pairwise(found))


def test_what_is_occupied_is_not_free_and_its_neighbours_are(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    calendar = make_calendar("08:00-10:00")
    busy = {calendar.id: [Period(at(calendar, "2026-12-01 08:30"), at(calendar, "2026-12-01 09:00"))]}
    assert clock(free_slots([calendar], make_service(), TUESDAY, busy, LONG_BEFORE)) == ["08:00", "09:00", "09:30"]


def test_buffers_have_to_be_free_too(make_calendar: MakeCalendar, make_service: MakeService) -> None:
    calendar = make_calendar("08:00-11:00")
    busy = {calendar.id: [Period(at(calendar, "2026-12-01 09:00"), at(calendar, "2026-12-01 09:30"))]}
    service = make_service(buffer_before_minutes=15, buffer_after_minutes=10)
    assert clock(free_slots([calendar], service, TUESDAY, busy, LONG_BEFORE)) == ["08:00", "10:00", "10:30"]


def test_one_time_is_offered_once_whichever_calendar_has_it(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    first, second = make_calendar("08:00-09:30"), make_calendar("08:30-10:00")
    busy = {first.id: [Period(at(first, "2026-12-01 08:30"), at(first, "2026-12-01 09:00"))]}

    slots = free_slots([first, second], make_service(), TUESDAY, busy, LONG_BEFORE)

    assert clock(slots) == ["08:00", "08:30", "09:00", "09:30"]
    assert [slot.calendar for slot in slots] == [first, second, first, second]


def test_nothing_is_offered_sooner_than_the_lead_time(make_calendar: MakeCalendar, make_service: MakeService) -> None:
    calendar = make_calendar("08:00-10:00")
    now = at(calendar, "2026-12-01 08:00")
    service = make_service(lead_time_minutes=60)
    assert clock(free_slots([calendar], service, TUESDAY, {}, now)) == ["09:00", "09:30"]
    assert clock(free_slots([calendar], make_service(), TUESDAY, {}, now)) == ["08:00", "08:30", "09:00", "09:30"]


def test_a_start_that_the_clock_shows_twice_is_not_offered(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    """It could not be booked: nobody can say which of the two is meant."""
    calendar, day = make_calendar("00:00-04:00", timezone="America/New_York"), date(2026, 11, 1)

    free = free_slots([calendar], make_service(), day, {}, datetime(2026, 10, 30, tzinfo=UTC))

    assert clock(free) == ["00:00", "00:30", "02:00", "02:30", "03:00", "03:30"]


def test_the_last_day_of_the_horizon_is_a_whole_day_on_the_clinics_clock(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    calendar, service = make_calendar("00:00-24:00"), make_service(horizon_days=1)
    now = at(calendar, "2026-11-30 21:00")  # already December in UTC

    assert last_day(calendar, service, now) == TUESDAY
    assert is_in_time(Slot(calendar, service, at(calendar, "2026-12-01 23:30")), now)
    assert not is_in_time(Slot(calendar, service, at(calendar, "2026-12-02 00:00")), now)


def test_the_search_holds_whatever_could_occupy_a_slot_in_any_calendars_zone(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    east, west = (make_calendar("00:00-24:00", timezone=zone) for zone in ("Pacific/Auckland", "America/Los_Angeles"))
    service = make_service(buffer_before_minutes=30, buffer_after_minutes=15)

    searched = search_period([east, west], service, TUESDAY, 1)

    for calendar in (east, west):
        for slot in begun(calendar, service):
            assert searched.start <= slot.occupied.start
            assert slot.occupied.end <= searched.end
