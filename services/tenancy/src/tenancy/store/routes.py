"""What changes of routes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from sqlalchemy import text

from chassis.database.engine import Database
from chassis.database.faults import DatabaseTooSlow, DatabaseUnavailable
from tenancy.domain.routing.routes import Changed, History

_CHANNEL = "tenancy_routes"
_VERSION = text("SELECT route_version() AS version")
_CHANGES_SINCE = text("SELECT present, version, evidence FROM route_changes_since(:version)")

_PATIENCE = 2.0
"""Seconds after which a reading comes too late to be told as news."""


class RouteStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    def announcements(self) -> AbstractAsyncContextManager[AsyncIterator[object]]:
        """One for each transaction that changed anything. Raises DatabaseUnavailable once they would not be heard."""
        return self._database.listen(_CHANNEL)

    async def version(self) -> int:
        """How many changes there were. Raises DatabaseUnavailable."""
        version: int = (await self._database.directory_query(_VERSION))[0].version
        return version

    async def changes_since(self, version: int) -> History:
        """Raises DatabaseUnavailable, also if it takes too long."""
        try:
            async with asyncio.timeout(_PATIENCE):
                rows = await self._database.directory_query(_CHANGES_SINCE, {"version": version})
        except (TimeoutError, DatabaseTooSlow) as late:
            raise DatabaseUnavailable from late
        changes = [Changed(row.version, row.evidence) for row in rows if row.version is not None]
        return History(rows[0].present, changes)
