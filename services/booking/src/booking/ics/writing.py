"""A calendar's appointments as iCalendar."""

from datetime import datetime, timedelta

import icalendar

from booking.domain.outside.feeds import Published, PublishedEvent
from booking.ics.timezones import vtimezone

_READ_AGAIN_AFTER = timedelta(minutes=15)
_BUSY = "Busy"
_MORE = "More appointments follow than this link can show"


def write(published: Published) -> bytes:
    """The same for the same, byte for byte."""
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//Switchboard//Booking//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("X-WR-CALNAME", published.calendar_name)
    calendar.add("X-WR-TIMEZONE", published.zone.key)
    calendar.add("REFRESH-INTERVAL", _READ_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", icalendar.vDuration(_READ_AGAIN_AFTER))
    left_out = published.first_left_out
    if told := [*published.events, *([left_out] if left_out else [])]:
        first = min(event.starts_at for event in told)
        last = max(event.ends_at for event in told)
        calendar.add_component(vtimezone(published.zone, first, last))
    for event in published.events:
        calendar.add_component(_event(event, published))
    if left_out:
        calendar.add_component(_more(left_out, published))
    text: bytes = calendar.to_ical()
    return text


def _event(given: PublishedEvent, published: Published) -> icalendar.Event:
    event = _timed(f"{given.id}@switchboard", given, published)
    event.add("SUMMARY", given.title or _BUSY)
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "OPAQUE")
    return event


def _more(left_out: PublishedEvent, published: Published) -> icalendar.Event:
    """Stands where the first appointment would that is not shown: a calendar that just ends looks free."""
    event = _timed(f"more-{left_out.id}@switchboard", left_out, published)
    event.add("SUMMARY", _MORE)
    event.add("TRANSP", "TRANSPARENT")
    return event


def _timed(uid: str, given: PublishedEvent, published: Published) -> icalendar.Event:
    event = icalendar.Event()
    event.add("UID", uid)
    event.add("DTSTAMP", given.updated_at)
    event.add("LAST-MODIFIED", given.updated_at)
    event.add("SEQUENCE", given.version - 1)
    _add_time(event, "DTSTART", given.starts_at, published)
    _add_time(event, "DTEND", given.ends_at, published)
    return event


def _add_time(event: icalendar.Event, name: str, moment: datetime, published: Published) -> None:
    """As the calendar's clock shows it; in UTC what it shows for the second time, for that would read as the first."""
    shown = moment.astimezone(published.zone)
    event.add(name, moment if shown.fold else shown)
