"""Calendars outside that are kept in step with ours, as they are worked on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Row,
    Select,
    bindparam,
    case,
    delete,
    insert,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.outside.connections import (
    LOOK_EVERY,
    OF_EVENTS,
    Account,
    DriftKind,
    Known,
    LeaseLost,
    Look,
    Mirrored,
    Noticed,
    OurEvent,
    Trouble,
    Waiting,
    WorkLease,
    uid_of,
)
from booking.domain.schedule.appointments import Status
from booking.store.busy_sources import replace_busy_times
from booking.store.connections import about_password
from booking.store.feeds import title_of
from booking.store.tables import (
    appointments,
    caldav_connections,
    caldav_events,
    caldav_outbox,
    calendars,
    contacts,
    services,
)
from chassis.database.engine import Database
from chassis.encryption import CannotOpen, Sealer
from chassis.tenant import TenantId, establish

_CLAIM = text("select org_id, id from claim_caldav_connections(:now, :until, 1)").bindparams(
    bindparam("now", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
)
_SHOWN = (Status.BOOKED.value, Status.COMPLETED.value, Status.NO_SHOW.value)
_BUSY = "Busy"
_MIRRORED = select(
    appointments.c.id,
    appointments.c.starts_at,
    appointments.c.ends_at,
    appointments.c.version,
    appointments.c.updated_at,
    (
        appointments.c.status.in_(_SHOWN)
        & appointments.c.erased.is_(False)
        & (appointments.c.calendar_id == caldav_connections.c.calendar_id)
        & caldav_connections.c.ending.is_(False)
    ).label("shown"),
    caldav_connections.c.with_names,
    contacts.c.name.label("patient"),
    services.c.name.label("service"),
    caldav_events.c.appointment_id.label("known"),
    caldav_events.c.etag,
    caldav_events.c.version.label("known_version"),
    caldav_events.c.drift,
    caldav_outbox.c.appointment_id.is_not(None).label("waiting"),
).select_from(
    appointments.join(caldav_connections, caldav_connections.c.org_id == appointments.c.org_id)
    .join(services, (services.c.org_id == appointments.c.org_id) & (services.c.id == appointments.c.service_id))
    .outerjoin(contacts, (contacts.c.org_id == appointments.c.org_id) & (contacts.c.id == appointments.c.contact_id))
    .outerjoin(
        caldav_events,
        (caldav_events.c.org_id == appointments.c.org_id)
        & (caldav_events.c.connection_id == caldav_connections.c.id)
        & (caldav_events.c.appointment_id == appointments.c.id),
    )
    .outerjoin(
        caldav_outbox,
        (caldav_outbox.c.org_id == appointments.c.org_id)
        & (caldav_outbox.c.connection_id == caldav_connections.c.id)
        & (caldav_outbox.c.appointment_id == appointments.c.id),
    )
)


class MirrorStore:
    """`booking.domain.ports.Mirrors`"""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def claim(self, now: datetime, until: datetime) -> tuple[TenantId, UUID] | None:
        async with self._database.directory_transaction() as session:
            claimed = (await session.execute(_CLAIM, {"now": now, "until": until})).first()
        return None if claimed is None else (establish(str(claimed.org_id)), claimed.id)

    async def leased(self, tenant: TenantId, connection_id: UUID, until: datetime) -> WorkLease:
        one = caldav_connections
        query = (
            select(
                one.c.url,
                one.c.username,
                one.c.sealed_password,
                calendars.c.timezone,
                one.c.ending,
                one.c.failures,
                one.c.look_at,
                one.c.seen,
                one.c.read_at,
            )
            .join_from(one, calendars, (calendars.c.org_id == one.c.org_id) & (calendars.c.id == one.c.calendar_id))
            .where(one.c.org_id == tenant, one.c.id == connection_id, one.c.leased_until == until)
        )
        async with self._database.tenant_transaction(tenant) as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise LeaseLost
        return WorkLease(
            connection_id,
            self._account(row, tenant, connection_id),
            row.timezone,
            row.ending,
            row.failures,
            row.look_at,
            row.seen,
            row.read_at,
            until,
        )

    async def confirm(self, tenant: TenantId, lease: WorkLease) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease)

    async def renew(self, tenant: TenantId, lease: WorkLease, until: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease, leased_until=until)

    async def waiting(self, tenant: TenantId, lease: WorkLease, now: datetime, most: int) -> Sequence[Waiting]:
        query = (
            select(caldav_outbox.c.appointment_id, caldav_outbox.c.change, caldav_outbox.c.attempts)
            .where(
                caldav_outbox.c.org_id == tenant,
                caldav_outbox.c.connection_id == lease.connection_id,
                caldav_outbox.c.due_at <= now,
            )
            .order_by(caldav_outbox.c.due_at, caldav_outbox.c.appointment_id)
            .limit(most)
        )
        async with self._database.tenant_transaction(tenant) as session:
            return [Waiting(*row) for row in await session.execute(query)]

    async def mirrored(self, tenant: TenantId, lease: WorkLease, appointment_id: UUID) -> Mirrored:
        query = _mirrored(tenant, lease).where(appointments.c.id == appointment_id)
        async with self._database.tenant_transaction(tenant) as session:
            row = (await session.execute(query)).first()
        if row is None:
            raise LeaseLost
        return _read(row, tenant, lease.connection_id)

    async def all_mirrored(self, tenant: TenantId, lease: WorkLease, ended_after: datetime) -> Mapping[UUID, Mirrored]:
        query = _mirrored(tenant, lease).where(
            caldav_events.c.appointment_id.is_not(None), appointments.c.ends_at > ended_after
        )
        async with self._database.tenant_transaction(tenant) as session:
            return {row.id: _read(row, tenant, lease.connection_id) for row in await session.execute(query)}

    async def announce(self, tenant: TenantId, lease: WorkLease, appointment_id: UUID, version: int) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease)
            await session.execute(
                insert(caldav_events).values(**_event(tenant, lease, appointment_id), version=version)
            )

    async def pushed(
        self, tenant: TenantId, lease: WorkLease, waiting: Waiting, found: Noticed, *, version: int, now: datetime
    ) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease, pushed_at=now)
            await _note(session, tenant, lease, found, now, version=version)
            await _end_waiting(session, tenant, lease, waiting)

    async def taken_away(self, tenant: TenantId, lease: WorkLease, waiting: Waiting, now: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease, pushed_at=now)
            await session.execute(
                delete(caldav_events).where(
                    caldav_events.c.org_id == tenant,
                    caldav_events.c.connection_id == lease.connection_id,
                    caldav_events.c.appointment_id == waiting.appointment_id,
                )
            )
            await _end_waiting(session, tenant, lease, waiting)

    async def leave(self, tenant: TenantId, lease: WorkLease, waiting: Waiting) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease)
            await _end_waiting(session, tenant, lease, waiting)

    async def put_off(self, tenant: TenantId, lease: WorkLease, waiting: Waiting, due_at: datetime) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(session, tenant, lease)
            await session.execute(
                update(caldav_outbox)
                .where(
                    caldav_outbox.c.org_id == tenant,
                    caldav_outbox.c.connection_id == lease.connection_id,
                    caldav_outbox.c.appointment_id == waiting.appointment_id,
                    caldav_outbox.c.change == waiting.change,
                )
                .values(attempts=waiting.attempts + 1, due_at=due_at)
            )

    async def looked(self, tenant: TenantId, lease: WorkLease, look: Look, now: datetime, look_at: datetime) -> None:
        found: dict[str, Any] = {"seen": look.seen, "look_at": look_at, "trouble": look.trouble}
        if look.trouble is None:
            found["looked_at"] = now
        if look.whole:
            found["read_at"] = now
        async with self._database.tenant_transaction(tenant) as session:
            calendar_id = await _still_ours(session, tenant, lease, **found)
            for one in look.noticed:
                await _note(session, tenant, lease, one, now)
            if look.busy is not None:
                await replace_busy_times(
                    session, tenant, lease.connection_id, calendar_id, look.busy, of_connection=True
                )

    async def release(self, tenant: TenantId, lease: WorkLease, resumes_at: datetime) -> None:
        refused = (
            select(caldav_outbox.c.appointment_id)
            .where(
                caldav_outbox.c.org_id == tenant,
                caldav_outbox.c.connection_id == lease.connection_id,
                caldav_outbox.c.attempts > 0,
            )
            .exists()
        )
        of_events = caldav_connections.c.trouble.in_([one.value for one in OF_EVENTS])
        trouble = case((of_events, caldav_connections.c.trouble), (refused, Trouble.EVENT_REFUSED.value), else_=None)
        # Nobody looks at one that is ending: what is left of ours waits in the outbox.
        look_at = case(
            (caldav_connections.c.ending, literal(resumes_at + LOOK_EVERY)), else_=caldav_connections.c.look_at
        )
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(
                session,
                tenant,
                lease,
                trouble=trouble,
                failures=0,
                resumes_at=resumes_at,
                look_at=look_at,
                leased_until=None,
            )
            await session.execute(_IF_ENDED, {"tenant": tenant, "connection": lease.connection_id})

    async def rest(self, tenant: TenantId, lease: WorkLease, trouble: Trouble, until: datetime | None) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await _still_ours(
                session,
                tenant,
                lease,
                trouble=trouble.value,
                failures=lease.failures + 1,
                resumes_at=until,
                leased_until=None,
            )

    def _account(self, row: Any, tenant: TenantId, connection_id: UUID) -> Account | None:
        try:
            password = self._sealer.open(row.sealed_password, about=about_password(tenant, connection_id))
        except CannotOpen:
            return None
        return Account(row.url, row.username, password.decode())


_IF_ENDED = delete(caldav_connections).where(
    caldav_connections.c.org_id == bindparam("tenant"),
    caldav_connections.c.id == bindparam("connection"),
    caldav_connections.c.ending,
    ~select(caldav_events.c.appointment_id)
    .where(
        caldav_events.c.org_id == caldav_connections.c.org_id, caldav_events.c.connection_id == caldav_connections.c.id
    )
    .exists(),
)


def _mirrored(tenant: TenantId, lease: WorkLease) -> Select[Any]:
    return _MIRRORED.where(appointments.c.org_id == tenant, caldav_connections.c.id == lease.connection_id)


def _read(row: Row[Any], tenant: TenantId, connection_id: UUID) -> Mirrored:
    wanted = None
    if row.shown:
        wanted = OurEvent(
            uid_of(tenant, connection_id, row.id),
            # iCalendar knows no parts of a second.
            row.starts_at.replace(microsecond=0),
            row.ends_at.replace(microsecond=0),
            title_of(row.patient, row.service) if row.with_names else _BUSY,
            row.version,
            row.updated_at,
        )
    drift = None if row.drift is None else DriftKind(row.drift)
    known = None if row.known is None else Known(row.etag, row.known_version, drift)
    return Mirrored(wanted, known, row.waiting)


def _event(tenant: TenantId, lease: WorkLease, appointment_id: UUID) -> dict[str, UUID]:
    return {"org_id": tenant, "connection_id": lease.connection_id, "appointment_id": appointment_id}


async def _still_ours(session: AsyncSession, tenant: TenantId, lease: WorkLease, **values: Any) -> UUID:
    """The calendar it is of. Nobody else takes it until the transaction ends. Raises LeaseLost."""
    ours = await session.execute(
        update(caldav_connections)
        .where(
            caldav_connections.c.org_id == tenant,
            caldav_connections.c.id == lease.connection_id,
            caldav_connections.c.leased_until == lease.until,
        )
        .values({"leased_until": lease.until, **values})
        .returning(caldav_connections.c.calendar_id)
    )
    calendar_id: UUID | None = ours.scalar_one_or_none()
    if calendar_id is None:
        raise LeaseLost
    return calendar_id


async def _note(
    session: AsyncSession, tenant: TenantId, lease: WorkLease, found: Noticed, now: datetime, **values: Any
) -> None:
    drifted = found.drift is not None
    await session.execute(
        update(caldav_events)
        .where(*(caldav_events.c[name] == value for name, value in _event(tenant, lease, found.appointment_id).items()))
        .values(
            etag=found.etag,
            drift=found.drift,
            outside_starts_at=found.starts_at,
            outside_ends_at=found.ends_at,
            noticed_at=now if drifted else None,
            **values,
        )
    )


async def _end_waiting(session: AsyncSession, tenant: TenantId, lease: WorkLease, waiting: Waiting) -> None:
    """Unless it has changed meanwhile."""
    await session.execute(
        delete(caldav_outbox).where(
            caldav_outbox.c.org_id == tenant,
            caldav_outbox.c.connection_id == lease.connection_id,
            caldav_outbox.c.appointment_id == waiting.appointment_id,
            caldav_outbox.c.change == waiting.change,
        )
    )
