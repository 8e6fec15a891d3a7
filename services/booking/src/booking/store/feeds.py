"""Links to calendars, and what they show."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.errors import CalendarNotFound, FeedNotFound, TooManyFeeds
from booking.domain.outside.feeds import MOST_EVENTS, MOST_FEEDS, SHOWN_BACK, Feed, Published, PublishedEvent
from booking.domain.schedule.appointments import Status
from booking.store.tables import appointments, calendars, contacts, feeds, services
from chassis.database.engine import Database
from chassis.tenant import TenantId, establish

_SHOWN = (Status.BOOKED.value, Status.COMPLETED.value, Status.NO_SHOW.value)
_FEED = (feeds.c.id, feeds.c.calendar_id, feeds.c.with_names, feeds.c.created_at)
_ORGANIZATION = select(
    func.organization_of_feed(bindparam("digest", type_=LargeBinary)).label("organization"),
)


class FeedStore:
    """`booking.domain.ports.Feeds`"""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, tenant: TenantId, feed: Feed, digest: bytes) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await lock_calendar_in_use(session, tenant, feed.calendar_id)
            if len(await _feeds(session, tenant, feed.calendar_id)) >= MOST_FEEDS:
                raise TooManyFeeds
            await session.execute(
                insert(feeds).values(
                    org_id=tenant,
                    id=feed.id,
                    calendar_id=feed.calendar_id,
                    with_names=feed.with_names,
                    secret_digest=digest,
                    created_at=feed.created_at,
                )
            )

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Feed]:
        async with self._database.tenant_transaction(tenant) as session:
            await check_calendar_known(session, tenant, calendar_id)
            return await _feeds(session, tenant, calendar_id)

    async def remove(self, tenant: TenantId, feed_id: UUID) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            removed = await session.execute(
                delete(feeds).where(feeds.c.org_id == tenant, feeds.c.id == feed_id).returning(feeds.c.id)
            )
            if removed.first() is None:
                raise FeedNotFound

    async def published(self, digest: bytes, now: datetime) -> Published:
        found = await self._database.directory_query(_ORGANIZATION, {"digest": digest})
        if (organization := found[0].organization) is None:
            raise FeedNotFound
        tenant = establish(str(organization))
        async with self._database.tenant_transaction(tenant) as session:
            return await _published(session, tenant, digest, now)


async def lock_calendar_in_use(session: AsyncSession, tenant: TenantId, calendar_id: UUID) -> None:
    """So that two who add to it at once count each other. Raises CalendarNotFound."""
    found = await session.execute(
        select(calendars.c.id)
        .where(calendars.c.org_id == tenant, calendars.c.id == calendar_id, calendars.c.retired_at.is_(None))
        .with_for_update()
    )
    if found.first() is None:
        raise CalendarNotFound


async def check_calendar_known(session: AsyncSession, tenant: TenantId, calendar_id: UUID | None) -> None:
    """None is all of them. One that is out of use still has what was made of it. Raises CalendarNotFound."""
    if calendar_id is None:
        return
    known = select(calendars.c.id).where(calendars.c.org_id == tenant, calendars.c.id == calendar_id)
    if (await session.execute(known)).first() is None:
        raise CalendarNotFound


async def _feeds(session: AsyncSession, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Feed]:
    query = select(*_FEED).where(feeds.c.org_id == tenant).order_by(feeds.c.created_at, feeds.c.id)
    if calendar_id is not None:
        query = query.where(feeds.c.calendar_id == calendar_id)
    return [Feed(*row) for row in await session.execute(query)]


async def _published(session: AsyncSession, tenant: TenantId, digest: bytes, now: datetime) -> Published:
    opened = await session.execute(
        select(feeds.c.with_names, calendars.c.id, calendars.c.name, calendars.c.timezone)
        .join_from(feeds, calendars, (calendars.c.org_id == feeds.c.org_id) & (calendars.c.id == feeds.c.calendar_id))
        .where(feeds.c.org_id == tenant, feeds.c.secret_digest == digest)
    )
    if (feed := opened.first()) is None:  # it was revoked a moment ago
        raise FeedNotFound
    with_names, calendar_id, name, timezone = feed
    rows = await session.execute(
        select(
            appointments.c.id,
            appointments.c.starts_at,
            appointments.c.ends_at,
            appointments.c.version,
            appointments.c.updated_at,
            contacts.c.name.label("patient"),
            services.c.name.label("service"),
        )
        .select_from(
            appointments.join(
                services, (services.c.org_id == appointments.c.org_id) & (services.c.id == appointments.c.service_id)
            ).outerjoin(
                contacts, (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id)
            )
        )
        .where(
            appointments.c.org_id == tenant,
            appointments.c.calendar_id == calendar_id,
            appointments.c.status.in_(_SHOWN),
            appointments.c.starts_at >= now - SHOWN_BACK,
        )
        .order_by(appointments.c.starts_at, appointments.c.id)
        .limit(MOST_EVENTS + 1)
    )
    events = [PublishedEvent(*row[:5], title_of(*row[5:]) if with_names else "") for row in rows]
    return Published(name, timezone, events[:MOST_EVENTS], next(iter(events[MOST_EVENTS:]), None))


def title_of(patient: str | None, service: str) -> str:
    """Somebody who was erased has no name."""
    return f"{patient}: {service}" if patient else service
