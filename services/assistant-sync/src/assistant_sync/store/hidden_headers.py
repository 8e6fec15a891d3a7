"""What Vapi shows of headers that it has, by Vapi's ids: digests, which belong to no organization."""

from collections.abc import Mapping

from sqlalchemy import text

from chassis.database.engine import Database

_READ = text("SELECT * FROM read_hidden_headers(:id)")
_KEEP = text("SELECT keep_hidden_headers(:id, :sent, :shown)")


class HiddenHeaderStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, vapi_id: str) -> tuple[str, str] | None:
        return (await self._read(vapi_id)).get(vapi_id)

    async def all(self) -> Mapping[str, tuple[str, str]]:
        return await self._read(None)

    async def keep(self, vapi_id: str, sent: str, shown: str) -> None:
        await self._database.directory_query(_KEEP, {"id": vapi_id, "sent": sent, "shown": shown})

    async def _read(self, vapi_id: str | None) -> dict[str, tuple[str, str]]:
        rows = await self._database.directory_query(_READ, {"id": vapi_id})
        return {row.vapi_id: (row.sent, row.shown) for row in rows}
