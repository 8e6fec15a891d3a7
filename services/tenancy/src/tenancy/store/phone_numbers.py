"""Which number an organization holds, and since when."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select, update
from sqlalchemy.dialects.postgresql import Range, insert

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.errors import OrganizationNotFound, PhoneNumberTaken
from tenancy.domain.phone_numbers import Description, PhoneNumber
from tenancy.store.tables import phone_number_mapping as mapping
from tenancy.store.violations import EXCLUSION, FOREIGN_KEY, meaning

_ANSWERED = (mapping.c.id, mapping.c.inbound_phone_number, mapping.c.clinic_name, mapping.c.vapi_phone_number_id)
_FROM_THE_BEGINNING: Range[Any] = Range(None, None)
"""A number's first owner has always held it: a report may tell of a call before we were told."""


class PhoneNumberStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def map(self, tenant: TenantId, number: str, description: Description) -> PhoneNumber:
        """What the description leaves out stays as it is. Raises PhoneNumberTaken, OrganizationNotFound."""
        describe = (
            update(mapping)
            .where(*_held_by(tenant), mapping.c.inbound_phone_number == number)
            # The number too, to what it is: a description may be empty, an UPDATE may not.
            .values(inbound_phone_number=number, **description)
            .returning(*_ANSWERED)
        )
        taken = {"org_id": tenant, "inbound_phone_number": number, "held": _FROM_THE_BEGINNING, "clinic_name": ""}
        take = insert(mapping).values({**taken, **description}).on_conflict_do_nothing().returning(*_ANSWERED)
        with meaning({EXCLUSION: PhoneNumberTaken, FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                # Described once more after a lost race: the winner may have been the same organization.
                for attempt in (describe, take, describe):
                    if (row := (await session.execute(attempt)).one_or_none()) is not None:
                        return _phone_number(row)
                raise PhoneNumberTaken

    async def list(self, tenant: TenantId) -> Sequence[PhoneNumber]:
        present = select(*_ANSWERED).where(*_held_by(tenant)).order_by(mapping.c.created_at, mapping.c.id)
        async with self._database.tenant_transaction(tenant) as session:
            return [_phone_number(row) for row in await session.execute(present)]


def _held_by(tenant: TenantId) -> tuple[ColumnElement[bool], ...]:
    return mapping.c.org_id == tenant, func.upper_inf(mapping.c.held)


def _phone_number(row: Row[Any, Any, Any, Any]) -> PhoneNumber:
    return PhoneNumber(row.id, row.inbound_phone_number, row.clinic_name, row.vapi_phone_number_id)
