"""The calls the demo plays: what callers want, what Vapi posts, and what is heard in return."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import httpx

from chassis.tenant import establish, tenant_scope
from switchboard.assistants.v1.agent_service_pb2 import INBOUND, SaveAgentRequest
from switchboard.assistants.v1.agent_service_pb2_grpc import AgentServiceStub
from switchboard_cli.stack.backends import Backends
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.public_urls import webhook_of
from switchboard_cli.stack.stack_file import SeededOrganization, StackFile
from switchboard_cli.vapi_simulator.playing import Heard, Line, PlayedCall

Speaker = Literal["caller", "tool", "answer", "event"]

UNKNOWN_NUMBER = "+13125550199"
MOVING_NUMBER = "+16175550117"
_HEARD_OF_WITHIN = 1.0
"""Seconds in which every gateway hears that a number has moved."""

_SATURDAY = 6


@dataclass(frozen=True, slots=True)
class Turn:
    speaker: Speaker
    words: str


@dataclass
class Call:
    """One played call: who calls whom, what was said, and its id in Vapi."""

    title: str
    number: str
    turns: list[Turn] = field(default_factory=list)
    vapi_call_id: str = ""
    heard: list[Heard] = field(default_factory=list)

    @property
    def last(self) -> Heard:
        return self.heard[-1]


@dataclass(frozen=True, slots=True)
class Story:
    """All calls of the demo, by what they show."""

    day: date
    booked: Call
    same_hour: Call
    slot_gone: Call
    forged: Call
    foreign: Call
    unknown: Call
    contradicting: Call
    put_through: Call
    goodbye: Call
    moved: tuple[Call, Call]
    """To a number that moves: the call that runs meanwhile, and the next one."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """Those to numbers that stay whose they are, or nobody's."""
        return (
            self.booked,
            self.same_hour,
            self.slot_gone,
            self.forged,
            self.foreign,
            self.unknown,
            self.contradicting,
            self.put_through,
            self.goodbye,
        )


