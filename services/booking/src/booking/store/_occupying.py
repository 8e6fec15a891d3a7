"""How a slot stands in the table: appointments and holds alike."""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Text, bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import Range

from booking.domain.schedule.appointments import Slot, Status
from booking.domain.schedule.local_time import Period
from booking.store.tables import appointments, busy_times

A_DAY = text("interval '24 hours'")
"""The longest that an appointment or a hold occupies; a CHECK of the table holds it."""


def place(slot: Slot) -> dict[str, Any]:
    """The columns that say where and when."""
    return {
        "calendar_id": slot.calendar.id,
        "service_id": slot.service.id,
        "starts_at": slot.start,
        "ends_at": slot.end,
        "occupied": period_range(slot.occupied),
        "timezone": slot.calendar.timezone,
        "local_start": slot.local_start.replace(tzinfo=None),
    }


def period_range(period: Period) -> Range[object]:
    return Range(period.start, period.end, bounds="[)")


def is_busy_between(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a time outside is busy then.

    Overlapping is not leakproof: under row security no index answers it, but one tells what begins about then.
    """
    begins_about_then = busy_times.c.begins_at > begin - A_DAY
    return (
        (busy_times.c.begins_at < end) & (busy_times.c.ends_at > begin) & (begins_about_then | busy_times.c.lasts_long)
    )


def own_hold_when(done: CTE) -> CTE:
    """Deletes the asker's own hold after another statement that did something: it has become what that one did."""
    own = (
        appointments.c.org_id == bindparam("tenant"),
        appointments.c.status == Status.HELD.value,
        appointments.c.vapi_call_id == bindparam("conversation", type_=Text),
    )
    return delete(appointments).where(*own, select(done).exists()).cte("own_hold")
