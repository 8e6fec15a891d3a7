"""Leases in PostgreSQL: who works on an agent, one at a time across all replicas, without a transaction held open."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.store.tables import agent_leases
from chassis.database.engine import Database
from chassis.tenant import TenantId

LEASE_LASTS = timedelta(seconds=30)
"""How long a lease outlives a holder that was killed. The work of a holder ends before (sync_agent.WORK_SECONDS)."""

_POLL_SECONDS = 0.1


class LeaseStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def held(self, tenant: TenantId, agent_type: AgentType, *, patience: float) -> AsyncIterator[bool]:
        holder = uuid4()
        if not await self._taken_within(patience, tenant, agent_type, holder):
            yield False
            return
        try:
            yield True
        finally:
            await self._release(tenant, agent_type, holder)

    async def _taken_within(self, patience: float, tenant: TenantId, agent_type: AgentType, holder: UUID) -> bool:
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + patience
        while not await self._take(tenant, agent_type, holder):
            if loop.time() >= ends_at:
                return False
            await asyncio.sleep(_POLL_SECONDS)
        return True

    async def _take(self, tenant: TenantId, agent_type: AgentType, holder: UUID) -> bool:
        # The database's clock alone counts: those of the replicas may differ.
        now = func.clock_timestamp()
        new = insert(agent_leases).values(org_id=tenant, type=agent_type, holder=holder, expires_at=now + LEASE_LASTS)
        statement = new.on_conflict_do_update(
            index_elements=[agent_leases.c.org_id, agent_leases.c.type],
            set_={"holder": new.excluded.holder, "expires_at": new.excluded.expires_at},
            where=agent_leases.c.expires_at < now,
        ).returning(agent_leases.c.holder)
        async with self._database.tenant_transaction(tenant) as session:
            return (await session.execute(statement)).scalar_one_or_none() is not None

    async def _release(self, tenant: TenantId, agent_type: AgentType, holder: UUID) -> None:
        own = delete(agent_leases).where(
            agent_leases.c.org_id == tenant, agent_leases.c.type == agent_type, agent_leases.c.holder == holder
        )
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(own)
