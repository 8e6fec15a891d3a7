"""Which assistant answers an organization's telephone, asked while it rings."""

import asyncio
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, AgentType, PendingReason
from assistant_sync.domain.agents.clinic import Clinic
from assistant_sync.domain.errors import AgentNotFound
from assistant_sync.domain.ports import Agents, AssistantRegistry
from chassis.deadline import deadline_scope
from chassis.tenant import TenantId

CLINIC_SECONDS = 0.5
"""For which the clinic's name is waited for: the assistant answers the telephone without it too."""

_ANSWERS_NOBODY = (PendingReason.ASSISTANT_MISSING, PendingReason.ASSISTANT_TAKEN)


@dataclass(frozen=True, slots=True)
class InboundAssistant:
    vapi_assistant_id: str | None
    """None while Vapi has no assistant of the agent's that may answer."""
    clinic: Clinic | None
    """None if tenancy did not tell in time."""


@dataclass(frozen=True, slots=True)
class FindInboundAssistant:
    agents: Agents
    registry: AssistantRegistry

    async def __call__(self, tenant: TenantId) -> InboundAssistant:
        """Raises AgentNotFound."""
        agent, clinic = await asyncio.gather(self.agents.get(tenant, AgentType.INBOUND), self._clinic(tenant))
        if agent is None:
            raise AgentNotFound
        return InboundAssistant(_that_may_answer(agent), clinic)

    async def _clinic(self, tenant: TenantId) -> Clinic | None:
        with deadline_scope(CLINIC_SECONDS):
            return await self.registry.clinic(tenant)


def _that_may_answer(agent: Agent) -> str | None:
    """One that was deleted in Vapi, or that is registered to another organization, answers nobody's calls here."""
    return None if agent.pending in _ANSWERS_NOBODY else agent.vapi_assistant_id
