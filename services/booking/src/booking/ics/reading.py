"""When a calendar outside is busy.

Run as a process of its own (`booking.ics.outside`), for the text is anybody's: it may take no more than it is given,
and what it says of time zones the library remembers, and must not for somebody else's text.
"""

import json
import resource
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events

from booking.domain.schedule.local_time import Period, opening_instant

CPU_SECONDS = 30
MEMORY = 384 * 1024 * 1024
"""Bytes of address space; 5 MiB of small events take 220 MiB."""
MOST_EVENTS = 20_000
_TIMES = ("DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "RDATE", "EXDATE", "FREEBUSY")
_LAST_LINE = b"END:VCALENDAR"


class NotACalendar(Exception):
    """The text is no iCalendar that can be understood as a whole: what is left out might be busy."""


class TooManyEvents(Exception):
    """More of them than we take."""


def busy_times(text: bytes, within: Period, zone: ZoneInfo) -> list[Period]:
    """In order, apart from each other, within the period. Days and times without a zone are the given zone's.

    Raises NotACalendar, TooManyEvents.
    """
    found: list[Period] = []
    for calendar in _calendars(text):
        for told in (_of_events(calendar, within, zone), _of_free_busy(calendar, zone)):
            for period in told:
                if len(found) >= MOST_EVENTS:
                    raise TooManyEvents
                cut = Period(max(period.start, within.start), min(period.end, within.end))
                if cut.start < cut.end:
                    found.append(cut)
    return _merged(found)


def _of_events(calendar: icalendar.Component, within: Period, zone: ZoneInfo) -> Iterator[Period]:
    for event in recurring_ical_events.of(calendar).between(within.start, within.end):
        if _is_busy(event):
            yield _period(event, zone)


def _of_free_busy(calendar: icalendar.Component, zone: ZoneInfo) -> Iterator[Period]:
    """What is told as times alone; a kind of time that is not known is busy (RFC 5545, 3.2.9)."""
    for times in calendar.walk("VFREEBUSY"):
        for told in _several(times.get("FREEBUSY", [])):
            if str(told.params.get("FBTYPE", "BUSY")).upper() != "FREE":
                yield _period(told, zone)


def _calendars(text: bytes) -> Sequence[icalendar.Component]:
    # Half a file reads as a calendar that is less busy.
    if not text.rstrip().upper().endswith(_LAST_LINE):
        raise NotACalendar
    calendars = icalendar.Calendar.from_ical(text, multiple=True)
    if not calendars or any(calendar.name != "VCALENDAR" for calendar in calendars):
        raise NotACalendar
    for calendar in calendars:
        for event in calendar.walk("VEVENT"):
            if "DTSTART" not in event:
                raise NotACalendar
            _check(event)
        for times in calendar.walk("VFREEBUSY"):
            _check(times)
    return calendars


def _check(told: icalendar.Component) -> None:
    """What the library could not read it leaves out."""
    if any(name in _TIMES for name, _ in told.errors):
        raise NotACalendar
    for name in _TIMES:
        for value in _several(told.get(name)):
            # A zone that nobody knows: the library takes it for a time without one.
            if "TZID" in getattr(value, "params", ()) and any(one.tzinfo is None for one in _datetimes(value)):
                raise NotACalendar


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _datetimes(value: Any) -> Iterator[datetime]:
    for one in getattr(value, "dts", [value]):
        for moment in one.dt if isinstance(one.dt, tuple) else (one.dt,):
            if isinstance(moment, datetime):
                yield moment


def _is_busy(event: icalendar.Component) -> bool:
    status, transparency = str(event.get("STATUS", "")), str(event.get("TRANSP", ""))
    return status.upper() != "CANCELLED" and transparency.upper() != "TRANSPARENT"


def _period(told: Any, zone: ZoneInfo) -> Period:
    return Period(_instant(told.start, zone, fold=0), _instant(told.end, zone, fold=1))


def _instant(moment: date, zone: ZoneInfo, fold: int) -> datetime:
    """`fold`: which of the two is meant where a clock shows a time twice; from the first to the second it is busy."""
    if not isinstance(moment, datetime):
        return opening_instant(moment, 0, zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone, fold=fold)).astimezone(UTC)


def _merged(periods: Iterable[Period]) -> list[Period]:
    merged: list[Period] = []
    for period in sorted(periods, key=lambda one: one.start):
        if merged and period.start <= merged[-1].end:
            merged[-1] = Period(merged[-1].start, max(merged[-1].end, period.end))
        else:
            merged.append(period)
    return merged


def main() -> None:
    """A line of JSON that says what is wanted, then the text, come in; a line of JSON goes out."""
    bound_this_process()
    wanted = json.loads(sys.stdin.buffer.readline())
    within = Period(datetime.fromisoformat(wanted["start"]), datetime.fromisoformat(wanted["end"]))
    try:
        found = busy_times(sys.stdin.buffer.read(), within, ZoneInfo(wanted["timezone"]))
        told: Any = [(period.start.isoformat(), period.end.isoformat()) for period in found]
    except (TooManyEvents, MemoryError):
        told = "too_many_events"
    except Exception:  # noqa: BLE001  # whatever a library finds wrong with it, it is none
        told = "not_a_calendar"
    sys.stdout.write(json.dumps(told))


def bound_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    # Where memory runs out, it is not the service that is ended.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


if __name__ == "__main__":
    main()
