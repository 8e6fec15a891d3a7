"""Calendars with their opening hours, and services."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.calendars import Calendar, OpeningInterval
from booking.domain.errors import DefaultServiceExists, ServiceNameTaken
from booking.domain.services import Service
from booking.store.tables import calendars, opening_hours, services
from booking.store.transaction import InTransaction

# Statements of every call are built once: building one costs about as much as running it.
_CALENDARS = (
    select(
        calendars.c.id,
        calendars.c.name,
        calendars.c.timezone,
        opening_hours.c.weekday,
        opening_hours.c.opens_minute,
        opening_hours.c.closes_minute,
    )
    .outerjoin_from(
        calendars,
        opening_hours,
        (opening_hours.c.org_id == calendars.c.org_id) & (opening_hours.c.calendar_id == calendars.c.id),
    )
    .where(calendars.c.org_id == bindparam("tenant"))
    .order_by(calendars.c.id, opening_hours.c.weekday, opening_hours.c.opens_minute)
)
_SERVICES = (
    select(*(services.c[field.name] for field in fields(Service)))
    .where(services.c.org_id == bindparam("tenant"))
    .order_by(services.c.name)
)


class CalendarQueries(InTransaction):
    async def calendars(self) -> Sequence[Calendar]:
        rows = await self.session.execute(_CALENDARS, {"tenant": self.tenant})
        return _calendars(rows.all())

    async def services(self) -> Sequence[Service]:
        rows = await self.session.execute(_SERVICES, {"tenant": self.tenant})
        return [Service(*row) for row in rows]

    async def add_calendar(self, calendar: Calendar) -> Calendar:
        created = await self.session.execute(
            upsert(calendars)
            .values(org_id=self.tenant, id=calendar.id, name=calendar.name, timezone=calendar.timezone)
            .on_conflict_do_nothing()
            .returning(calendars.c.id)
        )
        if created.scalar_one_or_none() is not None:
            await self._add_opening_hours(calendar)
            return calendar
        return next(existing for existing in await self.calendars() if existing.id == calendar.id)

    async def add_service(self, service: Service) -> Service:
        created = await self.session.execute(
            upsert(services)
            .values(org_id=self.tenant, **asdict(service))
            .on_conflict_do_nothing()
            .returning(services.c.id)
        )
        if created.scalar_one_or_none() is not None:
            return service
        existing = await self.services()
        if (same := next((one for one in existing if one.id == service.id), None)) is not None:
            return same
        raise ServiceNameTaken if any(one.name == service.name for one in existing) else DefaultServiceExists

    async def _add_opening_hours(self, calendar: Calendar) -> None:
        rows = [
            {
                "org_id": self.tenant,
                "calendar_id": calendar.id,
                "weekday": interval.weekday,
                "opens_minute": interval.opens,
                "closes_minute": interval.closes,
            }
            for interval in calendar.opening_hours
        ]
        if rows:
            await self.session.execute(insert(opening_hours), rows)


def _calendars(rows: Sequence[Row[Any, Any, Any, Any, Any, Any]]) -> list[Calendar]:
    intervals: dict[UUID, list[OpeningInterval]] = defaultdict(list)
    names = {}
    for calendar_id, name, timezone, weekday, opens, closes in rows:
        names[calendar_id] = (name, timezone)
        if weekday is not None:
            intervals[calendar_id].append(OpeningInterval(weekday, opens, closes))
    return [
        Calendar(calendar_id, name, timezone, tuple(intervals[calendar_id]))
        for calendar_id, (name, timezone) in names.items()
    ]
