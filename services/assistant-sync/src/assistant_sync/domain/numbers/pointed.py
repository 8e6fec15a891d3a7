"""What is known of a phone number in Vapi."""

from dataclasses import dataclass
from datetime import datetime

from assistant_sync.domain.agents.agent import PendingReason


@dataclass(frozen=True, slots=True)
class PointedNumber:
    number: str
    """E.164."""
    vapi_id: str
    assistant_id: str | None
    """The assistant that we gave it last."""
    pending: PendingReason | None
    """None when Vapi has it as it shall be, and tenancy knows its id."""
    url: str | None = None
    """Where it was last seen to post."""
    synced_at: datetime | None = None
    """When Vapi was last seen to have it so."""
