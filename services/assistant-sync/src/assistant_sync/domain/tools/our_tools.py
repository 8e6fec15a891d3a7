"""The ids of our tools in Vapi, for those who attach them."""

from dataclasses import dataclass

from assistant_sync.domain.agents.owned import ToolIds
from assistant_sync.domain.ports import PublishedTools


@dataclass(frozen=True, slots=True)
class OurToolIds:
    tools: PublishedTools

    async def ids(self) -> ToolIds:
        now = tuple(tool.vapi_id for tool in await self.tools.all() if tool.vapi_id and tool.synced_at)
        return ToolIds(now, frozenset(tool.vapi_id for tool in await self.tools.former()))
