"""Setting an organization up: what it can be booked for, and what has been booked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from booking.domain.errors import (
    CalendarInUse,
    CalendarNameTaken,
    CalendarNotFound,
    MalformedId,
    MissingName,
    ServiceNotFound,
)
from booking.domain.people.contacts import single_line
from booking.domain.ports import Unit
from booking.domain.schedule.appointments import Appointment, Position, Selection
from booking.domain.schedule.calendars import Calendar, Closure, ExtraOpening, check_calendar
from booking.domain.schedule.services import Service, check_service
from chassis.errors import DomainError
from chassis.paging import Page, page_of

_LONGEST_NAME = 200
_LONGEST_SAID = 80
"""Characters. What is longer from before is still said; it cannot be given again."""


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
    """What people read: one line, at most 200 characters."""
    return single_line(text)[:_LONGEST_NAME].rstrip()


def short_name(text: str) -> str:
    """What a calendar or service is called: one line, which is said to callers. Raises MissingName."""
    name = single_line(text)
    if len(name) > _LONGEST_SAID:
        raise MissingName
    return name


def existing_id(text: str, missing: type[DomainError]) -> UUID:
    """The id of something that exists; what is no id names nothing. Raises `missing`."""
    try:
        return chosen_or_new_id("id", text or "none")
    except MalformedId:
        raise missing from None


async def create_calendar(unit: Unit, calendar: Calendar) -> Calendar:
    """Raises MissingName, UnknownTimezone, MalformedOpeningHours, MalformedClosure, CalendarNameTaken.

    CalendarNotFound if the one of that id is out of use.
    """
    check_calendar(calendar)
    await unit.lock_calendar_names()
    created = await unit.add_calendar(calendar)
    if created is None:
        raise CalendarNotFound
    if created is calendar:
        await _check_name(unit, calendar)
    return created


async def update_calendar(unit: Unit, calendar_id: UUID, changes: Mapping[str, Any]) -> Calendar:
    """`changes` are fields of the calendar. Raises CalendarNotFound, and as create_calendar."""
    if "name" in changes:
        await unit.lock_calendar_names()
    calendar = await _calendar_to_change(unit, calendar_id)
    changed = check_calendar(replace(calendar, **changes))
    # Those that had one name before names were told apart keep it until they are renamed.
    if not changed.is_called(calendar.name):
        await _check_name(unit, changed)
    await unit.change_calendar(changed)
    return changed


async def add_closure(unit: Unit, calendar_id: UUID, closure: Closure) -> Calendar:
    """Raises CalendarNotFound, MalformedClosure."""
    return await _change(unit, calendar_id, lambda calendar: calendar.closed(closure))


async def add_extra_opening(unit: Unit, calendar_id: UUID, extra: ExtraOpening) -> Calendar:
    """Raises CalendarNotFound, MalformedClosure, also where it overlaps another."""
    return await _change(unit, calendar_id, lambda calendar: calendar.opened(extra))


async def reset_day(unit: Unit, calendar_id: UUID, day: date) -> Calendar:
    """Raises CalendarNotFound."""
    return await _change(unit, calendar_id, lambda calendar: calendar.reset(day))


async def _change(unit: Unit, calendar_id: UUID, change: Callable[[Calendar], Calendar]) -> Calendar:
    """What the calendar is now, changed; who changes it meanwhile waits."""
    changed = check_calendar(change(await _calendar_to_change(unit, calendar_id)))
    await unit.change_calendar(changed)
    return changed


async def _calendar_to_change(unit: Unit, calendar_id: UUID) -> Calendar:
    calendar = await unit.calendar_to_change(calendar_id)
    if calendar is None:
        raise CalendarNotFound
    return calendar


async def _check_name(unit: Unit, calendar: Calendar) -> None:
    """Who says a name has to mean one. Asked under the names' lock."""
    if any(calendar.is_called(other.name) for other in await unit.calendars() if other.id != calendar.id):
        raise CalendarNameTaken


async def delete_calendar(unit: Unit, now: datetime, calendar_id: UUID) -> None:
    """Raises CalendarNotFound, CalendarInUse."""
    calendar = await _calendar_to_change(unit, calendar_id)
    await unit.lock(calendar)
    if await unit.has_appointments_to_come(calendar_id, now):
        raise CalendarInUse
    await unit.retire_calendar(calendar_id, now)


async def create_service(unit: Unit, service: Service) -> Service:
    """Raises MissingName, MalformedService, ServiceNameTaken, DefaultServiceExists, CalendarNotFound.

    ServiceNotFound if the one of that id is out of use.
    """
    await _check_calendars(unit, check_service(service).calendar_ids)
    created = await unit.add_service(service)
    if created is None:
        raise ServiceNotFound
    return created


async def update_service(unit: Unit, service_id: UUID, changes: Mapping[str, Any]) -> Service:
    """`changes` are fields of the service. Raises ServiceNotFound, and as create_service."""
    service = await unit.service_to_change(service_id)
    if service is None:
        raise ServiceNotFound
    changed = check_service(replace(service, **changes))
    await _check_calendars(unit, set(changed.calendar_ids) - set(service.calendar_ids))
    await unit.change_service(changed)
    return changed


async def delete_service(unit: Unit, now: datetime, service_id: UUID) -> None:
    """Raises ServiceNotFound."""
    if await unit.service_to_change(service_id) is None:
        raise ServiceNotFound
    await unit.retire_service(service_id, now)


async def _check_calendars(unit: Unit, calendar_ids: Collection[UUID]) -> None:
    if calendar_ids and not set(calendar_ids) <= {calendar.id for calendar in await unit.calendars()}:
        raise CalendarNotFound


async def list_appointments(
    unit: Unit, selection: Selection, after: Position | None, page_size: int
) -> Page[Appointment]:
    return await page_of(lambda limit: unit.appointments(selection, after, limit), page_size)
