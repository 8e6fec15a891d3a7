"""Agents in PostgreSQL. Each method is one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from assistant_sync.domain.agents.agent import (
    Agent,
    AgentType,
    Changes,
    CreateIntent,
    Desired,
    PendingReason,
    Seen,
    changed,
    everything_named,
    without,
    without_assistant,
)
from assistant_sync.domain.reconciling.work import WorkKind
from assistant_sync.domain.trouble import AssistantTaken
from assistant_sync.store.tables import agents
from chassis.database.engine import Database
from chassis.tenant import TenantId

_FIELDS = ("name", "first_message", "prompt", "voice", "model", "vapi")


class AgentStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, tenant: TenantId, agent_type: AgentType) -> Agent | None:
        async with self._database.tenant_transaction(tenant) as session:
            row = (await session.execute(select(agents).where(_is(tenant, agent_type)))).one_or_none()
        return _agent(row) if row else None

    async def all_of(self, tenant: TenantId) -> list[Agent]:
        query = select(agents).where(agents.c.org_id == tenant).order_by(agents.c.type)
        async with self._database.tenant_transaction(tenant) as session:
            return [_agent(row) for row in await session.execute(query)]

    async def keep(
        self, tenant: TenantId, agent_type: AgentType, changes: Changes, *, adopt: bool, is_due: bool
    ) -> tuple[Agent | None, Agent]:
        this = _is(tenant, agent_type)
        async with self._database.tenant_transaction(tenant) as session:
            row = (await session.execute(select(agents).where(this).with_for_update())).one_or_none()
            before = _agent(row) if row else None
            desired = changed(before.desired if before else None, changes)
            version = before.version + 1 if before else 1
            unsynced = {**(before.unsynced if before else {}), **dict.fromkeys(changes, version)}
            values = _values(Agent(agent_type, desired, unsynced, PendingReason.UNFINISHED, version=version))
            if adopt:
                values["adopt"] = True
            statement = (
                update(agents).where(this).values(values)
                if before
                else insert(agents).values(org_id=tenant, type=agent_type, **values)
            )
            after = (await session.execute(statement.returning(agents))).one()
            if is_due:
                await session.execute(_due(tenant, agent_type))
        return before, _agent(after)

    async def point(self, tenant: TenantId, agent_type: AgentType, webhook_url: str | None, *, is_due: bool) -> None:
        statement = update(agents).where(_is(tenant, agent_type)).values(webhook_url=webhook_url)
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(statement)
            if is_due:
                await session.execute(_due(tenant, agent_type))

    async def is_mirrored_by(self, assistant_id: str) -> bool:
        rows = await self._database.directory_query(select(func.is_anybodys_assistant(assistant_id)))
        return bool(rows[0][0])

    async def put_back(self, tenant: TenantId, before: Agent | None, refused: Agent) -> None:
        this = _is(tenant, refused.type)
        async with self._database.tenant_transaction(tenant) as session:
            now = _agent((await session.execute(select(agents).where(this).with_for_update())).one())
            left = without(now, refused, before)
            if left is None:
                await session.execute(delete(agents).where(this))
                return
            values = _values(left)
            if before and before.vapi_assistant_id:
                values |= {"vapi_assistant_id": before.vapi_assistant_id, "synced": _synced(before.synced)}
            await session.execute(update(agents).where(this).values(values))

    async def record(
        self, tenant: TenantId, agent: Agent, pending: PendingReason | None, seen: Mapping[str, Seen] | None
    ) -> Agent:
        values: dict[str, Any] = {"pending_reason": pending}
        if seen is not None:
            values["synced"] = _synced(seen)
        if pending is None or pending.vapi_is_done:
            values["unsynced"] = {}
        this = _is(tenant, agent.type)
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(update(agents).where(this, agents.c.version == agent.version).values(values))
            return _agent((await session.execute(select(agents).where(this))).one())

    async def intend_to_create(self, tenant: TenantId, agent_type: AgentType, at: datetime) -> CreateIntent:
        statement = (
            update(agents)
            .where(_is(tenant, agent_type))
            .values(create_intent=func.coalesce(agents.c.create_intent, uuid4()), create_attempted_at=at)
            .returning(agents.c.create_intent)
        )
        async with self._database.tenant_transaction(tenant) as session:
            return CreateIntent((await session.execute(statement)).scalar_one(), at)

    async def forget_intent(self, tenant: TenantId, agent_type: AgentType) -> None:
        await self._set(tenant, agent_type, create_intent=None, create_attempted_at=None)

    async def forget_assistant(self, tenant: TenantId, agent: Agent) -> Agent:
        everything = literal(everything_named(agent.version), JSONB)
        await self._set(
            tenant,
            agent.type,
            vapi_assistant_id=None,
            create_intent=None,
            create_attempted_at=None,
            unsynced=everything.concat(agents.c.unsynced),  # what names the same in the latter stays
            synced={},
        )
        return without_assistant(agent)

    async def remember_assistant(self, tenant: TenantId, agent_type: AgentType, assistant_id: str) -> None:
        try:
            await self._set(
                tenant,
                agent_type,
                vapi_assistant_id=assistant_id,
                create_intent=None,
                create_attempted_at=None,
                adopt=False,
            )
        except IntegrityError:
            raise AssistantTaken from None

    async def _set(self, tenant: TenantId, agent_type: AgentType, **values: Any) -> None:
        async with self._database.tenant_transaction(tenant) as session:
            await session.execute(update(agents).where(_is(tenant, agent_type)).values(values))


def _is(tenant: TenantId, agent_type: AgentType) -> ColumnElement[bool]:
    return and_(agents.c.org_id == tenant, agents.c.type == agent_type)


def _due(tenant: TenantId, agent_type: AgentType) -> Select[Any]:
    return select(func.want_work(WorkKind.AGENT, tenant, agent_type))


def _values(agent: Agent) -> dict[str, Any]:
    """What a save changes."""
    return {
        **{name: getattr(agent.desired, name) for name in _FIELDS},
        "unsynced": agent.unsynced,
        "pending_reason": agent.pending,
        "version": agent.version,
    }


def _synced(seen: Mapping[str, Seen]) -> dict[str, Any]:
    return {name: {"value": one.value, "at": one.at.isoformat()} for name, one in seen.items()}


def _agent(row: Row[Any]) -> Agent:
    return Agent(
        type=AgentType(row.type),
        desired=Desired(**{name: getattr(row, name) for name in _FIELDS}),
        unsynced=row.unsynced,
        pending=PendingReason(row.pending_reason) if row.pending_reason else None,
        vapi_assistant_id=row.vapi_assistant_id,
        create=CreateIntent(row.create_intent, row.create_attempted_at) if row.create_intent else None,
        version=row.version,
        webhook_url=row.webhook_url,
        adopt=row.adopt,
        synced={name: Seen(one["value"], datetime.fromisoformat(one["at"])) for name, one in row.synced.items()},
    )
