"""Work in PostgreSQL: who has which, one at a time across all replicas, without a transaction held open.

It belongs to the platform, whoever it is for: the directory's functions alone reach it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from assistant_sync.domain.reconciling.work import Lease, Work, WorkKind
from chassis.database.engine import Database
from chassis.database.faults import DatabaseUnavailable
from chassis.tenant import TenantId

LEASE_LASTS = timedelta(seconds=30)
"""How long a lease outlives a holder that was killed."""

_KEPT_EVERY = LEASE_LASTS.total_seconds() / 3

_CHANNEL = "work"

_WANT = text("SELECT want_work(:kind, :tenant, :key)")
_WANT_ALL = text("SELECT want_all_work(:kinds)")
_BEGIN = text("SELECT begin_work(:kind, :tenants)")
_CLAIM = text("SELECT * FROM claim_work(:kinds, :holder, :lasting)")
_LEASE = text("SELECT * FROM lease_work(:kind, :tenant, :key, :holder, :lasting)")
_KEEP = text("SELECT keep_work(:kind, :tenant, :key, :holder, :lasting)")
_FINISH = text("SELECT finish_work(:kind, :tenant, :key, :holder, :wanted, :due_in, :attempts)")


class WorkStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def want(self, work: Work) -> None:
        await self._database.directory_query(_WANT, _named(work))

    async def want_all(self, kinds: Collection[WorkKind]) -> None:
        await self._database.directory_query(_WANT_ALL, {"kinds": list(kinds)})

    async def begin(self, kind: WorkKind, tenants: Collection[TenantId]) -> None:
        await self._database.directory_query(_BEGIN, {"kind": kind, "tenants": list(tenants)})

    async def claim(self, kinds: Collection[WorkKind]) -> Lease | None:
        holder = uuid4()
        asked = {"kinds": list(kinds), "holder": holder, "lasting": LEASE_LASTS}
        rows = await self._database.directory_query(_CLAIM, asked)
        return _claimed(rows[0], holder) if rows else None

    async def lease(self, work: Work) -> Lease | None:
        holder = uuid4()
        asked = {**_named(work), "holder": holder, "lasting": LEASE_LASTS}
        rows = await self._database.directory_query(_LEASE, asked)
        return Lease(work, holder, rows[0].attempts, rows[0].wanted) if rows else None

    @asynccontextmanager
    async def kept(self, lease: Lease) -> AsyncIterator[None]:
        async with asyncio.timeout(LEASE_LASTS.total_seconds()) as until_lost:
            keeping = asyncio.create_task(self._keep(lease, until_lost))
            try:
                yield
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)

    async def finish(self, lease: Lease, due_in: timedelta | None, attempts: int) -> None:
        await self._database.directory_query(
            _FINISH,
            {
                **_named(lease.work),
                "holder": lease.holder,
                "wanted": lease.wanted,
                "due_in": due_in,
                "attempts": attempts,
            },
        )

    def told_of_work(self) -> AbstractAsyncContextManager[AsyncGenerator[str, None]]:
        return self._database.listen(_CHANNEL)

    async def _keep(self, lease: Lease, until_lost: asyncio.Timeout) -> None:
        """A lease that cannot be kept, the database being away, runs out as that of a killed process does."""
        loop = asyncio.get_running_loop()
        asked = {**_named(lease.work), "holder": lease.holder, "lasting": LEASE_LASTS}
        while True:
            await asyncio.sleep(_KEPT_EVERY)
            asked_at = loop.time()
            try:
                is_ours = (await self._database.directory_query(_KEEP, asked))[0][0]
            except DatabaseUnavailable:
                continue
            until_lost.reschedule(asked_at + LEASE_LASTS.total_seconds() if is_ours else asked_at)


def _named(work: Work) -> dict[str, Any]:
    return {"kind": work.kind, "tenant": work.tenant, "key": work.key}


def _claimed(row: Any, holder: UUID) -> Lease:
    work = Work(WorkKind(row.kind), TenantId(row.org_id) if row.org_id else None, row.key)
    return Lease(work, holder, row.attempts, row.wanted)
