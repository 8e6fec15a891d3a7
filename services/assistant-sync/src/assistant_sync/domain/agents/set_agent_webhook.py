"""Point the assistant of one agent elsewhere, and change nothing else of it."""

import asyncio
from dataclasses import dataclass, replace

from assistant_sync.domain.agents.agent import Agent, PendingReason
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.errors import (
    AssistantMissing,
    AssistantNotFound,
    InvalidWebhookUrl,
    VapiKeyRefused,
    VapiUnreachable,
)
from assistant_sync.domain.overlay import overlay
from assistant_sync.domain.ports import Agents, VapiObjects
from assistant_sync.domain.public_url import public_url
from assistant_sync.domain.reconciling.turns import Turn, Turns, patience
from assistant_sync.domain.reconciling.work import Rest, Retry, Work, WorkKind
from assistant_sync.domain.server import settable, url_of
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiRefused, VapiUnauthorised
from chassis.deadline import remaining
from chassis.tenant import TenantId

_WORK_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class SetAgentWebhook:
    agents: Agents
    vapi: VapiObjects
    our_part: OurPart
    turns: Turns

    async def __call__(self, tenant: TenantId, assistant_id: str, webhook_url: str) -> str:
        """The URL that was set; an empty one is the deployment's.

        Raises AssistantNotFound, InvalidWebhookUrl; AssistantMissing, VapiUnreachable, VapiKeyRefused, after which the
        URL is the agent's all the same, and follows by itself.
        """
        if webhook_url and public_url(webhook_url) is None:
            raise InvalidWebhookUrl
        agent = await self._agent_of(tenant, assistant_id)
        async with self.turns.taken_within(patience(), Work(WorkKind.AGENT, tenant, agent.type)) as turn:
            await self.agents.point(tenant, agent.type, webhook_url or None, is_due=turn is None)
            if turn is None:
                raise VapiUnreachable
            url = await self.our_part.webhook_url(tenant, replace(agent, webhook_url=webhook_url or None))
            await self._point(tenant, agent, url, turn)
        return url

    async def _agent_of(self, tenant: TenantId, assistant_id: str) -> Agent:
        for agent in await self.agents.all_of(tenant):
            if agent.vapi_assistant_id == assistant_id:
                return agent
        raise AssistantNotFound

    async def _point(self, tenant: TenantId, agent: Agent, url: str, turn: Turn) -> None:
        try:
            async with asyncio.timeout(min(remaining() or _WORK_SECONDS, _WORK_SECONDS) - 1):
                await self._bring_about(agent.vapi_assistant_id or "", url)
        except VapiMissing:
            raise AssistantMissing from None
        except VapiRefused:
            await self.agents.point(tenant, agent.type, agent.webhook_url, is_due=False)
            raise InvalidWebhookUrl from None
        except VapiUnauthorised:
            turn.after = Retry()
            await self.agents.record(tenant, agent, PendingReason.VAPI_UNAUTHORISED, None)
            raise VapiKeyRefused from None
        except (VapiAway, TimeoutError) as away:
            turn.after = Retry((away.retry_after or 0) if isinstance(away, VapiAway) else 0)
            await self.agents.record(tenant, agent, PendingReason.VAPI_AWAY, None)
            raise VapiUnreachable from None
        if agent.pending is None:
            turn.after = Rest()

    async def _bring_about(self, assistant_id: str, url: str) -> None:
        there = await self.vapi.get(assistant_id)
        if url_of(there) == url:
            return
        await self.vapi.patch(assistant_id, {"server": overlay(settable(there.get("server")), {"url": url})})
        if url_of(await self.vapi.get(assistant_id)) != url:
            raise VapiAway(may_have_happened=True)
