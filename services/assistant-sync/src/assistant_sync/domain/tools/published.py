"""What is known of our tools in Vapi."""

from dataclasses import dataclass
from datetime import datetime

from assistant_sync.domain.agents.agent import PendingReason


@dataclass(frozen=True, slots=True)
class PublishedTool:
    """A tool of the catalogue, or of an earlier one."""

    name: str
    vapi_id: str | None
    """None until it exists in Vapi."""
    pending: PendingReason | None
    """None when Vapi has it as it shall be."""
    url: str | None
    """Where it was last seen to post."""
    synced_at: datetime | None
    """When Vapi was last seen to have this one so."""
    create_attempted_at: datetime | None
    """Set before Vapi is asked to create it, so that a lost answer never leads to a second one."""
    wanted_at: datetime
    """When it was last in the catalogue of a process."""


@dataclass(frozen=True, slots=True)
class FormerTool:
    """An id that no assistant shall have: its tool is ours and not used, or is gone."""

    vapi_id: str
    name: str
    since: datetime
