"""A roll-out, and what it is of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from assistant_sync.domain.agents.agent import PendingReason
from chassis.tenant import TenantId


class State(StrEnum):
    """What each means is told in rollout_service.proto."""

    CANARY = "canary"
    RUNNING = "running"
    PAUSED = "paused"
    HALTED = "halted"
    COMPLETED = "completed"
    ROLLING_BACK = "rolling_back"
    ROLLED_BACK = "rolled_back"

    @property
    def is_over(self) -> bool:
        return self in (State.COMPLETED, State.ROLLED_BACK)


class TargetKind(StrEnum):
    ASSISTANT = "assistant"
    TOOL = "tool"
    PHONE_NUMBER = "phone_number"


class TargetState(StrEnum):
    WAITING = "waiting"
    POINTED = "pointed"
    FAILED = "failed"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Rollout:
    id: UUID
    state: State
    resumes_as: State | None
    """What a paused one was before."""
    backend_url: str
    previous_backend_url: str
    started_at: datetime
    ended_at: datetime | None
    is_latest: bool
    is_overruled: bool
    """Whoever runs the platform has set other addresses since: nothing more is to be done."""
    waiting: int
    pointed: int
    failed: int
    restored: int
    canaries_waiting: int
    canaries_failed: int

    @property
    def at_previous_url(self) -> int:
        """How many targets still post to the previous URL, or do so again."""
        goes_back = State.ROLLING_BACK in (self.state, self.resumes_as) or self.state is State.ROLLED_BACK
        return self.restored if goes_back else self.waiting + self.failed


@dataclass(frozen=True, slots=True)
class Target:
    kind: TargetKind
    vapi_id: str
    name: str
    """As Vapi names it."""
    tenant: TenantId | None
    """None of a tool, which all organizations share."""
    url_before: str | None
    url_after: str
    state: TargetState = TargetState.WAITING
    reason: PendingReason | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """A target, and its place in the list of them, in which those in trouble come first."""

    place: int
    target: Target


@dataclass(frozen=True, slots=True)
class Begun:
    """Targets whose turn it is, of one piece of work."""

    rollout_id: UUID
    kind: TargetKind
    vapi_ids: list[str]
