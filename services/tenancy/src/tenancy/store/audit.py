"""The audit log: written in the transaction of what it tells of, so that neither is there without the other."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.actor import current_actor
from chassis.database.engine import Database
from tenancy.domain.audit.entries import AuditEntry

_RECORD = text("SELECT record_audit_entry(:organization, :actor, :caller, :action, :subject, CAST(:details AS jsonb))")
_BEFORE = text(
    "SELECT id, at, org_id, actor, caller, action, subject, details"
    " FROM list_audit_entries(:organization, :before, :size)"
)


async def record(
    session: AsyncSession, action: str, *, organization: UUID | None, subject: str, **details: str
) -> None:
    """Add an entry about what the transaction does: `noun.verbed`, to what, and facts that are no secrets."""
    actor = current_actor()
    await session.execute(
        _RECORD,
        {
            "organization": organization,
            "actor": actor.name,
            "caller": actor.caller,
            "action": action,
            "subject": subject,
            "details": json.dumps(details),
        },
    )


class AuditStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, action: str, *, organization_id: UUID, subject: str) -> None:
        async with self._database.directory_transaction() as session:
            await record(session, action, organization=organization_id, subject=subject)

    async def before(self, organization_id: UUID | None, entry_id: int | None, limit: int) -> Sequence[AuditEntry]:
        """The next `limit` entries, newest first, of one organization or of all and the platform."""
        asked = {"organization": organization_id, "before": entry_id, "size": limit}
        async with self._database.directory_transaction() as session:
            return [_entry(row) for row in await session.execute(_BEFORE, asked)]


def _entry(row: Row[Any]) -> AuditEntry:
    return AuditEntry(row.id, row.at, row.org_id, row.actor, row.caller, row.action, row.subject, row.details)
