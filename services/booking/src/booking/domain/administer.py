"""Setting an organization up: what it can be booked for, and what has been booked."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from booking.domain.appointments import Appointment, Position, Selection
from booking.domain.calendars import Calendar, check_calendar
from booking.domain.contacts import single_line
from booking.domain.errors import MalformedId
from booking.domain.ports import Unit
from booking.domain.services import Service, check_service

LARGEST_PAGE = 200
USUAL_PAGE = 50
_LONGEST_NAME = 200


def chosen_or_new_id(field: str, text: str) -> UUID:
    """The id that the caller chose, or a new one where none was. Raises MalformedId.

    Only the usual form of 36 characters is an id: two spellings of one would be two ids elsewhere.
    """
    if not text:
        return uuid4()
    try:
        chosen = UUID(text)
    except ValueError:
        raise MalformedId(field) from None
    if str(chosen) != text.lower():
        raise MalformedId(field)
    return chosen


def label(text: str) -> str:
    """A name that people read: one line, at most 200 characters."""
    return single_line(text)[:_LONGEST_NAME].rstrip()


async def create_calendar(unit: Unit, calendar: Calendar) -> Calendar:
    """Raises MissingName, UnknownTimezone, MalformedOpeningHours."""
    return await unit.add_calendar(check_calendar(calendar))


async def create_service(unit: Unit, service: Service) -> Service:
    """Raises MissingName, MalformedService, ServiceNameTaken, DefaultServiceExists."""
    return await unit.add_service(check_service(service))


async def list_appointments(
    unit: Unit, selection: Selection, after: Position | None, page_size: int
) -> tuple[Sequence[Appointment], Position | None]:
    """One page, and where the next one begins; None after the last."""
    size = min(page_size, LARGEST_PAGE) if page_size > 0 else USUAL_PAGE
    found = await unit.appointments(selection, after, size + 1)
    page = found[:size]
    return page, Position(page[-1].starts_at, page[-1].id) if len(found) > size else None
