"""Which number an organization holds, and since when."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import Range, insert

from chassis.database.engine import Database
from chassis.tenant import TenantId
from tenancy.domain.errors import OrganizationNotFound, PhoneNumberTaken
from tenancy.domain.phone_numbers import Line, PhoneNumber
from tenancy.store.tables import phone_number_mapping as mapping
from tenancy.store.violations import EXCLUSION, FOREIGN_KEY, meaning

_ANSWERED = (mapping.c.id, mapping.c.inbound_phone_number, mapping.c.clinic_name, mapping.c.vapi_phone_number_id)
_FROM_THE_BEGINNING: Range[Any] = Range(None, None)
"""A number's first owner has always held it: a report may tell of a call before we were told."""


class PhoneNumberStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def map(self, tenant: TenantId, line: Line) -> PhoneNumber:
        """Raises PhoneNumberTaken, OrganizationNotFound."""
        described = {"clinic_name": line.clinic_name, "vapi_phone_number_id": line.vapi_phone_number_id}
        describe = (
            update(mapping)
            .where(mapping.c.inbound_phone_number == line.number, func.upper_inf(mapping.c.held))
            .values(described)
            .returning(*_ANSWERED)
        )
        taken = {"org_id": tenant, "inbound_phone_number": line.number, "held": _FROM_THE_BEGINNING}
        take = insert(mapping).values(taken | described).on_conflict_do_nothing().returning(*_ANSWERED)
        with meaning({EXCLUSION: PhoneNumberTaken, FOREIGN_KEY: OrganizationNotFound}):
            async with self._database.tenant_transaction(tenant) as session:
                # Described once more after a lost race: the winner may have been the same organization.
                for attempt in (describe, take, describe):
                    if (row := (await session.execute(attempt)).one_or_none()) is not None:
                        return _phone_number(row)
                raise PhoneNumberTaken

    async def list(self, tenant: TenantId) -> Sequence[PhoneNumber]:
        present = select(*_ANSWERED).where(func.upper_inf(mapping.c.held)).order_by(mapping.c.created_at, mapping.c.id)
        async with self._database.tenant_transaction(tenant) as session:
            return [_phone_number(row) for row in await session.execute(present)]


def _phone_number(row: Row[Any, Any, Any, Any]) -> PhoneNumber:
    return PhoneNumber(row.id, Line(row.inbound_phone_number, row.clinic_name, row.vapi_phone_number_id))
