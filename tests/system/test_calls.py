"""Calls, from what Vapi posts to what `/api/calls` shows: each message in any order, several times, and late."""

import asyncio
import json
import os
import random
import signal
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid4, uuid5
from zoneinfo import ZoneInfo

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from booking.rpc.convert.calls import call_record
from gateway.answer.records.recording import request_of
from gateway.message.call_messages import read_call_message
from switchboard_cli.stack.stack_file import StackFile
from switchboard_cli.vapi_simulator.playing import Line
from tests.system.administering import Desk, new_number
from tests.system.running import PATIENCE_SECONDS, Running
from tests.system.test_faults import stopped, until_replaced
from tests.system.test_quarantine import until_delivered
from tests.system.test_webhook import BODIES, Body, flat_arguments, post

ZONE = ZoneInfo("America/New_York")
MORNINGS = [{"weekday": day, "opens": "08:00", "closes": "12:00"} for day in range(1, 8)]
FIXTURES_LINE, FIXTURES_ORGANIZATION = "+12065550142", "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
RECORDED = {
    path.stem: path.read_text() for path in BODIES if path.stem.startswith(("status-update", "end-of-call-report"))
}
OF_NOBODY = {"end-of-call-report-pipeline-error"}
"""Without any evidence."""


class Clinic:
    """An organization of a test's own with a line and a calendar, whose staff look at its calls."""

    def __init__(self, desk: Desk, stack: StackFile) -> None:
        self.desk = desk
        self.stack = stack
        self.day = datetime.now(ZONE).date() + timedelta(days=3)
        self.number = new_number()
        self.id = self.key = ""

    async def open(self) -> "Clinic":
        self.id = (await self.desk.new_organization())["id"]
        self.key = (await self.desk.new_key(self.id))["api_key"]
        await self.desk.new_mapping(self.id, self.number)
        for path, body in (
            ("/api/calendars", {"name": "Dr. Lake", "timezone": ZONE.key, "opening_hours": MORNINGS}),
            ("/api/services", {"name": "Cleaning", "duration_minutes": 30, "default_service": True}),
        ):
            await self.desk.told("POST", path, body, key=self.key)
        return self

    async def posts(self, client: httpx.AsyncClient, body: Body) -> httpx.Response:
        return await post(client, self.stack, body)

    async def delivers(self, client: httpx.AsyncClient, body: Body) -> httpx.Response:
        """As Vapi does: again, as long as it is told to."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (answer := await self.posts(client, body)).status_code == httpx.codes.SERVICE_UNAVAILABLE:
                await asyncio.sleep(0.2)
        assert answer.status_code == httpx.codes.OK
        return answer

    def message(self, message_type: str, call_id: str, **fields: Any) -> Body:
        told = {"type": message_type, "call": {"id": call_id}, "phoneNumber": {"number": self.number}}
        return {"message": told | fields}

    async def use(self, client: httpx.AsyncClient, call_id: str, tool: str, **arguments: str) -> str:
        """What a caller hears who has a number of their own."""
        caller = {"customer": {"number": f"+1415555{uuid5(NAMESPACE_OID, call_id).int % 10_000:04}"}}
        body = self.message("tool-calls", call_id, **flat_arguments(tool, arguments), **caller)
        (result,) = (await self.posts(client, body)).json()["results"]
        return str(result["result"])

    async def calls(self) -> list[Body]:
        """As staff see them, whole, without what differs between clinics."""
        listed = await self.desk.every("/api/calls", key=self.key)
        whole = [await self.desk.told("GET", f"/api/calls/{call['id']}", key=self.key) for call in listed]
        seen = [{name: value for name, value in call.items() if name not in ("id", "called_number")} for call in whole]
        return sorted(seen, key=lambda call: str(call["vapi_call_id"]))

    async def calls_when(self, count: int) -> list[Body]:
        """When so many are there, and nothing of them waits."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(calls := await self.calls()) < count or any(call["status"] is None for call in calls):
                await asyncio.sleep(0.1)
        return calls


@pytest.fixture
async def clinic(desk: Desk, stack: StackFile) -> Clinic:
    return await Clinic(desk, stack).open()


