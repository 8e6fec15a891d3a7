"""Guesses that missed: digests alone, and no longer than they count."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.store.locks import LockQueries
from booking.store.tables import misses


class MissQueries(LockQueries):
    async def missed(self, subjects: Sequence[bytes], *, since: datetime) -> Mapping[bytes, int]:
        await self.lock_misses(subjects)
        counted = await self.session.execute(
            select(misses.c.subject, func.count().label("guesses"))
            .where(misses.c.org_id == self.tenant, misses.c.subject.in_(subjects), misses.c.missed_at > since)
            .group_by(misses.c.subject)
        )
        return {row.subject: row.guesses for row in counted}

    async def record_miss(
        self, subjects: Sequence[bytes], guess: bytes, at: datetime, *, forget_before: datetime
    ) -> None:
        rows = [{"org_id": self.tenant, "subject": one, "guess": guess, "missed_at": at} for one in subjects]
        insert = upsert(misses).values(rows)
        await self.session.execute(
            insert.on_conflict_do_update(
                index_elements=["org_id", "subject", "guess"], set_={"missed_at": insert.excluded.missed_at}
            )
        )
        old = (
            select(misses.c.subject, misses.c.guess)
            .where(misses.c.org_id == self.tenant, misses.c.missed_at <= forget_before)
            .with_for_update(skip_locked=True)
        )
        await self.session.execute(
            delete(misses).where(misses.c.org_id == self.tenant, tuple_(misses.c.subject, misses.c.guess).in_(old))
        )

    async def forget_misses(self, subjects: Sequence[bytes]) -> None:
        guessed = func.substring(misses.c.guess, 1, func.octet_length(misses.c.subject))
        await self.session.execute(
            delete(misses).where(
                misses.c.org_id == self.tenant, or_(misses.c.subject.in_(subjects), guessed.in_(subjects))
            )
        )
