"""What is to be looked at until Vapi is what it shall be; and after that, now and then, to see whether it still is."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from chassis.tenant import TenantId


class WorkKind(StrEnum):
    AGENT = "agent"
    """One agent; the key is its type."""
    TOOLS = "tools"
    """The catalogue, of all organizations."""
    NUMBERS = "numbers"
    """An organization's phone numbers."""
    ROLLOUT = "rollout"
    """The roll-out that is under way."""
    CALLS = "calls"
    """Vapi's list of calls, of all organizations."""


@dataclass(frozen=True, slots=True)
class Work:
    kind: WorkKind
    tenant: TenantId | None = None
    """None for what belongs to no organization."""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do some work for a while, alone in the world."""

    work: Work
    holder: UUID
    attempts: int
    """How many times in a row it came to nothing."""
    wanted: int
    """How many times it had been asked for."""


@dataclass(frozen=True, slots=True)
class Rest:
    """Nothing more can be done now: look again when a while has passed."""


@dataclass(frozen=True, slots=True)
class Again:
    """Something is under way that can be ended then."""

    after: timedelta


@dataclass(frozen=True, slots=True)
class Retry:
    """Somebody was away: try again soon, later and later, but not before as many seconds as they asked for."""

    not_before: float = 0


@dataclass(frozen=True, slots=True)
class Over:
    """There is nothing to look at any more."""


Next = Rest | Again | Retry | Over
"""When to do some work again."""
