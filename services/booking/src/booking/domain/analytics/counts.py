"""What the database counts of a period, so that a summary can be made of it without reading every call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from booking.domain.analytics.call_outcomes import CallKind
from booking.domain.schedule.changes import Change


@dataclass(frozen=True, slots=True)
class CallSums:
    """Of calls that are counted together. Sums are exact; what is not told counts nothing."""

    calls: int
    seconds: Decimal
    timed: int
    """Calls of which it is known how long they took."""
    cost: Decimal
    """In US dollars."""
    costed: int
    """Calls of which the cost is known."""
    asked: int
    """Calls in which somebody asked for a time."""
    that_booked: int
    """Calls in which an appointment was made."""
    appointments: int
    """That were made in them."""


@dataclass(frozen=True, slots=True)
class ChangeCount:
    change: Change
    by_assistant: bool
    count: int


@dataclass(frozen=True, slots=True)
class ToolCount:
    """Uses of a tool that ended alike."""

    tool: str
    ended: str
    outcome: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Latency:
    """In milliseconds, from when the tool was called to its answer."""

    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class Counts:
    """All of one moment."""

    by_hour: Sequence[tuple[int, CallSums]]
    """By the place of the hour in the period."""
    by_kind: Sequence[tuple[CallKind, CallSums]]
    middle_seconds: tuple[Decimal, Decimal] | None
    """How long the one or two calls took that half of the calls were shorter than; None without any."""
    cost_parts: Mapping[str, Decimal]
    tools_in_calls: Mapping[str, int]
    """In how many calls each tool was used, as their reports tell."""
    changes: Sequence[ChangeCount]
    tool_uses: Sequence[ToolCount]
    """Without those that were told again."""
    latencies: Mapping[str, Latency]
    """By tool."""


@dataclass(frozen=True, slots=True)
class CountedCall:
    """A call with all that the figures are made of, and nothing of a person."""

    id: UUID
    vapi_call_id: str
    at: datetime
    """What it is counted by: when it began, or when it was first heard of."""
    kind: CallKind
    started_at: datetime | None
    ended_at: datetime | None
    seconds: Decimal | None
    cost: Decimal | None
    cost_parts: Mapping[str, float]
    tools_used: Sequence[str]
    appointments: int
    """Made in it."""
    moves: int
    cancellations: int


@dataclass(frozen=True, slots=True)
class CountedChange:
    """Something that was done to an appointment."""

    id: UUID
    appointment_id: UUID
    at: datetime
    change: Change
    by_assistant: bool
    conversation_id: str | None
    """Vapi's id of the call or chat in which it was done."""


@dataclass(frozen=True, slots=True)
class CountedToolUse:
    id: UUID
    vapi_call_id: str
    at: datetime
    tool: str
    ended: str
    outcome: str | None
    milliseconds: float
