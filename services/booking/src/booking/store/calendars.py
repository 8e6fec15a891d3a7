"""Calendars with their hours, and services with the calendars that offer them."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    JSON,
    ColumnElement,
    ScalarSelect,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError

from booking.domain.errors import DefaultServiceExists, ServiceNameTaken
from booking.domain.schedule.appointments import Status
from booking.domain.schedule.calendars import Calendar, Closure, ExtraOpening, OpeningInterval
from booking.domain.schedule.services import Service
from booking.store.locks import LockQueries
from booking.store.tables import (
    appointments,
    calendars,
    closures,
    extra_openings,
    opening_hours,
    service_calendars,
    services,
)


def _all_of(table: Table, *columns: str) -> ScalarSelect[Any]:
    """The rows of a calendar as lists of lists, in order; null if there are none."""
    wanted = [table.c[name] for name in columns]
    rows = func.json_agg(aggregate_order_by(func.json_build_array(*wanted), *wanted), type_=JSON)
    of_calendar = (table.c.org_id == calendars.c.org_id, table.c.calendar_id == calendars.c.id)
    return select(rows).where(*of_calendar).correlate(calendars).scalar_subquery()


# Statements of every call are built once: building one costs about as much as running it. One question answers all:
# a round trip costs more than what is read here.
_CALENDARS_IN_USE = (calendars.c.org_id == bindparam("tenant"), calendars.c.retired_at.is_(None))
_CALENDARS = (
    select(
        calendars.c.id,
        calendars.c.name,
        calendars.c.timezone,
        _all_of(opening_hours, "weekday", "opens_minute", "closes_minute"),
        _all_of(closures, "first_day", "last_day", "from_minute", "until_minute", "reason"),
        _all_of(extra_openings, "day", "opens_minute", "closes_minute"),
    )
    .where(*_CALENDARS_IN_USE)
    .order_by(calendars.c.id)
)
_FIGURES = [field.name for field in fields(Service) if field.name != "calendar_ids"]
_OFFERED_IN = (
    select(func.array_agg(service_calendars.c.calendar_id, type_=ARRAY(Uuid)))
    .where(service_calendars.c.org_id == services.c.org_id, service_calendars.c.service_id == services.c.id)
    .correlate(services)
    .scalar_subquery()
)
_SERVICES_IN_USE = (services.c.org_id == bindparam("tenant"), services.c.retired_at.is_(None))
_ANY_SERVICE = select(*(services.c[name] for name in _FIGURES), _OFFERED_IN)
_SERVICES = _ANY_SERVICE.where(*_SERVICES_IN_USE).order_by(services.c.name)
_SERVICE = _ANY_SERVICE.where(services.c.org_id == bindparam("tenant"), services.c.id == bindparam("service"))
# Every tool asks for both, and a round trip costs more than all of it.
_CALENDAR_ROWS = func.json_build_array(*_CALENDARS.selected_columns)
_SERVICE_ROWS = func.json_build_array(*_SERVICES.selected_columns)
_BOOKABLE = select(
    select(func.json_agg(aggregate_order_by(_CALENDAR_ROWS, calendars.c.id), type_=JSON))
    .where(*_CALENDARS_IN_USE)
    .scalar_subquery(),
    select(func.json_agg(aggregate_order_by(_SERVICE_ROWS, services.c.name), type_=JSON))
    .where(*_SERVICES_IN_USE)
    .scalar_subquery(),
)
_INFINITE = {"infinity": date.max, "-infinity": date.min}
_OCCUPYING = (Status.HELD.value, Status.BOOKED.value)


class CalendarQueries(LockQueries):
    async def bookable(self) -> tuple[Sequence[Calendar], Sequence[Service]]:
        found = await self.session.execute(_BOOKABLE, {"tenant": self.tenant})
        in_use, offered = found.one()
        return [_calendar(row) for row in in_use or ()], [_service(row) for row in offered or ()]

    async def calendars(self) -> Sequence[Calendar]:
        return [_calendar(row) for row in await self.session.execute(_CALENDARS, {"tenant": self.tenant})]

    async def services(self) -> Sequence[Service]:
        return [_service(row) for row in await self.session.execute(_SERVICES, {"tenant": self.tenant})]

    async def service(self, service_id: UUID) -> Service | None:
        found = await self.session.execute(_SERVICE, {"tenant": self.tenant, "service": service_id})
        row = found.one_or_none()
        return None if row is None else _service(row)

    async def add_calendar(self, calendar: Calendar) -> Calendar | None:
        created = await self.session.execute(
            upsert(calendars)
            .values(org_id=self.tenant, id=calendar.id, name=calendar.name, timezone=calendar.timezone)
            .on_conflict_do_nothing()
            .returning(calendars.c.id)
        )
        if created.scalar_one_or_none() is None:
            return next((existing for existing in await self.calendars() if existing.id == calendar.id), None)
        await self._add_hours(calendar)
        return calendar

    async def calendar_to_change(self, calendar_id: UUID) -> Calendar | None:
        if not await self._lock_row(calendars, calendar_id):
            return None
        return next(one for one in await self.calendars() if one.id == calendar_id)

    async def change_calendar(self, calendar: Calendar) -> None:
        await self.session.execute(
            update(calendars)
            .where(*self._row(calendars, calendar.id))
            .values(name=calendar.name, timezone=calendar.timezone)
        )
        for table in (opening_hours, closures, extra_openings):
            of_calendar = (table.c.org_id == self.tenant, table.c.calendar_id == calendar.id)
            await self.session.execute(delete(table).where(*of_calendar))
        await self._add_hours(calendar)

    async def retire_calendar(self, calendar_id: UUID, now: datetime) -> None:
        await self.session.execute(update(calendars).where(*self._row(calendars, calendar_id)).values(retired_at=now))

    async def has_appointments_to_come(self, calendar_id: UUID, now: datetime) -> bool:
        found = await self.session.execute(
            select(appointments.c.id)
            .where(
                appointments.c.org_id == self.tenant,
                appointments.c.calendar_id == calendar_id,
                appointments.c.status.in_(_OCCUPYING),
                appointments.c.ends_at > now,
                func.coalesce(appointments.c.held_until > now, True),
            )
            .limit(1)
        )
        return found.first() is not None

    async def add_service(self, service: Service) -> Service | None:
        created = await self.session.execute(
            upsert(services)
            .values(org_id=self.tenant, **_figures(service))
            .on_conflict_do_nothing()
            .returning(services.c.id)
        )
        if created.scalar_one_or_none() is None:
            return await self._instead_of(service)
        await self._add_calendars_of(service)
        return service

    async def _instead_of(self, service: Service) -> Service | None:
        """The service that exists under its id; None if it is out of use."""
        if await self.service(service.id) is not None:
            return next((one for one in await self.services() if one.id == service.id), None)
        taken = any(one.name == service.name for one in await self.services())
        raise ServiceNameTaken if taken else DefaultServiceExists

    async def service_to_change(self, service_id: UUID) -> Service | None:
        return await self.service(service_id) if await self._lock_row(services, service_id) else None

    async def change_service(self, service: Service) -> None:
        try:
            await self.session.execute(
                update(services).where(*self._row(services, service.id)).values(_figures(service))
            )
        except IntegrityError as violation:
            raise _state_of(violation) from None
        of_service = (
            service_calendars.c.org_id == self.tenant,
            service_calendars.c.service_id == service.id,
        )
        await self.session.execute(delete(service_calendars).where(*of_service))
        await self._add_calendars_of(service)

    async def retire_service(self, service_id: UUID, now: datetime) -> None:
        await self.session.execute(update(services).where(*self._row(services, service_id)).values(retired_at=now))

    async def _lock_row(self, table: Table, row_id: UUID) -> bool:
        """Whether there is such a row that is in use; nobody else changes it until the transaction ends."""
        # Not the key: who books refers to it meanwhile.
        wanted = select(table.c.id).where(*self._row(table, row_id), table.c.retired_at.is_(None))
        return (await self.session.execute(wanted.with_for_update(key_share=True))).first() is not None

    def _row(self, table: Table, row_id: UUID) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        return table.c.org_id == self.tenant, table.c.id == row_id

    async def _add_hours(self, calendar: Calendar) -> None:
        of_calendar = {"org_id": self.tenant, "calendar_id": calendar.id}
        await self._add_rows(
            opening_hours,
            (
                {**of_calendar, "weekday": one.weekday, "opens_minute": one.opens, "closes_minute": one.closes}
                for one in calendar.opening_hours
            ),
        )
        await self._add_rows(
            closures,
            (
                {
                    **of_calendar,
                    "first_day": one.first_day,
                    "last_day": one.last_day,
                    "from_minute": one.begins,
                    "until_minute": one.ends,
                    "reason": one.reason,
                }
                for one in calendar.closures
            ),
        )
        await self._add_rows(
            extra_openings,
            (
                {**of_calendar, "day": one.day, "opens_minute": one.opens, "closes_minute": one.closes}
                for one in calendar.extra_openings
            ),
        )

    async def _add_calendars_of(self, service: Service) -> None:
        of_service = {"org_id": self.tenant, "service_id": service.id}
        await self._add_rows(service_calendars, ({**of_service, "calendar_id": one} for one in service.calendar_ids))

    async def _add_rows(self, table: Table, rows: Iterable[dict[str, Any]]) -> None:
        if listed := list(rows):
            await self.session.execute(insert(table), listed)


def _state_of(violation: IntegrityError) -> Exception:
    """The database's own text names values and stays here."""
    broken = getattr(getattr(violation.orig, "__cause__", None), "constraint_name", None)
    states = {"services_name": ServiceNameTaken(), "services_default": DefaultServiceExists()}
    return states.get(broken or "", violation)


