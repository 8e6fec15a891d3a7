"""What Vapi posts to, as an assistant, a tool or a phone number names it."""

from collections.abc import Mapping
from typing import Any

from assistant_sync.domain.agents.agent import Json

_SETTABLE = (
    "backoffPlan",
    "credentialId",
    "encryptedPaths",
    "headers",
    "staticIpAddressesEnabled",
    "timeoutSeconds",
    "url",
)
"""What Vapi takes in a server; old ones hold more, which it refuses."""


def settable(server: Any) -> Json:
    """What of a server can be sent back; Vapi may show null for what is not there, and takes none inside."""
    there = server if isinstance(server, Mapping) else {}
    return {name: value for name, value in there.items() if name in _SETTABLE and value is not None}


def url_of(item: Json) -> str | None:
    """Where something of Vapi's posts; None where it names nothing of its own."""
    server = item.get("server")
    url = server.get("url") if isinstance(server, Mapping) else None
    return url if isinstance(url, str) else None
