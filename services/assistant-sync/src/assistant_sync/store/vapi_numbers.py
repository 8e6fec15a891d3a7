"""The organizations' phone numbers in Vapi. Each method is one transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.postgresql import insert

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.store.tables import vapi_numbers
from chassis.database.engine import Database
from chassis.tenant import TenantId


class VapiNumberStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all_of(self, tenant: TenantId) -> Sequence[PointedNumber]:
        query = select(vapi_numbers).where(vapi_numbers.c.org_id == tenant).order_by(vapi_numbers.c.number)
        async with self._database.tenant_transaction(tenant) as session:
            return [_pointed(row) for row in await session.execute(query)]

    async def record(self, tenant: TenantId, pointed: PointedNumber) -> None:
        values: dict[str, Any] = {
            "vapi_phone_number_id": pointed.vapi_id,
            "assistant_id": pointed.assistant_id,
            "pending_reason": pointed.pending,
            "url": pointed.url,
            "synced_at": pointed.synced_at,
        }
        new = insert(vapi_numbers).values(org_id=tenant, number=pointed.number, **values)
        statement = new.on_conflict_do_update(
            index_elements=[vapi_numbers.c.org_id, vapi_numbers.c.number], set_=values
        )
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(statement)

    async def forget(self, tenant: TenantId, number: str) -> None:
        this = delete(vapi_numbers).where(vapi_numbers.c.org_id == tenant, vapi_numbers.c.number == number)
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(this)


def _pointed(row: Row[Any]) -> PointedNumber:
    return PointedNumber(
        number=row.number,
        vapi_id=row.vapi_phone_number_id,
        assistant_id=row.assistant_id,
        pending=PendingReason(row.pending_reason) if row.pending_reason else None,
        url=row.url,
        synced_at=row.synced_at,
    )
