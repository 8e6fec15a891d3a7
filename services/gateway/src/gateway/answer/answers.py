"""What is answered to a message, by its type. Types that are not here, known or not, want no answer."""

from collections.abc import Mapping
from typing import Protocol

from starlette.responses import Response

from gateway.answer import replies
from gateway.answer.arrival import Arrival

_OF_A_LIVE_CALL = frozenset(
    {
        "tool-calls",
        "function-call",
        "knowledge-base-request",
        "transfer-destination-request",
        "handoff-destination-request",
    }
)


_RINGING = "assistant-request"


class Answerer(Protocol):
    async def answer(self, arrival: Arrival) -> Response:
        """Within the deadline in scope. Nobody's message is answered too: somebody is on the line."""


class Answers:
    def __init__(self, by_type: Mapping[str, Answerer]) -> None:
        self._by_type = by_type

    def wants_words(self, message_type: str) -> bool:
        """Whether the answer goes into a live call, which knows no statuses: whatever is wrong is said in its form."""
        return message_type in _OF_A_LIVE_CALL

    def is_heard(self, message_type: str) -> bool:
        """Whether somebody waits to hear the answer: in a live call, or while the telephone rings."""
        return message_type == _RINGING or self.wants_words(message_type)

    async def answer(self, arrival: Arrival) -> Response:
        answerer = self._by_type.get(arrival.type)
        return replies.ACKNOWLEDGED if answerer is None else await answerer.answer(arrival)
