"""Save what an agent shall be, and make its assistant so."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, AgentType, Changes
from assistant_sync.domain.agents.catch_up import CatchUp
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.errors import RefusedByVapi
from assistant_sync.domain.ports import Agents, Leases
from assistant_sync.domain.trouble import VapiRefused
from chassis.deadline import remaining
from chassis.tenant import TenantId

_PATIENCE = 10.0
"""Seconds a save waits for another one of the same agent."""


@dataclass(frozen=True, slots=True)
class SaveAgent:
    agents: Agents
    leases: Leases
    sync: SyncAgent
    catch_up: CatchUp

    async def __call__(self, tenant: TenantId, agent_type: AgentType, changes: Changes) -> Agent:
        """Raises MissingName, NameTooLong, RefusedByVapi; each leaves the agent as it was.

        It is committed before Vapi is asked. If another save works on the agent for so long that this one cannot wait,
        it is kept all the same and carried out by whoever is free first.
        """
        try:
            kept = await self._keep_and_sync(tenant, agent_type, changes)
        except RefusedByVapi:
            await self.catch_up(tenant, agent_type)
            raise
        return await self.catch_up(tenant, agent_type) or kept

    async def _keep_and_sync(self, tenant: TenantId, agent_type: AgentType, changes: Changes) -> Agent:
        async with self.leases.held(tenant, agent_type, patience=_patience()) as is_ours:
            before, agent = await self.agents.keep(tenant, agent_type, changes)
            if not is_ours:
                return agent
            try:
                return await self.sync(tenant, agent)
            except VapiRefused as refusal:
                await self.agents.put_back(tenant, before, agent)
                raise RefusedByVapi(properties=", ".join(refusal.properties)) from None


def _patience() -> float:
    left = remaining()
    return _PATIENCE if left is None else min(_PATIENCE, left / 2)
