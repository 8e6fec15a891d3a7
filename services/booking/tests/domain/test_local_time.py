from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.domain.errors import UnknownTimezone
from booking.domain.schedule.local_time import (
    Period,
    Skipped,
    Twice,
    check_zone,
    country,
    instant,
    opening_instant,
)

NEW_YORK, BERLIN, KATHMANDU = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")
LORD_HOWE, APIA = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("shown", "tz", "expected"),
    [
        ("2026-12-01 10:00", NEW_YORK, "2026-12-01 15:00"),
        ("2026-07-01 10:00", NEW_YORK, "2026-07-01 14:00"),
        ("2026-03-08 01:59", NEW_YORK, "2026-03-08 06:59"),
        ("2026-03-08 03:00", NEW_YORK, "2026-03-08 07:00"),
        ("2026-11-01 02:00", NEW_YORK, "2026-11-01 07:00"),
        ("2026-07-01 00:00", BERLIN, "2026-06-30 22:00"),
        ("2026-07-01 10:00", KATHMANDU, "2026-07-01 04:15"),
        ("2026-10-04 02:30", LORD_HOWE, "2026-10-03 15:30"),
        ("2011-12-31 00:00", APIA, "2011-12-30 10:00"),
    ],
)
def test_a_wall_time_that_occurs_once_is_one_instant(shown: str, tz: ZoneInfo, expected: str) -> None:
    assert instant(wall(shown), tz) == utc(expected)


@pytest.mark.parametrize(
    ("shown", "tz", "next_real"),
    [
        ("2026-03-08 02:00", NEW_YORK, "2026-03-08 07:00"),
        ("2026-03-08 02:30", NEW_YORK, "2026-03-08 07:00"),
        ("2026-03-08 02:59", NEW_YORK, "2026-03-08 07:00"),
        ("2026-03-29 02:15", BERLIN, "2026-03-29 01:00"),
        ("2026-10-04 02:15", LORD_HOWE, "2026-10-03 15:30"),
        ("2011-12-30 12:00", APIA, "2011-12-30 10:00"),
    ],
)
def test_a_wall_time_that_is_skipped_tells_the_next_real_one(shown: str, tz: ZoneInfo, next_real: str) -> None:
    assert instant(wall(shown), tz) == Skipped(utc(next_real))


@pytest.mark.parametrize(
    ("shown", "tz", "first", "second"),
    [
        ("2026-11-01 01:00", NEW_YORK, "2026-11-01 05:00", "2026-11-01 06:00"),
        ("2026-11-01 01:59", NEW_YORK, "2026-11-01 05:59", "2026-11-01 06:59"),
        ("2026-10-25 02:30", BERLIN, "2026-10-25 00:30", "2026-10-25 01:30"),
        ("2026-04-05 01:45", LORD_HOWE, "2026-04-04 14:45", "2026-04-04 15:15"),
    ],
)
def test_a_wall_time_that_occurs_twice_is_both(shown: str, tz: ZoneInfo, first: str, second: str) -> None:
    assert instant(wall(shown), tz) == Twice(utc(first), utc(second))


@settings(derandomize=True, max_examples=500, deadline=None)
@given(
    name=st.sampled_from(sorted(available_timezones())),
    shown=st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)).map(
        lambda at: at.replace(second=0, microsecond=0)
    ),
)
def test_whatever_the_zone_an_instant_shows_its_wall_time_again(name: str, shown: datetime) -> None:
    tz = ZoneInfo(name)

    def shows(moment: datetime) -> datetime:
        assert moment.tzinfo is UTC
        return moment.astimezone(tz).replace(tzinfo=None, fold=0)

    match instant(shown, tz):
        case Twice(first, second):
            assert first < second
            assert shows(first) == shows(second) == shown
        case Skipped(next_real):
            assert shows(next_real) > shown
            assert shows(next_real - timedelta(minutes=1)) < shown
        case once:
            assert shows(once) == shown


@pytest.mark.parametrize(
    ("day", "minutes", "tz", "expected"),
    [
        (date(2026, 12, 1), 8 * 60, NEW_YORK, "2026-12-01 13:00"),
        (date(2026, 12, 1), 24 * 60, NEW_YORK, "2026-12-02 05:00"),
        (date(2026, 3, 8), 2 * 60 + 30, NEW_YORK, "2026-03-08 07:00"),
        (date(2026, 11, 1), 90, NEW_YORK, "2026-11-01 05:30"),
    ],
)
def test_a_clinic_opens_at_the_next_real_time_and_the_first_of_two(
    day: date, minutes: int, tz: ZoneInfo, expected: str
) -> None:
    assert opening_instant(day, minutes, tz) == utc(expected)


def test_periods_that_only_touch_do_not_overlap() -> None:
    morning = Period(utc("2026-12-01 08:00"), utc("2026-12-01 09:00"))
    assert not morning.overlaps(Period(morning.end, utc("2026-12-01 10:00")))
    assert morning.overlaps(Period(utc("2026-12-01 08:59"), utc("2026-12-01 10:00")))
    assert morning.overlaps(morning)


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "America", "../etc/passwd", "/etc/localtime", "a\0b", "UTC+1", "localtime", "Factory"]
)
def test_a_zone_that_does_not_exist_or_differs_between_machines_is_told(name: str) -> None:
    with pytest.raises(UnknownTimezone) as unknown:
        check_zone(name)
    assert unknown.value.metadata == {"timezone": name}


def test_what_is_told_of_an_unknown_zone_is_short() -> None:
    with pytest.raises(UnknownTimezone) as unknown:
        check_zone("x" * 10_000)
    assert len(unknown.value.metadata["timezone"]) == 64


@pytest.mark.parametrize(
    ("timezone", "expected"),
    [("America/New_York", "US"), ("Europe/Berlin", "DE"), ("Asia/Kathmandu", "NP"), ("UTC", None), ("nowhere", None)],
)
def test_a_zone_is_in_a_country(timezone: str, expected: str | None) -> None:
    assert country(timezone) == expected
