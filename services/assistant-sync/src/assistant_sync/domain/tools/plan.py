"""Which tools of the account are ours, and what is to be done with them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.server import url_of
from assistant_sync.domain.tools.tool import Tool, ToolServer, fields_to_patch


@dataclass(frozen=True, slots=True)
class Plan:
    """By the names of the tools; ids are Vapi's."""

    kept: Mapping[str, str]
    """The id of the one tool of each name."""
    patches: Mapping[str, Json]
    """What it lacks, where it lacks anything."""
    missing: Sequence[Tool]
    """To be created."""
    orphans: Mapping[str, str]
    """Ours, and not to be used: its name by its id."""


def plan_tools(
    tools: Sequence[Tool],
    known_ids: Mapping[str, str],
    former_names: Collection[str],
    server: ToolServer,
    observed: Sequence[Json],
) -> Plan:
    """`known_ids` are those that we use now, `former_names` those that the catalogue once had.

    Another deployment with the same address, whose database knows nothing of ours, comes to keep the same tools.
    """
    ours = _by_name([*(tool.name for tool in tools), *former_names], known_ids, server, observed)
    by_id = {str(item["id"]): item for item in observed}
    kept: dict[str, str] = {}
    patches: dict[str, Json] = {}
    for tool in tools:
        if (found := _one(tool.name, known_ids.get(tool.name), ours[tool.name], server, by_id)) is None:
            continue
        kept[tool.name] = str(found["id"])
        if fields := fields_to_patch(tool, server, found):
            patches[tool.name] = fields
    return Plan(
        kept,
        patches,
        [tool for tool in tools if tool.name not in kept],
        {
            str(item["id"]): name
            for name, candidates in ours.items()
            for item in candidates
            if item["id"] != kept.get(name)
        },
    )


def is_ours(tool: Json, name: str, server: ToolServer) -> bool:
    """By its name and its URL, so that it is known as ours after a lost answer or a lost database, and in every one."""
    return tool.get("type") == "function" and _name(tool) == name and server.is_at(name, url_of(tool))


def _by_name(
    names: Sequence[str], known_ids: Mapping[str, str], server: ToolServer, observed: Sequence[Json]
) -> dict[str, list[Json]]:
    """Our tools of each name, oldest first. One that somebody renamed stays the one that we know it as."""
    known_as = {known_id: name for name, known_id in known_ids.items()}
    ours: dict[str, list[Json]] = {name: [] for name in names}
    for item in sorted(observed, key=_age):
        name = _name(item)
        if name and name in ours and is_ours(item, name, server) and known_as.get(str(item["id"]), name) == name:
            ours[name].append(item)
    return ours


def _one(
    name: str, known_id: str | None, ours: Sequence[Json], server: ToolServer, by_id: Mapping[str, Json]
) -> Json | None:
    """The oldest where we are now, whoever made it; else the one that we know, wherever it went; else the oldest."""
    here = next((item for item in ours if url_of(item) == server.url(name)), None)
    known = by_id.get(known_id) if known_id else None
    return here or known or next(iter(ours), None)


def _age(item: Json) -> tuple[str, str]:
    return str(item.get("createdAt", "")), str(item["id"])


def _name(item: Json) -> str | None:
    function = item.get("function")
    name = function.get("name") if isinstance(function, Mapping) else None
    return name if isinstance(name, str) else None
