"""Every change of the clocks of every zone of the IANA database from 2024 to 2030, against a scan of the minutes."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

import pytest

from booking.domain.schedule.availability import free_slots, starts
from booking.domain.schedule.calendars import Calendar, OpeningInterval
from booking.domain.schedule.local_time import Skipped, Twice, instant
from booking.domain.schedule.services import Service

FIRST, LAST = datetime(2024, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
GRID = timedelta(minutes=15)
LONG_BEFORE = datetime(2023, 12, 31, tzinfo=UTC)
SERVICE = Service(uuid4(), "Consultation", duration_minutes=30, step_minutes=15, horizon_days=4000)


@dataclass(frozen=True, slots=True)
class Change:
    """At `at` the clocks of the zone, and of all others with the same changes, go from one offset to another."""

    zone: str
    at: datetime
    before: timedelta
    after: timedelta

    @property
    def days(self) -> set[date]:
        """The days of the zone that it touches."""
        return {
            (self.at + offset - edge).date() for offset in (self.before, self.after) for edge in (timedelta(), GRID)
        }


def offset(at: datetime, tz: ZoneInfo) -> timedelta:
    return at.astimezone(tz).utcoffset() or timedelta()


def changes_of(name: str) -> Iterator[Change]:
    tz = ZoneInfo(name)
    days = [FIRST + timedelta(days=count) for count in range((LAST - FIRST).days + 1)]
    offsets = [offset(day, tz) for day in days]
    for (first, last), (before, after) in zip(pairwise(days), pairwise(offsets), strict=True):
        if before != after:
            low, high = first, last
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if offset(middle, tz) == before else (low, middle)
            yield Change(name, high.replace(microsecond=0), before, after)


@cache
def all_changes() -> list[Change]:
    """Those of one zone of each kind."""
    kinds: dict[object, list[Change]] = {}
    for name in sorted(available_timezones()):
        changes = list(changes_of(name))
        kinds.setdefault(tuple((one.at, one.before, one.after) for one in changes), changes)
    return [change for changes in kinds.values() for change in changes]


def shown(at: datetime, tz: ZoneInfo) -> datetime:
    return at.astimezone(tz).replace(tzinfo=None)


def around(day: date) -> list[datetime]:
    """The quarters of an hour, in UTC, in which every zone has all of that day and its neighbours' edges."""
    first = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    return [first + GRID * count for count in range(4 * 54)]


def calendar(zone: str, opens: int, closes: int) -> Calendar:
    return Calendar(uuid4(), "Room", zone, tuple(OpeningInterval(day, opens, closes) for day in range(1, 8)))


def hours_around(change: Change, day: date) -> Iterator[tuple[int, int]]:
    """Hours that open and close before, in the middle of and after what the clocks skip or show twice."""
    edges = {0, 24 * 60}
    for offset_then in (change.before, change.after):
        wall = change.at + offset_then
        minute = int((wall.replace(tzinfo=None) - datetime.combine(day, time())).total_seconds()) // 60
        edges |= {minute + extra for extra in (-60, -15, 0, 15, 60)}
    inside = sorted(minute for minute in edges if 0 <= minute <= 24 * 60)
    yield 0, 24 * 60
    yield from zip(inside, inside[3:], strict=False)


def test_there_are_changes_of_all_kinds() -> None:
    changes = all_changes()
    assert len(changes) > 400
    jumps = {change.after - change.before for change in changes}
    assert {timedelta(minutes=minutes) for minutes in (-120, -60, -30, 30, 60, 120)} <= jumps
    assert all(change.at.minute % 15 == 0 and change.at.second == 0 for change in changes)


def test_on_every_day_on_which_clocks_change_starts_are_none_too_many_and_none_too_few() -> None:
    for change in all_changes():
        tz = ZoneInfo(change.zone)
        for day in change.days:
            minutes = around(day)
            for opens, closes in hours_around(change, day):
                wall = [datetime.combine(day, time()) + timedelta(minutes=minute) for minute in (opens, closes)]
                # Open from the first moment at which the clock shows the time, or a later one.
                begins, ends = (next(at for at in minutes if shown(at, tz) >= edge) for edge in wall)
                expected = [at for at in minutes if begins <= at and at + SERVICE.duration <= ends]
                assert list(starts(calendar(change.zone, opens, closes), SERVICE, day)) == expected, (change, opens)


def test_on_every_day_on_which_clocks_change_each_time_is_offered_that_the_clock_shows_once() -> None:
    for change in all_changes():
        tz = ZoneInfo(change.zone)
        for day in change.days:
            minutes = around(day)
            times = Counter(shown(at, tz) for at in minutes)
            end = next(at for at in minutes if shown(at, tz).date() > day)
            expected = [
                at
                for at in minutes
                if shown(at, tz).date() == day and times[shown(at, tz)] == 1 and at + SERVICE.duration <= end
            ]
            slots = free_slots([calendar(change.zone, 0, 24 * 60)], SERVICE, day, {}, LONG_BEFORE)
            assert [slot.start for slot in slots] == expected, change
            assert len({slot.local_start.replace(tzinfo=None) for slot in slots}) == len(slots)


def test_every_time_of_a_day_on_which_clocks_change_is_read_as_the_clock_shows_it() -> None:
    for change in all_changes():
        tz = ZoneInfo(change.zone)
        for day in change.days:
            minutes = around(day)
            showing: dict[datetime, list[datetime]] = {}
            for at in minutes:
                showing.setdefault(shown(at, tz), []).append(at)
            for quarter in range(24 * 4):
                wall = datetime.combine(day, time()) + GRID * quarter
                match instant(wall, tz):
                    case Twice(first, second):
                        assert showing[wall] == [first, second], change
                    case Skipped(next_real):
                        assert wall not in showing, change
                        assert next_real == next(at for at in minutes if shown(at, tz) > wall), change
                    case once:
                        assert showing[wall] == [once], change


@pytest.mark.parametrize(
    ("zone", "day", "lost_or_won"),
    [
        ("America/New_York", date(2026, 3, 8), -1),
        ("America/New_York", date(2026, 11, 1), 1),
        ("Australia/Lord_Howe", date(2026, 10, 4), -0.5),
        ("Australia/Lord_Howe", date(2026, 4, 5), 0.5),
        ("Antarctica/Troll", date(2026, 3, 29), -2),
        ("Antarctica/Troll", date(2026, 10, 25), 2),
        ("Africa/Casablanca", date(2026, 2, 15), 1),
        ("Africa/Casablanca", date(2026, 3, 22), -1),
        ("America/Scoresbysund", date(2026, 10, 24), 1),
        ("America/Sao_Paulo", date(2026, 11, 1), 0),
        ("Asia/Kathmandu", date(2026, 3, 29), 0),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: str, day: date, lost_or_won: float) -> None:
    found = list(starts(calendar(zone, 0, 24 * 60), SERVICE, day))
    assert found[-1] + SERVICE.duration - found[0] == timedelta(hours=24 + lost_or_won)
