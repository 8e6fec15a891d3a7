"""Messages that call tools: `tool-calls`, and the legacy `function-call`."""

from collections.abc import Sequence

from starlette.responses import Response

from chassis.tenant import tenant_scope
from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.answer.replies import Result, failed
from gateway.answer.tools.dispatch import Dispatcher
from gateway.limits.rate_limits import Limited, RateLimits
from gateway.message.wire import ToolUse, legacy_use, tool_uses
from gateway.sender.tenants import SENTENCE_WITHOUT_TENANT, Outcome
from gateway.speech import OVER_LIMIT


class ToolUses:
    """Carries out the calls of a message that are within the organization's limit."""

    def __init__(self, dispatcher: Dispatcher, limits: RateLimits) -> None:
        self._dispatcher = dispatcher
        self._limits = limits

    async def carry_out(self, uses: Sequence[ToolUse], arrival: Arrival) -> list[Result]:
        """An entry for each call, in the order asked. Each counts: the first ones are carried out."""
        resolution = arrival.resolution
        if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
            sentence = SENTENCE_WITHOUT_TENANT[resolution.outcome]
            return [failed(use, sentence) for use in uses]
        own = resolution.rate_limit
        within = self._limits.take(Limited.TOOL_CALLS, resolution.organization, len(uses), own=own)
        with tenant_scope(resolution.organization):
            answered = await self._dispatcher.answer_all(uses[:within], arrival.conversation)
        return [*answered, *(failed(use, OVER_LIMIT) for use in uses[within:])]


class ToolCalls:
    def __init__(self, tool_uses: ToolUses) -> None:
        self._tool_uses = tool_uses

    async def answer(self, arrival: Arrival) -> Response:
        uses = tool_uses(arrival.message, body=arrival.body, named_in_url=arrival.tool_in_url)
        return replies.results(await self._tool_uses.carry_out(uses, arrival))


class FunctionCall:
    def __init__(self, tool_uses: ToolUses) -> None:
        self._tool_uses = tool_uses

    async def answer(self, arrival: Arrival) -> Response:
        use = legacy_use(arrival.message, body=arrival.body, named_in_url=arrival.tool_in_url)
        [entry] = await self._tool_uses.carry_out([use], arrival)
        return replies.legacy_result(entry)
