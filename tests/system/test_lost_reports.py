"""Reports that never arrived come back from Vapi, each once; and what was recorded can be heard by whoever may."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from switchboard_cli.stack.stack_file import SeededOrganization, StackFile
from switchboard_cli.vapi_simulator.playing import Line, PlayedCall
from switchboard_cli.vapi_simulator.recordings import sound
from tests.system.administering import Desk
from tests.system.running import PATIENCE_SECONDS, Running
from tests.system.test_faults import until_replaced

CALLS = 24
LARGEST_BODY = 2 * 1024 * 1024
"""That the gateway takes."""

COMPARISON = "/api/platform/call-comparison"
TOLD_ANEW = {"id", "vapi_call_id", "started_at", "ended_at", "duration_seconds", "cost", "cost_parts"}
"""What is another with each call."""


@dataclass(frozen=True, slots=True)
class Clinic:
    """A seeded clinic with its line and assistant as the account has them, whose calls the account lists."""

    desk: Desk
    organization: SeededOrganization
    line: Line
    phone_number: dict[str, Any]
    assistant: dict[str, Any]

    async def call(self, words: str, caller: str = "+14155550123") -> PlayedCall:
        call = await self.line.start(phone_number=self.phone_number, caller_number=caller, assistant=self.assistant)
        call.caller_says(words)
        return call

    async def recorded(self) -> dict[str, list[dict[str, Any]]]:
        """Its calls as staff see them, by Vapi's id."""
        found: dict[str, list[dict[str, Any]]] = {}
        for call in await self.desk.every("/api/calls", key=self.organization.api_key):
            whole = await self.desk.told("GET", f"/api/calls/{call['id']}", key=self.organization.api_key)
            found.setdefault(call["vapi_call_id"], []).append(whole)
        return found

    async def completeness(self) -> dict[str, int]:
        """All days together."""
        since = (datetime.now(UTC) - timedelta(days=2)).isoformat()
        told = await self.desk.told("GET", "/api/calls/completeness", key=self.organization.api_key, **{"from": since})
        return {name: sum(day[name] for day in told["days"]) for name in ("in_vapi", "reported", "fetched", "missing")}

    async def compare_until(self, **wanted: int) -> dict[str, int]:
        """Have Vapi's calls compared until that is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await self.desk.told("POST", COMPARISON, {})
                figures = await self.completeness()
                if {name: figures[name] for name in wanted} == wanted:
                    return figures
                await asyncio.sleep(0.5)


@pytest.fixture
async def account(stack: StackFile) -> AsyncIterator[httpx.AsyncClient]:
    key = {"Authorization": f"Bearer {stack.vapi.api_key}"}
    async with httpx.AsyncClient(base_url=stack.vapi.base_url, headers=key, timeout=20) as client:
        yield client


@pytest.fixture
async def clinic(stack: StackFile, desk: Desk, client: httpx.AsyncClient, account: httpx.AsyncClient) -> Clinic:
    first = stack.organizations[0]
    numbers = (await account.get("/phone-number", params={"limit": 1000})).json()
    (number,) = (one for one in numbers if one.get("number") == first.phone_number)
    assistant = (await account.get(f"/assistant/{first.assistant_id}")).json()
    line = Line(client, account=account)
    return Clinic(desk, first, line, number, assistant)


async def test_every_report_that_is_lost_while_booking_is_killed_comes_back_once(
    running: Running, clinic: Clinic
) -> None:
    before = await clinic.completeness()
    calls = [await clinic.call(f"I am caller {number}.") for number in range(CALLS)]
    await calls[0].end(summary="Wants a check-up.")
    await calls[1].end(summary="Wants a check-up.", is_report_lost=True)
    killed = running.stack.pids["booking"]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)

    await asyncio.gather(*(call.end(summary="Wants a check-up.") for call in calls[2:]))
    lost = [call.id for call in calls if call.deliveries[-1].http_status != httpx.codes.OK]
    await until_replaced(running, "booking", killed)

    total = before["in_vapi"] + CALLS
    figures = await clinic.compare_until(in_vapi=total, missing=0)
    assert figures["reported"] == total
    assert figures["fetched"] - before["fetched"] >= len(lost) + 1 > 1

    recorded = await clinic.recorded()
    assert {call.id: len(recorded.get(call.id, [])) for call in calls} == {call.id: 1 for call in calls}
    told = {
        call.id: {name: value for name, value in recorded[call.id][0].items() if name not in TOLD_ANEW}
        for call in calls
    }
    as_it_arrived = told[calls[0].id]
    for number, call in enumerate(calls):
        assert told[call.id] == as_it_arrived | {"transcript": f"{_greeting(clinic)}User: I am caller {number}."}
        whole = recorded[call.id][0]
        assert None not in (whole["started_at"], whole["ended_at"], whole["duration_seconds"], whole["cost"])
    assert (await clinic.desk.told("GET", COMPARISON))["missing"] == 0


def _greeting(clinic: Clinic) -> str:
    said = clinic.assistant.get("firstMessage")
    return f"AI: {said}\n" if said else ""


async def test_a_call_is_heard_by_its_clinic_and_who_heard_it_is_noted(clinic: Clinic, stack: StackFile) -> None:
    call = await clinic.call("Is it you?")
    await call.end()
    (shown,) = (await clinic.recorded())[call.id]
    path = f"/api/calls/{shown['id']}/recording"

    heard = await clinic.desk.ask("GET", path, key=clinic.organization.api_key, channel="customer")
    by_another = await clinic.desk.ask("GET", path, key=stack.organizations[1].api_key)

    assert (heard.status_code, heard.headers["content-type"]) == (200, "audio/wav")
    assert heard.content == sound(call.id, "customer")
    assert (by_another.status_code, by_another.json()["code"]) == (404, "CALL_NOT_FOUND")
    entries = await clinic.desk.told("GET", f"/api/organizations/{clinic.organization.id}/audit", limit="200")
    read = [(one["action"], one["subject"]) for one in entries["items"] if one["subject"] == shown["id"]]
    assert read == [("recording.read", shown["id"]), ("call.read", shown["id"])]
    assert entries["items"][0]["actor"].startswith("api-key:")


async def test_an_erased_callers_call_is_heard_no_more(clinic: Clinic) -> None:
    caller = "+14155550188"
    key = clinic.organization.api_key
    person = await clinic.desk.told("POST", "/api/contacts", {"name": "Ana Exempla", "phone": caller}, key=key)
    call = await clinic.call("It is me.", caller)
    await call.end()
    (shown,) = (await clinic.recorded())[call.id]
    await clinic.desk.told("DELETE", f"/api/contacts/{person['id']}", key=key)

    answer = await clinic.desk.ask("GET", f"/api/calls/{shown['id']}/recording", key=key)

    assert (answer.status_code, answer.json()["code"]) == (404, "RECORDING_NOT_FOUND")


async def test_the_largest_report_that_is_taken_is_recorded(clinic: Clinic, stack: StackFile) -> None:
    call = await clinic.call("I talk for hours.")
    message: dict[str, Any] = {
        "type": "end-of-call-report",
        "call": {"id": call.id},
        "phoneNumber": {"number": clinic.organization.phone_number},
        "transcript": "",
        "summary": "Long.",
    }
    room = LARGEST_BODY - len(json.dumps({"message": message}, ensure_ascii=False).encode())
    message["transcript"] = "é" * (room // 2)
    body = json.dumps({"message": message}, ensure_ascii=False).encode()

    headers = {"X-Vapi-Secret": stack.webhook_secret, "Content-Type": "application/json"}
    answer = await clinic.line.client.post(f"{stack.gateway_url}/api/vapi/webhook", content=body, headers=headers)

    assert (len(body) > LARGEST_BODY - 2, answer.status_code) == (True, 200)
    (shown,) = (await clinic.recorded())[call.id]
    assert (shown["summary"], shown["transcript"][:9]) == ("Long.", "é" * 9)
