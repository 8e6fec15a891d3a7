"""What we own in every assistant, whatever the organization wants of the rest."""

from dataclasses import dataclass, field
from uuid import UUID

from assistant_sync.domain.agents.agent import AgentType, Json
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


def owned_fields(tenant: TenantId, agent_type: AgentType, webhook: Webhook, *, intent: UUID | None = None) -> Json:
    """Our part of an assistant. `intent` marks one that is about to be created."""
    mark = {"type": agent_type.value} | ({"intent": str(intent)} if intent else {})
    return {
        "server": {
            "url": webhook.url,
            "timeoutSeconds": _TIMEOUT_SECONDS,
            "backoffPlan": _BACKOFF_PLAN,
            # Vapi no longer takes `server.secret`; a fixed header does what it did.
            "headers": {"X-Vapi-Secret": webhook.secret},
        },
        "serverMessages": list(SERVER_MESSAGES),
        "metadata": {"org_id": str(tenant), "switchboard": mark},
    }


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
