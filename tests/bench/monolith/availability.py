"""Which times are free."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from tests.bench.monolith.models import Appointment, Calendar, Service

DAYS_SEARCHED = 14


async def load_calendars(session: AsyncSession) -> Sequence[Calendar]:
    query = select(Calendar).options(selectinload(Calendar.opening_hours)).order_by(Calendar.id)
    return (await session.scalars(query)).all()


async def load_service(session: AsyncSession, name: str) -> Service | None:
    services = (await session.scalars(select(Service).order_by(Service.name))).all()
    if name:
        return next((one for one in services if one.name.casefold() == name.strip().casefold()), None)
    default = next((one for one in services if one.default_service), None)
    return default or (services[0] if len(services) == 1 else None)


async def load_appointments(
    session: AsyncSession, calendars: Sequence[Calendar], begin: datetime, end: datetime
) -> Sequence[Appointment]:
    query = select(Appointment).where(
        Appointment.org_id == calendars[0].org_id,
        Appointment.calendar_id.in_([calendar.id for calendar in calendars]),
        Appointment.occupied.overlaps(Range(begin, end, bounds="[)")),
        Appointment.status.in_(("held", "booked")),
    )
    return (await session.scalars(query)).all()


async def free_starts(
    session: AsyncSession, calendars: Sequence[Calendar], service: Service, day: date, now: datetime
) -> list[datetime]:
    """The day's free starts in the clinic's zone, earliest first."""
    tz = ZoneInfo(calendars[0].timezone)
    begin = datetime.combine(day, time(), tz).astimezone(UTC)
    taken = await load_appointments(session, calendars, begin, begin + timedelta(days=1))
    found: set[datetime] = set()
    for calendar in calendars:
        of_this = [one.occupied for one in taken if one.calendar_id == calendar.id]
        for start in starts(calendar, service, day):
            if is_bookable(service, start, now) and not any(
                occupied.overlaps(occupancy(service, start)) for occupied in of_this
            ):
                found.add(start)
    return [start.astimezone(tz) for start in sorted(found)]


async def next_free_starts(
    session: AsyncSession, calendars: Sequence[Calendar], service: Service, day: date, now: datetime
) -> list[datetime]:
    """Those of the next day that has any; nothing if the next two weeks are full."""
    for later in range(1, DAYS_SEARCHED + 1):
        if free := await free_starts(session, calendars, service, day + timedelta(days=later), now):
            return free
    return []


def starts(calendar: Calendar, service: Service, day: date) -> list[datetime]:
    """Every start of a day, free or not, in UTC."""
    tz = ZoneInfo(calendar.timezone)
    found = []
    for hours in calendar.opening_hours:
        if hours.weekday != day.isoweekday():
            continue
        midnight = datetime.combine(day, time())
        start = (midnight + timedelta(minutes=hours.opens_minute)).replace(tzinfo=tz).astimezone(UTC)
        closes = (midnight + timedelta(minutes=hours.closes_minute)).replace(tzinfo=tz).astimezone(UTC)
        while start + timedelta(minutes=service.duration_minutes) <= closes:
            found.append(start)
            start += timedelta(minutes=service.step_minutes)
    return found


def occupancy(service: Service, start: datetime) -> Range[datetime]:
    return Range(
        start - timedelta(minutes=service.buffer_before_minutes),
        start + timedelta(minutes=service.duration_minutes + service.buffer_after_minutes),
        bounds="[)",
    )


def is_bookable(service: Service, start: datetime, now: datetime) -> bool:
    lead = timedelta(minutes=service.lead_time_minutes)
    return now + lead <= start <= now + timedelta(days=service.horizon_days)
