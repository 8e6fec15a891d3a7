"""Calendars outside: added, and compared with our own."""

from datetime import datetime
from uuid import UUID, uuid4

from booking.domain.outside.busy_sources import BusySource, Conflict, host_of, secure_url
from booking.domain.ports import BusySources
from booking.domain.schedule.administer import label
from booking.domain.schedule.appointments import Position
from chassis.paging import Page, page_of
from chassis.tenant import TenantId


async def add_busy_source(
    sources: BusySources, tenant: TenantId, now: datetime, calendar_id: UUID, *, name: str, url: str
) -> BusySource:
    """Raises MalformedBusySource, CalendarNotFound, TooManyBusySources."""
    address = secure_url(url)
    host = host_of(address)
    source = BusySource(uuid4(), calendar_id, label(name) or host, host, created_at=now)
    await sources.add(tenant, source, address)
    return source


async def list_conflicts(
    sources: BusySources,
    tenant: TenantId,
    now: datetime,
    *,
    calendar_id: UUID | None,
    after: Position | None,
    page_size: int,
) -> Page[Conflict]:
    return await page_of(lambda most: sources.conflicts(tenant, calendar_id, now, after, most), page_size)
