"""What Vapi posts to, as an assistant, a tool or a phone number names it."""

from collections.abc import Mapping

from assistant_sync.domain.agents.agent import Json


def url_of(item: Json) -> str | None:
    """Where something of Vapi's posts; None where it names nothing of its own."""
    server = item.get("server")
    url = server.get("url") if isinstance(server, Mapping) else None
    return url if isinstance(url, str) else None
