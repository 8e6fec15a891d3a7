"""Make the tools of the Vapi account what the catalogue says, from wherever things stand.

The caller holds the lease of this work: nobody else on this database publishes meanwhile. Somebody on another database
may; both then come to keep the same tools (plan.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant_sync.domain.agents.agent import Json, PendingReason
from assistant_sync.domain.ports import PublishedTools, Servers, VapiObjects
from assistant_sync.domain.server import url_of
from assistant_sync.domain.tools.plan import Plan, plan_tools
from assistant_sync.domain.tools.published import PublishedTool
from assistant_sync.domain.tools.retire_tools import RetireTools
from assistant_sync.domain.tools.tool import Tool, ToolServer, fields_to_create
from assistant_sync.domain.trouble import VapiAway, VapiMissing, VapiRefused, VapiUnauthorised
from chassis.clock import Clock
from chassis.logs import get_logger

CREATE_SETTLES_WITHIN = timedelta(seconds=30)
"""How long a create whose answer was lost may still come to light. Until then no second one is asked for."""

_FORGOTTEN_AFTER = timedelta(minutes=15)
"""How long a tool may be in no process's catalogue before it is taken back: while one version of this service replaces
another, both are there."""

_ROUNDS = 3
"""Look, act, look whether it helped; once more for what somebody else did meanwhile."""

_log = get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to."""

    ids_changed: bool
    """Assistants are to have other tools than before."""
    look_again_in: timedelta | None
    """When what is under way can be ended; None if nothing is."""


