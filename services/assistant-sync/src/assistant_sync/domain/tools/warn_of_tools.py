"""Tell which of the tools that an organization's assistants have post elsewhere, or are called as ours are."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
        warnings = [warning for tool in [*inline, *in_account.values()] for warning in _warnings(tool, backend_url)]
        names, ours = await self._ours()
        others = {tool_id: tool for tool_id, tool in in_account.items() if tool_id not in ours}
        return warnings + [warning for one in assistants for warning in _two_of_a_name(one, others, names)]

    async def _ours(self) -> tuple[set[str], set[str]]:
        """The names of our tools, and all their ids. Those of before are taken off assistants by themselves."""
        published = [(tool.name, tool.vapi_id) for tool in await self.published.all() if tool.vapi_id]
        former = {tool.vapi_id for tool in await self.published.former()}
        return {name for name, _ in published}, former | {vapi_id for _, vapi_id in published}


def _two_of_a_name(assistant: Json, others: Mapping[str, Json], names: Collection[str]) -> Iterator[UrlWarning]:
    """`others` by their ids are the tools of the account that are not ours."""
    attached = [others[tool_id] for tool_id in _list(assistant, "toolIds") if tool_id in others]
    theirs = {_name(tool) for tool in [*_list(assistant, "tools"), *attached] if isinstance(tool, Mapping)}
    called, vapi_id = str(assistant.get("name") or ""), str(assistant["id"])
    for name in sorted(theirs.intersection(names)):
        yield UrlWarning(WarnedOf.ASSISTANT, called, vapi_id, "", Fault.TWO_OF_A_NAME, tool=name)


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
    """As the model calls it: Vapi's own tools are called as their type is, unless they say otherwise."""
    function = tool.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return str(name or tool.get("type") or "")
