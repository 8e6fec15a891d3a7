"""What is booked, and when it is open."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from booking.domain.errors import MalformedClosure, MalformedOpeningHours, MissingName
from booking.domain.schedule.local_time import check_zone

MINUTES_A_DAY = 24 * 60
_DAYS_A_WEEK = 7
_MOST_OF_EACH = 1000
"""Closures or extra openings of one calendar: each is read with every question about it."""

_WORD = re.compile(r"[^\W_]+")
_TITLES = frozenset({"dr", "doctor", "prof", "professor", "mr", "mrs", "ms", "miss", "md", "dds", "dmd", "do", "the"})
_ANYBODY = frozenset(
    {"any", "anyone", "anybody", "whoever", "whichever", "available", "first", "next", "no", "preference", "either"}
    | {"practitioner", "provider", "physician", "dentist", "clinician", "doesn", "t", "matter"}
)


@dataclass(frozen=True, slots=True)
class OpeningInterval:
    """Open on an ISO weekday (1 is Monday) from `opens` to `closes`, both minutes of the day's clock."""

    weekday: int
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Closure:
    """Closed on each day from the first to the last, from one minute of the day's clock until another."""

    first_day: date
    last_day: date
    begins: int = 0
    ends: int = MINUTES_A_DAY
    reason: str = ""
    """What staff call it; callers do not hear it."""

    @property
    def times(self) -> tuple[date, date, int, int]:
        return self.first_day, self.last_day, self.begins, self.ends


@dataclass(frozen=True, slots=True, order=True)
class ExtraOpening:
    """Open on a day from `opens` to `closes`, whatever the weekday and whatever closure there is."""

    day: date
    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Hours:
    """Open from `opens` to `closes`, minutes of a day's clock."""

    opens: int
    closes: int
    counted_from: int
    """Where starts are counted from: when it would have opened without the closures."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """A practitioner or a room."""

    id: UUID
    name: str
    timezone: str
    opening_hours: tuple[OpeningInterval, ...]
    closures: tuple[Closure, ...] = ()
    extra_openings: tuple[ExtraOpening, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def closed(self, closure: Closure) -> "Calendar":
        """With one closure more; as it is if it is closed at just these times."""
        if any(closure.times == known.times for known in self.closures):
            return self
        return replace(self, closures=tuple(sorted((*self.closures, closure), key=lambda one: one.times)))

    def opened(self, extra: ExtraOpening) -> "Calendar":
        """With one extra opening more, or as it is if it has just this one."""
        return replace(self, extra_openings=tuple(sorted({*self.extra_openings, extra})))

    def reset(self, day: date) -> "Calendar":
        """Without the closures that begin on the day, and without the extra openings on it."""
        return replace(
            self,
            closures=tuple(closure for closure in self.closures if closure.first_day != day),
            extra_openings=tuple(extra for extra in self.extra_openings if extra.day != day),
        )

    def is_called(self, name: str) -> bool:
        """Without regard to case."""
        return self.name.casefold() == name.casefold()

    def hours(self, day: date) -> list[Hours]:
        """When it is open on a day, in order: the weekly hours less the closures, and the extra openings."""
        weekday = day.isoweekday()
        opened = [Hours(i.opens, i.closes, i.opens) for i in self.opening_hours if i.weekday == weekday]
        for closure in self.closures:
            if closure.first_day <= day <= closure.last_day:
                opened = [piece for hours in opened for piece in _without(closure, hours)]
        opened += [Hours(extra.opens, extra.closes, extra.opens) for extra in self.extra_openings if extra.day == day]
        return _joined(opened) if len(opened) > 1 else opened


def _without(closure: Closure, hours: Hours) -> Iterator[Hours]:
    """What a closure leaves of the hours. It takes starts away and makes none: they are counted as on any other day."""
    if closure.ends <= hours.opens or hours.closes <= closure.begins:
        yield hours
        return
    if hours.opens < closure.begins:
        yield Hours(hours.opens, closure.begins, hours.counted_from)
    if closure.ends < hours.closes:
        yield Hours(closure.ends, hours.closes, hours.counted_from)


def _joined(opened: list[Hours]) -> list[Hours]:
    """In order; hours that overlap or touch are one, counted from the earlier opening."""
    joined: list[Hours] = []
    for hours in sorted(opened, key=lambda one: one.opens):
        if joined and hours.opens <= joined[-1].closes:
            last = joined[-1]
            joined[-1] = Hours(last.opens, max(last.closes, hours.closes), last.counted_from)
        else:
            joined.append(hours)
    return joined


def check_calendar(calendar: Calendar) -> Calendar:
    """The calendar, if it can be one.

    Raises MissingName, UnknownTimezone, MalformedOpeningHours, MalformedClosure naming the field.
    """
    if not calendar.name:
        raise MissingName
    check_zone(calendar.timezone)
    if any(not 1 <= interval.weekday <= _DAYS_A_WEEK for interval in calendar.opening_hours):
        raise MalformedOpeningHours
    for weekday in range(1, _DAYS_A_WEEK + 1):
        if not _follow([(i.opens, i.closes) for i in calendar.opening_hours if i.weekday == weekday]):
            raise MalformedOpeningHours
    if len(calendar.closures) > _MOST_OF_EACH or not all(map(_can_be, calendar.closures)):
        raise MalformedClosure("closures")
    extra = calendar.extra_openings
    on_each_day = ([(one.opens, one.closes) for one in extra if one.day == day] for day in {one.day for one in extra})
    if len(extra) > _MOST_OF_EACH or not all(map(_follow, on_each_day)):
        raise MalformedClosure("extra_openings")
    return calendar


def _can_be(closure: Closure) -> bool:
    return closure.first_day <= closure.last_day and _follow([(closure.begins, closure.ends)])


def _follow(intervals: Sequence[tuple[int, int]]) -> bool:
    """Whether each of a day's intervals ends after it begins, and none overlaps another."""
    end_of_last = 0
    for opens, closes in sorted(intervals):
        if not end_of_last <= opens < closes <= MINUTES_A_DAY:
            return False
        end_of_last = closes
    return True


def meant_calendars(calendars: Sequence[Calendar], spoken: str) -> Sequence[Calendar]:
    """The calendars that a caller means by "Dr. Lake", "doctor lake" or "Lake"; all of them by nothing or "anyone".

    None where nobody is called so, or where several are and the name does not tell them apart.
    """
    wanted = _words(spoken) - _TITLES
    if not wanted:
        return calendars
    names = {calendar.id: _words(calendar.name) - _TITLES for calendar in calendars}
    for same in (_equal, _part, _whole):
        if found := [calendar for calendar in calendars if same(wanted, names[calendar.id])]:
            return found if len({names[calendar.id] for calendar in found}) == 1 else ()
    return calendars if wanted <= _ANYBODY else ()


def _equal(wanted: frozenset[str], name: frozenset[str]) -> bool:
    return wanted == name


def _part(wanted: frozenset[str], name: frozenset[str]) -> bool:
    return wanted < name


def _whole(wanted: frozenset[str], name: frozenset[str]) -> bool:
    return bool(name) and name < wanted


def _words(text: str) -> frozenset[str]:
    """Its words without case and accents: `Dr. Núñez` and `dr nunez` are the same."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return frozenset(_WORD.findall(plain.casefold()))
