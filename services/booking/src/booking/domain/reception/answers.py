"""Tool calls, and what they are answered with."""

from dataclasses import dataclass, field
from typing import Any

from booking.domain.reception.facts import facts
from booking.domain.reception.outcomes import Outcome
from booking.domain.reception.speech import say


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence, and what it says as facts for programs."""

    say: str
    data: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One tool call of one conversation; asked again, it is the same call."""

    conversation_id: str
    """Vapi's id of the call or chat."""
    tool_call_id: str
    arguments_hash: bytes


@dataclass(frozen=True, slots=True)
class Given:
    """What a tool call was answered before."""

    arguments_hash: bytes
    answer: Answer


def answer(outcome: Outcome) -> Answer:
    return Answer(say(outcome), facts(outcome))
