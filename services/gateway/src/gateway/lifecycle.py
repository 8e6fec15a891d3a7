"""What this process remembers of itself: whether it can answer callers, and what it heard last."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class LastEvent:
    """The last verified message."""

    type: str
    at: datetime
    organization_id: str | None


@dataclass(slots=True)
class Lifecycle:
    phase: Phase = field(default=Phase.STARTING)
    last_event: LastEvent | None = None
