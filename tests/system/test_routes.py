"""Numbers, credentials and organizations change while calls run: nobody is refused, none lands with the wrong one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk, new_number
from tests.system.running import PATIENCE_SECONDS, Clinic, Running
from tests.system.test_faults import answer_to, until_replaced
from tests.system.test_webhook import Body, flat_arguments, message, wish

CALLERS = 8
"""Who call at the same time."""


@pytest.fixture
async def desk(stack: StackFile, client: httpx.AsyncClient) -> Desk:
    return Desk(client, stack.gateway_url, stack.admin_key)


@dataclass(slots=True)
class Vapi:
    """Posts as Vapi does."""

    client: httpx.AsyncClient
    stack: StackFile

    async def post(self, body: Body, secret: str | None = None) -> httpx.Response:
        headers = {"X-Vapi-Secret": self.stack.webhook_secret if secret is None else secret}
        return await self.client.post(f"{self.stack.gateway_url}/api/vapi/webhook", json=body, headers=headers)


@pytest.fixture
async def vapi(client: httpx.AsyncClient, stack: StackFile) -> Vapi:
    return Vapi(client, stack)


@asynccontextmanager
async def load(caller: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Each of the callers calls again and again for as long as the block lasts; then the last calls come to an end."""
    is_over = asyncio.Event()

    async def keep_calling() -> None:
        while not is_over.is_set():
            await caller()

    async with asyncio.TaskGroup() as callers:
        for _ in range(CALLERS):
            callers.create_task(keep_calling())
        try:
            yield
        finally:
            is_over.set()


# --- Numbers ---------------------------------------------------------------------------------------------------------


def booking_by(clinic: Clinic, number: str, started_at: datetime) -> Body:
    """A call of the number; which clinic's day is meant makes no difference to where it lands."""
    body = message(
        clinic, flat_arguments("bookClinicAppointment", wish(clinic, patientName=f"Caller {uuid4().hex[:8]}"))
    )
    body["message"] |= {"phoneNumber": {"number": number}, "startedAt": started_at.isoformat()}
    return body


async def landed(clinic: Clinic) -> set[str]:
    """The calls in which the clinic was asked to book, whatever came of it."""
    return {row["conversation_id"] for row in await clinic.fetch("booking", "select conversation_id from tool_calls")}


@dataclass(slots=True)
class History:
    """Whose a number was: what was known when, and what was on its way."""

    owners: list[tuple[datetime, datetime, Clinic]] = field(default_factory=list)
    """From when a clinic could have been the owner, from when it surely was, and who."""

    def of(self, started_at: datetime) -> list[Clinic]:
        """Who may answer a call that began then."""
        surely = [place for place, (_, known, _owner) in enumerate(self.owners) if known <= started_at]
        possible = [place for place, (begun, *_) in enumerate(self.owners) if begun <= started_at]
        return [self.owners[place][2] for place in range(max(surely, default=0), max(possible, default=0) + 1)]


