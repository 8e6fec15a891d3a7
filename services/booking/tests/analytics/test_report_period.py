"""Which time a report is of, and how its days and hours fall on the clinic's clock."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking.domain.analytics.report_period import ReportPeriod, report_period
from booking.domain.errors import MalformedPeriod, UnknownTimezone

NEW_YORK = "America/New_York"
NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
"""Sunday the 29th, ten in the evening in New York."""
ZONES = ["America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"]


def local(moment: datetime, zone: str = NEW_YORK) -> str:
    return moment.astimezone(ZoneInfo(zone)).isoformat()


def test_days_are_their_midnights_on_the_clinics_clock() -> None:
    period = report_period("2026-10-31", "2026-11-02", NEW_YORK, NOW)
    assert (local(period.start), local(period.end)) == ("2026-10-31T00:00:00-04:00", "2026-11-02T00:00:00-05:00")


def test_instants_are_taken_as_they_are() -> None:
    period = report_period("2026-11-01T09:00:00+01:00", "2026-11-01T09:00:00Z", NEW_YORK, NOW)
    assert period.end - period.start == timedelta(hours=1)


def test_without_anything_it_is_the_thirty_days_up_to_today() -> None:
    period = report_period("", "", NEW_YORK, NOW)
    days = list(period.days())
    assert (days[0], days[-1], len(days)) == (date(2026, 10, 31), date(2026, 11, 29), 30)
    assert local(period.start) == "2026-10-31T00:00:00-04:00"


def test_an_instant_at_midnight_ends_the_day_before() -> None:
    assert list(report_period("2026-11-28", "2026-11-29", NEW_YORK, NOW).days()) == [date(2026, 11, 28)]


@pytest.mark.parametrize("span", [("2025-11-29", "2026-11-30"), ("2024-01-01", "2025-01-01")])
def test_a_leap_year_is_long_enough(span: tuple[str, str]) -> None:
    assert len(list(report_period(*span, NEW_YORK, NOW).days())) == 366


@pytest.mark.parametrize(
    ("begins", "ends", "field"),
    [
        ("2026-11-02", "2026-11-02", "ends"),
        ("2026-11-03", "2026-11-02", "ends"),
        ("2025-11-28", "2026-11-30", "begins"),
        ("yesterday", "", "begins"),
        ("", "2026-11-31", "ends"),
        ("2026-11-01T09:00:00", "", "begins"),
        ("1999-12-31", "", "begins"),
        ("0001-01-01", "", "begins"),
        ("", "9999-12-31T23:59:59Z", "ends"),
        ("20261101", "", "begins"),
        ("2026-W45", "", "begins"),
        ("2026-11-01\x00", "", "begins"),
    ],
)
def test_what_cannot_be_a_period_is_refused_by_its_end(begins: str, ends: str, field: str) -> None:
    with pytest.raises(MalformedPeriod) as refused:
        report_period(begins, ends, NEW_YORK, NOW)
    assert refused.value.metadata == {"field": field}


def test_a_zone_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownTimezone):
        report_period("", "", "Mars/Olympus", NOW)


@pytest.mark.parametrize(("day", "hours"), [("2026-11-01", 25), ("2026-03-08", 23), ("2026-06-01", 24)])
def test_a_day_has_as_many_hours_as_the_clock_shows(day: str, hours: int) -> None:
    following = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    shown = [
        moment.astimezone(ZoneInfo(NEW_YORK)).hour for moment in report_period(day, following, NEW_YORK, NOW).hours
    ]
    assert len(shown) == hours
    assert Counter(shown)[1] == (2 if hours == 25 else 1)


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2000, 1, 2), datetime(2098, 1, 1), timezones=st.just(UTC)),
    minutes=st.integers(1, 6 * 24 * 60),
    share=st.floats(0, 1, exclude_max=True),
)
def test_every_instant_is_in_the_hour_that_the_clock_shows(
    zone: str, start: datetime, minutes: int, share: float
) -> None:
    period = ReportPeriod(start, start + timedelta(minutes=minutes), ZoneInfo(zone))
    moment = start + (period.end - start) * share

    begun = max(hour for hour in period.hours if hour <= moment)

    clocks = [one.astimezone(period.zone) for one in (begun, moment)]
    assert (clocks[0].date(), clocks[0].hour) == (clocks[1].date(), clocks[1].hour)
    assert clocks[1].date() in period.days()
