"""Which day it is where the clinic is: what `tomorrow` is counted from."""

import re
from datetime import date, datetime

from booking.domain.ports import Unit


async def clinics_day(unit: Unit, now: datetime, *texts: str) -> date | None:
    """The day it is at the clinic, if one of these may need it; None if that is not one day for all calendars."""
    if all(re.search("[0-9]{4}", text) or not text.strip() for text in texts):
        return None
    days = {now.astimezone(calendar.zone).date() for calendar in await unit.calendars()}
    return days.pop() if len(days) == 1 else None
