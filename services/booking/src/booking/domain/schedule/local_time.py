"""Between what a clinic's clock shows and the instants we store.

A wall time can be skipped (clocks go forward) or occur twice (clocks go back); Python passes both in silence, so here
they are told apart.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from booking.domain.errors import UnknownTimezone

# A model adds the Z of UTC to what is local. Seconds that are not zero and other offsets would be lost: asked again.
_CLOCK_24 = r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::00(?:\.0+)?)?\s*(?:Z|\+00:?00)?"
_CLOCK_12 = r"(?P<hour_12>[0-9]{1,2})(?:[:.](?P<minute_12>[0-9]{2}))?\s*(?P<half>[ap])\.?\s*m\.?"
_DAY = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"
_WEEKDAY = r"(?:on\s+)?(?P<{}>mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b\.?,?"
_DATE = re.compile(
    rf"(?:{_WEEKDAY.format('before')}\s*)?{_DAY}(?:,?\s*\(?{_WEEKDAY.format('after')}\)?)?(?:[T\s]\s*(?:{_CLOCK_24}|{_CLOCK_12}))?",
    re.IGNORECASE,
)
_TIME = re.compile(rf"(?:{_DAY}[T\s]|T)?\s*(?:{_CLOCK_24}|{_CLOCK_12})", re.IGNORECASE)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NOON = 12
_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` up to, not including, `end`; both aware and in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: "Period") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class Skipped:
    """The wall time does not exist on that day; `next_real` is the first one after it that does."""

    next_real: datetime


@dataclass(frozen=True, slots=True)
class Twice:
    """The wall time occurs twice."""

    first: datetime
    second: datetime


@dataclass(frozen=True, slots=True)
class WrongWeekday:
    """A date was told with a weekday that it is not."""

    day: date
    weekday: int
    """ISO 8601: 1 is Monday."""


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


def read_date(text: str) -> date | WrongWeekday | None:
    """The date of `2026-12-01`, `Tuesday, 2026-12-01` or of a date and time; None if it is none, or no real one."""
    match = _DATE.fullmatch(text.strip())
    if match is None or ((match["hour"] or match["hour_12"]) and _time(match) is None):
        return None
    try:
        day = date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
    for named in filter(None, (match["before"], match["after"])):
        weekday = _WEEKDAYS.index(named[:3].lower()) + 1
        if weekday != day.isoweekday():
            return WrongWeekday(day, weekday)
    return day


def parse_date(text: str) -> date | None:
    """As `read_date`; None too where the weekday and the date contradict each other."""
    return None if isinstance(read := read_date(text), WrongWeekday) else read


def parse_time(text: str) -> time | None:
    """The time of `18:00`, `18:00:00Z`, `6pm`, `6:30 p.m.` or of a date and time; None if it is none."""
    match = _TIME.fullmatch(text.strip())
    return None if match is None else _time(match)


def contradict(day: str, time_of_day: str) -> bool:
    """Whether what was told as the time holds another date than what was told as the day."""
    match = _TIME.fullmatch(time_of_day.strip())
    if match is None or match["year"] is None:
        return False
    return parse_date(f"{match['year']}-{match['month']}-{match['day']}") != parse_date(day)


def _time(match: re.Match[str]) -> time | None:
    if match["half"]:
        hour, minute = int(match["hour_12"]), int(match["minute_12"] or 0)
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if match["half"].lower() == "p" else 0)
    else:
        hour, minute = int(match["hour"]), int(match["minute"])
    try:
        return time(hour, minute)
    except ValueError:
        return None


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