def bodies_for(clinic: Clinic) -> list[Body]:
    """Each as it is; and once more as if all were of one call."""
    texts = [
        body.replace(FIXTURES_LINE, clinic.number).replace(FIXTURES_ORGANIZATION, clinic.id)
        for name, body in RECORDED.items()
        if name not in OF_NOBODY
    ]
    bodies: list[Body] = [json.loads(text) for text in texts * 2]
    for body in bodies[len(texts) :]:
        body["message"]["call"]["id"] = "one-call"
    return bodies


async def test_every_body_three_times_at_once_and_in_any_order_ends_in_the_same_calls(
    client: httpx.AsyncClient, desk: Desk, stack: StackFile, clinic: Clinic
) -> None:
    for body in bodies_for(clinic):
        assert (await clinic.posts(client, body)).content == b"{}"
    expected = await clinic.calls_when(len({body["message"]["call"]["id"] for body in bodies_for(clinic)}))
    assert {call["status"] for call in expected} >= {"ended", "forwarding"}

    for seed in range(3):
        again = await Clinic(desk, stack).open()
        deliveries = bodies_for(again) * 3
        random.Random(seed).shuffle(deliveries)
        answers = await asyncio.gather(*(again.delivers(client, body) for body in deliveries))
        assert {answer.content for answer in answers} == {b"{}"}
        await again.calls_when(len(expected))
        assert await until(again, expected) == expected


