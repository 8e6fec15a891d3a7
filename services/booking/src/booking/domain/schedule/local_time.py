"""Between what a clinic's clock shows and the instants we store.

A wall time can be skipped (clocks go forward) or occur twice (clocks go back); Python passes both in silence, so here
they are told apart.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from booking.domain.errors import UnknownTimezone

_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; both aware and in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end


class Occupant(StrEnum):
    """What a time is not free for."""

    APPOINTMENT = "appointment"
    HOLD = "hold"
    OUTSIDE = "outside"
    """A calendar elsewhere is busy."""
    OUT_OF_USE = "out_of_use"
    """The calendar itself can be booked no more."""


@dataclass(frozen=True, slots=True)
class Occupied(Period):
    """A period that is not free, with what is kept free around it."""

    by: Occupant
    core: Period
    """Without what is kept free around it."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """The wall time does not exist on that day; `next_real` is the first one after it that does."""

    next_real: datetime


@dataclass(frozen=True, slots=True)
class Twice:
    """The wall time occurs twice."""

    first: datetime
    second: datetime


def check_zone(name: str) -> None:
    """Raises UnknownTimezone if it is no IANA name that means the same on every machine."""
    if name not in _zones():
        raise UnknownTimezone(name[:_LONGEST_NAME])


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})


@cache
def _countries() -> dict[str, str]:
    """ISO 3166 country by zone, from the IANA database's zone.tab."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in table.splitlines() if line and not line.startswith("#"))
    return {row[2]: row[0] for row in rows}


def country(timezone: str) -> str | None:
    """The country a zone is in; None for one that is in none, such as UTC."""
    return _countries().get(timezone)


def instant(wall: datetime, tz: ZoneInfo) -> datetime | Skipped | Twice:
    """The instant (UTC) at which the naive wall time is shown in the zone."""
    first = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    second = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if first == second:
        return first
    if _shows(first, tz) == wall:
        return Twice(first, second)
    # In a gap, fold=1 reads the wall time with the offset after it and so lands before the change, and fold=0 after.
    return Skipped(_end_of_gap(second, first, tz))


def opening_instant(day: date, minutes: int, tz: ZoneInfo) -> datetime:
    """The instant of a minute of the day's clock: the next real one if it is skipped, the first if it occurs twice."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    match instant(wall, tz):
        case Skipped(next_real):
            return next_real
        case Twice(first, _):
            return first
        case plain:
            return plain


def _end_of_gap(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    offset = before.astimezone(tz).utcoffset()
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) / 2
        if middle.astimezone(tz).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after.replace(second=0, microsecond=0)


def _shows(moment: datetime, tz: ZoneInfo) -> datetime:
    return moment.astimezone(tz).replace(tzinfo=None, fold=0)
