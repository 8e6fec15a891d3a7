"""What is ours in an agent's assistant, as things are now."""

from dataclasses import dataclass, field

from assistant_sync.domain.agents.agent import Agent
from assistant_sync.domain.agents.owned import Owned, Webhook, owned_fields
from assistant_sync.domain.ports import AddressBook, AssistantRegistry, OurTools
from assistant_sync.domain.rollouts.rollout import TargetKind
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class OurPart:
    addresses: AddressBook
    tools: OurTools
    registry: AssistantRegistry
    secret: str = field(repr=False)

    async def __call__(self, tenant: TenantId, agent: Agent) -> Owned:
        webhook = Webhook(await self.webhook_url(tenant, agent), self.secret)
        return Owned(
            owned_fields(tenant, agent.type, webhook), await self.tools.ids(), await self.registry.clinic(tenant)
        )

    async def webhook_url(self, tenant: TenantId, agent: Agent) -> str:
        """The agent's own, or the deployment's."""
        return agent.webhook_url or (await self.addresses.of(TargetKind.ASSISTANT, tenant, agent.type)).webhook_url
