"""How far a Vapi account's calls have been compared. It belongs to no organization: functions alone reach it."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import text

from assistant_sync.domain.calls.comparison import Comparison
from chassis.database.engine import Database

_READ = text("SELECT * FROM read_call_comparison(:account)")
_KEEP = text(
    "SELECT keep_call_comparison("
    ":account, :version, :compared_until, :began_at, :created_until, :listed, :nobodys, :ended_at)"
)
_REWIND = text("SELECT rewind_call_comparison(:account, :since)")


class ComparisonStore:
    def __init__(self, database: Database, fingerprint: str) -> None:
        self._database = database
        self._account = fingerprint

    async def get(self) -> Comparison | None:
        rows = await self._database.directory_query(_READ, {"account": self._account})
        return Comparison(**rows[0]._mapping) if rows else None  # noqa: SLF001  # its public name, as SQLAlchemy says

    async def keep(self, comparison: Comparison) -> bool:
        rows = await self._database.directory_query(_KEEP, {"account": self._account, **asdict(comparison)})
        return bool(rows[0][0])

    async def rewind(self, since: datetime) -> None:
        await self._database.directory_query(_REWIND, {"account": self._account, "since": since})
