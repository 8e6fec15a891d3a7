"""Our tools in Vapi, which belong to no organization: reached by the directory's functions alone."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row, TextClause, text

from assistant_sync.domain.agents.agent import PendingReason
from assistant_sync.domain.tools.published import FormerTool, PublishedTool
from chassis.database.engine import Database

_ALL = text("SELECT * FROM list_published_tools()")
_FORMER = text("SELECT * FROM list_former_tools()")
_WANT = text("SELECT want_tools(:names, :at)")
_ATTEMPT = text("SELECT note_tool_create(:name, :at)")
_KEEP = text("SELECT keep_tool(:name, :id, :at)")
_RECORD = text("SELECT record_tool(:name, :reason, :url, :at)")
_NOTE_FORMER = text("SELECT note_former_tools(:ids, :names, :at)")
_FORGET_FORMER = text("SELECT forget_former_tools(:ids)")


class PublishedToolStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[PublishedTool]:
        async with self._database.directory_transaction() as session:
            return [_published(row) for row in await session.execute(_ALL)]

    async def former(self) -> list[FormerTool]:
        async with self._database.directory_transaction() as session:
            rows = await session.execute(_FORMER)
            return [FormerTool(row.vapi_tool_id, row.name, row.former_since) for row in rows]

    async def want(self, names: Collection[str], at: datetime) -> None:
        await self._call(_WANT, names=list(names), at=at)

    async def intend_to_create(self, name: str, at: datetime) -> None:
        await self._call(_ATTEMPT, name=name, at=at)

    async def forget_intent(self, name: str) -> None:
        await self._call(_ATTEMPT, name=name, at=None)

    async def keep(self, name: str, vapi_id: str | None, at: datetime) -> None:
        await self._call(_KEEP, name=name, id=vapi_id, at=at)

    async def record(self, name: str, pending: PendingReason | None, url: str | None, at: datetime) -> None:
        await self._call(_RECORD, name=name, reason=pending, url=url, at=at)

    async def note_former(self, names: Mapping[str, str], at: datetime) -> None:
        await self._call(_NOTE_FORMER, ids=list(names), names=list(names.values()), at=at)

    async def forget_former(self, ids: Collection[str]) -> None:
        await self._call(_FORGET_FORMER, ids=list(ids))

    async def _call(self, function: TextClause, **values: Any) -> None:
        async with self._database.directory_transaction() as session:
            await session.execute(function, values)


def _published(row: Row[Any]) -> PublishedTool:
    return PublishedTool(
        name=row.name,
        vapi_id=row.vapi_tool_id,
        pending=PendingReason(row.pending_reason) if row.pending_reason else None,
        url=row.url,
        synced_at=row.synced_at,
        create_attempted_at=row.create_attempted_at,
        wanted_at=row.wanted_at,
    )
