"""Which time a report is of, and its days and hours on the clinic's clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from booking.domain.errors import MalformedPeriod
from booking.domain.schedule.local_time import check_zone, opening_instant

USUAL_DAYS = 30
MOST_DAYS = 366
_YEARS = range(2000, 2100)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class ReportPeriod:
    """From `start` up to, not including, `end`, both in UTC; days and hours are those of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def days(self) -> Iterator[date]:
        """Each that it touches, in order."""
        last = (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        day = self.start.astimezone(self.zone).date()
        while day <= last:
            yield day
            day += timedelta(days=1)

    @cached_property
    def hours(self) -> list[datetime]:
        """When each hour of the clock begins, in UTC; the first one with the period."""
        found = [self.start]
        while (following := self._next_hour(found[-1])) < self.end:
            found.append(following)
        return found

    def _next_hour(self, at: datetime) -> datetime:
        """When the clock next shows a full hour, or is changed."""
        clock = at.astimezone(self.zone)
        following = at + _HOUR - (clock - clock.replace(minute=0, second=0, microsecond=0))
        if self._offset(following) == clock.utcoffset():
            return following
        minute = at.replace(second=0, microsecond=0) + _MINUTE
        while self._offset(minute) == clock.utcoffset():
            minute += _MINUTE
        return minute

    def _offset(self, at: datetime) -> timedelta | None:
        return at.astimezone(self.zone).utcoffset()


def report_period(begins: str, ends: str, timezone: str, now: datetime) -> ReportPeriod:
    """Each end is a day of the zone, which is its midnight, or an instant with its offset.

    Without `ends` it goes on to the end of today, without `begins` it is of 30 days. Raises UnknownTimezone, and
    MalformedPeriod naming the end that cannot be.
    """
    check_zone(timezone)
    zone = ZoneInfo(timezone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    end = _instant("ends", ends, zone) if ends else opening_instant(tomorrow, 0, zone)
    start = _instant("begins", begins, zone) if begins else _days_before(end, USUAL_DAYS, zone)
    if start >= end:
        raise MalformedPeriod("ends")
    if start < _days_before(end, MOST_DAYS, zone):
        raise MalformedPeriod("begins")
    return ReportPeriod(start, end, zone)


def _instant(field: str, text: str, zone: ZoneInfo) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedPeriod(field) from None
    if told.year not in _YEARS:
        raise MalformedPeriod(field)
    if _DAY.fullmatch(text):
        return opening_instant(told.date(), 0, zone)
    if told.tzinfo is None:
        raise MalformedPeriod(field)
    return told.astimezone(UTC)


def _days_before(end: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The same time of the clock, so many days earlier."""
    clock = end.astimezone(zone) - timedelta(days=days)
    return clock.astimezone(UTC)
