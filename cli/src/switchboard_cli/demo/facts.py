"""Whether what the demo shows is so, judged by reading the databases and Vapi.

Of the gateway's replies only what stands in no table counts: that a forger was answered 401. Each fact names what was
read. A demo that shows something that is not so fails.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import asyncpg
import httpx

from chassis.tools import load_catalogue
from switchboard_cli.demo.calls import UNKNOWN_NUMBER, Call, Story
from switchboard_cli.stack.stack_file import DatabaseUrls, SeededOrganization, StackFile

_TEN = time(10)
_EIGHT = time(8)
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Fact:
    claim: str
    holds: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment as the database has it."""

    id: str
    organization_id: str
    patient: str
    local_start: datetime
    timezone: str
    vapi_call_id: str


class Judge:
    """Reads a stack's databases as their owners, one organization at a time: row security binds owners too."""

    def __init__(self, stack: StackFile, client: httpx.AsyncClient) -> None:
        self._stack = stack
        self._client = client
        self.first, self.second = stack.organizations

    async def judge(self, story: Story) -> list[Fact]:
        bookings = [one for clinic in self._stack.organizations for one in await self.bookings(clinic)]
        checks: list[Callable[[Story, list[Booking]], Awaitable[Fact]]] = [
            self._booked_once,
            self._the_call_is_recorded,
            self._same_hour,
            self._the_second_caller_got_another_time,
            self._all_are_where_they_belong,
            self._nothing_overlaps,
            self._the_forger_got_nothing,
            self._the_unknown_number_got_nothing,
            self._contradiction_got_nothing,
            self._put_through_once,
            self._the_assistant_hung_up,
            self._a_move_begins_with_the_next_call,
            self._one_assistant_each,
            self._tools_once,
            self._numbers_lead_to_their_assistants,
        ]
        return [await check(story, bookings) for check in checks]

    async def bookings(self, clinic: SeededOrganization) -> list[Booking]:
        """A clinic's booked appointments, by start."""
        async with self._owner(self._stack.databases["booking"], clinic) as database:
            rows = await database.fetch(
                "select a.id::text, a.org_id::text, c.name, a.local_start, a.timezone, coalesce(a.vapi_call_id, '')"
                " from appointments a join contacts c on (c.org_id, c.id) = (a.org_id, a.contact_id)"
                " where a.status = 'booked' order by a.starts_at, a.id"
            )
        return [Booking(*row) for row in rows]

    async def _booked_once(self, story: Story, bookings: list[Booking]) -> Fact:
        made = _of(story.booked, bookings)
        answers = await self._kept_answers(self.first, story.booked)
        heard = [one.spoken for one in story.booked.heard if one.tool_call_id == story.booked.last.tool_call_id]
        return Fact(
            f"Ana is booked once at {self.first.name}, at 10:00 on its own clock; asked again, the kept answer came",
            [(one.local_start.time(), one.timezone) for one in made] == [(_TEN, self.first.timezone)]
            and len(answers) == 1
            and heard == answers * 2,
            f"{_seen(made)}; {len(answers)} answer kept, heard {sum(one in answers for one in heard)} times",
        )

    async def _the_call_is_recorded(self, story: Story, _bookings: list[Booking]) -> Fact:
        calls = await self._recorded_calls(self.first, story.booked)
        return Fact(
            "Ana's call is recorded once, with its report, the appointment made in it, and what was said, sealed",
            calls == [("ended", True, True, 1)],
            "; ".join(
                f"{status}; {'a' if reported else 'NO'} report; what was said is {'sealed' if sealed else 'MISSING'};"
                f" {appointments} appointment"
                for status, reported, sealed, appointments in calls
            )
            or "no row in calls",
        )

    async def _same_hour(self, story: Story, bookings: list[Booking]) -> Fact:
        made = _of(story.same_hour, bookings)
        return Fact(
            f"Ben has the same hour at {self.second.name}, in its own time zone",
            [(one.local_start.time(), one.timezone) for one in made] == [(_TEN, self.second.timezone)],
            _seen(made),
        )

    async def _the_second_caller_got_another_time(self, story: Story, bookings: list[Booking]) -> Fact:
        made = _of(story.slot_gone, bookings)
        return Fact(
            "Cleo did not get the slot that had gone, and got the one she was offered instead",
            [one.local_start.time() for one in made] == [_EIGHT],
            _seen(made),
        )

    async def _all_are_where_they_belong(self, story: Story, bookings: list[Booking]) -> Fact:
        """The number that was called decides, as `organizations` in stack.json has it and as tenancy has it."""
        expected = {call.vapi_call_id: self._owner_of(call.number) for call in story.calls}
        strays = [one for one in bookings if expected.get(one.vapi_call_id, one.organization_id) != one.organization_id]
        mapped = {clinic.phone_number: await self._number_of(clinic) for clinic in self._stack.organizations}
        return Fact(
            "Every appointment is in the calendar of the clinic whose number was called",
            not strays and all(number in numbers for number, numbers in mapped.items()),
            f"{len(bookings)} appointments read, {len(strays)} strays",
        )

    async def _nothing_overlaps(self, _story: Story, bookings: list[Booking]) -> Fact:
        overlaps = sum([await self._overlaps(clinic) for clinic in self._stack.organizations])
        refused = bool(bookings) and await self._database_refuses_a_twin(bookings[0])
        return Fact(
            "No two appointments overlap, and PostgreSQL itself refuses a second one",
            overlaps == 0 and refused,
            f"{overlaps} overlaps; a twin put in by hand was {'refused' if refused else 'ACCEPTED'}",
        )

    async def _the_forger_got_nothing(self, story: Story, bookings: list[Booking]) -> Fact:
        calls = (story.forged, story.foreign)
        statuses = {heard.http_status for call in calls for heard in call.heard}
        made = [booking for call in calls for booking in _of(call, bookings)]
        return Fact(
            "A wrong secret gets 401 and books nothing; another clinic's credential too",
            not made and statuses == {_UNAUTHORIZED},
            f"HTTP {', '.join(map(str, statuses))}; {_seen(made)}",
        )

    async def _the_unknown_number_got_nothing(self, story: Story, bookings: list[Booking]) -> Fact:
        made = _of(story.unknown, bookings)
        return Fact(f"A call to {UNKNOWN_NUMBER}, which nobody has, books nothing anywhere", not made, _seen(made))

    async def _contradiction_got_nothing(self, story: Story, bookings: list[Booking]) -> Fact:
        made = _of(story.contradicting, bookings)
        return Fact("Contradicting evidence is refused, not resolved by preference", not made, _seen(made))

    async def _put_through_once(self, story: Story, _bookings: list[Booking]) -> Fact:
        commands = await self._in_vapi(f"/_simulator/calls/{story.put_through.vapi_call_id}/commands")
        called = [one.get("destination", {}).get("number") for one in commands if one.get("type") == "transfer"]
        billing = await self._number_of_department(self.first, "Billing")
        heard = {one.spoken for one in story.put_through.heard}
        return Fact(
            "Fina is put through to Billing, once, although Vapi delivered it twice",
            called == [billing] and len(heard) == 1,
            f"put through to {', '.join(map(str, called)) or 'nobody'}; Billing has {billing};"
            f" {len(heard)} answer heard {len(story.put_through.heard)} times",
        )

    async def _the_assistant_hung_up(self, story: Story, _bookings: list[Booking]) -> Fact:
        async with self._owner(self._stack.databases["booking"], self.second) as database:
            reason = await database.fetchval(
                "select ended_reason from calls where vapi_call_id = $1", story.goodbye.vapi_call_id
            )
        return Fact("The assistant hung up when Gus said goodbye", reason == "assistant-ended-call", str(reason))

    async def _a_move_begins_with_the_next_call(self, story: Story, bookings: list[Booking]) -> Fact:
        before, after = (_of(call, bookings) for call in story.moved)
        return Fact(
            "A moved number's next call is the new clinic's; the call that ran meanwhile stays the former one's",
            ([one.organization_id for one in before], [one.organization_id for one in after])
            == ([self.first.id], [self.second.id]),
            f"{_seen(before)}; {_seen(after)}",
        )

    async def _one_assistant_each(self, _story: Story, _bookings: list[Booking]) -> Fact:
        assistants = await self._in_vapi("/assistant")
        mine = {
            clinic.id: [one for one in assistants if one.get("metadata", {}).get("org_id") == clinic.id]
            for clinic in self._stack.organizations
        }
        patched = any(one["firstMessage"].startswith("Good day") for one in mine[self.first.id])
        return Fact(
            "Each clinic has one assistant in Vapi; saving it again patched it and made no second one",
            all(len(found) == 1 for found in mine.values()) and patched,
            f"{len(assistants)} assistants listed by Vapi",
        )

    async def _tools_once(self, _story: Story, _bookings: list[Booking]) -> Fact:
        tools = [one for one in await self._in_vapi("/tool") if one["type"] == "function"]
        names = [one["function"]["name"] for one in tools]
        attached = [
            set(one.get("model", {}).get("toolIds", ()))
            for one in await self._in_vapi("/assistant")
            if one.get("metadata", {}).get("org_id") in {clinic.id for clinic in self._stack.organizations}
        ]
        return Fact(
            "The tools are published once for all clinics, and every clinic's assistant has them",
            sorted(names) == sorted(load_catalogue()) and all({one["id"] for one in tools} <= has for has in attached),
            f"{len(names)} tools listed by Vapi, {len(set(names))} names",
        )

    async def _numbers_lead_to_their_assistants(self, _story: Story, _bookings: list[Booking]) -> Fact:
        answering = {one["number"]: one.get("assistantId") for one in await self._in_vapi("/phone-number")}
        return Fact(
            "Each clinic's number in Vapi is answered by its own assistant",
            all(answering.get(clinic.phone_number) == clinic.assistant_id for clinic in self._stack.organizations),
            f"{len(answering)} numbers listed by Vapi",
        )

    async def _in_vapi(self, path: str) -> list[dict[str, Any]]:
        listed = await self._client.get(
            f"{self._stack.vapi.base_url}{path}",
            params={"limit": 1000},
            headers={"Authorization": f"Bearer {self._stack.vapi.api_key}"},
        )
        found: list[dict[str, Any]] = listed.json()
        return found

    async def _overlaps(self, clinic: SeededOrganization) -> int:
        async with self._owner(self._stack.databases["booking"], clinic) as database:
            count: int = await database.fetchval(
                "select count(*) from appointments a join appointments b"
                " on (a.org_id, a.calendar_id) = (b.org_id, b.calendar_id) and a.id < b.id"
                " and a.occupied && b.occupied and a.status = 'booked' and b.status = 'booked'"
            )
        return count

    async def _database_refuses_a_twin(self, booking: Booking) -> bool:
        """Put the same appointment in a second time, without any program in between, and take it back."""
        clinic = next(one for one in self._stack.organizations if one.id == booking.organization_id)
        async with self._owner(self._stack.databases["booking"], clinic) as database:
            transaction = database.transaction()
            await transaction.start()
            try:
                await database.execute(
                    "insert into appointments (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at,"
                    " occupied, timezone, local_start, status) select org_id, gen_random_uuid(), calendar_id,"
                    " service_id, contact_id, starts_at, ends_at, occupied, timezone, local_start, status"
                    " from appointments where id = $1::uuid",
                    booking.id,
                )
            except asyncpg.ExclusionViolationError:
                return True
            else:
                return False
            finally:
                await transaction.rollback()

    async def _kept_answers(self, clinic: SeededOrganization, call: Call) -> list[str]:
        """What booking keeps of the call's last tool call, however often that was delivered."""
        async with self._owner(self._stack.databases["booking"], clinic) as database:
            rows = await database.fetch(
                "select say from tool_calls where conversation_id = $1 and tool_call_id = $2",
                call.vapi_call_id,
                call.last.tool_call_id,
            )
        return [row[0] for row in rows]

    async def _recorded_calls(self, clinic: SeededOrganization, call: Call) -> list[tuple[Any, ...]]:
        """Status, whether there is a report, whether something said, and how many appointments."""
        async with self._owner(self._stack.databases["booking"], clinic) as database:
            rows = await database.fetch(
                "select status, ended_at is not null, sealed_transcript is not null,"
                " (select count(*) from appointments a"
                " where (a.org_id, a.vapi_call_id) = (c.org_id, c.vapi_call_id) and a.status = 'booked')"
                " from calls c where vapi_call_id = $1",
                call.vapi_call_id,
            )
        return [tuple(row) for row in rows]

    async def _number_of_department(self, clinic: SeededOrganization, name: str) -> str | None:
        async with self._owner(self._stack.databases["assistant_sync"], clinic) as database:
            number: str | None = await database.fetchval("select number from departments where name = $1", name)
        return number

    async def _number_of(self, clinic: SeededOrganization) -> list[str]:
        async with self._owner(self._stack.databases["tenancy"], clinic) as database:
            rows = await database.fetch("select inbound_phone_number from phone_number_mapping")
        return [row[0] for row in rows]

    def _owner_of(self, number: str) -> str | None:
        return next((one.id for one in self._stack.organizations if one.phone_number == number), None)

    @asynccontextmanager
    async def _owner(
        self, urls: DatabaseUrls, clinic: SeededOrganization
    ) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        connection = await asyncpg.connect(urls.owner)
        try:
            await connection.execute("select set_config('app.org_id', $1, false)", clinic.id)
            yield connection
        finally:
            await connection.close()


def _of(call: Call, bookings: list[Booking]) -> list[Booking]:
    return [one for one in bookings if one.vapi_call_id == call.vapi_call_id]


def _seen(bookings: list[Booking]) -> str:
    if not bookings:
        return "no row in any clinic's appointments"
    return "; ".join(f"{one.patient}, {one.local_start:%a %H:%M} {one.timezone}" for one in bookings)
