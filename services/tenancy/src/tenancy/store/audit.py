"""The audit log: written in the transaction of what it tells of, so that neither is there without the other."""

import json
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.actor import current_actor
from chassis.database.engine import Database

_RECORD = text("SELECT record_audit_entry(:organization, :actor, :caller, :action, :subject, CAST(:details AS jsonb))")


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
