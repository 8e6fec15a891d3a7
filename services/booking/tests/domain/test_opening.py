"""Weekly hours, closures and extra openings, against a calendar that asks of every five minutes whether it is open."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from booking.domain.errors import MalformedClosure
from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.availability import free_slots, open_periods, starts
from booking.domain.schedule.calendars import Calendar, Closure, ExtraOpening, OpeningInterval, check_calendar
from booking.domain.schedule.local_time import Period
from booking.domain.schedule.services import Service

MakeCalendar = Callable[..., Calendar]
MakeService = Callable[..., Service]

TUESDAY = date(2026, 12, 1)
LONG_BEFORE = datetime(2023, 1, 1, tzinfo=UTC)
ZONES = ["America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca"]
ZONES += ["Antarctica/Troll", "America/Sao_Paulo", "America/Scoresbysund", "UTC"]
GRID = timedelta(minutes=5)
DAYS = st.sampled_from([date(2026, 3, 8), date(2026, 11, 1), date(2026, 10, 4), date(2026, 3, 29), date(2026, 10, 25)])
MINUTES = st.integers(0, 288).map(lambda count: count * 5)
INTERVALS = st.tuples(MINUTES, MINUTES).filter(lambda pair: pair[0] < pair[1])


def fitting(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that follow each other without an overlap."""
    kept: list[tuple[int, int]] = []
    for opens, closes in sorted(intervals):
        if not kept or kept[-1][1] <= opens:
            kept.append((opens, closes))
    return kept


@st.composite
def calendars(draw: st.DrawFn, day: date) -> Calendar:
    near = st.integers(-2, 2).map(lambda count: day + timedelta(days=count))
    weekly = fitting(draw(st.lists(INTERVALS, max_size=3)))
    extra = fitting(draw(st.lists(INTERVALS, max_size=2)))
    closures = [
        Closure(first, first + timedelta(days=length), *interval)
        for first, length, interval in draw(st.lists(st.tuples(near, st.integers(0, 3), INTERVALS), max_size=3))
    ]
    return check_calendar(
        Calendar(
            uuid4(),
            "Room",
            draw(st.sampled_from(ZONES)),
            tuple(OpeningInterval(day.isoweekday(), *interval) for interval in weekly),
            tuple(closures),
            tuple(ExtraOpening(day, *interval) for interval in extra),
        )
    )