@dataclass(frozen=True, slots=True)
class PublishTools:
    catalogue: Sequence[Tool]
    tools: PublishedTools
    vapi: VapiObjects
    servers: Servers
    retire: RetireTools
    clock: Clock

    async def __call__(self) -> Published:
        """Raises VapiAway, VapiUnauthorised: what was done until then stays done, the rest is recorded as pending."""
        await self.tools.want([tool.name for tool in self.catalogue], self.clock())
        server = await self.servers.of_tools()
        before = await self._ids()
        troubles: dict[str, PendingReason] = {}
        for _ in range(_ROUNDS):
            seen = await self._look(server)
            if not await self._act(seen, server, troubles):
                break
        await self._record(seen, troubles)
        retiring = await self.retire(server, seen.observed)
        after = await self._ids()
        unconfirmed = PendingReason.CREATE_UNCONFIRMED in troubles.values()
        return Published(
            ids_changed=before.in_use != after.in_use or not after.former <= before.former,
            look_again_in=CREATE_SETTLES_WITHIN if unconfirmed else retiring,
        )

    async def _look(self, server: ToolServer) -> "_Seen":
        """What is to be done, by what is in Vapi now; whose ids are whose is remembered."""
        known = {tool.name: tool for tool in await self.tools.all()}
        known_ids = {name: tool.vapi_id for name, tool in known.items() if tool.vapi_id}
        observed = await self._observe(known_ids)
        left_catalogue = self._left_catalogue(known)
        plan = plan_tools(self.catalogue, known_ids, left_catalogue, server, observed)
        now = self.clock()
        for name in left_catalogue & known_ids.keys():
            await self.tools.keep(name, None, now)
        for name, vapi_id in plan.kept.items():
            if known_ids.get(name) != vapi_id:
                await self.tools.keep(name, vapi_id, now)
        if plan.orphans:
            await self.tools.note_former(plan.orphans, now)
        return _Seen(plan, observed, {name: tool.create_attempted_at for name, tool in known.items()})

    async def _observe(self, known_ids: Mapping[str, str]) -> list[Json]:
        """All tools of the account. One that we know is not taken for gone because a list lacks it."""
        observed = [tool async for tool in self.vapi.all()]
        for vapi_id in set(known_ids.values()) - {tool["id"] for tool in observed}:
            try:
                observed.append(await self.vapi.get(vapi_id))
            except VapiMissing:
                continue
        return observed

    def _left_catalogue(self, known: Mapping[str, PublishedTool]) -> set[str]:
        here = {tool.name for tool in self.catalogue}
        forgotten = self.clock() - _FORGOTTEN_AFTER
        return {name for name, tool in known.items() if name not in here and tool.wanted_at < forgotten}

    async def _act(self, seen: "_Seen", server: ToolServer, troubles: dict[str, PendingReason]) -> bool:
        """Whether anything was asked of Vapi. What it refuses is put among `troubles`, and not asked again."""
        asked = False
        try:
            for name, fields in seen.plan.patches.items():
                if name not in troubles:
                    await self._patch(name, seen.plan.kept[name], fields, troubles)
                    asked = True
            for tool in seen.plan.missing:
                if self._may_have_been_created(seen.attempts.get(tool.name)):
                    troubles.setdefault(tool.name, PendingReason.CREATE_UNCONFIRMED)
                if tool.name not in troubles:
                    await self._create(tool, server, troubles)
                    asked = True
        except (VapiAway, VapiUnauthorised) as trouble:
            away = isinstance(trouble, VapiAway)
            reason = PendingReason.VAPI_AWAY if away else PendingReason.VAPI_UNAUTHORISED
            await self._record(seen, dict.fromkeys(_lacking(seen.plan), reason) | troubles)
            raise
        return asked

    async def _patch(self, name: str, vapi_id: str, fields: Json, troubles: dict[str, PendingReason]) -> None:
        try:
            await self.vapi.patch(vapi_id, fields)
        except VapiRefused:
            troubles[name] = PendingReason.VAPI_REFUSED
        except VapiMissing:
            return  # the next look finds it missing

    def _may_have_been_created(self, attempted_at: datetime | None) -> bool:
        return attempted_at is not None and self.clock() - attempted_at < CREATE_SETTLES_WITHIN

    async def _create(self, tool: Tool, server: ToolServer, troubles: dict[str, PendingReason]) -> None:
        """Recorded before it is asked for: whatever becomes of the answer, the next look knows that there was one."""
        await self.tools.intend_to_create(tool.name, self.clock())
        try:
            vapi_id = await self.vapi.create(fields_to_create(tool, server))
        except VapiRefused:
            await self.tools.forget_intent(tool.name)
            troubles[tool.name] = PendingReason.VAPI_REFUSED
            return
        except VapiUnauthorised:
            await self.tools.forget_intent(tool.name)
            raise
        except VapiAway as away:
            if not away.may_have_happened:
                await self.tools.forget_intent(tool.name)
            raise
        await self.tools.keep(tool.name, vapi_id, self.clock())

    async def _record(self, seen: "_Seen", troubles: Mapping[str, PendingReason]) -> None:
        lacking = _lacking(seen.plan)
        for tool in self.catalogue:
            pending = troubles.get(tool.name, PendingReason.NOT_TAKEN_OVER) if tool.name in lacking else None
            if pending:
                _log.warning("a tool is not in sync", tool=tool.name, reason=pending.value)
            await self.tools.record(tool.name, pending, seen.url_of(tool.name), self.clock())

    async def _ids(self) -> "_Ids":
        return _Ids(
            frozenset(tool.vapi_id for tool in await self.tools.all() if tool.vapi_id and tool.synced_at),
            frozenset(tool.vapi_id for tool in await self.tools.former()),
        )


@dataclass(frozen=True, slots=True)
class _Seen:
    plan: Plan
    observed: Sequence[Json]
    attempts: Mapping[str, datetime | None]
    """When a create was asked for of which nothing is known; by the tool's name."""

    def url_of(self, name: str) -> str | None:
        """Where the tool of that name posts."""
        return next((url_of(item) for item in self.observed if item["id"] == self.plan.kept.get(name)), None)


@dataclass(frozen=True, slots=True)
class _Ids:
    in_use: frozenset[str]
    former: frozenset[str]


def _lacking(plan: Plan) -> set[str]:
    return {*plan.patches, *(tool.name for tool in plan.missing)}
