"""Make an agent's assistant in Vapi what it shall be, from wherever things stand.

Level-triggered: it looks at the agent and at Vapi and does what is missing, so that a save, a look now and then and a
roll-out call the same code. The caller holds the lease of the agent's work: nobody else works on it meanwhile.
"""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from assistant_sync.domain.agents.agent import Agent, AgentType, Json, PendingReason, Seen
from assistant_sync.domain.agents.merge import fields_to_create, fields_to_patch
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.agents.owned import Owned, is_anybodys, is_ours, marked
from assistant_sync.domain.agents.seen import seen
from assistant_sync.domain.ports import Agents, AssistantRegistry, VapiObjects, WorkQueue
from assistant_sync.domain.reconciling.work import Again, Next, Rest, Retry, Work, WorkKind
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

_WORK_SECONDS = 120.0
"""Seconds one agent's work may take where nobody waits for it."""

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

_PASSING = (
    PendingReason.UNFINISHED,
    PendingReason.VAPI_AWAY,
    PendingReason.VAPI_UNAUTHORISED,
    PendingReason.NOT_TAKEN_OVER,
    PendingReason.NOT_REGISTERED,
)
"""Reasons that may be gone the next moment. The others need somebody: another save, or a hand in Vapi."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Synced:
    """What a turn at an agent came to."""

    agent: Agent
    after: Next


@dataclass(slots=True)
class _Outcome:
    pending: PendingReason | None = None
    retry_after: float = 0
    seen: Mapping[str, Seen] | None = None
    """None: Vapi was not seen to have anything."""


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
    our_part: OurPart
    queue: WorkQueue
    clock: Clock

    async def __call__(self, tenant: TenantId, agent: Agent, *, recreate: bool = False) -> Synced:
        """Records the outcome. Raises VapiRefused, of which nothing is recorded.

        `recreate`: an assistant that was deleted in Vapi is forgotten first, so that the agent gets another.
        """
        return await self._record(tenant, agent, await self._outcome(tenant, agent, recreate=recreate))

    async def late(self, tenant: TenantId, agent: Agent) -> Synced:
        """The same for a save whose caller has had an answer: a refusal is recorded, for the next one who looks."""
        try:
            return await self(tenant, agent)
        except VapiRefused:
            return await self._record(tenant, agent, _Outcome(PendingReason.VAPI_REFUSED))

    async def _record(self, tenant: TenantId, agent: Agent, outcome: _Outcome) -> Synced:
        if outcome.pending is not None:
            _log.warning("an agent is not in sync", subject=agent.type.value, reason=outcome.pending.value)
        recorded = await self.agents.record(tenant, agent, outcome.pending, outcome.seen)
        return Synced(recorded, _next(outcome))

    async def _outcome(self, tenant: TenantId, agent: Agent, *, recreate: bool) -> _Outcome:
        outcome = _Outcome()
        try:
            async with asyncio.timeout(_seconds_to_work()):
                if recreate and await self._is_deleted(agent.vapi_assistant_id):
                    agent = await self.agents.forget_assistant(tenant, agent)
                owned = await self.our_part(tenant, agent)
                assistant_id = agent.vapi_assistant_id or await self._adopt_or_create(tenant, agent, owned)
                observed = await self._bring_about(agent, owned, assistant_id)
                outcome.seen = seen(agent, owned, observed, self.clock())
                await self.registry.register(assistant_id)
        except _StillPending as still:
            outcome.pending = still.reason
        except tuple(_REASONS) as trouble:
            outcome.pending = _REASONS[type(trouble)]
            if isinstance(trouble, VapiAway):
                outcome.retry_after = trouble.retry_after or 0
        return outcome

    async def _is_deleted(self, assistant_id: str | None) -> bool:
        if assistant_id is None:
            return False
        try:
            await self.vapi.get(assistant_id)
        except VapiMissing:
            return True
        return False

    async def _bring_about(self, agent: Agent, owned: Owned, assistant_id: str) -> Json:
        """Compare, send what differs, and look whether Vapi has it now."""
        observed = await self.vapi.get(assistant_id)
        if fields := fields_to_patch(agent, owned, observed):
            await self.vapi.patch(assistant_id, fields)
            observed = await self.vapi.get(assistant_id)
            if fields_to_patch(agent, owned, observed):
                raise _StillPending(PendingReason.NOT_TAKEN_OVER)
        return observed

    async def _adopt_or_create(self, tenant: TenantId, agent: Agent, owned: Owned) -> str:
        """The id of this agent's assistant: one that is in Vapi already, or a new one."""
        assistant_id = await self._find(tenant, agent)
        if assistant_id is None:
            if agent.create and self.clock() - agent.create.attempted_at < CREATE_SETTLES_WITHIN:
                raise _StillPending(PendingReason.CREATE_UNCONFIRMED)
            assistant_id = await self._create(tenant, agent, owned)
        await self.agents.remember_assistant(tenant, agent.type, assistant_id)
        if agent.type is AgentType.INBOUND:  # which answers the organization's numbers
            await self.queue.want(Work(WorkKind.NUMBERS, tenant))
        return assistant_id

    async def _find(self, tenant: TenantId, agent: Agent) -> str | None:
        """One that a lost answer or a lost database left there; or, where that was asked for, one of the same name."""
        everybodys = [found async for found in self.vapi.all()]
        ours = [str(found["id"]) for found in everybodys if is_ours(found, tenant, agent.type)]
        if not ours and agent.adopt and not agent.create:
            ours = await self._nobodys(found for found in everybodys if found.get("name") == agent.desired.name)
        if len(ours) > 1:
            raise _StillPending(PendingReason.SEVERAL_ASSISTANTS)
        return ours[0] if ours else None

    async def _nobodys(self, candidates: Iterable[Json]) -> list[str]:
        """The ids of those that no organization has, by what they bear, by our records and by tenancy's."""
        unmarked = [str(found["id"]) for found in candidates if not is_anybodys(found)]
        try:
            return [
                found
                for found in unmarked
                if not await self.agents.is_mirrored_by(found) and not await self.registry.has(found)
            ]
        except RegistryAway:
            raise _StillPending(PendingReason.UNFINISHED) from None

    async def _check_organization(self, tenant: TenantId) -> None:
        """Nothing is made in Vapi for an organization that nobody knows."""
        try:
            known = await self.registry.knows(tenant)
        except RegistryAway:
            raise _StillPending(PendingReason.UNFINISHED) from None
        if not known:
            raise _StillPending(PendingReason.ORGANIZATION_UNKNOWN)

    async def _create(self, tenant: TenantId, agent: Agent, owned: Owned) -> str:
        await self._check_organization(tenant)
        intent = await self.agents.intend_to_create(tenant, agent.type, self.clock())
        try:
            return await self.vapi.create(fields_to_create(agent, marked(owned, intent.id)))
        except (VapiRefused, VapiUnauthorised):
            await self.agents.forget_intent(tenant, agent.type)
            raise
        except VapiAway as away:
            if not away.may_have_happened:
                await self.agents.forget_intent(tenant, agent.type)
                raise
            if (assistant_id := await self._find(tenant, replace(agent, create=intent))) is None:
                raise
            return assistant_id


def _next(outcome: _Outcome) -> Next:
    if outcome.pending is PendingReason.CREATE_UNCONFIRMED:
        return Again(CREATE_SETTLES_WITHIN)
    return Retry(outcome.retry_after) if outcome.pending in _PASSING else Rest()


def _seconds_to_work() -> float:
    left = remaining()
    return _WORK_SECONDS if left is None else min(_WORK_SECONDS, left - _RECORDING_SECONDS)
