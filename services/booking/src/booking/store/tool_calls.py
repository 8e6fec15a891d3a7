"""Tool calls that were answered, so that asking again is answered the same."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from booking.domain.reception.answers import Answer, Given, ToolCall
from booking.store.tables import tool_calls
from booking.store.transaction import InTransaction
from chassis.database.engine import Database

_CLAIM = (
    upsert(tool_calls)
    .values({name: bindparam(name) for name in ("org_id", "conversation_id", "tool_call_id", "arguments_hash")})
    .on_conflict_do_nothing()
    .returning(tool_calls.c.tool_call_id)
)
_THIS_ONE = (
    tool_calls.c.org_id == bindparam("of_org"),
    tool_calls.c.conversation_id == bindparam("of_conversation"),
    tool_calls.c.tool_call_id == bindparam("of_tool_call"),
)
_GIVEN = select(tool_calls.c.arguments_hash, tool_calls.c.say, tool_calls.c.data).where(*_THIS_ONE)
_ANSWER = update(tool_calls).where(*_THIS_ONE).values(say=bindparam("say"), data=bindparam("data"))

_NAMED_LAST = (
    select(tool_calls.c.appointment_id)
    .where(
        tool_calls.c.org_id == bindparam("of_org"),
        tool_calls.c.conversation_id == bindparam("of_conversation"),
        tool_calls.c.tool_call_id != bindparam("of_tool_call"),
        tool_calls.c.arguments_hash == bindparam("arguments"),
        tool_calls.c.appointment_id.is_not(None),
    )
    .order_by(tool_calls.c.created_at.desc())
    .limit(1)
)
_FORGET = text("select forget_tool_calls(:before, :most)").bindparams(
    bindparam("before", type_=DateTime(timezone=True)), bindparam("most", type_=Integer)
)


class ToolCallQueries(InTransaction):
    async def record_tool_call(self, call: ToolCall) -> Given | None:
        # Waits while another transaction holds the same key, and then sees what it committed.
        claim = {
            "org_id": self.tenant,
            "conversation_id": call.conversation_id,
            "tool_call_id": call.tool_call_id,
            "arguments_hash": call.arguments_hash,
        }
        if (await self.session.execute(_CLAIM, claim)).scalar_one_or_none() is not None:
            return None
        row = (await self.session.execute(_GIVEN, self._key(call))).one()
        return Given(row.arguments_hash, Answer(row.say, row.data))

    async def record_answer(self, call: ToolCall, answer: Answer) -> None:
        await self.session.execute(_ANSWER, {**self._key(call), "say": answer.say, "data": answer.data})

    async def answered_about(self, call: ToolCall) -> UUID | None:
        named = await self.session.execute(_NAMED_LAST, {**self._key(call), "arguments": call.arguments_hash})
        appointment_id: UUID | None = named.scalar_one_or_none()
        return appointment_id

    def _key(self, call: ToolCall) -> dict[str, object]:
        return {"of_org": self.tenant, "of_conversation": call.conversation_id, "of_tool_call": call.tool_call_id}


class GivenAnswerStore:
    """`booking.domain.ports.GivenAnswers`"""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def forget(self, before: datetime, most: int) -> int:
        async with self._database.directory_transaction() as session:
            forgotten: int = await session.scalar(_FORGET, {"before": before, "most": most})
            return forgotten
