"""Finish what an earlier process, or a Vapi that was away, left undone."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.agents.catch_up import CatchUp
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.ports import Agents, Leases
from chassis.logs import get_logger
from chassis.tenant import TenantId, tenant_scope

_log = get_logger()


@dataclass(frozen=True, slots=True)
class FinishPending:
    agents: Agents
    leases: Leases
    sync: SyncAgent
    catch_up: CatchUp
    patience: float
    """Seconds to wait for a lease; longer than a lease lasts outlives that of a process that was killed."""

    async def __call__(self) -> None:
        """Each pending agent of every organization, once; what goes wrong with one is logged."""
        for tenant, agent_type in await self.agents.pending_everywhere():
            with tenant_scope(tenant):
                try:
                    await self._finish(tenant, agent_type)
                except Exception:  # noqa: BLE001  # whatever it is, it is not the other agents' trouble
                    _log.exception("a pending agent was not finished")

    async def _finish(self, tenant: TenantId, agent_type: AgentType) -> None:
        async with self.leases.held(tenant, agent_type, patience=self.patience) as is_ours:
            agent = await self.agents.get(tenant, agent_type)
            if is_ours and agent and agent.pending:
                await self.sync.late(tenant, agent)
        await self.catch_up(tenant, agent_type)
