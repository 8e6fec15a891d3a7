"""Finish what an earlier process, or a Vapi that was away, left undone."""

from dataclasses import dataclass

from assistant_sync.domain.agent import AgentType, PendingReason
from assistant_sync.domain.ports import Agents, Leases
from assistant_sync.domain.sync_agent import SyncAgent
from assistant_sync.domain.trouble import VapiRefused
from chassis.tenant import TenantId, tenant_scope


@dataclass(frozen=True, slots=True)
class FinishPending:
    agents: Agents
    leases: Leases
    sync: SyncAgent
    patience: float
    """Seconds to wait for a lease; longer than a lease lasts outlives that of a process that was killed."""

    async def __call__(self) -> None:
        """Each pending agent of every organization, once."""
        for tenant, agent_type in await self.agents.pending_everywhere():
            with tenant_scope(tenant):
                await self._finish(tenant, agent_type)

    async def _finish(self, tenant: TenantId, agent_type: AgentType) -> None:
        async with self.leases.held(tenant, agent_type, patience=self.patience) as is_ours:
            agent = await self.agents.get(tenant, agent_type)
            if not is_ours or agent is None or agent.pending is None:
                return
            try:
                await self.sync(tenant, agent)
            except VapiRefused:
                await self.agents.record(tenant, agent, PendingReason.VAPI_REFUSED)
