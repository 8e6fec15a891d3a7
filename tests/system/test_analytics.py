"""Reports, from what Vapi posts and staff do: an analyst counts everything again from the tables that are exported."""

import asyncio
import csv
import io
import random
import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5

import httpx
import pytest

from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk
from tests.system.recount import recounted
from tests.system.running import PATIENCE_SECONDS
from tests.system.test_calls import Clinic
from tests.system.test_verbs import block, in_a_shell
from tests.system.test_webhook import post

ANALYTICS = "/api/analytics"
DOCUMENT = Path(__file__).parents[2] / "docs" / "analytics.md"
REASONS = ("customer-ended-call", "assistant-forwarded-call", "pipeline-error-openai-llm-failed", "voicemail")
TYPES = ("inboundPhoneCall", "outboundPhoneCall", "webCall")


class Practice(Clinic):
    """A clinic whose callers and staff do things, and whose calls are reported."""

    async def use(self, client: httpx.AsyncClient, call_id: str, tool: str, **arguments: str) -> str:
        """Several tools in one call, and each caller from a number of their own."""
        use = {"id": str(uuid4()), "name": tool, "arguments": arguments}
        number = f"+1415555{uuid5(NAMESPACE_OID, call_id).int % 10_000:04}"
        body = self.message("tool-calls", call_id, toolCallList=[use], customer={"number": number})
        (result,) = (await self.posts(client, body)).json()["results"]
        return str(result["result"])

    def report(self, call_id: str, chance: random.Random) -> dict[str, Any]:
        started_at = datetime.now(UTC) - timedelta(minutes=chance.randrange(1, 14_000))
        seconds = chance.randrange(1, 600_000) / 1000
        tools = chance.sample(["checkAvailability", "holdSlot", "endCall"], chance.randrange(3))
        uses = [{"id": f"use-{tool}", "function": {"name": tool, "arguments": {}}} for tool in tools]
        return self.message(
            "end-of-call-report",
            call_id,
            call={"id": call_id, "type": chance.choice(TYPES)},
            customer={"number": f"+1415555{chance.randrange(10_000):04}"},
            startedAt=started_at.isoformat(),
            endedAt=(started_at + timedelta(seconds=seconds)).isoformat(),
            durationSeconds=seconds,
            endedReason=chance.choice(REASONS),
            cost=round(chance.random(), 4),
            costBreakdown={"llm": round(chance.random(), 4), "tts": round(chance.random(), 4)},
            artifact={"messages": [{"role": "tool_calls", "toolCalls": uses}]},
        )

    async def work(self, contact: dict[str, str]) -> None:
        """Staff book, move and cancel."""
        (calendar,) = await self.desk.every("/api/calendars", key=self.key)
        (service,) = await self.desk.every("/api/services", key=self.key)
        new = {"calendar_id": calendar["id"], "service_id": service["id"], "contact_id": contact["id"]}
        at = f"{self.day + timedelta(days=1)}T%s:00-05:00"
        made = [
            await self.desk.told("POST", "/api/appointments", new | {"starts_at": at % hour}, key=self.key)
            for hour in ("08:00", "09:00")
        ]
        path = f"/api/appointments/{made[0]['id']}"
        await self.desk.told("PATCH", path, {"starts_at": at % "10:00"}, key=self.key)
        await self.desk.told("DELETE", f"/api/appointments/{made[1]['id']}", key=self.key)

    async def summary(self, **period: str) -> Any:
        return await self.desk.told("GET", f"{ANALYTICS}/summary", key=self.key, **period)

    async def table(self, name: str, **period: str) -> list[dict[str, str]]:
        answer = await self.desk.ask("GET", f"{ANALYTICS}/{name}.csv", key=self.key, **period)
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.text)))

    async def until_told(self, uses: int) -> None:
        """What tools were used for is told a moment later."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while len(await self.table("tools")) < uses:
            assert time.monotonic() < give_up
            await asyncio.sleep(0.05)


@pytest.fixture
async def practice(desk: Desk, stack: StackFile) -> Practice:
    practice = Practice(desk, stack)
    await practice.open()
    return practice


async def test_every_figure_can_be_counted_again_from_the_tables(practice: Practice, client: httpx.AsyncClient) -> None:
    chance = random.Random(1)
    calls = [str(uuid4()) for _ in range(20)]
    when = {"appointmentDate": practice.day.isoformat()}
    for place, call in enumerate(calls[:4]):
        booking = when | {"appointmentTime": f"{8 + place:02}:00", "patientName": f"Ana Exempla {place}"}
        await practice.use(client, call, "bookClinicAppointment", **booking)
    await practice.use(
        client, calls[4], "bookClinicAppointment", **when, appointmentTime="08:00", patientName="Ben Late"
    )
    await practice.use(client, calls[5], "checkAvailability", date=practice.day.isoformat())
    await practice.use(client, calls[0], "cancelAppointment", patientName="Ana Exempla 0")
    await practice.use(client, calls[1], "rescheduleAppointment", newDate=practice.day.isoformat(), newTime="11:30")
    reports = [practice.report(call, chance) for call in calls]
    for report in [*reports, reports[0]]:
        assert (await practice.posts(client, report)).status_code == 200
    await practice.posts(
        client, practice.message("status-update", str(uuid4()), status="ended", endedReason="customer-busy")
    )
    await practice.work(
        await practice.desk.told("POST", "/api/contacts", {"name": "Cy", "phone": "+14155550123"}, key=practice.key)
    )
    await practice.until_told(8)

    summary = await practice.summary()
    rows, changes, uses = [await practice.table(name) for name in ("calls", "appointments", "tools")]

    told = {name: value for name, value in summary.items() if name not in ("from", "to", "timezone")}
    told["ended_reasons"] = Counter({(one["outcome"], one["reason"]): one["calls"] for one in told["ended_reasons"]})
    assert told == recounted(rows, changes, uses, [one["day"] for one in summary["days"]])
    assert summary["calls"]["total"] == len(calls) + 1
    assert summary["calls"]["incomplete"] == 1
    messages = [report["message"] for report in reports]
    assert summary["cost"]["total"] == round(float(sum(Decimal(str(one["cost"])) for one in messages)), 6)
    assert summary["duration"]["minutes"] == round(sum(one["durationSeconds"] for one in messages) / 60, 2)
    assert summary["appointments"] == {
        "by_assistants": {"booked": 4, "moved": 1, "cancelled": 1},
        "by_staff": {"booked": 2, "moved": 1, "cancelled": 1},
    }
    (booking,) = [one for one in summary["tools"] if one["tool"] == "bookClinicAppointment"]
    assert (booking["uses"], booking["no_answers"]) == (5, {"taken": 1})


async def test_a_period_holds_what_began_in_it(practice: Practice, client: httpx.AsyncClient) -> None:
    for started_at in ("2026-03-07T23:59:59-05:00", "2026-03-08T00:00:00-05:00", "2026-03-08T23:59:59-04:00"):
        report = practice.message("end-of-call-report", str(uuid4()), startedAt=started_at, endedReason="voicemail")
        await practice.posts(client, report)

    period = {"from": "2026-03-08", "to": "2026-03-09"}
    assert [call["at"] for call in await practice.table("calls", **period)] == [
        "2026-03-08T00:00:00-05:00",
        "2026-03-08T23:59:59-04:00",
    ]
    assert (await practice.summary(**period))["outcomes"]["voicemail"] == 2


async def test_another_organizations_calls_are_in_no_figure(
    practice: Practice, desk: Desk, client: httpx.AsyncClient
) -> None:
    await practice.posts(client, practice.report(str(uuid4()), random.Random(2)))
    other = (await desk.new_key((await desk.new_organization())["id"], "read"))["api_key"]

    assert (await desk.told("GET", f"{ANALYTICS}/summary", key=other))["calls"]["total"] == 0
    table = await desk.ask("GET", f"{ANALYTICS}/calls.csv", key=other)
    assert len(table.text.splitlines()) == 1


async def test_the_documents_example_counts_what_the_summary_tells(
    stack: StackFile, home: Home, client: httpx.AsyncClient
) -> None:
    line = stack.organizations[0].phone_number
    report = {
        "type": "end-of-call-report",
        "call": {"id": str(uuid4())},
        "phoneNumber": {"number": line},
        "cost": 0.0712,
    }
    await post(client, stack, {"message": report})

    counted = in_a_shell(block(DOCUMENT, "sh"), home)

    assert counted.returncode == 0, counted.stderr
    assert re.search(r"^[1-9]\d* calls, counted twice$", counted.stdout, re.MULTILINE)
