"""Whose turn at a Vapi account it is, across all replicas. No key is kept: an account is known by its fingerprint."""

from sqlalchemy import text

from assistant_sync.domain.reconciling.share import Share
from chassis.database.engine import Database

_TAKE = text("SELECT * FROM take_vapi_request(:account, :spacing, :slack)")
_HOLD = text("SELECT hold_vapi_requests(:account, :seconds)")
_NOTE = text("SELECT note_vapi_account(:account, :is_refused)")


class VapiAccountStore:
    def __init__(self, database: Database, fingerprint: str) -> None:
        self._database = database
        self._account = fingerprint

    async def take(self, spacing: float, slack: float) -> Share:
        asked = {"account": self._account, "spacing": spacing, "slack": slack}
        (row,) = await self._database.directory_query(_TAKE, asked)
        return Share(row.seconds, is_refused=row.refused, is_probe=row.is_probe)

    async def hold(self, seconds: float) -> None:
        await self._database.directory_query(_HOLD, {"account": self._account, "seconds": seconds})

    async def note(self, *, is_refused: bool) -> None:
        await self._database.directory_query(_NOTE, {"account": self._account, "is_refused": is_refused})
