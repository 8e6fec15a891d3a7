"""Tool calls that were answered, so that asking again is answered the same."""

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.answers import Answer
from booking.domain.ports import Recorded, ToolCall
from booking.store.tables import tool_calls
from booking.store.transaction import InTransaction


class ToolCallQueries(InTransaction):
    async def record_tool_call(self, call: ToolCall) -> Recorded | None:
        # Waits while another transaction holds the same key, and then sees what it committed.
        claimed = await self.session.execute(
            upsert(tool_calls)
            .values(
                org_id=self.tenant,
                conversation_id=call.conversation_id,
                tool_call_id=call.tool_call_id,
                arguments_hash=call.arguments_hash,
            )
            .on_conflict_do_nothing()
            .returning(tool_calls.c.tool_call_id)
        )
        if claimed.scalar_one_or_none() is not None:
            return None
        row = (
            await self.session.execute(
                select(tool_calls.c.arguments_hash, tool_calls.c.say, tool_calls.c.data).where(*self._is(call))
            )
        ).one()
        return Recorded(row.arguments_hash, Answer(row.say, row.data))

    async def record_answer(self, call: ToolCall, answer: Answer) -> None:
        await self.session.execute(update(tool_calls).where(*self._is(call)).values(say=answer.say, data=answer.data))

    def _is(self, call: ToolCall) -> tuple[ColumnElement[bool], ...]:
        return (
            tool_calls.c.org_id == self.tenant,
            tool_calls.c.conversation_id == call.conversation_id,
            tool_calls.c.tool_call_id == call.tool_call_id,
        )
