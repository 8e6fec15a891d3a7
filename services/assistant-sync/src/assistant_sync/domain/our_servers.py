"""Where tools and phone numbers post, as things are now."""

from dataclasses import dataclass, field

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.agents.owned import Webhook, server_fields
from assistant_sync.domain.ports import AddressBook
from assistant_sync.domain.rollouts.rollout import TargetKind
from assistant_sync.domain.tools.tool import ToolServer
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class OurServers:
    addresses: AddressBook
    secret: str = field(repr=False)

    async def of_tools(self) -> ToolServer:
        addresses = await self.addresses.of(TargetKind.TOOL, None, None)
        return ToolServer(addresses.backend_url, frozenset(addresses.former_backend_urls), self.secret)

    async def of_numbers(self, tenant: TenantId) -> Json:
        addresses = await self.addresses.of(TargetKind.PHONE_NUMBER, tenant, None)
        return server_fields(Webhook(addresses.webhook_url, self.secret))
