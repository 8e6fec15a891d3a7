"""What was made of our events.

Run as a process of its own, as `booking.ics.reading` is and for the same reasons: by now the texts are anybody's.
"""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import icalendar

from booking.caldav.writing import MARK, mark
from booking.ics.reading import bound_this_process

_REPEATS = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")
NOT_UNDERSTOOD: dict[str, object] = {
    "starts_at": None,
    "ends_at": None,
    "title": "",
    "as_we_write": False,
    "is_our_text": False,
}


def event_in(text: str) -> dict[str, object]:
    """The fields of a `SeenEvent`, as JSON has them."""
    try:
        return _event(icalendar.Calendar.from_ical(text))
    except Exception:  # noqa: BLE001  # whatever a library finds wrong with it, it is not what we wrote
        return NOT_UNDERSTOOD


def _event(calendar: icalendar.Component) -> dict[str, object]:
    event: Any
    [event] = calendar.walk("VEVENT")
    starts_at, ends_at = _instant(event.start), _instant(event.end)
    if any(name in event for name in _REPEATS):
        return NOT_UNDERSTOOD
    title = str(event.get("SUMMARY", ""))
    takes_time = _said(event, "STATUS") != "CANCELLED" and _said(event, "TRANSP") != "TRANSPARENT"
    written = mark(str(event.get("UID", "")), starts_at, ends_at, title)
    return {
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "title": title,
        "as_we_write": takes_time,
        "is_our_text": takes_time and str(event.get(MARK, "")) == written,
    }


def _instant(moment: datetime) -> datetime:
    """Raises ValueError for a day, or a time without a zone: ours have one."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def _said(event: icalendar.Component, name: str) -> str:
    return str(event.get(name, "")).upper()


def main() -> None:
    """A line of JSON with the texts comes in; a line with what each of them says goes out."""
    bound_this_process()
    texts = json.loads(sys.stdin.buffer.read())
    sys.stdout.write(json.dumps([event_in(text) for text in texts]))


if __name__ == "__main__":
    main()
