from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.domain.errors import UnknownTimezone
from booking.domain.schedule.local_time import (
    Period,
    Skipped,
    Twice,
    WrongWeekday,
    check_zone,
    contradict,
    country,
    instant,
    opening_instant,
    parse_date,
    parse_time,
    read_date,
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


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-12-01", date(2026, 12, 1)),
        (" 2026-12-01 ", date(2026, 12, 1)),
        ("2026-12-01T10:00:00Z", date(2026, 12, 1)),
        ("2026-12-01 10:00", date(2026, 12, 1)),
        ("2028-02-29", date(2028, 2, 29)),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("0000-01-01", None),
        ("2026-1-1", None),
        ("12/01/2026", None),
        ("20261201", None),
        ("2026-12-01x", None),
        ("2026-12-01T18:00:00.000Z", date(2026, 12, 1)),
        ("2026-12-01T18:00Z", date(2026, 12, 1)),
        ("2026-12-01 6pm", date(2026, 12, 1)),
        ("Tuesday, 2026-12-01", date(2026, 12, 1)),
        ("on tue 2026-12-01", date(2026, 12, 1)),
        ("2026-12-01 (Tues.)", date(2026, 12, 1)),
        ("Tuesday 2026-12-01T18:00:00Z", date(2026, 12, 1)),
        ("Monday, 2026-12-01", None),
        ("2026-12-01T25:00", None),
        ("2026-12-01T18:00-08:00", None),
        ("2026-12-01 tomorrow", None),
        ("2026-12-01 or 2026-12-02", None),
        ("Tuesday", None),
        ("\u0662\u0660\u0662\u0666-12-01", None),
        ("tomorrow", None),
        ("", None),
    ],
)
def test_a_date_is_read_or_it_is_none(text: str, expected: date | None) -> None:
    assert parse_date(text) == expected


@pytest.mark.parametrize(
    ("text", "weekday"),
    [("Monday 2026-12-01", 1), ("2026-12-01, Wed", 3), ("sunday, 2026-12-01T10:00Z", 7), ("Tue 2026-12-01 (Fri)", 5)],
)
def test_a_weekday_that_the_date_is_not_is_told(text: str, weekday: int) -> None:
    assert read_date(text) == WrongWeekday(date(2026, 12, 1), weekday)


@pytest.mark.parametrize(
    ("day", "time_of_day", "expected"),
    [
        ("2026-12-01", "18:00", False),
        ("2026-12-01", "2026-12-01T18:00:00Z", False),
        ("Tuesday 2026-12-01", "2026-12-01 6pm", False),
        ("2026-12-01", "2026-12-02T18:00:00Z", True),
        ("2026-12-01", "nonsense", False),
    ],
)
def test_a_time_of_another_day_contradicts_the_day(day: str, time_of_day: str, expected: bool) -> None:
    assert contradict(day, time_of_day) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("18:00Z", time(18)),
        ("18:00:00.000Z", time(18)),
        ("18:00+00:00", time(18)),
        ("T18:00", time(18)),
        ("2026-12-01T18:00:00Z", time(18)),
        ("2026-12-01 6 p.m.", time(18)),
        ("18:00:30", None),
        ("18:00-05:00", None),
        ("18", None),
        ("six", None),
        ("6pm 7pm", None),
        ("18:00", time(18)),
        ("9:05", time(9, 5)),
        ("18:00:00", time(18)),
        ("00:00", time(0)),
        ("23:59", time(23, 59)),
        ("6pm", time(18)),
        ("6:30 p.m.", time(18, 30)),
        ("6.30 PM", time(18, 30)),
        ("12 am", time(0)),
        ("12:15 a.m.", time(0, 15)),
        ("12 PM", time(12)),
        ("24:00", None),
        ("18:60", None),
        ("0 am", None),
        ("13 pm", None),
        ("6", None),
        ("6:3", None),
        ("noon", None),
        ("-1:00", None),
        ("", None),
    ],
)
def test_a_time_is_read_or_it_is_none(text: str, expected: time | None) -> None:
    assert parse_time(text) == expected


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
