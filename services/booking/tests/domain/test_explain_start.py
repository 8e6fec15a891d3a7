"""Why a start was not offered: told by the same arithmetic that decided it, from what was looked at then."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from booking.domain.schedule.availability import free_slots
from booking.domain.schedule.calendars import Calendar, Closure, ExtraOpening
from booking.domain.schedule.explain_start import Reason, explain_start
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.local_time import Occupant, Occupied, Period

NEW_YORK = ZoneInfo("America/New_York")
DAY = date(2026, 12, 1)
NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
TEN = time(10)


def at(clock: str, day: date = DAY) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), NEW_YORK).astimezone(UTC)


def occupied(begins: str, ends: str, by: Occupant = Occupant.APPOINTMENT, around: int = 0) -> Occupied:
    core, kept_free = Period(at(begins), at(ends)), timedelta(minutes=around)
    return Occupied(core.start - kept_free, core.end + kept_free, by, core)


@pytest.fixture
def grounds(make_calendar: Any, make_service: Any) -> Any:
    """`grounds(occupied…, closures=, now=, …)`: of a calendar that is open from 8 to 12 and from 13 to 18."""

    def make(*busy: Occupied, **changes: Any) -> Grounds:
        calendar: Calendar = make_calendar("08:00-12:00", "13:00-18:00")
        calendar = replace(
            calendar, closures=changes.pop("closures", ()), extra_openings=changes.pop("extra_openings", ())
        )
        day, last = changes.pop("day", DAY), changes.pop("last", None)
        now = changes.pop("now", NOW)
        return Grounds(now, make_service(**changes), [calendar], day, last or day, {calendar.id: busy})

    return make


def reason(grounds: Grounds, clock: time = TEN) -> Reason:
    """Told and read in between, as it is kept."""
    kept = Grounds.of(grounds.facts())
    assert kept is not None
    (explained,) = explain_start(kept, clock)
    return explained.reason


def test_a_free_start_was_offered(grounds: Any) -> None:
    assert reason(grounds()) is Reason.OFFERED


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Occupant.APPOINTMENT, Reason.APPOINTMENT),
        (Occupant.HOLD, Reason.HOLD),
        (Occupant.OUTSIDE, Reason.BUSY_OUTSIDE),
        (Occupant.OUT_OF_USE, Reason.OUT_OF_USE),
    ],
)
def test_what_is_in_the_way_is_told_by_its_kind(grounds: Any, by: Occupant, expected: Reason) -> None:
    assert reason(grounds(occupied("10:15", "10:45", by))) is expected


def test_what_ends_when_it_begins_is_not_in_the_way(grounds: Any) -> None:
    assert reason(grounds(occupied("09:30", "10:00"), occupied("10:30", "11:00"))) is Reason.OFFERED


def test_time_kept_free_around_an_appointment_is_told_from_the_appointment(grounds: Any) -> None:
    assert reason(grounds(occupied("09:15", "09:45", around=20))) is Reason.BUFFER


def test_so_is_time_that_the_service_itself_keeps_free(grounds: Any) -> None:
    assert reason(grounds(occupied("10:30", "11:00"), buffer_after_minutes=15)) is Reason.BUFFER


def test_an_appointment_is_told_rather_than_the_time_kept_free_around_another(grounds: Any) -> None:
    busy = [occupied("09:15", "09:45", around=20), occupied("10:15", "10:45")]
    assert reason(grounds(*busy)) is Reason.APPOINTMENT


def test_a_time_between_starts_is_no_start(grounds: Any) -> None:
    assert reason(grounds(), time(10, 10)) is Reason.NOT_A_START


@pytest.mark.parametrize("clock", [time(7, 30), time(12, 30), time(17, 45), time(18)])
def test_a_start_that_is_not_within_the_hours_is_told_so(grounds: Any, clock: time) -> None:
    assert reason(grounds(), clock) is Reason.OUTSIDE_HOURS


def test_a_day_without_hours_is_told_so(grounds: Any, make_calendar: Any) -> None:
    weekends = make_calendar("08:00-18:00", weekdays=range(6, 8))
    (explained,) = explain_start(replace(grounds(), calendars=[weekends], busy={}), TEN)
    assert (explained.reason, explained.why) == (Reason.OUTSIDE_HOURS, "is on a day without hours")


def test_a_closure_is_told_from_the_hours_without_its_reason(grounds: Any) -> None:
    closed = grounds(closures=(Closure(DAY, DAY, reason="Ana is ill"),))
    assert reason(closed) is Reason.CLOSED
    assert "ill" not in str(closed.facts())


def test_an_extra_opening_within_a_closure_is_open(grounds: Any) -> None:
    extra = (ExtraOpening(DAY, 9 * 60, 11 * 60),)
    assert reason(grounds(closures=(Closure(DAY, DAY),), extra_openings=extra)) is Reason.OFFERED


def test_what_was_over_is_told_so(grounds: Any) -> None:
    assert reason(grounds(now=at("10:05"))) is Reason.PAST


def test_what_was_too_soon_is_told_from_what_was_over(grounds: Any) -> None:
    assert reason(grounds(now=at("09:00"), lead_time_minutes=120)) is Reason.LEAD_TIME


def test_what_was_too_far_ahead_is_told_so(grounds: Any) -> None:
    assert reason(grounds(now=NOW - timedelta(days=40), horizon_days=30)) is Reason.HORIZON


@pytest.mark.parametrize(("day", "clock"), [(date(2027, 3, 14), time(2, 30)), (date(2026, 11, 1), time(1, 30))])
def test_a_time_that_clocks_skip_or_double_is_told_so(grounds: Any, day: date, clock: time) -> None:
    assert reason(grounds(day=day, now=datetime(2026, 10, 1, tzinfo=UTC)), clock) is Reason.CLOCK_CHANGE


def test_each_calendar_and_each_day_that_was_looked_at_is_explained(grounds: Any, make_calendar: Any) -> None:
    first = grounds(occupied("10:00", "10:30"), last=DAY + timedelta(days=1))
    both = replace(first, calendars=[*first.calendars, make_calendar("08:00-18:00")])
    told = [(one.wall.date(), one.reason) for one in explain_start(both, TEN)]
    next_day = DAY + timedelta(days=1)
    assert told == [
        (DAY, Reason.APPOINTMENT),
        (DAY, Reason.OFFERED),
        (next_day, Reason.OFFERED),
        (next_day, Reason.OFFERED),
    ]
    assert [one.wall.date() for one in explain_start(both, TEN, next_day)] == [next_day, next_day]
    assert explain_start(both, TEN, DAY - timedelta(days=1)) == []


def test_exactly_the_starts_that_were_free_are_explained_as_offered(grounds: Any) -> None:
    looked = grounds(
        occupied("08:40", "09:10", Occupant.OUTSIDE),
        occupied("11:00", "11:30", around=10),
        occupied("14:00", "15:00", Occupant.HOLD),
        closures=(Closure(DAY, DAY, 16 * 60, 17 * 60),),
        step_minutes=10,
        buffer_before_minutes=10,
        lead_time_minutes=60,
        now=at("07:20"),
    )
    kept = Grounds.of(looked.facts())
    assert kept is not None
    free = {
        slot.local_start.time() for slot in free_slots(looked.calendars, looked.service, DAY, looked.busy, looked.now)
    }
    clocks = [time(minutes // 60, minutes % 60) for minutes in range(0, 24 * 60, 5)]
    assert {clock for clock in clocks if reason(kept, clock) is Reason.OFFERED} == free


def test_more_than_is_worth_telling_is_told_of_the_first_day_alone(grounds: Any) -> None:
    many = [
        Occupied(start, start + timedelta(minutes=1), Occupant.APPOINTMENT, Period(start, start + timedelta(minutes=1)))
        for start in (at("00:00") + timedelta(hours=count) for count in range(30 * 24))
    ]
    kept = Grounds.of(grounds(*many, last=DAY + timedelta(days=29)).facts())
    assert kept is not None
    assert kept.days == [DAY]
    assert explain_start(kept, TEN)[0].reason is Reason.APPOINTMENT


@pytest.mark.parametrize(
    "facts", [None, {}, [], "x", {"now": "x"}, {"service": []}, {"service": ["x"], "calendars": 1}]
)
def test_what_another_edition_told_explains_nothing(facts: Any) -> None:
    assert Grounds.of(facts) is None


def test_a_sentence_names_calendar_time_and_what_was_in_the_way(grounds: Any) -> None:
    (explained,) = explain_start(grounds(occupied("09:45", "10:15")), TEN)
    assert explained.sentence == (
        "Room: 10:00 on Tuesday, 2026-12-01 was taken: there is an appointment"
        " from 2026-12-01 09:45 to 2026-12-01 10:15."
    )
