"""Messages that call tools: `tool-calls`, and the legacy `function-call`."""

from collections.abc import Sequence

from starlette.responses import Response

from chassis.tenant import tenant_scope
from gateway.answer import replies
from gateway.answer.arrival import Arrival
from gateway.answer.dispatch import Dispatcher
from gateway.answer.replies import Result, failed
from gateway.message.wire import ToolUse, legacy_use, tool_uses
from gateway.sender.tenants import SENTENCE_WITHOUT_TENANT, Outcome


class ToolCalls:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def answer(self, arrival: Arrival) -> Response:
        uses = tool_uses(arrival.message, body=arrival.body, named_in_url=arrival.tool_in_url)
        return replies.results(await _carry_out(self._dispatcher, uses, arrival))


class FunctionCall:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def answer(self, arrival: Arrival) -> Response:
        use = legacy_use(arrival.message, body=arrival.body, named_in_url=arrival.tool_in_url)
        [entry] = await _carry_out(self._dispatcher, [use], arrival)
        return replies.legacy_result(entry)


async def _carry_out(dispatcher: Dispatcher, uses: Sequence[ToolUse], arrival: Arrival) -> list[Result]:
    resolution = arrival.resolution
    if resolution.outcome is not Outcome.RESOLVED or resolution.organization is None:
        sentence = SENTENCE_WITHOUT_TENANT[resolution.outcome]
        return [failed(use, sentence) for use in uses]
    with tenant_scope(resolution.organization):
        return await dispatcher.answer_all(uses, arrival.conversation)
