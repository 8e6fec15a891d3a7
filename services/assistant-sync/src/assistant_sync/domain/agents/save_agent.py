"""Save what an agent shall be, and make its assistant so."""

from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, AgentType, Changes
from assistant_sync.domain.agents.sync_agent import SyncAgent
from assistant_sync.domain.errors import RefusedByVapi
from assistant_sync.domain.ports import Agents
from assistant_sync.domain.reconciling.turns import Turns, patience
from assistant_sync.domain.reconciling.work import Over, Rest, Retry, Work, WorkKind
from assistant_sync.domain.trouble import VapiRefused
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class SaveAgent:
    agents: Agents
    turns: Turns
    sync: SyncAgent

    async def __call__(
        self,
        tenant: TenantId,
        agent_type: AgentType,
        changes: Changes,
        *,
        adopt: bool = False,
        recreate: bool = False,
    ) -> Agent:
        """Raises MissingName, NameTooLong, RefusedByVapi; each leaves the agent as it was.

        It is committed before Vapi is asked. If somebody else works on the agent for so long that this save cannot
        wait, it is kept all the same, and done by whoever is free first; only `recreate` is not kept.
        """
        work = Work(WorkKind.AGENT, tenant, agent_type)
        async with self.turns.taken_within(patience(), work) as turn:
            before, agent = await self.agents.keep(tenant, agent_type, changes, adopt=adopt, is_due=turn is None)
            if turn is None:
                return agent
            try:
                synced = await self.sync(tenant, agent, recreate=recreate)
            except VapiRefused as refusal:
                turn.after = _as_before(before)
                await self.agents.put_back(tenant, before, agent)
                raise RefusedByVapi(properties=", ".join(refusal.properties)) from None
            turn.after = synced.after
        if agent_type is AgentType.INBOUND:  # it answers the organization's numbers, which may be new
            await self.turns.queue.want(Work(WorkKind.NUMBERS, tenant))
        return synced.agent


def _as_before(before: Agent | None) -> Over | Rest | Retry:
    if before is None:
        return Over()
    return Retry() if before.pending else Rest()
