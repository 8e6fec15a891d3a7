"""A tool, and the object in Vapi that lets a model call it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from assistant_sync.domain.agents.agent import Json
from assistant_sync.domain.overlay import covers

_TIMEOUT_SECONDS = 5
"""The gateway has answered within three, if it is there at all."""

_BACKOFF_PLAN = {
    # A caller is waiting: once more, for a gateway that was just replaced, and no longer. Asking twice is safe.
    "type": "fixed",
    "maxRetries": 1,
    "baseDelaySeconds": 1,
    # Answers that stay the same however often one asks.
    "excludedStatusCodes": [400, 401, 403, 404, 413, 422],
}

_LIMITS = ("enum", "format", "pattern")


@dataclass(frozen=True, slots=True)
class Tool:
    """What an assistant may call, as the catalogue has it."""

    name: str
    description: str
    """Tells the model when to use it."""
    parameters: Json
    """JSON Schema of the arguments."""


@dataclass(frozen=True, slots=True)
class ToolServer:
    """Where Vapi posts the calls of our tools: now, and where it did before."""

    backend_url: str
    former_backend_urls: frozenset[str]
    secret: str = field(repr=False)

    def url(self, name: str) -> str:
        return _url(self.backend_url, name)

    def is_at(self, name: str, url: object) -> bool:
        """Whether a tool of that name posts to this deployment, or did before it moved."""
        return any(url == _url(backend, name) for backend in (self.backend_url, *self.former_backend_urls))


def fields_to_create(tool: Tool, server: ToolServer) -> Json:
    """The body of the create."""
    return {"type": "function", **_target(tool, server)}


def fields_to_patch(tool: Tool, server: ToolServer, observed: Json) -> Json:
    """The body of the PATCH; empty if Vapi has the tool as it shall be. What else somebody set on it stays."""
    return {name: value for name, value in _target(tool, server).items() if not _has(observed, name, value)}


def _url(backend_url: str, name: str) -> str:
    return f"{backend_url}/api/vapi/tools/{name}"


def _target(tool: Tool, server: ToolServer) -> dict[str, Any]:
    return {
        # Of an asynchronous tool the model is told "Success." and never our answer.
        "async": False,
        "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
        "server": {
            "url": server.url(tool.name),
            "timeoutSeconds": _TIMEOUT_SECONDS,
            "backoffPlan": _BACKOFF_PLAN,
            "headers": {"X-Vapi-Secret": server.secret},
        },
    }


def _has(observed: Json, name: str, value: Any) -> bool:
    there = observed.get(name)
    if name == "async":
        return bool(there) is value  # absent means synchronous
    if name == "function" and isinstance(there, Mapping):
        said = {key: text for key, text in value.items() if key != "parameters"}
        return covers(there, said) and _has_parameters(there.get("parameters"), value["parameters"])
    return covers(there, value)


def _has_parameters(observed: Any, wanted: Json) -> bool:
    """More than covering: an argument, or a keyword that limits one, that is no longer wanted is a difference."""
    arguments = wanted["properties"]
    if not covers(observed, {"properties": arguments}):
        return False
    there = observed["properties"]
    return (
        there.keys() == arguments.keys()
        and all(there[name].get(limit) == arguments[name].get(limit) for name in arguments for limit in _LIMITS)
        and sorted(observed.get("required") or []) == sorted(wanted["required"])
    )