async def test_a_number_that_moves_under_load_leads_no_call_to_the_wrong_clinic(
    desk: Desk, vapi: Vapi, clinics: tuple[Clinic, Clinic]
) -> None:
    number, history = new_number(), History()
    calls: dict[str, datetime] = {}
    await desk.new_mapping(clinics[0].organization.id, number)
    history.owners.append((datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC), clinics[0]))
    yesterday = datetime.now(UTC) - timedelta(days=1)

    async def call() -> None:
        for started_at in (datetime.now(UTC), yesterday):
            body = booking_by(clinics[0], number, started_at)
            calls[body["message"]["call"]["id"]] = started_at
            async with asyncio.timeout(PATIENCE_SECONDS):
                while "error" in (entry := await answer_to(vapi.client, vapi.stack, body)):
                    assert "not connected" not in entry["error"]  # any other apology is a busy machine's

    async def until_known(owner: Clinic) -> None:
        """Until a call that begins now is the owner's."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                body = booking_by(clinics[0], number, datetime.now(UTC))
                await vapi.post(body)
                if body["message"]["call"]["id"] in await landed(owner):
                    return

    async with load(call):
        for _ in range(3):
            for owner, former in (clinics[::-1], clinics):
                begun = datetime.now(UTC)
                await desk.new_mapping(owner.organization.id, number, move_from=former.organization.id)
                await until_known(owner)
                history.owners.append((begun, datetime.now(UTC), owner))
                await asyncio.sleep(0.5)

    found = {call_id: clinic for clinic in clinics for call_id in await landed(clinic) if call_id in calls}
    assert set(found) == set(calls)
    astray = [started_at for call_id, started_at in calls.items() if found[call_id] not in history.of(started_at)]
    assert astray == []
    assert {clinic.organization.id for clinic in found.values()} == {clinic.organization.id for clinic in clinics}


# --- Credentials -----------------------------------------------------------------------------------------------------


def event(number: str) -> Body:
    return {"message": {"type": "hang", "phoneNumber": {"number": number}, "call": {"id": str(uuid4())}}}


@dataclass(slots=True)
class Sender:
    """An organization's Vapi: signs with the secret that it was given last."""

    vapi: Vapi
    number: str
    secret: str
    answers: list[int] = field(default_factory=list)
    under_way: dict[str, int] = field(default_factory=dict)

    async def send(self) -> None:
        secret = self.secret
        self.under_way[secret] = self.under_way.get(secret, 0) + 1
        try:
            self.answers.append((await self.vapi.post(event(self.number), secret)).status_code)
        finally:
            self.under_way[secret] -= 1

    async def until_unused(self, secret: str) -> None:
        while self.under_way.get(secret, 0):
            await asyncio.sleep(0.01)


async def test_credentials_that_are_rotated_under_load_refuse_no_message(desk: Desk, vapi: Vapi) -> None:
    organization = (await desk.new_organization())["id"]
    mapping = await desk.new_mapping(organization)
    live = await desk.new_credential(organization)
    sender = Sender(vapi, mapping["inbound_phone_number"], live["secret"])

    async with load(sender.send):
        for _ in range(6):
            new = await desk.new_credential(organization)
            former, sender.secret = sender.secret, new["secret"]
            await sender.until_unused(former)
            await desk.told("DELETE", f"/api/organizations/{organization}/webhook-credentials/{live['id']}")
            live = new

    assert set(sender.answers) <= {200, 503}  # nobody is refused; a busy machine may ask to be sent it again
    assert sender.answers.count(200) > CALLERS


async def until(seconds: float, condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.01)


async def test_a_revoked_credential_is_refused_once_the_gateway_has_heard_of_it(desk: Desk, vapi: Vapi) -> None:
    organization = (await desk.new_organization())["id"]
    mapping = await desk.new_mapping(organization)
    credential = await desk.new_credential(organization)
    sent = event(mapping["inbound_phone_number"]), credential["secret"]
    assert (await vapi.post(*sent)).status_code == 200

    async def is_refused() -> bool:
        return (await vapi.post(*sent)).status_code == 401

    await desk.told("DELETE", f"/api/organizations/{organization}/webhook-credentials/{credential['id']}")
    await until(PATIENCE_SECONDS, is_refused)


async def test_a_credential_opens_no_other_organizations_door(desk: Desk, vapi: Vapi) -> None:
    (north, its_number), (south, _) = [
        (made["id"], (await desk.new_mapping(made["id"]))["inbound_phone_number"])
        for made in [await desk.new_organization(), await desk.new_organization()]
    ]
    await desk.new_credential(north)
    foreign = await desk.new_credential(south)
    assert (await vapi.post(event(its_number), foreign["secret"])).status_code == 401


