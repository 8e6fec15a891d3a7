"""Asking twice is not booking twice.

A tool call is claimed in the same transaction as its work, before anything else. A second delivery, on whichever
replica, waits for the first and gets its answer. Refusals are answers and are kept; faults roll everything back, so
that asking again tries again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from booking.domain.errors import ToolCallConflict
from booking.domain.ports import Unit
from booking.domain.reception.answers import Answer, ToolCall


async def answer_once(unit: Unit, call: ToolCall | None, work: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer of `work`, or the one that was given before. Raises ToolCallConflict.

    `call` is None where a conversation or tool call id is missing: then nothing can be recognised.
    """
    if call is None:
        return await work()
    before = await unit.record_tool_call(call)
    if before is None:
        answer = await work()
        await unit.record_answer(call, answer)
        return answer
    if before.arguments_hash != call.arguments_hash:
        raise ToolCallConflict
    return replace(before.answer, replayed=True)