def _figures(service: Service) -> dict[str, Any]:
    return {name: getattr(service, name) for name in _FIGURES}


def _service(row: Sequence[Any]) -> Service:
    of_service = dict(zip(_FIGURES, row, strict=False))
    offered_in = sorted(map(_uuid, row[-1] or ()))
    changes = {
        "id": _uuid(of_service["id"]),
        "synonyms": tuple(of_service["synonyms"]),
        "calendar_ids": tuple(offered_in),
    }
    return Service(**{**of_service, **changes})


def _calendar(row: Sequence[Any]) -> Calendar:
    calendar_id, name, timezone, weekly, closed, extra = row
    return Calendar(
        _uuid(calendar_id),
        name,
        timezone,
        tuple(OpeningInterval(*interval) for interval in weekly or ()),
        tuple(
            Closure(_date(first), _date(last), begins, ends, reason)
            for first, last, begins, ends, reason in closed or ()
        ),
        tuple(ExtraOpening(_date(day), opens, closes) for day, opens, closes in extra or ()),
    )


def _date(text: str) -> date:
    """asyncpg keeps the last date there is, and the first, as infinite."""
    return _INFINITE[text] if text in _INFINITE else date.fromisoformat(text)


def _uuid(value: UUID | str) -> UUID:
    """JSON has it as text."""
    return UUID(value) if isinstance(value, str) else value
