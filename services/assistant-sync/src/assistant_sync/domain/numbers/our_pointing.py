"""Where an organization's phone numbers shall lead, as things are now."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, AgentType, Json, PendingReason
from assistant_sync.domain.numbers.number import Pointing
from assistant_sync.domain.numbers.pointed import PointedNumber
from assistant_sync.domain.ports import Agents, Servers
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class OurPointing:
    agents: Agents
    servers: Servers

    async def __call__(self, tenant: TenantId, there: Json, was: PointedNumber | None) -> Pointing:
        """For a number as it is in Vapi, and as we left it there."""
        agents = await self.agents.all_of(tenant)
        giving_way = {was.assistant_id} if was and was.assistant_id else set()
        answering = there.get("assistantId")
        if isinstance(answering, str) and await self._is_anothers(agents, answering):
            giving_way.add(answering)
        return Pointing(await self.servers.of_numbers(tenant), _inbound_assistant(agents), giving_way)

    async def _is_anothers(self, agents: Sequence[Agent], assistant_id: str) -> bool:
        """Whether it is the assistant of another organization, which held the number before."""
        own = {agent.vapi_assistant_id for agent in agents}
        return assistant_id not in own and await self.agents.is_mirrored_by(assistant_id)


def _inbound_assistant(agents: Sequence[Agent]) -> str | None:
    there = (agent for agent in agents if agent.pending is not PendingReason.ASSISTANT_MISSING)
    return next((agent.vapi_assistant_id for agent in there if agent.type is AgentType.INBOUND), None)
