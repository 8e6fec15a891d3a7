"""A zone as iCalendar tells it: what its clocks showed at first, and every change after it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

_STEP = timedelta(days=7)
"""Changes are farther apart; Ramadan, the shortest time between two, takes four times as long."""


def vtimezone(zone: ZoneInfo, first: datetime, last: datetime) -> icalendar.Timezone:
    """Right for everything from `first` to `last`, both aware.

    Changes are told one by one: rules are shorter, and wrong for the zones that have none. icalendar's own
    `Timezone.from_tzid` misses the first change of some, Halifax and Jerusalem among them.
    """
    told = icalendar.Timezone()
    told.add("TZID", zone.key)
    before = first.astimezone(UTC) - _STEP
    told.add_component(_observance(before, before, zone))
    for change in changes(zone, before, last.astimezone(UTC)):
        told.add_component(_observance(change, change - timedelta(seconds=1), zone))
    return told


def changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants, in UTC, at which its clocks are set anew."""
    while first < last:
        following = min(first + _STEP, last)
        if _offset(first, zone) != _offset(following, zone):
            yield _change_between(zone, first, following)
        first = following


def _change_between(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = _offset(before, zone)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if _offset(middle, zone) == offset:
            before = middle
        else:
            after = middle
    return after


def _observance(since: datetime, just_before: datetime, zone: ZoneInfo) -> icalendar.Component:
    shown = since.astimezone(zone)
    kind = icalendar.TimezoneDaylight if shown.dst() else icalendar.TimezoneStandard
    observance: icalendar.Component = kind()
    offset_before = _offset(just_before, zone)
    # As a clock that had not been set anew would have shown it.
    observance.add("DTSTART", (since + offset_before).replace(tzinfo=None))
    observance.add("TZOFFSETFROM", offset_before)
    observance.add("TZOFFSETTO", _offset(since, zone))
    observance.add("TZNAME", shown.tzname() or zone.key)
    return observance


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()
