"""What is booked, and when it is open."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.errors import MalformedOpeningHours, MissingName
from booking.domain.local_time import check_zone

MINUTES_A_DAY = 24 * 60
_DAYS_A_WEEK = 7


@dataclass(frozen=True, slots=True)
class OpeningInterval:
    """Open on an ISO weekday (1 is Monday) from `opens` to `closes`, both minutes of the day's clock."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """A practitioner or a room."""

    id: UUID
    name: str
    timezone: str
    opening_hours: tuple[OpeningInterval, ...]

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def check_calendar(calendar: Calendar) -> Calendar:
    """The calendar, if it can be one. Raises MissingName, UnknownTimezone, MalformedOpeningHours."""
    if not calendar.name:
        raise MissingName
    check_zone(calendar.timezone)
    for weekday in range(1, _DAYS_A_WEEK + 1):
        _check_day(sorted((i.opens, i.closes) for i in calendar.opening_hours if i.weekday == weekday))
    if any(not 1 <= interval.weekday <= _DAYS_A_WEEK for interval in calendar.opening_hours):
        raise MalformedOpeningHours
    return calendar


def _check_day(intervals: Sequence[tuple[int, int]]) -> None:
    end_of_last = 0
    for opens, closes in intervals:
        if not end_of_last <= opens < closes <= MINUTES_A_DAY:
            raise MalformedOpeningHours
        end_of_last = closes
