"""What a tool call is answered with."""

from dataclasses import dataclass, field
from typing import Any

from booking.domain.facts import facts
from booking.domain.outcomes import Outcome
from booking.domain.speech import say


@dataclass(frozen=True, slots=True)
class Answer:
    """A sentence, and what it says as facts for programs."""

    say: str
    data: dict[str, Any] = field(default_factory=dict)
    replayed: bool = False


def answer(outcome: Outcome) -> Answer:
    return Answer(say(outcome), facts(outcome))