@st.composite
def services(draw: st.DrawFn, **usual: Any) -> Service:
    def minutes(least: int, most: int) -> int:
        return draw(st.integers(least // 5, most // 5)) * 5

    return Service(
        uuid4(),
        "Consultation",
        duration_minutes=minutes(5, 120),
        buffer_before_minutes=minutes(0, 30),
        buffer_after_minutes=minutes(0, 30),
        horizon_days=4000,
        **{"step_minutes": 5, **usual},
    )


@st.composite
def occupied(draw: st.DrawFn, day: date) -> list[Period]:
    midnight = datetime.combine(day, time(), UTC)
    begun = draw(st.lists(st.tuples(st.integers(-12 * 12, 36 * 12), st.integers(1, 24)), max_size=6))
    return [Period(midnight + GRID * start, midnight + GRID * (start + length)) for start, length in begun]


def is_open(calendar: Calendar, shown: datetime) -> bool:
    day, minute = shown.date(), shown.hour * 60 + shown.minute
    if any(one.day == day and one.opens <= minute < one.closes for one in calendar.extra_openings):
        return True
    closed = any(one.first_day <= day <= one.last_day and one.begins <= minute < one.ends for one in calendar.closures)
    weekly = any(one.weekday == day.isoweekday() and one.opens <= minute < one.closes for one in calendar.opening_hours)
    return weekly and not closed


@settings(derandomize=True, max_examples=250, deadline=None)
@given(data=st.data())
def test_what_is_offered_is_all_that_is_open_for_as_long_as_it_takes_and_free_with_its_buffers(
    data: st.DataObject,
) -> None:
    day = data.draw(DAYS)
    calendar, service, busy = data.draw(calendars(day)), data.draw(services()), data.draw(occupied(day))
    tz = ZoneInfo(calendar.timezone)
    grid = [datetime.combine(day, time(), UTC) + GRID * count for count in range(-15 * 12, 40 * 12)]
    shown = {at: at.astimezone(tz).replace(tzinfo=None) for at in grid}
    times = Counter(shown.values())
    opened = {at for at in grid if is_open(calendar, shown[at])}

    def fits(at: datetime) -> bool:
        lasts = range(service.duration_minutes // 5)
        begin, end = at - service.buffer_before, at + service.duration + service.buffer_after
        return (
            times[shown[at]] == 1
            and all(at + GRID * count in opened for count in lasts)
            and not any(period.start < end and begin < period.end for period in busy)
        )

    expected = [at for at in grid if shown[at].date() == day and fits(at)]
    # An appointment that would run on into the next day does not fit into this one's hours.
    ends = next(at for at in grid if shown[at].date() > day)
    expected = [at for at in expected if at + service.duration <= ends]

    offered = free_slots([calendar], service, day, {calendar.id: busy}, LONG_BEFORE)

    assert [slot.start for slot in offered] == expected


@settings(derandomize=True, max_examples=250, deadline=None)
@given(data=st.data())
def test_a_closure_takes_starts_away_and_makes_none(data: st.DataObject) -> None:
    day = data.draw(DAYS)
    calendar = replace(data.draw(calendars(day)), extra_openings=())
    service = data.draw(services(step_minutes=data.draw(st.integers(5, 90))))

    with_closures = set(starts(calendar, service, day))

    assert with_closures <= set(starts(replace(calendar, closures=()), service, day))
    for start in with_closures:
        whole = Period(start, start + service.duration)
        assert any(one.start <= whole.start and whole.end <= one.end for one in open_periods(calendar, day))


def clock(calendar: Calendar, service: Service, day: date = TUESDAY) -> list[str]:
    return [f"{Slot(calendar, service, start).local_start:%H:%M}" for start in starts(calendar, service, day)]


@pytest.mark.parametrize(
    ("closure", "left"),
    [
        (Closure(TUESDAY, TUESDAY), []),
        (Closure(date(2026, 11, 30), date(2026, 12, 2)), []),
        (Closure(TUESDAY, TUESDAY, 0, 9 * 60 + 10), ["09:30"]),
        (Closure(TUESDAY, TUESDAY, 9 * 60, 24 * 60), ["08:00", "08:30"]),
        (Closure(TUESDAY, TUESDAY, 8 * 60 + 40, 9 * 60), ["08:00", "09:00", "09:30"]),
        (Closure(date(2026, 11, 30), date(2026, 12, 2), 8 * 60, 9 * 60), ["09:00", "09:30"]),
        (Closure(date(2026, 12, 2), date(2026, 12, 2)), ["08:00", "08:30", "09:00", "09:30"]),
        (Closure(TUESDAY, TUESDAY, 10 * 60, 11 * 60), ["08:00", "08:30", "09:00", "09:30"]),
    ],
)
def test_a_closure_is_of_days_or_of_parts_of_days(
    make_calendar: MakeCalendar, make_service: MakeService, closure: Closure, left: list[str]
) -> None:
    calendar = replace(make_calendar("08:00-10:00"), closures=(closure,))
    assert clock(calendar, make_service()) == left


def test_an_extra_opening_holds_in_a_closure_and_on_a_day_that_is_never_open(
    make_calendar: MakeCalendar, make_service: MakeService
) -> None:
    extra = (ExtraOpening(TUESDAY, 18 * 60, 19 * 60),)
    closed = replace(make_calendar("08:00-10:00"), closures=(Closure(TUESDAY, TUESDAY),), extra_openings=extra)
    assert clock(closed, make_service()) == ["18:00", "18:30"]
    assert clock(replace(make_calendar(), extra_openings=extra), make_service()) == ["18:00", "18:30"]


def test_hours_that_touch_are_one(make_calendar: MakeCalendar, make_service: MakeService) -> None:
    service = make_service(duration_minutes=60)
    calendar = replace(make_calendar("08:00-09:00"), extra_openings=(ExtraOpening(TUESDAY, 9 * 60, 10 * 60),))
    assert clock(calendar, service) == ["08:00", "08:30", "09:00"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closures": (Closure(TUESDAY, date(2026, 11, 30)),)}, "closures"),
        ({"closures": (Closure(TUESDAY, TUESDAY, 600, 600),)}, "closures"),
        ({"closures": (Closure(TUESDAY, TUESDAY, 600, 1441),)}, "closures"),
        ({"closures": tuple(Closure(TUESDAY, TUESDAY, 0, minute) for minute in range(1, 1002))}, "closures"),
        ({"extra_openings": (ExtraOpening(TUESDAY, 600, 540),)}, "extra_openings"),
        ({"extra_openings": (ExtraOpening(TUESDAY, 0, 60), ExtraOpening(TUESDAY, 59, 90))}, "extra_openings"),
    ],
)
def test_what_cannot_be_is_refused_by_its_name(
    make_calendar: MakeCalendar, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(MalformedClosure) as refused:
        check_calendar(replace(make_calendar("08:00-18:00"), **changes))
    assert refused.value.metadata == {"field": field}


def test_extra_openings_of_two_days_do_not_meet(make_calendar: MakeCalendar) -> None:
    extra = (ExtraOpening(TUESDAY, 0, 60), ExtraOpening(date(2026, 12, 2), 0, 60))
    check_calendar(replace(make_calendar(), extra_openings=extra))