async def until(clinic: Clinic, expected: list[Body]) -> list[Body]:
    """The clinic's calls when they are as expected, or when they are given up: status updates are recorded later."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (calls := await clinic.calls()) != expected and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return calls


async def test_a_report_that_comes_while_booking_is_away_is_sent_again_and_kept_once(
    client: httpx.AsyncClient, running: Running, clinic: Clinic
) -> None:
    report = clinic.message("end-of-call-report", str(uuid4()), transcript="User: Hello.", cost=0.25)
    await clinic.posts(client, clinic.message("status-update", str(uuid4()), status="ended"))

    with stopped(running.stack.pids["booking"]):
        refused = await clinic.posts(client, report)
    assert (refused.status_code, refused.json()["code"]) == (503, "MESSAGE_NOT_RECORDED")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (await clinic.posts(client, report)).status_code != httpx.codes.OK:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)

    of_it = [call for call in await clinic.calls() if call["vapi_call_id"] == report["message"]["call"]["id"]]
    assert [(call["transcript"], call["cost"], call["status"]) for call in of_it] == [("User: Hello.", 0.25, "ended")]


async def test_of_reports_that_come_while_booking_is_killed_none_is_lost_or_kept_twice(
    client: httpx.AsyncClient, running: Running, clinic: Clinic
) -> None:
    reports = [
        clinic.message("end-of-call-report", f"call-{number}", transcript=f"User: I am {number}.")
        for number in range(40)
    ]

    async def deliver(report: Body, after: float) -> list[int]:
        """As Vapi does: until it is acknowledged."""
        await asyncio.sleep(after)
        statuses: list[int] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while httpx.codes.OK not in statuses:
                statuses.append((await clinic.posts(client, report)).status_code)
        return statuses

    killed = running.stack.pids["booking"]
    delivering = [asyncio.create_task(deliver(report, number / 40)) for number, report in enumerate(reports)]
    await asyncio.sleep(0.5)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    statuses = await asyncio.gather(*delivering)
    await until_replaced(running, "booking", killed)

    assert {status for each in statuses for status in each} <= {httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE}
    said = sorted((call["vapi_call_id"], call["transcript"]) for call in await clinic.calls())
    assert said == sorted((f"call-{number}", f"User: I am {number}.") for number in range(40))


async def test_a_call_that_ends_frees_what_it_held_at_once(client: httpx.AsyncClient, clinic: Clinic) -> None:
    first, second, third = "call-that-holds", "call-that-waits", "call-that-books"
    wish = {"appointmentDate": str(clinic.day), "appointmentTime": "9am"}
    await clinic.use(client, first, "holdSlot", **wish)
    assert "already taken" in await clinic.use(client, second, "holdSlot", **wish)

    ended = await clinic.posts(client, clinic.message("status-update", first, status="ended"))

    assert ended.status_code == httpx.codes.OK
    booked = await clinic.use(client, third, "bookClinicAppointment", **wish, patientName="Ben Sample")
    assert booked.startswith("It is booked: ")


async def test_a_played_call_is_shown_with_everything_that_came_of_it(
    client: httpx.AsyncClient, clinic: Clinic, desk: Desk
) -> None:
    stack = clinic.stack
    line = Line(client, server_url=f"{stack.gateway_url}/api/vapi/webhook", secret=stack.webhook_secret)
    played = await line.start(called_number=clinic.number, caller_number="+14155550177")
    played.caller_says("9 o'clock, please.")
    wish = {"appointmentDate": str(clinic.day), "appointmentTime": "9am", "patientName": "Ana Exempla"}
    heard = await played.use_tool("bookClinicAppointment", wish)
    await played.end(summary="A cleaning was booked.")

    (call,) = await clinic.calls()

    (contact,) = (await desk.told("GET", "/api/contacts", key=clinic.key))["items"]
    assert call["appointment_ids"] == [heard.metadata["appointmentId"]]
    assert (call["vapi_call_id"], call["status"], call["direction"]) == (played.id, "ended", "inbound")
    assert (call["caller_number"], call["contact_id"]) == ("+14155550177", contact["id"])
    assert (call["ended_reason"], call["summary"]) == ("customer-ended-call", "A cleaning was booked.")
    assert (call["success_evaluation"], call["tools_used"]) == ("true", ["bookClinicAppointment"])
    assert call["transcript"] == "User: 9 o'clock, please."
    assert call["duration_seconds"] >= 0
    assert call["cost"] >= 0


async def test_what_came_before_the_clinic_is_recorded_once_its_number_is_mapped(
    client: httpx.AsyncClient, desk: Desk, clinic: Clinic
) -> None:
    clinic.number, call_id = new_number(), str(uuid4())
    for body in (
        clinic.message("status-update", call_id, status="in-progress", customer={"number": "+14155550177"}),
        clinic.message("end-of-call-report", call_id, transcript="User: Hello.", endedReason="customer-ended-call"),
    ):
        assert (await clinic.posts(client, body)).content == b"{}"
    assert await clinic.calls() == []

    await desk.new_mapping(clinic.id, clinic.number)

    await until_delivered(desk, call_id)
    (call,) = await clinic.calls()
    assert (call["vapi_call_id"], call["status"]) == (call_id, "ended")
    assert (call["caller_number"], call["transcript"]) == ("+14155550177", "User: Hello.")


async def test_a_call_of_one_clinic_is_not_shown_to_another(
    client: httpx.AsyncClient, desk: Desk, stack: StackFile, clinic: Clinic
) -> None:
    other = await Clinic(desk, stack).open()
    await clinic.posts(client, clinic.message("end-of-call-report", "call-of-both", summary="Ours"))
    await other.posts(client, other.message("end-of-call-report", "call-of-both", summary="Theirs, and longer"))
    (listed,) = await desk.every("/api/calls", key=clinic.key)

    assert [call["summary"] for call in await clinic.calls()] == ["Ours"]
    assert (await desk.ask("GET", f"/api/calls/{listed['id']}", key=other.key)).status_code == httpx.codes.NOT_FOUND


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda some: (
        st.lists(some, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "cost", "total", "stt", "structuredData", "name", "result"]), some)
    ),
    max_leaves=8,
)
FIELDS = (
    *("status", "endedReason", "startedAt", "endedAt", "durationMs", "durationSeconds", "durationMinutes", "cost"),
    *("costs", "costBreakdown", "analysis", "artifact", "summary", "transcript", "messages", "recordingUrl"),
    *("stereoRecordingUrl", "assistant", "customer", "phoneNumber"),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(FIELDS), anything | st.dictionaries(st.text(max_size=4), anything, max_size=3)),
    st.sampled_from(["status-update", "end-of-call-report"]),
)
def test_what_the_gateway_reads_of_a_body_is_never_refused_by_booking(fields: Body, message_type: str) -> None:
    body = json.dumps({"message": fields | {"type": message_type, "call": {"id": "call-1"}}}).encode()

    assert call_record(request_of(read_call_message(body), frozenset())).vapi_call_id == "call-1"