class Player:
    """Plays on a running stack; `shown` is called at the end of each call."""

    def __init__(self, stack: StackFile, home: Home, client: httpx.AsyncClient, shown: Callable[[Call], None]) -> None:
        self._stack = stack
        self._home = home
        self._client = client
        self._shown = shown
        self.first, self.second = stack.organizations
        self._tools: list[dict[str, Any]] = []
        self.day = next_workday(datetime.now(ZoneInfo(self.first.timezone)).date())

    async def play(self) -> Story:
        self._tools = await self._published_tools()
        assistants = {one.id: await self._assistant(one) for one in self._stack.organizations}
        first, second = assistants[self.first.id], assistants[self.second.id]
        story = Story(
            day=self.day,
            booked=await self._books(self.first, first),
            same_hour=await self._books_the_same_hour(self.second, second),
            slot_gone=await self._wants_what_has_gone(self.first, first),
            forged=await self._is_forged(self.first),
            foreign=await self._shows_anothers_credential(self.first, self.second),
            unknown=await self._calls_an_unknown_number(),
            contradicting=await self._contradicts_itself(self.first, second),
            put_through=await self._is_put_through(self.first, first),
            goodbye=await self._says_goodbye(self.second, second),
            moved=await self._number_moves(self.first, self.second),
        )
        await self._save_again(self.first)
        return story

    async def _books(self, clinic: SeededOrganization, assistant: dict[str, Any]) -> Call:
        call = Call(f"Ana calls {clinic.name}", clinic.phone_number)
        played = await self._answered(call, caller="+12125550111", assistant=assistant)
        await self._use(call, played, "Is anything free that day?", "checkAvailability", {"date": str(self.day)})
        wish = self._wish("10:00", "Ana Exempla")
        heard = await self._use(call, played, "10 o'clock, please. Ana Exempla.", "bookClinicAppointment", wish)
        call.turns.append(Turn("event", "Vapi delivers the same tool call a second time"))
        again = await played.use_tool("bookClinicAppointment", wish, tool_call_id=heard.tool_call_id)
        self._hear(call, again)
        return await self._over(call, played)

    async def _books_the_same_hour(self, clinic: SeededOrganization, assistant: dict[str, Any]) -> Call:
        call = Call(f"Ben calls {clinic.name}: the same hour, at the same URL", clinic.phone_number)
        played = await self._answered(call, caller="+14155550112", assistant=assistant)
        wish = self._wish("10:00", "Ben Sample")
        await self._use(call, played, "10 o'clock, please. Ben Sample.", "bookClinicAppointment", wish)
        return await self._over(call, played)

    async def _wants_what_has_gone(self, clinic: SeededOrganization, assistant: dict[str, Any]) -> Call:
        call = Call(f"Cleo calls {clinic.name}: the slot that has just gone", clinic.phone_number)
        played = await self._answered(call, caller="+12125550113", assistant=assistant)
        book = "bookClinicAppointment"
        await self._use(call, played, "10 o'clock, please.", book, self._wish("10:00", "Cleo Muster"))
        await self._use(call, played, "Then 8 o'clock.", book, self._wish("8 am", "Cleo Muster"))
        return await self._over(call, played)

    async def _is_forged(self, clinic: SeededOrganization) -> Call:
        call = Call(f"Somebody who is not Vapi: {clinic.name}'s number, a wrong secret", clinic.phone_number)
        line = Line(self._client, server_url=self._webhook, secret="not-the-secret")  # noqa: S106  # so it is
        played = await self._answered(call, caller="+12125550114", line=line)
        await self._use(call, played, "", "bookClinicAppointment", self._wish("14:00", "Mallory Forge"))
        return await self._over(call, played)

    async def _shows_anothers_credential(self, clinic: SeededOrganization, other: SeededOrganization) -> Call:
        call = Call(f"{clinic.name}'s number, with {other.name}'s own credential", clinic.phone_number)
        credentials = f"/api/organizations/{other.id}/webhook-credentials"
        made = (await self._administer("POST", credentials, {"plan": {"type": "secret"}})).json()
        line = Line(self._client, server_url=self._webhook, secret=made["secret"])
        played = await self._answered(call, caller="+12125550114", line=line)
        await self._use(call, played, "", "bookClinicAppointment", self._wish("14:30", "Mallory Foreign"))
        await self._administer("DELETE", f"{credentials}/{made['id']}")
        return await self._over(call, played)

    async def _calls_an_unknown_number(self) -> Call:
        call = Call("A call to a number that no clinic has", UNKNOWN_NUMBER)
        played = await self._answered(call, caller="+13125550115")
        await self._use(call, played, "2 o'clock, please.", "bookClinicAppointment", self._wish("14:00", "Una Nobody"))
        return await self._over(call, played)

    async def _contradicts_itself(self, clinic: SeededOrganization, foreign: dict[str, Any]) -> Call:
        call = Call(f"{clinic.name}'s number, but the other clinic's assistant", clinic.phone_number)
        played = await self._answered(call, caller="+12125550116", assistant=foreign)
        await self._use(call, played, "3 o'clock, please.", "bookClinicAppointment", self._wish("15:00", "Otto Other"))
        return await self._over(call, played)

    async def _is_put_through(self, clinic: SeededOrganization, assistant: dict[str, Any]) -> Call:
        call = Call(f"Fina calls {clinic.name}: about an invoice", clinic.phone_number)
        played = await self._answered(call, caller="+12125550120", assistant=assistant)
        wish = {"department": "the accounts department", "summary": "An invoice is wrong"}
        heard = await self._use(
            call, played, "Somebody in accounts, please. An invoice is wrong.", "transferCall", wish
        )
        call.turns.append(Turn("event", "Vapi delivers the same tool call a second time"))
        self._hear(call, await played.use_tool("transferCall", wish, tool_call_id=heard.tool_call_id))
        return await self._over(call, played, reason="assistant-forwarded-call")

    async def _says_goodbye(self, clinic: SeededOrganization, assistant: dict[str, Any]) -> Call:
        call = Call(f"Gus calls {clinic.name}, and has nothing more to ask", clinic.phone_number)
        played = await self._answered(call, caller="+14155550121", assistant=assistant)
        await self._use(call, played, "That was all. Goodbye!", "endCall", {"reason": "nothing more to ask"})
        return await self._over(call, played)

    async def _number_moves(self, former: SeededOrganization, new: SeededOrganization) -> tuple[Call, Call]:
        """A number is moved while a call to it runs; then there is another call to it."""
        before = Call(f"Dora calls a line of {former.name}, which moves meanwhile", MOVING_NUMBER)
        await self._give(MOVING_NUMBER, former)
        played = await self._answered(before, caller="+16175550118")
        await self._give(MOVING_NUMBER, new, holder=former)
        before.turns.append(Turn("event", f"the administrator moves the number to {new.name}"))
        await asyncio.sleep(_HEARD_OF_WITHIN)
        book = "bookClinicAppointment"
        await self._use(before, played, "11 o'clock, please.", book, self._wish("11:00", "Dora Before"))
        await self._over(before, played)

        after = Call(f"Emil calls the same number, {new.name}'s now", MOVING_NUMBER)
        played = await self._answered(after, caller="+16175550119")
        await self._use(after, played, "11 o'clock, please.", book, self._wish("11:00", "Emil After"))
        await self._over(after, played)
        await self._give(MOVING_NUMBER, former, holder=new)
        return before, after

    async def _give(self, number: str, clinic: SeededOrganization, *, holder: SeededOrganization | None = None) -> None:
        """Map a number, or move it from its holder."""
        mapping = {"inbound_phone_number": number} | ({"move_from": holder.id} if holder else {})
        await self._administer("POST", "/api/inbound/phone-mappings", mapping, clinic.id)

    async def _administer(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, organization: str = ""
    ) -> httpx.Response:
        """As the administrator does, over HTTP."""
        headers = {"Authorization": f"Bearer {self._stack.admin_key}"}
        if organization:
            headers["X-Organization-Id"] = organization
        answer = await self._client.request(method, f"{self._stack.gateway_url}{path}", json=body, headers=headers)
        answer.raise_for_status()
        return answer

    async def _save_again(self, clinic: SeededOrganization) -> None:
        """Save the first clinic's agent a second time, changed: Vapi must still have one assistant of it."""
        changed = SaveAgentRequest(type=INBOUND, first_message=f"Good day, {clinic.name}. How can I help you?")
        async with Backends.of(self._stack, self._home.operator_token) as backends:
            with tenant_scope(establish(clinic.id)):
                await backends.assistant_sync.stub(AgentServiceStub).SaveAgent(changed, timeout=10)

    async def _answered(
        self,
        call: Call,
        *,
        caller: str,
        assistant: Mapping[str, Any] | None = None,
        line: Line | None = None,
    ) -> PlayedCall:
        usual = Line(
            self._client,
            server_url=self._webhook,
            # An assistant's own server settings carry the secret, put there by assistant-sync.
            secret=None if assistant else self._stack.webhook_secret,
            control_url=self._stack.vapi.base_url,
        )
        played = await (line or usual).start(
            called_number=call.number,
            caller_number=caller,
            assistant=assistant,
            tools=[tool for tool in self._tools if assistant and tool["id"] in assistant["model"]["toolIds"]],
        )
        call.vapi_call_id = played.id
        return played

    async def _use(
        self,
        call: Call,
        played: PlayedCall,
        words: str,
        tool: str,
        arguments: Mapping[str, Any],
        *,
        url: str | None = None,
    ) -> Heard:
        if words:
            call.turns.append(Turn("caller", words))
            played.caller_says(words)
        told = ", ".join(str(value) for value in arguments.values())
        call.turns.append(Turn("tool", f"{tool}({told})"))
        heard = await played.use_tool(tool, arguments, url=url)
        self._hear(call, heard)
        return heard

    def _hear(self, call: Call, heard: Heard) -> None:
        call.heard.append(heard)
        refused = f"HTTP {heard.http_status}: nothing is answered"
        call.turns.append(Turn("answer", refused if heard.http_status != httpx.codes.OK else heard.spoken))

    async def _over(self, call: Call, played: PlayedCall, reason: str | None = None) -> Call:
        await played.end(reason=reason)
        self._shown(call)
        return call

    def _wish(self, time: str, name: str) -> dict[str, str]:
        return {"appointmentDate": str(self.day), "appointmentTime": time, "patientName": name}

    @property
    def _webhook(self) -> str:
        return webhook_of(self._stack.gateway_url)

    async def _assistant(self, clinic: SeededOrganization) -> dict[str, Any]:
        """The assistant as Vapi has it, re-pointed to this stack if it is played through another gateway."""
        assistant: dict[str, Any] = await self._in_vapi(f"/assistant/{clinic.assistant_id}")
        return assistant | {"server": assistant["server"] | {"url": self._webhook}}

    async def _published_tools(self) -> list[dict[str, Any]]:
        """Every function tool as Vapi has it, likewise re-pointed."""
        tools = [tool for tool in await self._in_vapi("/tool?limit=1000") if tool["type"] == "function"]
        return [tool | {"server": tool["server"] | {"url": self._url_of(tool["function"]["name"])}} for tool in tools]

    async def _in_vapi(self, path: str) -> Any:
        found = await self._client.get(
            f"{self._stack.vapi.base_url}{path}", headers={"Authorization": f"Bearer {self._stack.vapi.api_key}"}
        )
        found.raise_for_status()
        return found.json()

    def _url_of(self, tool: str) -> str:
        return f"{self._stack.gateway_url}/api/vapi/tools/{tool}"


def next_workday(today: date) -> date:
    """The first day after tomorrow on which clinics are open."""
    day = today + timedelta(days=2)
    while day.isoweekday() >= _SATURDAY:
        day += timedelta(days=1)
    return day
