"""What an answer about free times was decided by, so that it can be told later why a start was not offered.

Told as JSON, since it travels with the answer. It names calendars and times, and nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from booking.domain.schedule.availability import Busy, search_period
from booking.domain.schedule.calendars import Calendar, Closure, ExtraOpening, OpeningInterval
from booking.domain.schedule.local_time import Occupant, Occupied, Period
from booking.domain.schedule.services import Service

_MOST_OCCUPIED = 300
"""Times in the way that are told with an answer; where there are more, those of its first day alone."""
_DAYS_A_WEEK = 7
_FIGURES = (
    "duration_minutes",
    "step_minutes",
    "buffer_before_minutes",
    "buffer_after_minutes",
    "lead_time_minutes",
    "horizon_days",
)
"""What of a service decides, in the order in which it is told."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """What was looked at: a service in calendars from one day to another, and what was in the way."""

    now: datetime
    service: Service
    calendars: Sequence[Calendar]
    first: date
    last: date
    busy: Busy

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=count) for count in range((self.last - self.first).days + 1)]

    def facts(self) -> dict[str, Any]:
        """As JSON; `of` is its inverse, as far as the days go that were looked at."""
        last, busy = self.last, self.busy
        if sum(map(len, busy.values())) > _MOST_OCCUPIED:
            last, busy = self.first, self._busy_on_first_day()
        return {
            "now": self.now.timestamp(),
            "first": self.first.isoformat(),
            "last": last.isoformat(),
            "service": [self.service.name, *(getattr(self.service, name) for name in _FIGURES)],
            "calendars": [_calendar_facts(one, self.first, last) for one in self.calendars],
            "busy": [[_occupied_facts(period) for period in busy.get(one.id, ())] for one in self.calendars],
        }

    @classmethod
    def of(cls, facts: Any) -> "Grounds | None":
        """None for what nobody told, or another edition of this program."""
        try:
            return cls._of(facts)
        except (LookupError, TypeError, ValueError, OverflowError):
            return None

    @classmethod
    def _of(cls, facts: Mapping[str, Any]) -> "Grounds":
        name, *figures = facts["service"]
        calendars = list(map(_calendar_of, facts["calendars"]))
        return cls(
            now=_instant(facts["now"]),
            service=Service(id=UUID(int=0), name=name, **dict(zip(_FIGURES, figures, strict=True))),
            calendars=calendars,
            first=date.fromisoformat(facts["first"]),
            last=date.fromisoformat(facts["last"]),
            busy={
                calendar.id: list(map(_occupied_of, told))
                for calendar, told in zip(calendars, facts["busy"], strict=True)
            },
        )

    def _busy_on_first_day(self) -> Busy:
        day = search_period(self.calendars, self.service, self.first, 1)
        on_it = {one: [period for period in busy if period.overlaps(day)] for one, busy in self.busy.items()}
        return {one: busy[:_MOST_OCCUPIED] for one, busy in on_it.items()}


def _calendar_facts(calendar: Calendar, first: date, last: date) -> list[Any]:
    """What of it holds on these days. Why it is closed is the staff's."""
    days = min((last - first).days + 1, _DAYS_A_WEEK)
    weekdays = {(first + timedelta(days=count)).isoweekday() for count in range(days)}
    return [
        str(calendar.id),
        calendar.name,
        calendar.timezone,
        [[one.weekday, one.opens, one.closes] for one in calendar.opening_hours if one.weekday in weekdays],
        [
            [max(one.first_day, first).isoformat(), min(one.last_day, last).isoformat(), one.begins, one.ends]
            for one in calendar.closures
            if one.first_day <= last and first <= one.last_day
        ],
        [[one.day.isoformat(), one.opens, one.closes] for one in calendar.extra_openings if first <= one.day <= last],
    ]


def _calendar_of(told: Sequence[Any]) -> Calendar:
    calendar_id, name, timezone, weekly, closed, extra = told
    return Calendar(
        UUID(calendar_id),
        name,
        timezone,
        tuple(OpeningInterval(*one) for one in weekly),
        tuple(
            Closure(date.fromisoformat(first), date.fromisoformat(last), begins, ends)
            for first, last, begins, ends in closed
        ),
        tuple(ExtraOpening(date.fromisoformat(day), opens, closes) for day, opens, closes in extra),
    )


def _occupied_facts(period: Occupied) -> list[Any]:
    """What is there, and from when to when; and, if anything is kept free around it, from when to when that is."""
    core = period.core
    told: list[Any] = [period.by.value, int(core.start.timestamp()), int(core.end.timestamp())]
    if period.start != core.start or period.end != core.end:
        told += [int(period.start.timestamp()), int(period.end.timestamp())]
    return told


def _occupied_of(told: Sequence[Any]) -> Occupied:
    by, begins, ends, *around = told
    core = Period(_instant(begins), _instant(ends))
    start, end = map(_instant, around or (begins, ends))
    return Occupied(start, end, Occupant(by), core)


def _instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
