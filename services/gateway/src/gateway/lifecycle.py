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
    """The last verified message. Anybody may read it: it does not tell whose it was."""

    type: str
    at: datetime


@dataclass(slots=True)
class Lifecycle:
    phase: Phase = field(default=Phase.STARTING)
    last_event: LastEvent | None = None
