"""What is kept of one person, wherever it is kept; and that nothing is kept of them any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from booking.domain.calls.call import Call
from booking.domain.calls.events import CallEvent
from booking.domain.people.contacts import Contact
from booking.domain.schedule.appointments import Appointment

TOLD_LATE_FOR = timedelta(days=30)
"""How long after an erasure calls from before it may still be told of."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What a tool call in one of their calls was answered with."""

    given_at: datetime
    conversation_id: str
    say: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A person, the appointments that were made for them, their calls, and what was asked and answered in these."""

    contact: Contact
    appointments: Sequence[Appointment]
    calls: Sequence[Call]
    answers: Sequence[GivenAnswer]
    events: Sequence[CallEvent] = ()


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt of an erasure. It names nobody."""

    id: UUID
    erased_at: datetime
    contact_id: UUID
    """The contact's former id."""
    appointments: int
    """Those that no longer tell of the person; likewise calls and tool calls."""
    calls: int
    tool_calls: int
    cancelled: int
    """Of the appointments, those that were to come."""
