"""Tell the roll-out that is under way what became of a piece of work."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import AgentType
from assistant_sync.domain.ports import Rollouts
from assistant_sync.domain.rollouts.rollout import Kind
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class NoteTargets:
    rollouts: Rollouts

    @asynccontextmanager
    async def __call__(
        self, kind: Kind, tenant: TenantId | None = None, agent_type: AgentType | None = None
    ) -> AsyncIterator[None]:
        """Around the work. What was begun before it has been looked at by its end, at where it was to be pointed."""
        begun = await self.rollouts.begun(kind, tenant, agent_type)
        yield
        if begun:
            await self.rollouts.note(begun)
