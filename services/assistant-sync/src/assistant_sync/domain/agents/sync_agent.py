"""Make an agent's assistant in Vapi what it shall be, from wherever things stand.

Level-triggered: it looks at the agent and at Vapi and does what is missing, so that a save, a start of the service and,
later, a timer call the same code. The caller holds the agent's lease: nobody else works on it meanwhile.
"""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from assistant_sync.domain.agents.agent import Agent, Json, PendingReason
from assistant_sync.domain.agents.merge import fields_to_create, fields_to_patch
from assistant_sync.domain.agents.owned import Webhook, is_ours, owned_fields
from assistant_sync.domain.ports import Agents, AssistantRegistry, VapiObjects
from assistant_sync.domain.trouble import (
    AssistantTaken,
    RegistryAway,
    VapiAway,
    VapiMissing,
    VapiRefused,
    VapiUnauthorised,
)
from chassis.clock import Clock
from chassis.deadline import remaining
from chassis.logs import get_logger
from chassis.tenant import TenantId

WORK_SECONDS = 20.0
"""Seconds one agent's work may take; less than a lease lasts, so that it ends before somebody else may begin."""

_RECORDING_SECONDS = 1.0
"""Seconds of the caller's deadline that are kept for recording the outcome and answering."""

CREATE_SETTLES_WITHIN = timedelta(seconds=30)
"""How long a create whose answer was lost may still come to light. Until then no second one is asked for."""

_REASONS: dict[type[Exception], PendingReason] = {
    VapiAway: PendingReason.VAPI_AWAY,
    TimeoutError: PendingReason.VAPI_AWAY,
    VapiUnauthorised: PendingReason.VAPI_UNAUTHORISED,
    VapiMissing: PendingReason.ASSISTANT_MISSING,
    AssistantTaken: PendingReason.ASSISTANT_TAKEN,
    RegistryAway: PendingReason.NOT_REGISTERED,
}

_log = get_logger()


class _StillPending(Exception):
    """Nothing more can be done now."""

    def __init__(self, reason: PendingReason) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SyncAgent:
    agents: Agents
    vapi: VapiObjects
    registry: AssistantRegistry
    webhook: Webhook
    clock: Clock

    async def __call__(self, tenant: TenantId, agent: Agent) -> Agent:
        """Answers the agent with its outcome recorded. Raises VapiRefused, of which nothing is recorded."""
        return await self._record(tenant, agent, await self._outcome(tenant, agent))

    async def late(self, tenant: TenantId, agent: Agent) -> Agent:
        """The same for a save whose caller has had an answer: a refusal is recorded, for the next one who looks."""
        try:
            return await self(tenant, agent)
        except VapiRefused:
            return await self._record(tenant, agent, PendingReason.VAPI_REFUSED)

    async def _record(self, tenant: TenantId, agent: Agent, pending: PendingReason | None) -> Agent:
        if pending is not None:
            _log.warning("an agent is not in sync", reason=pending.value)
        return await self.agents.record(tenant, agent, pending)

    async def _outcome(self, tenant: TenantId, agent: Agent) -> PendingReason | None:
        """None when all is done."""
        try:
            async with asyncio.timeout(_seconds_to_work()):
                assistant_id = agent.vapi_assistant_id or await self._adopt_or_create(tenant, agent)
                await self._bring_about(tenant, agent, assistant_id)
                await self.registry.register(assistant_id)
        except _StillPending as still:
            return still.reason
        except tuple(_REASONS) as trouble:
            return _REASONS[type(trouble)]
        return None

    async def _bring_about(self, tenant: TenantId, agent: Agent, assistant_id: str) -> None:
        """Compare, send what differs, and look whether Vapi has it now."""
        owned = owned_fields(tenant, agent.type, self.webhook)
        if fields := fields_to_patch(agent, owned, await self.vapi.get(assistant_id)):
            await self.vapi.patch(assistant_id, fields)
            if fields_to_patch(agent, owned, await self.vapi.get(assistant_id)):
                raise _StillPending(PendingReason.NOT_TAKEN_OVER)

    async def _adopt_or_create(self, tenant: TenantId, agent: Agent) -> str:
        """The id of this agent's assistant: one that a lost answer or a lost database left in Vapi, or a new one."""
        assistant_id = await self._find(tenant, agent)
        if assistant_id is None:
            if agent.create and self.clock() - agent.create.attempted_at < CREATE_SETTLES_WITHIN:
                raise _StillPending(PendingReason.CREATE_UNCONFIRMED)
            assistant_id = await self._create(tenant, agent)
        await self.agents.remember_assistant(tenant, agent.type, assistant_id)
        return assistant_id

    async def _find(self, tenant: TenantId, agent: Agent) -> str | None:
        ours: list[Json] = [found async for found in self.vapi.all() if is_ours(found, tenant, agent.type)]
        if len(ours) > 1:
            raise _StillPending(PendingReason.SEVERAL_ASSISTANTS)
        return str(ours[0]["id"]) if ours else None

    async def _check_organization(self, tenant: TenantId) -> None:
        """Nothing is made in Vapi for an organization that nobody knows."""
        try:
            known = await self.registry.knows(tenant)
        except RegistryAway:
            raise _StillPending(PendingReason.UNFINISHED) from None
        if not known:
            raise _StillPending(PendingReason.ORGANIZATION_UNKNOWN)

    async def _create(self, tenant: TenantId, agent: Agent) -> str:
        await self._check_organization(tenant)
        intent = await self.agents.intend_to_create(tenant, agent.type, self.clock())
        fields = fields_to_create(agent, owned_fields(tenant, agent.type, self.webhook, intent=intent.id))
        try:
            return await self.vapi.create(fields)
        except (VapiRefused, VapiUnauthorised):
            await self.agents.forget_intent(tenant, agent.type)
            raise
        except VapiAway as away:
            if not away.may_have_happened:
                await self.agents.forget_intent(tenant, agent.type)
                raise
            if (assistant_id := await self._find(tenant, agent)) is None:
                raise
            return assistant_id


def _seconds_to_work() -> float:
    left = remaining()
    return WORK_SECONDS if left is None else min(WORK_SECONDS, left - _RECORDING_SECONDS)
