"""A first save and a later one, with a fault at one request of all that they lead to.

In this process, so that each fault happens at exactly that request, and no time passes but what is made to.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import httpx
import stamina

from assistant_sync import app
from assistant_sync.app import UseCases, put_together
from assistant_sync.domain.agents.agent import AgentType, Changes
from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.settings import AssistantSyncSettings
from assistant_sync.store.vapi_accounts import VapiAccountStore
from chassis.tenant import TenantId, tenant_scope
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from tests.hammer.assistants.clinics import Belongings, Figures, is_registered, of, others, twins
from tests.hammer.assistants.tables import empty
from tests.hammer.assistants.tenancy import Tenancy, running_tenancy
from tests.hammer.assistants.vapi import VAPI_KEY, Fault, Sent, Vapi, nothing_fails

URL, MOVED = "https://one.example", "https://two.example"

_NAME, _NUMBER = "Reception", "+12125550100"
_TOOLS = ("checkAvailability", "bookClinicAppointment")
_MOST_TURNS = 12
_A_WHILE = timedelta(seconds=31)
"""After which what was begun and not heard of is settled."""


@dataclass(slots=True)
class Network(httpx.AsyncBaseTransport):
    """The way to whichever account is played with now."""

    vapi: Vapi = field(default_factory=Vapi)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.vapi.handle_async_request(request)


@dataclass(slots=True)
class Saves:
    use_cases: UseCases
    network: Network
    tenancy: Tenancy
    clock: StoppedClock
    database: asyncpg.Connection
    asked: int = 0
    """Requests that the two saves led to, before anything was looked at again."""

    async def requests(self) -> list[Sent]:
        """Those of both saves when nothing goes wrong."""
        await self.play(nothing_fails)
        return self.network.vapi.sent[: self.asked]

    async def play(self, plan: Callable[[int], Fault | None]) -> Figures:
        """Both saves and all that follows from them; `plan` says what becomes of each request."""
        await empty(self.database)
        self.use_cases.addresses._is_configured = False  # type: ignore[attr-defined]
        vapi = self.network.vapi = Vapi()
        belongings = Belongings(vapi)
        others(belongings, name=_NAME, tool=_TOOLS[0], number="+12125550199")
        clinic = self.tenancy.knows(uuid4())
        self.tenancy.held[clinic] = {_NUMBER: ""}
        vapi.put("phone-number", {"provider": "twilio", "number": _NUMBER, "twilioAccountSid": "AC0"})
        vapi.plan = plan
        await self._first(clinic)
        for assistant in of(vapi, clinic):
            belongings.edit(str(assistant["id"]))
        await self._later(clinic)
        self.asked = len(vapi.sent)
        await self._until_settled()
        vapi.plan = nothing_fails
        writes = len(vapi.writes())
        await self._look()
        return Figures(
            otherwise=tuple(name for name, holds in (await self._as_saved(clinic)).items() if not holds),
            duplicates=twins(vapi, [clinic], [URL, MOVED]),
            lost=tuple(belongings.lost()),
            late_writes=len(vapi.writes()) - writes,
            complaints=tuple(vapi.complaints),
        )

    async def _first(self, clinic: TenantId) -> None:
        await self.use_cases.queue.want(Work(WorkKind.TOOLS))
        await self.use_cases.reconciler.until_idle()
        await self._save(clinic, {"name": _NAME, "first_message": "Hello", "prompt": "Be kind"})
        await self._want_all(clinic)
        await self.use_cases.reconciler.until_idle()

    async def _later(self, clinic: TenantId) -> None:
        """Something is said otherwise, and everything has moved."""
        await self.use_cases.addresses.now()
        await self.database.execute("SELECT assistant_sync.point_at($1, $2)", MOVED, f"{MOVED}/api/vapi/webhook")
        await self._save(clinic, {"name": "Front desk", "prompt": "Be brief"})
        await self._want_all(clinic)
        await self.use_cases.reconciler.until_idle()

    async def _save(self, clinic: TenantId, changes: Changes) -> None:
        with tenant_scope(clinic):
            await self.use_cases.save(clinic, AgentType.INBOUND, changes)

    async def _want_all(self, clinic: TenantId) -> None:
        await self.use_cases.queue.want(Work(WorkKind.NUMBERS, clinic))
        await self.use_cases.queue.want_all(list(WorkKind))

    async def _until_settled(self) -> None:
        """Turn after turn, each half a minute later, until one has nothing left to write."""
        for _ in range(_MOST_TURNS):
            before = len(self.network.vapi.writes())
            await self._look()
            if len(self.network.vapi.writes()) == before and not await self._is_anything_pending():
                return

    async def _look(self) -> None:
        self.clock.move(_A_WHILE)
        await self.use_cases.queue.want_all(list(WorkKind))
        await self.use_cases.reconciler.until_idle()

    async def _is_anything_pending(self) -> bool:
        pending: bool = await self.database.fetchval(
            "SELECT EXISTS (SELECT FROM assistant_sync.agents WHERE pending_reason IS NOT NULL)"
            " OR EXISTS (SELECT FROM assistant_sync.published_tools WHERE pending_reason IS NOT NULL)"
            " OR EXISTS (SELECT FROM assistant_sync.vapi_numbers WHERE pending_reason IS NOT NULL)"
        )
        return pending

    async def _as_saved(self, clinic: TenantId) -> dict[str, bool]:
        """What is as it was saved."""
        vapi = self.network.vapi
        mine, webhook = of(vapi, clinic), f"{MOVED}/api/vapi/webhook"
        assistant = mine[0] if mine else {}
        tools = [one for one in vapi.all("tool") if one["server"]["url"].startswith(MOVED)]
        (number,) = (one for one in vapi.all("phone-number") if one["number"] == _NUMBER)
        return {
            "synced": not await self._is_anything_pending(),
            "said": assistant.get("name") == "Front desk"
            and assistant["model"]["messages"][0]["content"] == "Be brief",
            "kept": assistant.get("firstMessage") == "Hello",
            "pointed": assistant.get("server", {}).get("url") == webhook,
            "tools": {one["function"]["name"] for one in tools} == set(_TOOLS),
            "attached": bool(assistant) and {one["id"] for one in tools} <= set(assistant["model"]["toolIds"]),
            "number": number.get("server", {}).get("url") == webhook
            and number.get("assistantId") == assistant.get("id"),
            "number learned": self.tenancy.held[clinic] == {_NUMBER: number["id"]},
            "registered": is_registered(self.tenancy, clinic, str(assistant.get("id"))),
        }


@asynccontextmanager
async def saves(database: ServiceDatabase) -> AsyncIterator[Saves]:
    network, clock = Network(), StoppedClock(datetime(2027, 3, 1, 12, tzinfo=UTC))
    connection = await asyncpg.connect(database.superuser_url)
    try:
        async with running_tenancy() as tenancy:
            settings = AssistantSyncSettings(
                database_url=database.app_url,
                tenancy_addr=tenancy.address,
                booking_addr=tenancy.address,
                vapi_private_key=VAPI_KEY,
                vapi_base_url="https://vapi.example",
                vapi_requests_per_second=10_000,
                vapi_webhook_secret="the-webhook-secret",
                backend_url=URL,
            )
            with _hurried():
                async with put_together(settings, clock=clock, vapi_transport=network) as use_cases:
                    yield Saves(use_cases, network, tenancy, clock, connection)
    finally:
        await connection.close()


@contextmanager
def _hurried() -> Iterator[None]:
    """Two tools instead of all; nobody waits between two attempts, nor for as long as Vapi asks."""
    whole, hold = app._catalogue, VapiAccountStore.hold
    short = [replace(tool) for tool in whole() if tool.name in _TOOLS]

    async def hold_shortly(self: VapiAccountStore, seconds: float) -> None:
        await hold(self, seconds / 100)

    app._catalogue = lambda: short
    VapiAccountStore.hold = hold_shortly  # type: ignore[method-assign]
    try:
        with stamina.set_testing(testing=True, attempts=3, cap=True):
            yield
    finally:
        app._catalogue = whole
        VapiAccountStore.hold = hold  # type: ignore[method-assign]
