"""What happened in a call: a message came, or a tool was used. Nothing of it identifies a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

DETAILS_KEPT_FOR = timedelta(days=30)
"""As long as answers to tool calls."""

EVENTS_KEPT_FOR = timedelta(days=400)
"""A year, and what it is compared with."""


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One message, or one tool call. Of a tool call `tool` and `ended` are told, of a message `message_type`."""

    id: UUID
    vapi_call_id: str
    at: datetime
    milliseconds: float
    message_type: str | None = None
    tool: str | None = None
    ended: str | None = None
    """`said`, `replayed`, or the reason of the failure."""
    outcome: str | None = None
    """What it came to, in the service's word."""
    appointment_id: UUID | None = None
    """The one that the answer named."""
    facts: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """JSON that tells of nobody: kinds, counts, how long things took."""
    details: Mapping[str, Any] | None = field(default=None, hash=False, repr=False)
    """JSON of what was said: `arguments`, `say`, `error`, `data`, `grounds`. None if it is gone, or never was."""


@dataclass(frozen=True, slots=True)
class Erased:
    """Of whose calls and appointments nothing is learnt any more."""

    vapi_call_ids: frozenset[str]
    appointment_ids: frozenset[UUID]

    def holds(self, event: CallEvent) -> bool:
        return event.vapi_call_id in self.vapi_call_ids or event.appointment_id in self.appointment_ids


def in_order(events: Sequence[CallEvent]) -> list[CallEvent]:
    """Of one moment the message comes before the tool calls in it."""
    return sorted(events, key=lambda event: (event.at, event.tool is not None, event.id))
