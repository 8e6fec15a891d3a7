"""Tell which of the tools that an organization's assistants have post elsewhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.drift.drift import UrlWarning, WarnedOf, fault_of
from assistant_sync.domain.ports import Servers, VapiObjects
from assistant_sync.domain.server import url_of
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class WarnOfTools:
    vapi: VapiObjects
    servers: Servers

    async def __call__(self, _tenant: TenantId, assistants: Sequence[Json]) -> Sequence[UrlWarning]:
        """The clinic's own tools too: whoever made them for a tunnel or a test may have forgotten them."""
        attached = {tool_id for assistant in assistants for tool_id in _list(assistant, "toolIds")}
        tools = [tool for assistant in assistants for tool in _list(assistant, "tools")]
        if attached:
            tools += [tool async for tool in self.vapi.all() if tool["id"] in attached]
        backend_url = (await self.servers.of_tools()).backend_url
        return [warning for tool in tools for warning in _warnings(tool, backend_url)]


def _warnings(tool: Any, backend_url: str) -> Iterator[UrlWarning]:
    if not isinstance(tool, Mapping) or not (url := url_of(tool)):
        return
    ours = [url] if url.startswith(f"{backend_url}/api/vapi/") else []
    if fault := fault_of(url, ours):
        yield UrlWarning(WarnedOf.TOOL, _name(tool), str(tool.get("id") or ""), url, fault)


def _list(assistant: Json, name: str) -> Sequence[Any]:
    model = assistant.get("model")
    value = model.get(name) if isinstance(model, Mapping) else None
    return value if isinstance(value, list) else []


def _name(tool: Json) -> str:
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return str(name or tool.get("type") or "")
