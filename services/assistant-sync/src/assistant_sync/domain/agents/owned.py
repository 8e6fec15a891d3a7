"""What we own in every assistant, whatever the organization wants of the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from assistant_sync.domain.agents.agent import AgentType, Json
from assistant_sync.domain.agents.clinic import Clinic
from assistant_sync.domain.overlay import overlay
from chassis.tenant import TenantId

SERVER_MESSAGES = (
    "conversation-update",
    "end-of-call-report",
    "handoff-destination-request",
    "status-update",
    "tool-calls",
    "transfer-destination-request",
)
"""What the gateway answers or records; Vapi's default would send several times as many."""

_TIMEOUT_SECONDS = 20

_BACKOFF_PLAN = {
    # Without a plan Vapi sends a report once. The longest that it allows outlasts an outage of hours.
    "type": "exponential",
    "maxRetries": 10,
    "baseDelaySeconds": 10,
    # Answers that stay the same however often one asks.
    "excludedStatusCodes": [400, 401, 403, 404, 413, 422],
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where Vapi posts server messages, and the secret by which the gateway knows that it was Vapi."""

    url: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ToolIds:
    """Our tools in Vapi."""

    now: Sequence[str] = ()
    """Those that every assistant of ours has."""
    formerly: frozenset[str] = frozenset()
    """Those that no assistant shall have any more."""

    def among(self, attached: Sequence[str]) -> list[str]:
        """What an assistant shall have that has these: the user's own stay."""
        kept = [tool_id for tool_id in attached if tool_id not in self.formerly or tool_id in self.now]
        return [*kept, *(tool_id for tool_id in self.now if tool_id not in kept)]


@dataclass(frozen=True, slots=True)
class Owned:
    """Our part of an assistant."""

    fields: Json = field(repr=False)
    """Laid over what Vapi has. They hold the webhook's secret."""
    tools: ToolIds = ToolIds()
    clinic: Clinic | None = None
    """None if it is not known now: then what the assistant was told of it stays."""


def server_fields(webhook: Webhook) -> Json:
    """The `server` of whatever posts server messages: assistants and phone numbers."""
    return {
        "url": webhook.url,
        "timeoutSeconds": _TIMEOUT_SECONDS,
        "backoffPlan": _BACKOFF_PLAN,
        # Vapi no longer takes `server.secret`; a fixed header does what it did.
        "headers": {"X-Vapi-Secret": webhook.secret},
    }


def owned_fields(tenant: TenantId, agent_type: AgentType, webhook: Webhook) -> Json:
    """Those that are laid over an assistant's."""
    return {
        "server": server_fields(webhook),
        "serverMessages": list(SERVER_MESSAGES),
        "metadata": {"org_id": str(tenant), "switchboard": {"type": agent_type.value}},
    }


def marked(owned: Owned, intent: UUID) -> Owned:
    """For an assistant that is about to be created."""
    mark = {"metadata": {"switchboard": {"intent": str(intent)}}}
    return replace(owned, fields=overlay(owned.fields, mark))


def is_ours(assistant: Json, tenant: TenantId, agent_type: AgentType) -> bool:
    """Whether our metadata says that this assistant mirrors that agent."""
    metadata = assistant.get("metadata")
    mark = metadata.get("switchboard") if isinstance(metadata, dict) else None
    return (
        isinstance(metadata, dict)
        and isinstance(mark, dict)
        and metadata.get("org_id") == str(tenant)
        and mark.get("type") == agent_type.value
    )


def is_anybodys(assistant: Json) -> bool:
    """Whether an assistant bears our metadata, whoever's agent it mirrors."""
    metadata = assistant.get("metadata")
    return isinstance(metadata, Mapping) and ("org_id" in metadata or "switchboard" in metadata)
