"""Carry out the saves that were kept while somebody else worked on the agent."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, AgentType, PendingReason
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.ports import Agents, Leases
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Called by whoever kept a save, with the lease or without, after having let go of the lease.

    A save is committed before its author tries the lease, and the holder looks for saves after the lease is free:
    whatever the order, one of the two sees both.
    """

    agents: Agents
    leases: Leases
    sync: SyncAgent

    async def __call__(self, tenant: TenantId, agent_type: AgentType) -> Agent | None:
        """Answers the agent as it is then; unfinished if somebody else holds the lease, who will look again."""
        while _is_unfinished(agent := await self.agents.get(tenant, agent_type)):
            async with self.leases.held(tenant, agent_type, patience=0) as is_ours:
                if not is_ours:
                    break
                agent = await self.agents.get(tenant, agent_type)
                if agent and _is_unfinished(agent):
                    await self.sync.late(tenant, agent)
        return agent


def _is_unfinished(agent: Agent | None) -> bool:
    return agent is not None and agent.pending is PendingReason.UNFINISHED
