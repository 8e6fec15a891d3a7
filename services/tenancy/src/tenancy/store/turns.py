"""Taking turns, where what is allowed depends on how many rows there are."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE_TURNS = text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")


async def take_turns(session: AsyncSession, *what: object) -> None:
    """Let nobody else count the same things until the transaction ends."""
    await session.execute(_TAKE_TURNS, {"what": " ".join(map(str, what))})
