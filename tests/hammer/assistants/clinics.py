"""What organizations have in Vapi, what people made of it there, and whether that is as it shall be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from chassis.tenant import TenantId
from tests.hammer.assistants.tenancy import Tenancy
from tests.hammer.assistants.vapi import Json, Vapi

THEIR_TOOL = "their-tool"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was found at the end."""

    otherwise: tuple[str, ...]
    """What is not as it was saved, synced, and known to tenancy."""
    duplicates: int
    """Assistants and tools that are there twice, and assistants of nobody's agent."""
    lost: tuple[str, ...]
    """Of users' own fields, and of what belongs to others, whatever is no longer as it was."""
    late_writes: int
    """Of a second run, with nothing to do."""
    complaints: tuple[str, ...]
    """Vapi's about requests."""

    @property
    def is_well(self) -> bool:
        return not any((self.otherwise, self.duplicates, self.lost, self.late_writes, self.complaints))


@dataclass(slots=True)
class Belongings:
    """What users have in the account beside what is ours, and in what is ours."""

    vapi: Vapi
    others: dict[tuple[str, str], Json] = field(default_factory=dict)
    """Assistants, tools and numbers that are nobody's here, as they were put there."""
    edited: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What people changed of our assistants, by id and dotted field."""

    def put(self, kind: str, item: Json) -> None:
        item_id = self.vapi.put(kind, item)
        self.others[kind, item_id] = self.vapi.one(kind, item_id)

    def edit(self, assistant_id: str) -> None:
        """What a clinic does to its assistant in Vapi's dashboard, in every field that we have a part in."""
        there = self.vapi.one("assistant", assistant_id)
        model, server, metadata = (dict(there[name]) for name in ("model", "server", "metadata"))
        messages = [*model["messages"], {"role": "assistant", "content": "Their example"}]
        model |= {"temperature": 0.3, "toolIds": [THEIR_TOOL, *model.get("toolIds", [])], "messages": messages}
        server |= {"credentialId": "theirs", "headers": {**server["headers"], "X-Their-Own": "1"}}
        metadata |= {"crm": "42"}
        self.vapi.edit(
            "assistant",
            assistant_id,
            {
                "model": model,
                "server": server,
                "metadata": metadata,
                "endCallMessage": "Bye",
                "maxDurationSeconds": 777,
            },
        )
        self.edited[assistant_id] = {
            "model.temperature": 0.3,
            "server.credentialId": "theirs",
            "metadata.crm": "42",
            "endCallMessage": "Bye",
            "maxDurationSeconds": 777,
        }

    def lost(self) -> Iterator[str]:
        for (kind, item_id), item in self.others.items():
            if self.vapi.one(kind, item_id) != item:
                yield f"{kind} of somebody else"
        for assistant_id, fields in self.edited.items():
            there = self.vapi.one("assistant", assistant_id)
            yield from (dotted for dotted, value in fields.items() if _at(there, dotted) != value)
            if there["server"]["headers"].get("X-Their-Own") != "1":
                yield "server.headers"
            if THEIR_TOOL not in there["model"]["toolIds"]:
                yield "model.toolIds"
            if {"role": "assistant", "content": "Their example"} not in there["model"]["messages"]:
                yield "model.messages"


def others(belongings: Belongings, *, name: str, tool: str, number: str) -> None:
    """Strangers that could be taken for ours: of the same names, or with our marks in the wrong places."""
    belongings.put("assistant", {"name": name, "model": {"provider": "openai", "model": "gpt-4o"}})
    belongings.put("assistant", {"name": name, "metadata": {"switchboard": "a word", "org_id": "another system's"}})
    function = {"name": tool, "description": "Theirs", "parameters": {"type": "object", "properties": {}}}
    url = f"https://theirs.example/api/vapi/tools/{tool}"
    belongings.put("tool", {"type": "function", "function": function, "server": {"url": url}})
    belongings.put(
        "phone-number", {"provider": "twilio", "number": number, "twilioAccountSid": "AC0", "name": "Theirs"}
    )


def twins(vapi: Vapi, clinics: Sequence[TenantId], backend_urls: Sequence[str]) -> int:
    """How many assistants and tools there are too many."""
    ours = [_mark(one) for one in vapi.all("assistant") if _mark(one)]
    known = {str(clinic) for clinic in clinics}
    tools = [
        one["function"]["name"]
        for one in vapi.all("tool")
        if any(one["server"]["url"].startswith(f"{url}/") for url in backend_urls)
    ]
    return len(ours) - len(set(ours)) + sum(org not in known for org, _ in ours) + len(tools) - len(set(tools))


def is_registered(tenancy: Tenancy, clinic: TenantId, assistant_id: str) -> bool:
    return tenancy.registered.get(clinic) == {assistant_id}


def of(vapi: Vapi, clinic: TenantId) -> list[Json]:
    return [one for one in vapi.all("assistant") if _mark(one)[:1] == (str(clinic),)]


def _mark(assistant: Json) -> tuple[str, ...]:
    metadata = assistant.get("metadata")
    mark = metadata.get("switchboard") if isinstance(metadata, dict) else None
    return (metadata["org_id"], mark["type"]) if isinstance(metadata, dict) and isinstance(mark, dict) else ()


def _at(item: Json, dotted: str) -> Any:
    name, _, key = dotted.partition(".")
    return item[name].get(key) if key else item.get(name)
