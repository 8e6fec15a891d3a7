"""An appointment as an event of a calendar outside."""

from datetime import datetime
from hashlib import sha256

import icalendar

from booking.domain.outside.connections import OurEvent

MARK = "X-SWITCHBOARD-MARK"


def write(given: OurEvent) -> bytes:
    """Times in UTC: a moment that happens once needs no zone."""
    event = icalendar.Event()
    event.add("UID", given.uid)
    event.add("DTSTAMP", given.updated_at)
    event.add("LAST-MODIFIED", given.updated_at)
    event.add("SEQUENCE", given.version - 1)
    event.add("DTSTART", given.starts_at)
    event.add("DTEND", given.ends_at)
    event.add("SUMMARY", given.title)
    event.add("CLASS", "PRIVATE")
    event.add("TRANSP", "OPAQUE")
    event.add(MARK, mark(given.uid, given.starts_at, given.ends_at, given.title))
    calendar = icalendar.Calendar()
    calendar.add("PRODID", "-//Switchboard//Booking//EN")
    calendar.add("VERSION", "2.0")
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def mark(uid: str, starts_at: datetime, ends_at: datetime, title: str) -> str:
    """What tells a text of ours, be it an older one, from one that somebody has changed."""
    told = f"{uid}\n{starts_at.timestamp():.0f}\n{ends_at.timestamp():.0f}\n{title}"
    return sha256(told.encode()).hexdigest()[:32]
