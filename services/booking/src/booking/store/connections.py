"""Calendars outside that are kept in step with ours, as staff see them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, SelectBase, delete, func, insert, literal, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.errors import AppointmentNotFound, ConnectionNotFound, MalformedConnection, TooManyConnections
from booking.domain.outside.connections import MOST_CONNECTIONS, Connection, Drift, DriftKind, Trouble
from booking.domain.schedule.appointments import Position, Status
from booking.store.feeds import check_calendar_known, lock_calendar_in_use
from booking.store.tables import appointments, busy_times, caldav_connections, caldav_events, caldav_outbox
from chassis.database.engine import Database
from chassis.encryption import Sealer
from chassis.tenant import TenantId

_WAITING = (
    select(func.count())
    .where(
        caldav_outbox.c.org_id == caldav_connections.c.org_id, caldav_outbox.c.connection_id == caldav_connections.c.id
    )
    .scalar_subquery()
    .label("waiting")
)
_CONNECTION = select(
    caldav_connections.c.id,
    caldav_connections.c.calendar_id,
    caldav_connections.c.url,
    caldav_connections.c.username,
    caldav_connections.c.with_names,
    caldav_connections.c.created_at,
    caldav_connections.c.pushed_at,
    caldav_connections.c.looked_at,
    caldav_connections.c.trouble,
    caldav_connections.c.ending,
    _WAITING,
)
_OUTBOX = ("org_id", "connection_id", "appointment_id")


class ConnectionStore:
    """`booking.domain.ports.Connections`"""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def add(self, tenant: TenantId, connection: Connection, password: str, now: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            # Whoever books in the calendar meanwhile waits at the key to it, and then finds the connection.
            await lock_calendar_in_use(session, tenant, connection.calendar_id)
            others = [one for one in await _connections(session, tenant, connection.calendar_id) if not one.ending]
            if len(others) >= MOST_CONNECTIONS:
                raise TooManyConnections
            if any(one.url == connection.url for one in others):
                raise MalformedConnection("url")
            await session.execute(
                insert(caldav_connections).values(
                    org_id=tenant,
                    id=connection.id,
                    calendar_id=connection.calendar_id,
                    url=connection.url,
                    username=connection.username,
                    sealed_password=self._sealed(password, tenant, connection.id),
                    with_names=connection.with_names,
                    created_at=connection.created_at,
                    failures=0,
                    resumes_at=now,
                    look_at=now,
                    ending=False,
                )
            )
            to_come = select(literal(tenant), literal(connection.id), appointments.c.id).where(
                appointments.c.org_id == tenant,
                appointments.c.calendar_id == connection.calendar_id,
                appointments.c.status == Status.BOOKED.value,
                appointments.c.ends_at > now,
            )
            await session.execute(insert(caldav_outbox).from_select(_OUTBOX, to_come, include_defaults=False))

    async def list(self, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Connection]:
        async with self._database.tenant_transaction(tenant) as session:
            await check_calendar_known(session, tenant, calendar_id)
            return await _connections(session, tenant, calendar_id)

    async def get(self, tenant: TenantId, connection_id: UUID) -> Connection:
        async with self._database.tenant_transaction(tenant) as session:
            rows = await session.execute(_CONNECTION.where(*_one(tenant, connection_id)))
            found = [_connection(row) for row in rows]
        if not found:
            raise ConnectionNotFound
        return found[0]

    async def replace_password(self, tenant: TenantId, connection_id: UUID, password: str, now: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _change(
                session,
                tenant,
                connection_id,
                sealed_password=self._sealed(password, tenant, connection_id),
                trouble=None,
                failures=0,
                resumes_at=now,
                look_at=now,
                # Whoever works on it with the old password has nothing more to say of it.
                leased_until=None,
            )

    async def end(self, tenant: TenantId, connection_id: UUID, now: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _change(session, tenant, connection_id, ending=True, resumes_at=now, look_at=now)
            of_connection = (busy_times.c.org_id == tenant, busy_times.c.source_id == connection_id)
            await session.execute(delete(busy_times).where(*of_connection))
            there = select(literal(tenant), literal(connection_id), caldav_events.c.appointment_id).where(
                caldav_events.c.org_id == tenant, caldav_events.c.connection_id == connection_id
            )
            await _have_pushed(session, there)

    async def forget(self, tenant: TenantId, connection_id: UUID) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            removed = await session.execute(
                delete(caldav_connections).where(*_one(tenant, connection_id)).returning(caldav_connections.c.id)
            )
            if removed.first() is None:
                raise ConnectionNotFound

    async def drift(
        self, tenant: TenantId, calendar_id: UUID | None, now: datetime, after: Position | None, limit: int
    ) -> Sequence[Drift]:
        query = _DRIFT.where(caldav_events.c.org_id == tenant, appointments.c.ends_at > now).limit(limit)
        if calendar_id is not None:
            query = query.where(appointments.c.calendar_id == calendar_id)
        if after is not None:
            query = query.where(tuple_(appointments.c.starts_at, appointments.c.id) > tuple_(after.starts_at, after.id))
        async with self._database.tenant_transaction(tenant) as session:
            await check_calendar_known(session, tenant, calendar_id)
            rows = await session.execute(query)
            return [Drift(*row[:5], DriftKind(row[5]), *row[6:]) for row in rows]

    async def put_back(self, tenant: TenantId, connection_id: UUID, appointment_id: UUID) -> None:
        one = (
            caldav_events.c.org_id == tenant,
            caldav_events.c.connection_id == connection_id,
            caldav_events.c.appointment_id == appointment_id,
        )
        async with self._database.tenant_transaction(tenant) as session:
            await _change(session, tenant, connection_id, resumes_at=caldav_connections.c.resumes_at)
            forgotten = await session.execute(
                update(caldav_events)
                .where(*one)
                .values(drift=None, outside_starts_at=None, outside_ends_at=None, noticed_at=None)
                .returning(caldav_events.c.appointment_id)
            )
            if forgotten.first() is None:
                raise AppointmentNotFound
            await _have_pushed(session, select(literal(tenant), literal(connection_id), literal(appointment_id)))

    def _sealed(self, password: str, tenant: TenantId, connection_id: UUID) -> bytes:
        return self._sealer.seal(password.encode(), about=about_password(tenant, connection_id))


def about_password(tenant: TenantId, connection_id: UUID) -> str:
    return f"{tenant}/caldav_connections/{connection_id}/password"


_DRIFT = (
    select(
        caldav_events.c.connection_id,
        appointments.c.id,
        appointments.c.calendar_id,
        appointments.c.starts_at,
        appointments.c.ends_at,
        caldav_events.c.drift,
        caldav_events.c.outside_starts_at,
        caldav_events.c.outside_ends_at,
        caldav_events.c.noticed_at,
    )
    .join_from(
        caldav_events,
        appointments,
        (appointments.c.org_id == caldav_events.c.org_id) & (appointments.c.id == caldav_events.c.appointment_id),
    )
    .join(
        caldav_connections,
        (caldav_connections.c.org_id == caldav_events.c.org_id)
        & (caldav_connections.c.id == caldav_events.c.connection_id)
        # One that moved to another calendar here is about to be taken away there.
        & (caldav_connections.c.calendar_id == appointments.c.calendar_id)
        & caldav_connections.c.ending.is_(False),
    )
    .where(caldav_events.c.drift.is_not(None), appointments.c.status == Status.BOOKED.value)
    .order_by(appointments.c.starts_at, appointments.c.id)
)


def _one(tenant: TenantId, connection_id: UUID) -> tuple[ColumnElement[bool], ...]:
    return caldav_connections.c.org_id == tenant, caldav_connections.c.id == connection_id


async def _connections(session: AsyncSession, tenant: TenantId, calendar_id: UUID | None) -> Sequence[Connection]:
    query = _CONNECTION.where(caldav_connections.c.org_id == tenant).order_by(
        caldav_connections.c.created_at, caldav_connections.c.id
    )
    if calendar_id is not None:
        query = query.where(caldav_connections.c.calendar_id == calendar_id)
    return [_connection(row) for row in await session.execute(query)]


def _connection(row: Any) -> Connection:
    trouble = None if row.trouble is None else Trouble(row.trouble)
    return Connection(**{**row._asdict(), "trouble": trouble})


async def _change(session: AsyncSession, tenant: TenantId, connection_id: UUID, **values: Any) -> None:
    """Raises ConnectionNotFound."""
    changed = await session.execute(
        update(caldav_connections)
        .where(*_one(tenant, connection_id))
        .values(**values)
        .returning(caldav_connections.c.id)
    )
    if changed.first() is None:
        raise ConnectionNotFound


async def _have_pushed(session: AsyncSession, which: SelectBase) -> None:
    """Rows of organization, connection, appointment."""
    statement = upsert(caldav_outbox).from_select(_OUTBOX, which, include_defaults=False)
    anew = {"change": func.gen_random_uuid(), "attempts": 0, "due_at": statement.excluded.due_at}
    await session.execute(statement.on_conflict_do_update(index_elements=_OUTBOX, set_=anew))
