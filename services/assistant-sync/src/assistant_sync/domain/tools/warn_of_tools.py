"""Tell which of the tools that an organization's assistants have post elsewhere, or are called as ours are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.drift.drift import Fault, UrlWarning, WarnedOf, fault_of
from assistant_sync.domain.ports import PublishedTools, Servers, VapiObjects
from assistant_sync.domain.server import url_of
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class WarnOfTools:
    vapi: VapiObjects
    servers: Servers
    published: PublishedTools

    async def __call__(self, _tenant: TenantId, assistants: Sequence[Json]) -> Sequence[UrlWarning]:
        """The clinic's own tools too: whoever made them for a tunnel or a test may have forgotten them."""
        attached = {tool_id for assistant in assistants for tool_id in _list(assistant, "toolIds")}
        in_account = {tool["id"]: tool async for tool in self.vapi.all() if tool["id"] in attached} if attached else {}
        inline = [tool for assistant in assistants for tool in _list(assistant, "tools")]
        backend_url = (await self.servers.of_tools()).backend_url
        return [
            *(warning for tool in [*inline, *in_account.values()] for warning in _warnings(tool, backend_url)),
            *(warning for one in assistants for warning in await self._two_of_a_name(one, in_account)),
        ]

    async def _two_of_a_name(self, assistant: Json, in_account: Mapping[str, Json]) -> Sequence[UrlWarning]:
        """Former ones of ours are not told of: they are taken off by themselves."""
        published = {tool.name: tool.vapi_id for tool in await self.published.all() if tool.vapi_id}
        ours = {*published.values(), *(tool.vapi_id for tool in await self.published.former())}
        attached = [tool_id for tool_id in _list(assistant, "toolIds") if tool_id not in ours]
        theirs = [*_list(assistant, "tools"), *(in_account[one] for one in attached if one in in_account)]
        called, vapi_id = str(assistant.get("name") or ""), str(assistant["id"])
        return [
            UrlWarning(WarnedOf.ASSISTANT, called, vapi_id, "", Fault.TWO_OF_A_NAME, tool=name)
            for name in sorted(_names(theirs) & published.keys())
        ]


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


def _names(tools: Iterable[Any]) -> set[str]:
    return {_name(tool) for tool in tools if isinstance(tool, Mapping)}


def _name(tool: Json) -> str:
    """As the model calls it: Vapi's own tools are called as their type is, unless they say otherwise."""
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return str(name or tool.get("type") or "")
