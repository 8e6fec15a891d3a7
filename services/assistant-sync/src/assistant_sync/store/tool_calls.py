"""Tool calls that were answered, so that asking again is answered the same. Each method is one transaction."""

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from assistant_sync.domain.live_call.answers import Answer, Given, ToolCall, Tried, Words
from assistant_sync.store.tables import tool_calls
from chassis.database.engine import Database
from chassis.tenant import TenantId

# As long as booking keeps its own. Two that come at once skip each other's rows.
_FORGET = text(
    "DELETE FROM tool_calls t USING (SELECT org_id, conversation_id, tool_call_id FROM tool_calls"
    " WHERE org_id = :tenant AND created_at < now() - interval '30 days' LIMIT 10 FOR UPDATE SKIP LOCKED) old"
    " WHERE (t.org_id, t.conversation_id, t.tool_call_id) = (old.org_id, old.conversation_id, old.tool_call_id)"
)


class ToolCallStore:
    """`GivenAnswers`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, tenant: TenantId, call: ToolCall, answer: Answer) -> Given | None:
        claim = upsert(tool_calls).values(_key(tenant, call) | _values(call, answer)).on_conflict_do_nothing()
        async with self._database.tenant_transaction(tenant) as session:
            # Waits while another transaction holds the same key.
            claimed = await session.execute(claim.returning(tool_calls.c.tool_call_id))
            if claimed.scalar_one_or_none() is not None:
                await session.execute(_FORGET, {"tenant": tenant})
                return None
            row = (await session.execute(select(tool_calls).where(_is(tenant, call)))).one()
        return Given(row.arguments_hash, _answer(row))

    async def get(self, tenant: TenantId, call: ToolCall) -> Answer:
        async with self._database.tenant_transaction(tenant) as session:
            return _answer((await session.execute(select(tool_calls).where(_is(tenant, call)))).one())

    async def settle(self, tenant: TenantId, call: ToolCall, tried: Tried) -> Answer:
        first_told = func.coalesce(tool_calls.c.tried, tried)
        settled = update(tool_calls).where(_is(tenant, call)).values(tried=first_told).returning(tool_calls)
        async with self._database.tenant_transaction(tenant) as session:
            return _answer((await session.execute(settled)).one())


def _key(tenant: TenantId, call: ToolCall) -> dict[str, Any]:
    return {"org_id": tenant, "conversation_id": call.conversation_id, "tool_call_id": call.tool_call_id}


def _is(tenant: TenantId, call: ToolCall) -> ColumnElement[bool]:
    return and_(*(tool_calls.c[name] == value for name, value in _key(tenant, call).items()))


def _values(call: ToolCall, answer: Answer) -> dict[str, Any]:
    return {
        "arguments_hash": call.arguments_hash,
        "say": answer.words.say,
        "data": answer.words.data,
        "ends_call": answer.ends_call,
        "otherwise_say": answer.otherwise.say if answer.otherwise else None,
        "otherwise_data": answer.otherwise.data if answer.otherwise else None,
        "tried": answer.tried,
    }


def _answer(row: Row[Any]) -> Answer:
    return Answer(
        Words(row.say, row.data),
        ends_call=row.ends_call,
        otherwise=Words(row.otherwise_say, row.otherwise_data) if row.otherwise_say is not None else None,
        tried=Tried(row.tried) if row.tried else None,
    )
