"""Asking twice does nothing twice, and is answered the same.

What is wanted of the live call is done elsewhere, between two calls of the tool: the first is answered with what to
try, the second tells what became of it, and only then is it known what is said. Who asks again meanwhile waits. If
nobody tells it in time, whoever tried has gone, and nothing is said to have been done.
"""

import asyncio
from dataclasses import replace

from assistant_sync.domain.errors import ToolCallConflict
from assistant_sync.domain.live_call.answers import Answer, ToolCall, Tried
from assistant_sync.domain.ports import GivenAnswers
from chassis.tenant import TenantId

_TRYING = 1.5
"""Seconds after which whoever tries something has told what became of it, or never will: trying takes one at most."""

_PAUSE = 0.05


async def answer_once(
    given: GivenAnswers, tenant: TenantId, call: ToolCall | None, answer: Answer, tried: Tried | None
) -> Answer:
    """The answer, or the one that was given before. Raises ToolCallConflict.

    `call` is None where a conversation or tool call id is missing: then nothing can be recognised.
    """
    answer = replace(answer, tried=tried)
    if call is None or (before := await given.keep(tenant, call, answer)) is None:
        return answer
    if before.arguments_hash != call.arguments_hash:
        raise ToolCallConflict
    if tried is not None:
        return await given.settle(tenant, call, tried)
    return replace(await _settled(given, tenant, call, before.answer), replayed=True)


async def _settled(given: GivenAnswers, tenant: TenantId, call: ToolCall, answer: Answer) -> Answer:
    for _ in range(round(_TRYING / _PAUSE)):
        if not answer.is_open:
            return answer
        await asyncio.sleep(_PAUSE)
        answer = await given.get(tenant, call)
    return await given.settle(tenant, call, Tried.FAILED)
