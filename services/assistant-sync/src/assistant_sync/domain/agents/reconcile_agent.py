"""Look at one agent, because it is due."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.ports import Agents
from assistant_sync.domain.reconciling.work import Next, Over, Work
from chassis.tenant import current_tenant


@dataclass(frozen=True, slots=True)
class ReconcileAgent:
    agents: Agents
    sync: SyncAgent

    async def __call__(self, work: Work) -> Next:
        tenant = current_tenant()
        agent = await self.agents.get(tenant, AgentType(work.key))
        return (await self.sync.late(tenant, agent)).after if agent else Over()