async def test_uses_of_a_credential_are_shown(desk: Desk, vapi: Vapi) -> None:
    organization = (await desk.new_organization())["id"]
    mapping = await desk.new_mapping(organization)
    credential = await desk.new_credential(organization)
    for _ in range(3):
        await vapi.post(event(mapping["inbound_phone_number"]), credential["secret"])

    async def are_shown() -> bool:
        page: Any = await desk.told("GET", f"/api/organizations/{organization}/webhook-credentials")
        return [item["uses"] for item in page["items"]] == [3]

    await until(20, are_shown)


# --- Keys ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whose", ["organization", "platform"])
async def test_keys_that_are_rotated_under_load_refuse_no_request(desk: Desk, whose: str) -> None:
    organization = (await desk.new_organization())["id"]
    path = f"/api/organizations/{organization}/api-keys" if whose == "organization" else "/api/platform/api-keys"
    use = "/api/inbound/phone-mappings" if whose == "organization" else "/api/organizations"
    named = {"name": str(uuid4()), "scope": "read"}
    live = await desk.told("POST", path, named)
    shown, answers = live["api_key"], []
    under_way: dict[str, int] = {}

    async def ask() -> None:
        key = shown
        under_way[key] = under_way.get(key, 0) + 1
        answers.append((await desk.ask("GET", use, key=key)).status_code)
        under_way[key] -= 1

    async def is_unused() -> bool:
        return not under_way.get(live["api_key"])

    async with load(ask):
        for _ in range(6):
            new = await desk.told("POST", path, named)
            shown = new["api_key"]
            await until(PATIENCE_SECONDS, is_unused)
            await desk.told("DELETE", f"{path}/{live['id']}")
            assert (await desk.ask("GET", use, key=live["api_key"])).status_code == 401
            live = new

    assert set(answers) == {200}
    assert len(answers) > CALLERS


# --- The watch -------------------------------------------------------------------------------------------------------


async def test_after_tenancy_was_killed_changes_are_heard_of_again(
    running: Running, desk: Desk, vapi: Vapi, client: httpx.AsyncClient
) -> None:
    organization = (await desk.new_organization())["id"]
    mapping = await desk.new_mapping(organization)
    credential = await desk.new_credential(organization)
    sent = event(mapping["inbound_phone_number"]), credential["secret"]
    killed = running.stack.pids["tenancy"]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    await until_replaced(running, "tenancy", killed)

    async def is_watched() -> bool:
        told = (await client.get(f"{desk.gateway_url}/ready")).json()
        return bool(told["routes_watched"])

    async def is_verified() -> bool:
        return (await vapi.post(*sent)).status_code == 200

    async def is_refused() -> bool:
        return (await vapi.post(*sent)).status_code == 401

    await until(PATIENCE_SECONDS, is_verified)
    await until(PATIENCE_SECONDS, is_watched)
    await desk.told("DELETE", f"/api/organizations/{organization}/webhook-credentials/{credential['id']}")
    await until(PATIENCE_SECONDS, is_refused)


# --- Organizations ---------------------------------------------------------------------------------------------------


async def test_a_suspended_organizations_callers_hear_it_and_a_resumed_ones_no_more(
    desk: Desk, vapi: Vapi, clinics: tuple[Clinic, Clinic]
) -> None:
    clinic = clinics[0]
    path = f"/api/organizations/{clinic.organization.id}"

    async def hears_that_it_is_paused() -> bool:
        answer = await vapi.post(message(clinic, flat_arguments("checkAvailability", {"date": str(clinic.day)})))
        return "paused" in answer.json()["results"][0].get("error", "")

    async def hears_times() -> bool:
        return not await hears_that_it_is_paused()

    assert await hears_times()
    await desk.told("PATCH", path, {"status": "suspended"})
    try:
        await until(PATIENCE_SECONDS, hears_that_it_is_paused)
    finally:
        await desk.told("PATCH", path, {"status": "active"})
    await until(PATIENCE_SECONDS, hears_times)
