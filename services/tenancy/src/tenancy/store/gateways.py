"""Which gateways there are, as all replicas of tenancy have seen them."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from chassis.database.engine import Database

_NOTE = text("SELECT note_gateways(:seen, :counts_for) AS live")


class GatewayStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, seen: Collection[UUID], counts_for: timedelta) -> int:
        """How many were seen within that time, by any replica; `seen` are seen now. Raises DatabaseUnavailable."""
        async with self._database.directory_transaction() as session:
            live: int = (await session.execute(_NOTE, {"seen": list(seen), "counts_for": counts_for})).scalar_one()
            return live
