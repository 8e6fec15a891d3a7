"""Delete the tools that are ours and no longer used, once nobody has them: a call fails by an id that is missing."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.ports import PublishedTools, VapiObjects
from assistant_sync.domain.tools.plan import is_ours
from assistant_sync.domain.tools.published import FormerTool
from assistant_sync.domain.tools.tool import ToolServer
from assistant_sync.domain.trouble import VapiPinned, VapiRefused
from chassis.clock import Clock
from chassis.logs import get_logger

DETACHED_WITHIN = timedelta(minutes=3)
"""How long an agent's work may still be attaching an id that it read before that became a former one; longer than such
work takes at the most."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class RetireTools:
    tools: PublishedTools
    vapi: VapiObjects
    assistants: VapiObjects
    clock: Clock

    async def __call__(self, server: ToolServer, observed: Sequence[Json]) -> timedelta | None:
        """`observed` are all tools of the account. Answers in how long there is more to retire; None: not soon."""
        former = await self.tools.former()
        settled = [tool for tool in former if self.clock() - tool.since >= DETACHED_WITHIN]
        if settled:
            attached = await self._attached({tool.vapi_id for tool in settled})
            await self._retire([tool for tool in settled if tool.vapi_id not in attached], server, observed)
        return DETACHED_WITHIN if len(settled) < len(former) else None

    async def _attached(self, ids: Collection[str]) -> set[str]:
        """Those that any assistant of the account names, wherever in it."""
        attached: set[str] = set()
        async for assistant in self.assistants.all():
            said = json.dumps(assistant)
            attached |= {vapi_id for vapi_id in ids if vapi_id in said}
        return attached

    async def _retire(self, former: Sequence[FormerTool], server: ToolServer, observed: Sequence[Json]) -> None:
        in_vapi = {tool["id"]: tool for tool in observed}
        for tool in former:
            there = in_vapi.get(tool.vapi_id)
            if there is not None and is_ours(there, tool.name, server):
                try:
                    await self.vapi.delete(tool.vapi_id)
                except (VapiPinned, VapiRefused):
                    _log.warning("a tool that is not used cannot be deleted", tool=tool.name, subject=tool.vapi_id)
                    continue
            await self.tools.forget_former([tool.vapi_id])
