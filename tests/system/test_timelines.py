"""A call's timeline, from what Vapi posts to what staff are shown."""

import asyncio
import time
from typing import Any
from uuid import uuid4

import httpx
import pytest

from switchboard_cli.stack.home import Home
from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk
from tests.system.running import PATIENCE_SECONDS
from tests.system.test_calls import Clinic
from tests.system.test_verbs import DOCS, block, in_a_shell
from tests.system.test_webhook import flat_arguments

PATIENT = {"patientName": "Ana Exempla", "patientPhone": "+14155550177", "patientEmail": "ana@example.com"}


@pytest.fixture
async def clinic(desk: Desk, stack: StackFile) -> Clinic:
    return await Clinic(desk, stack).open()


async def timeline_when(clinic: Clinic, call_id: str, count: int, **query: str) -> dict[str, Any]:
    """When so many events are on it."""
    path = f"/api/calls/{call_id}/timeline"
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            answer = await clinic.desk.ask("GET", path, key=clinic.key, **query)
            if answer.is_success and len(answer.json()["events"]) >= count:
                told: dict[str, Any] = answer.json()
                return told
            await asyncio.sleep(0.1)


async def test_a_call_is_told_event_by_event_and_why_a_time_was_not_offered(
    clinic: Clinic, client: httpx.AsyncClient
) -> None:
    first, second = str(uuid4()), str(uuid4())
    day = clinic.day.isoformat()
    when = {"appointmentDate": day, "appointmentTime": "10:00"}
    await clinic.use(client, first, "bookClinicAppointment", **when, **PATIENT)

    now = int(time.time() * 1000)
    await clinic.posts(client, clinic.message("status-update", second, status="in-progress", timestamp=now - 3000))
    talk = [{"role": "assistant", "content": "Good morning."}, {"role": "user", "content": "It is Ana Exempla."}]
    update = clinic.message("conversation-update", second, messagesOpenAIFormatted=talk, timestamp=now - 2000)
    await clinic.posts(client, update)
    heard = await clinic.use(client, second, "checkAvailability", date=day)
    told = await timeline_when(clinic, second, 4, why="10:00")

    status, conversation, tool_calls, use = told["events"]
    assert (status["message"]["type"], status["message"]["status"]) == ("status-update", "in-progress")
    assert conversation["message"]["turns"] == 2
    assert (tool_calls["message"]["evidence"], tool_calls["message"]["verified_by"]) == (["called_number"], "platform")
    used = use["tool_call"]
    assert (used["tool"], used["outcome"], used["say"], used["arguments"]) == (
        "checkAvailability",
        "free",
        heard,
        {"date": day},
    )
    assert use["milliseconds"] >= used["rpc_milliseconds"] >= used["service_milliseconds"]
    assert used["service_milliseconds"] >= used["database_milliseconds"] > 0
    (why,) = used["explanations"]
    assert (why["calendar_name"], why["reason"]) == ("Dr. Lake", "appointment")
    assert told["status"] == "in-progress"


async def test_what_is_shown_of_a_call_in_a_terminal_is_as_told(
    clinic: Clinic, client: httpx.AsyncClient, home: Home
) -> None:
    call_id = str(uuid4())
    await clinic.use(client, call_id, "checkAvailability", date=clinic.day.isoformat())
    await timeline_when(clinic, call_id, 2)

    shown = await asyncio.to_thread(in_a_shell, block(DOCS / "calls.md", "sh"), home, CALL=call_id)

    assert shown.returncode == 0, shown.stderr
    assert "checkAvailability → free" in shown.stdout
    assert "Dr. Lake: 10:00 on" in " ".join(shown.stdout.split())
    assert "2 events" in shown.stdout


async def test_who_was_booked_is_nowhere_on_a_timeline(clinic: Clinic, client: httpx.AsyncClient) -> None:
    call_id = str(uuid4())
    when = {"appointmentDate": clinic.day.isoformat(), "appointmentTime": "09:00"}
    await clinic.use(client, call_id, "bookClinicAppointment", **when, **PATIENT)
    await clinic.use(client, call_id, "lookupCaller", searchKey="Ana Exempla", searchType="name")
    told = str(await timeline_when(clinic, call_id, 4))
    assert not any(word in told for word in ("Ana", "Exempla", "4155550177", "ana@example.com"))


async def test_what_was_said_in_place_of_a_service_a_time_or_a_department_is_nowhere_on_a_timeline(
    clinic: Clinic, client: httpx.AsyncClient
) -> None:
    call_id, day = str(uuid4()), clinic.day.isoformat()
    wish = "HIV result talk for Anna Wexlington"
    for tool, asked in (
        ("checkAvailability", {"date": day, "serviceType": wish, "timezone": wish}),
        ("checkAvailability", {"date": day, "practitioner": "Dr. Lake"}),
        ("holdSlot", {"appointmentDate": day, "appointmentTime": "10:00 for Anna Wexlington"}),
        ("transferCall", {"department": "nurse Wexlington about my HIV test", "summary": wish}),
        ("lookupCaller", {"searchKey": "Anna", "searchType": "Wexlington"}),
    ):
        await clinic.posts(client, clinic.message("tool-calls", call_id, **flat_arguments(tool, asked)))
    told = await timeline_when(clinic, call_id, 10)
    assert not any(word in str(told) for word in ("Anna", "Wexlington", "HIV"))
    kept = [one["tool_call"]["arguments"] for one in told["events"] if one["tool_call"]]
    assert {"date": day, "practitioner": "Dr. Lake"} in kept


async def test_another_clinic_has_no_such_call(clinic: Clinic, desk: Desk, stack: StackFile, client: Any) -> None:
    call_id = str(uuid4())
    await clinic.use(client, call_id, "checkAvailability", date=clinic.day.isoformat())
    await timeline_when(clinic, call_id, 2)
    other = await Clinic(desk, stack).open()
    answer = await desk.ask("GET", f"/api/calls/{call_id}/timeline", key=other.key)
    assert (answer.status_code, answer.json()["code"]) == (404, "CALL_NOT_FOUND")
