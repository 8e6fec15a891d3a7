"""How a slot stands in the table: appointments and holds alike."""

from typing import Any

from sqlalchemy.dialects.postgresql import Range

from booking.domain.schedule.appointments import Slot
from booking.domain.schedule.local_time import Period


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
