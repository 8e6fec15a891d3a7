"""Which number an organization holds, and since when."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, Uuid, func, literal, null, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.errors import OrganizationNotFound, PhoneNumberTaken
from tenancy.domain.numbers.phone_numbers import Description, PhoneNumber
from tenancy.store.audit import record
from tenancy.store.tables import phone_number_mapping as mapping
from tenancy.store.turns import take_turns
from tenancy.store.violations import EXCLUSION, FOREIGN_KEY, meaning

_Row: TypeAlias = Row[*tuple[Any, ...]]

_ANSWERED = (
    mapping.c.id,
    mapping.c.inbound_phone_number,
    mapping.c.clinic_name,
    mapping.c.vapi_phone_number_id,
    mapping.c.held,
)
_MOVE = text(
    "SELECT id, inbound_phone_number, clinic_name, vapi_phone_number_id, held, former"
    " FROM move_phone_number(:number, :holder, :receiver, :clinic_name, :vapi_id, :keeps_vapi_id)"
)


class PhoneNumberStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def map(self, tenant: TenantId, number: str, description: Description) -> PhoneNumber:
        """What the description leaves out stays as it is. Raises PhoneNumberTaken, OrganizationNotFound."""
        with meaning({EXCLUSION: PhoneNumberTaken, FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                await _take_turns(session)
                # Described once more after a lost race: the winner may have been the same organization.
                for attempt in (_describe, _take, _describe):
                    if (row := await attempt(session, tenant, number, description)) is not None:
                        return _phone_number(row)
                raise PhoneNumberTaken

    async def move(self, receiver: TenantId, number: str, holder: UUID, description: Description) -> PhoneNumber | None:
        """The number as the receiver holds it; None if the holder does not.

        Raises PhoneNumberTaken for Vapi's id, OrganizationNotFound.
        """
        asked = {
            "number": number,
            "holder": holder,
            "receiver": receiver,
            "clinic_name": description.get("clinic_name", ""),
            "vapi_id": description.get("vapi_phone_number_id"),
            "keeps_vapi_id": "vapi_phone_number_id" not in description,
        }
        with meaning({EXCLUSION: PhoneNumberTaken, FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.directory_transaction() as session:
                await _take_turns(session)
                row = (await session.execute(_MOVE, asked)).one_or_none()
                if row is None:
                    return None
                if row.former is not None:
                    await _record(session, "moved", holder, row.former, number=number, details={"to": str(receiver)})
                    told = {"from": str(holder), **description}
                    await _record(session, "moved", receiver, row.id, number=number, details=told)
                return _phone_number(row)

    async def release(self, tenant: TenantId, phone_number_id: UUID) -> PhoneNumber | None:
        """The number as it was held; None if the tenant does not hold it."""
        release = (
            update(mapping)
            .where(*_held_by(tenant), mapping.c.id == phone_number_id)
            .values(held=func.until_now(mapping.c.held))
            .returning(*_ANSWERED)
        )
        async with self._database.tenant_transaction(tenant) as session:
            await _take_turns(session)
            row = (await session.execute(release)).one_or_none()
            if row is None:
                return None
            await _record(session, "released", tenant, row.id, number=row.inbound_phone_number)
            return _phone_number(row)

    async def list(
        self, tenant: TenantId, *, after: UUID | None = None, limit: int | None = None, with_former: bool = False
    ) -> Sequence[PhoneNumber]:
        """The tenant's numbers, oldest first, `limit` of those that follow the one of the id `after`."""
        age = tuple_(mapping.c.created_at, mapping.c.id)
        numbers = select(*_ANSWERED).where(mapping.c.org_id == tenant).order_by(*age).limit(limit)
        if not with_former:
            numbers = numbers.where(func.upper_inf(mapping.c.held))
        if after is not None:
            last = mapping.alias()
            numbers = numbers.where(
                age
                > select(last.c.created_at, last.c.id)
                .where(last.c.org_id == tenant, last.c.id == after)
                .scalar_subquery()
            )
        async with self._database.tenant_transaction(tenant) as session:
            return [_phone_number(row) for row in await session.execute(numbers)]


async def _take_turns(session: AsyncSession) -> None:
    """Or two could wait for each other: the one to hold a number, the other to announce that it does."""
    await take_turns(session, "phone numbers")


async def _describe(session: AsyncSession, tenant: TenantId, number: str, description: Description) -> _Row | None:
    own = select(*_ANSWERED).where(*_held_by(tenant), mapping.c.inbound_phone_number == number)
    row = (await session.execute(own)).one_or_none()
    if row is None:
        return None
    changes = {name: value for name, value in description.items() if getattr(row, name) != value}
    if not changes:
        return row
    describe = update(mapping).where(mapping.c.org_id == tenant, mapping.c.id == row.id).values(changes)
    described = (await session.execute(describe.returning(*_ANSWERED))).one()
    await _record(session, "described", tenant, row.id, number=number, details=changes)
    return described


async def _take(session: AsyncSession, tenant: TenantId, number: str, description: Description) -> _Row | None:
    vapi_id = literal(description.get("vapi_phone_number_id"), Uuid())
    beginning = func.beginning_of_holding(literal(number, Text()), vapi_id)
    values = {
        "org_id": tenant,
        "inbound_phone_number": number,
        "held": func.tstzrange(beginning, null()),
        "clinic_name": "",
        **description,
    }
    take = insert(mapping).values(values).on_conflict_do_nothing().returning(*_ANSWERED)
    taken = (await session.execute(take)).one_or_none()
    if taken is not None:
        await _record(session, "mapped", tenant, taken.id, number=number, details=description)
    return taken


async def _record(
    session: AsyncSession,
    what: str,
    organization: UUID,
    holding: UUID,
    *,
    number: str,
    details: Mapping[str, object] = MappingProxyType({}),
) -> None:
    told = {name: str(value or "") for name, value in details.items()}
    await record(
        session, f"phone_number.{what}", organization=organization, subject=str(holding), number=number, **told
    )


def _held_by(tenant: TenantId) -> tuple[ColumnElement[bool], ...]:
    return mapping.c.org_id == tenant, func.upper_inf(mapping.c.held)


def _phone_number(row: _Row) -> PhoneNumber:
    return PhoneNumber(
        row.id, row.inbound_phone_number, row.clinic_name, row.vapi_phone_number_id, row.held.lower, row.held.upper
    )
