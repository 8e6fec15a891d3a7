"""Hanging up, with a goodbye."""

from dataclasses import dataclass

from assistant_sync.domain.live_call import speech
from assistant_sync.domain.live_call.answer_once import answer_once
from assistant_sync.domain.live_call.answers import Answer, ToolCall, Words
from assistant_sync.domain.ports import GivenAnswers
from chassis.tenant import TenantId

_GOODBYE = Answer(Words(speech.CALLER_HEARS_GOODBYE, {"outcome": "call_ends"}), ends_call=True)


@dataclass(frozen=True, slots=True)
class EndCall:
    given: GivenAnswers

    async def __call__(self, tenant: TenantId, call: ToolCall | None) -> Answer:
        """Raises ToolCallConflict."""
        return await answer_once(self.given, tenant, call, _GOODBYE, None)
