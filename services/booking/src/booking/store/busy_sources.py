"""Calendars outside, their busy times, and who reads them now."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Integer,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import TSTZRANGE, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.errors import BusySourceNotFound, TooManyBusySources
from booking.domain.outside.busy_sources import (
    MOST_SOURCES,
    BusySource,
    BusyTime,
    BusyTimes,
    Conflict,
    Failure,
    Lease,
)
from booking.domain.schedule.appointments import Position, Status
from booking.domain.schedule.local_time import Period
from booking.store._occupying import is_busy_between, period_range
from booking.store.feeds import check_calendar_known, lock_calendar_in_use
from booking.store.tables import appointments, busy_sources, busy_times, calendars
from chassis.database.engine import Database
from chassis.encryption import CannotOpen, Sealer
from chassis.tenant import TenantId, establish

_SOURCE = (
    busy_sources.c.id,
    busy_sources.c.calendar_id,
    busy_sources.c.name,
    busy_sources.c.host,
    busy_sources.c.created_at,
    busy_sources.c.read_at,
    busy_sources.c.failure,
)
_CLAIM = text("select org_id, id from claim_busy_sources(:now, :until, :most)").bindparams(
    bindparam("now", type_=DateTime(timezone=True)),
    bindparam("until", type_=DateTime(timezone=True)),
    bindparam("most", type_=Integer),
)


class BusySourceStore:
    """`booking.domain.ports.BusySources`"""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, tenant: TenantId, source: BusySource, url: str) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await lock_calendar_in_use(session, tenant, source.calendar_id)
            if len(await _sources(session, tenant, source.calendar_id)) >= MOST_SOURCES:
                raise TooManyBusySources
            await session.execute(
                insert(busy_sources).values(
                    org_id=tenant,
                    id=source.id,
                    calendar_id=source.calendar_id,
                    name=source.name,
                    host=source.host,
                    sealed_url=self._sealer.seal(url.encode(), about=_about(tenant, source.id)),
                    created_at=source.created_at,
                    due_at=source.created_at,
                )
            )

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[BusySource]:
        async with self._database.tenant_transaction(tenant) as session:
            await check_calendar_known(session, tenant, calendar_id)
            return await _sources(session, tenant, calendar_id)

    async def remove(self, tenant: TenantId, source_id: UUID) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            removed = await session.execute(
                delete(busy_sources)
                .where(busy_sources.c.org_id == tenant, busy_sources.c.id == source_id)
                .returning(busy_sources.c.id)
            )
            if removed.first() is None:
                raise BusySourceNotFound

    async def claim(self, now: datetime, until: datetime) -> tuple[TenantId, UUID] | None:
        async with self._database.directory_transaction() as session:
            claimed = (await session.execute(_CLAIM, {"now": now, "until": until, "most": 1})).first()
        return None if claimed is None else (establish(str(claimed.org_id)), claimed.id)

    async def leased(self, tenant: TenantId, source_id: UUID, until: datetime) -> Lease | None:
        query = (
            select(busy_sources.c.sealed_url, calendars.c.timezone, busy_sources.c.etag, busy_sources.c.read_at)
            .join_from(
                busy_sources,
                calendars,
                (calendars.c.org_id == busy_sources.c.org_id) & (calendars.c.id == busy_sources.c.calendar_id),
            )
            .where(
                busy_sources.c.org_id == tenant, busy_sources.c.id == source_id, busy_sources.c.leased_until == until
            )
        )
        async with self._database.tenant_transaction(tenant) as session:
            row = (await session.execute(query)).first()
        if row is None:
            return None
        sealed, timezone, etag, read_at = row
        return Lease(source_id, self._opened(sealed, tenant, source_id), timezone, etag, read_at, until)

    async def replace(self, tenant: TenantId, lease: Lease, read: BusyTimes, now: datetime, due_at: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            ours = await _end_lease(session, tenant, lease, due_at, etag=read.etag, read_at=now, failure=None)
            if ours is not None:
                await replace_busy_times(session, tenant, lease.source_id, ours, read.periods)

    async def keep(self, tenant: TenantId, lease: Lease, due_at: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _end_lease(session, tenant, lease, due_at, failure=None)

    async def fail(self, tenant: TenantId, lease: Lease, failure: Failure, due_at: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _end_lease(session, tenant, lease, due_at, failure=failure.value)

    async def conflicts(
        self, tenant: TenantId, calendar_id: UUID | None, now: datetime, after: Position | None, limit: int
    ) -> Sequence[Conflict]:
        # An index tells what starts about then or later.
        to_come = (appointments.c.starts_at > now - timedelta(days=1)) & (appointments.c.ends_at > now)
        query = _CONFLICTS.where(appointments.c.org_id == tenant, to_come).limit(limit)
        if calendar_id is not None:
            query = query.where(appointments.c.calendar_id == calendar_id)
        if after is not None:
            query = query.where(tuple_(appointments.c.starts_at, appointments.c.id) > tuple_(after.starts_at, after.id))
        async with self._database.tenant_transaction(tenant) as session:
            await check_calendar_known(session, tenant, calendar_id)
            rows = await session.execute(query)
            return [Conflict(*row[:4], _busy_times(*row[4:])) for row in rows]

    def _opened(self, sealed: bytes, tenant: TenantId, source_id: UUID) -> str | None:
        try:
            return self._sealer.open(sealed, about=_about(tenant, source_id)).decode()
        except CannotOpen:
            return None


def _busy_times(sources: Sequence[UUID], starts: Sequence[datetime], ends: Sequence[datetime]) -> Sequence[BusyTime]:
    return [BusyTime(one, Period(start, end)) for one, start, end in zip(sources, starts, ends, strict=True)]


def _about(tenant: TenantId, source_id: UUID) -> str:
    return f"{tenant}/busy_sources/{source_id}/url"


def _all_in_order(what: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.array_agg(aggregate_order_by(what, busy_times.c.begins_at, busy_times.c.source_id))


_CONFLICTS = (
    select(
        appointments.c.id,
        appointments.c.calendar_id,
        appointments.c.starts_at,
        appointments.c.ends_at,
        _all_in_order(busy_times.c.source_id),
        _all_in_order(busy_times.c.begins_at),
        _all_in_order(busy_times.c.ends_at),
    )
    .join_from(
        appointments,
        busy_times,
        (busy_times.c.org_id == appointments.c.org_id)
        & (busy_times.c.calendar_id == appointments.c.calendar_id)
        & is_busy_between(func.lower(appointments.c.occupied), func.upper(appointments.c.occupied)),
    )
    .where(appointments.c.status == Status.BOOKED.value)
    .group_by(appointments.c.org_id, appointments.c.id)
    .order_by(appointments.c.starts_at, appointments.c.id)
)


async def _sources(session: AsyncSession, tenant: TenantId, calendar_id: UUID | None) -> Sequence[BusySource]:
    query = (
        select(*_SOURCE).where(busy_sources.c.org_id == tenant).order_by(busy_sources.c.created_at, busy_sources.c.id)
    )
    if calendar_id is not None:
        query = query.where(busy_sources.c.calendar_id == calendar_id)
    return [
        BusySource(*row[:6], failure=None if row[6] is None else Failure(row[6]))
        for row in await session.execute(query)
    ]


async def _end_lease(
    session: AsyncSession, tenant: TenantId, lease: Lease, due_at: datetime, **result: object
) -> UUID | None:
    """The calendar it is of; None if the lease is somebody else's by now, or the source is gone."""
    ended = await session.execute(
        update(busy_sources)
        .where(
            busy_sources.c.org_id == tenant,
            busy_sources.c.id == lease.source_id,
            busy_sources.c.leased_until == lease.until,
        )
        .values(leased_until=None, due_at=due_at, **result)
        .returning(busy_sources.c.calendar_id)
    )
    calendar_id: UUID | None = ended.scalar_one_or_none()
    return calendar_id


async def replace_busy_times(
    session: AsyncSession,
    tenant: TenantId,
    source_id: UUID,
    calendar_id: UUID,
    periods: Sequence[Period],
    *,
    of_connection: bool = False,
) -> None:
    """Writes what is new and deletes what is gone: most of it stays as it is."""
    wanted = bindparam("wanted", [period_range(one) for one in periods], type_=ARRAY(TSTZRANGE))
    read = select(func.unnest(wanted).label("occupied")).subquery()
    await session.execute(
        delete(busy_times).where(
            busy_times.c.org_id == tenant,
            busy_times.c.source_id == source_id,
            busy_times.c.occupied.not_in(select(read.c.occupied)),
        )
    )
    columns = ("org_id", "source_id", "calendar_id", "of_connection", "occupied")
    rows = select(literal(tenant), literal(source_id), literal(calendar_id), literal(of_connection), read.c.occupied)
    await session.execute(upsert(busy_times).from_select(columns, rows).on_conflict_do_nothing())
