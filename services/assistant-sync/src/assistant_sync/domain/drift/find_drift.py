"""Compare what an organization has in Vapi with what it has here, and change nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant_sync.domain.agents.agent import Agent, Json
from assistant_sync.domain.agents.merge import at, fields_of_interest, has, target
from assistant_sync.domain.agents.our_part import OurPart
from assistant_sync.domain.agents.owned import Owned
from assistant_sync.domain.agents.seen import without_secrets
from assistant_sync.domain.drift.drift import AssistantDrift, Drift, FieldDrift, UrlWarning, WarnedOf, fault_of
from assistant_sync.domain.errors import VapiKeyRefused, VapiUnreachable
from assistant_sync.domain.ports import Agents, VapiObjects, Warner
from assistant_sync.domain.server import url_of
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiUnauthorised
from chassis.tenant import TenantId


@dataclass(frozen=True, slots=True)
class FindDrift:
    agents: Agents
    vapi: VapiObjects
    our_part: OurPart
    warners: Sequence[Warner]
    """Of what is in Vapi besides assistants."""

    async def __call__(self, tenant: TenantId) -> Drift:
        """Raises VapiUnreachable, VapiKeyRefused."""
        try:
            return await self._find(tenant)
        except VapiAway:
            raise VapiUnreachable from None
        except VapiUnauthorised:
            raise VapiKeyRefused from None

    async def _find(self, tenant: TenantId) -> Drift:
        assistants: list[AssistantDrift] = []
        warnings: list[UrlWarning] = []
        there: list[Json] = []
        for agent in await self.agents.all_of(tenant):
            if agent.vapi_assistant_id is None:
                continue
            try:
                observed = await self.vapi.get(agent.vapi_assistant_id)
            except VapiMissing:
                name = agent.desired.name
                assistants.append(AssistantDrift(agent.type, agent.vapi_assistant_id, name, is_missing=True))
                continue
            there.append(observed)
            owned = await self.our_part(tenant, agent)
            if fields := field_drift(agent, owned, observed):
                assistants.append(AssistantDrift(agent.type, agent.vapi_assistant_id, _name(observed), fields=fields))
            warnings += _warnings(owned, observed)
        for warner in self.warners:
            warnings += await warner(tenant, there)
        return Drift(assistants, warnings)


def field_drift(agent: Agent, owned: Owned, observed: Json) -> list[FieldDrift]:
    """In the order of the fields' names."""
    sent = target(agent, owned, observed)
    return [
        FieldDrift(
            name,
            without_secrets(ours, name),
            without_secrets(theirs, name),
            agent.synced.get(name),
            is_repaired_by_itself=_is_sent(sent, name, theirs),
        )
        for name, ours in sorted(fields_of_interest(agent, owned, observed).items())
        if not has(theirs := at(observed, name), name, ours)
    ]


def _is_sent(sent: Mapping[str, object], name: str, theirs: object) -> bool:
    return name.partition(".")[0] in sent and not has(theirs, name, at(sent, name))


def _warnings(owned: Owned, observed: Json) -> list[UrlWarning]:
    url = url_of(observed)
    fault = fault_of(url, [at(owned.fields, "server.url")]) if url else None
    if not url or not fault:
        return []
    return [UrlWarning(WarnedOf.ASSISTANT, _name(observed), str(observed["id"]), url, fault)]


def _name(assistant: Json) -> str:
    return str(assistant.get("name") or "")
