"""The demo shows what is so, and fails when it is not.

Each fact is broken once: in the databases after the calls were played, and, for what only the running set can break, by
playing the calls against a set that was tampered with.
"""

import asyncio
import base64
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from chassis.ports import free_port
from switchboard_cli.demo.calls import Call, Player, Story
from switchboard_cli.demo.facts import Fact, Judge
from switchboard_cli.stack.home import Home
from switchboard_cli.stack.readiness import AnswersHttp, Readiness, ServesGrpc, until
from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import PATIENCE_SECONDS, Clinic, Running

Break = Callable[[Story, Clinic, Clinic, httpx.AsyncClient], Awaitable[object]]


async def play(stack: StackFile, home: Home, client: httpx.AsyncClient) -> Story:
    return await Player(stack, home, client, shown=lambda _: None).play()


async def failing(stack: StackFile, client: httpx.AsyncClient, story: Story) -> list[str]:
    return [fact.claim for fact in await facts(stack, client, story) if not fact.holds]


async def facts(stack: StackFile, client: httpx.AsyncClient, story: Story) -> list[Fact]:
    return await Judge(stack, client).judge(story)


async def copy_appointment(source: Clinic, call: Call, changes: str) -> None:
    """Put another appointment of a call into a clinic's calendar, by hand, an hour after the last one there."""
    await source.fetch(
        "booking",
        "insert into appointments (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at, occupied,"
        " timezone, local_start, status, vapi_call_id)"
        " select org_id, gen_random_uuid(), calendar_id, service_id, contact_id, starts_at + interval '1 hour',"
        " ends_at + interval '1 hour', tstzrange(lower(occupied) + interval '1 hour', upper(occupied)"
        f" + interval '1 hour'), timezone, local_start + interval '1 hour', status, {changes}"
        " from appointments order by starts_at desc limit 1",
        call.vapi_call_id,
    )


async def book_ana_twice(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(first, story.booked, "$1")


async def forget_anas_answer(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    """What is left where no answer is kept: one appointment, by the constraint, and no trace of the tool call."""
    await first.fetch("booking", "delete from tool_calls where conversation_id = $1", story.booked.vapi_call_id)


async def keep_another_answer(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await first.fetch(
        "booking", "update tool_calls set say = 'Something else.' where conversation_id = $1", story.booked.vapi_call_id
    )


async def lose_anas_report(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await first.fetch("booking", "delete from calls where vapi_call_id = $1", story.booked.vapi_call_id)


async def lose_what_ana_said(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await first.fetch(
        "booking", "update calls set sealed_transcript = null where vapi_call_id = $1", story.booked.vapi_call_id
    )


async def move_ben(_story: Story, _first: Clinic, second: Clinic, _client: httpx.AsyncClient) -> None:
    await second.fetch("booking", "update appointments set timezone = 'America/New_York'")


async def forget_cleo(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await first.fetch("booking", "delete from appointments where vapi_call_id = $1", story.slot_gone.vapi_call_id)


async def misplace_ana(story: Story, _first: Clinic, second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(second, story.booked, "$1")


async def serve_the_forger(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(first, story.forged, "$1")


async def serve_who_shows_anothers_credential(
    story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient
) -> None:
    await copy_appointment(first, story.foreign, "$1")


async def serve_the_unknown_number(story: Story, _first: Clinic, second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(second, story.unknown, "$1")


async def serve_the_contradiction(story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(first, story.contradicting, "$1")


async def keep_the_move_from_the_next_call(
    story: Story, first: Clinic, _second: Clinic, _client: httpx.AsyncClient
) -> None:
    await copy_appointment(first, story.moved[1], "$1")


async def move_the_call_that_ran(story: Story, _first: Clinic, second: Clinic, _client: httpx.AsyncClient) -> None:
    await copy_appointment(second, story.moved[0], "$1")


async def put_fina_through_again(story: Story, first: Clinic, _second: Clinic, client: httpx.AsyncClient) -> None:
    command = {"type": "transfer", "destination": {"type": "number", "number": "+12125550132"}}
    url = f"{first.stack.vapi.base_url}/{story.put_through.vapi_call_id}/control"
    assert (await client.post(url, json=command)).status_code == 200


async def let_gus_hang_up(story: Story, _first: Clinic, second: Clinic, _client: httpx.AsyncClient) -> None:
    await second.fetch(
        "booking",
        "update calls set ended_reason = 'customer-ended-call' where vapi_call_id = $1",
        story.goodbye.vapi_call_id,
    )


async def make_a_second_assistant(_story: Story, first: Clinic, _second: Clinic, client: httpx.AsyncClient) -> None:
    vapi = first.stack.vapi
    twin = {"name": "Twin", "metadata": {"org_id": first.organization.id}, "firstMessage": "Hello"}
    headers = {"Authorization": f"Bearer {vapi.api_key}"}
    created = await client.post(f"{vapi.base_url}/assistant", json=twin, headers=headers)
    assert created.status_code == 201
    # The twin is gone after the test, whichever way it ends: the fixture deletes what calls itself so.


async def make_a_second_tool(_story: Story, first: Clinic, _second: Clinic, client: httpx.AsyncClient) -> None:
    vapi = first.stack.vapi
    twin = {"type": "function", "function": {"name": "bookClinicAppointment", "description": "Twin"}}
    headers = {"Authorization": f"Bearer {vapi.api_key}"}
    assert (await client.post(f"{vapi.base_url}/tool", json=twin, headers=headers)).status_code == 201


async def let_another_answer(_story: Story, first: Clinic, _second: Clinic, client: httpx.AsyncClient) -> None:
    # One that is no clinic's: what somebody chose in Vapi stays, where another clinic's would be put right by itself.
    await _answer(first.stack, client, first.organization.phone_number, "nobody's")


async def _answer(stack: StackFile, client: httpx.AsyncClient, number: str, assistant_id: str) -> None:
    headers = {"Authorization": f"Bearer {stack.vapi.api_key}"}
    for line in (await client.get(f"{stack.vapi.base_url}/phone-number", headers=headers)).json():
        if line["number"] == number:
            body = {"provider": line["provider"], "assistantId": assistant_id}
            await client.patch(f"{stack.vapi.base_url}/phone-number/{line['id']}", json=body, headers=headers)


@pytest.fixture
async def no_twins(stack: StackFile, client: httpx.AsyncClient) -> object:
    yield
    headers = {"Authorization": f"Bearer {stack.vapi.api_key}"}
    for clinic in stack.organizations:
        await _answer(stack, client, clinic.phone_number, clinic.assistant_id)
    for tool in (await client.get(f"{stack.vapi.base_url}/tool", headers=headers)).json():
        if tool["function"]["description"] == "Twin":
            await client.delete(f"{stack.vapi.base_url}/tool/{tool['id']}", headers=headers)
    for assistant in (await client.get(f"{stack.vapi.base_url}/assistant", headers=headers)).json():
        if assistant["name"] == "Twin":
            await client.delete(f"{stack.vapi.base_url}/assistant/{assistant['id']}", headers=headers)


async def test_every_fact_holds_on_an_untouched_set(
    stack: StackFile, home: Home, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    assert await failing(stack, client, await play(stack, home, client)) == []


@pytest.mark.parametrize(
    ("break_it", "claim"),
    [
        (book_ana_twice, "Ana is booked once"),
        (forget_anas_answer, "Ana is booked once"),
        (keep_another_answer, "Ana is booked once"),
        (lose_anas_report, "Ana's call is recorded once"),
        (lose_what_ana_said, "Ana's call is recorded once"),
        (book_ana_twice, "Ana's call is recorded once"),
        (move_ben, "Ben has the same hour"),
        (forget_cleo, "Cleo did not get"),
        (misplace_ana, "Every appointment is in the calendar"),
        (serve_the_forger, "A wrong secret gets 401"),
        (serve_who_shows_anothers_credential, "A wrong secret gets 401"),
        (serve_the_unknown_number, "A call to"),
        (serve_the_contradiction, "Contradicting evidence"),
        (keep_the_move_from_the_next_call, "A moved number's next call"),
        (move_the_call_that_ran, "A moved number's next call"),
        (put_fina_through_again, "Fina is put through"),
        (let_gus_hang_up, "The assistant hung up"),
        (make_a_second_assistant, "Each clinic has one assistant"),
        (make_a_second_tool, "The tools are published once"),
        (let_another_answer, "Each clinic's number in Vapi"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_fact_that_is_not_so_in_the_databases_fails(
    stack: StackFile,
    home: Home,
    client: httpx.AsyncClient,
    clinics: tuple[Clinic, Clinic],
    no_twins: object,
    break_it: Break,
    claim: str,
) -> None:
    story = await play(stack, home, client)

    await break_it(story, *clinics, client)

    assert any(failed.startswith(claim) for failed in await failing(stack, client, story))


async def test_without_the_constraint_the_demo_fails(
    stack: StackFile, home: Home, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    owner = clinics[0]
    (definition,) = await owner.fetch(
        "booking",
        "select pg_get_constraintdef(oid) from pg_constraint"
        " where conname = 'appointments_no_overlap' and conrelid = 'appointments'::regclass",
    )
    await owner.fetch("booking", "alter table appointments drop constraint appointments_no_overlap")
    try:
        failed = await failing(stack, client, await play(stack, home, client))
    finally:
        await owner.fetch("booking", f"alter table appointments add constraint appointments_no_overlap {definition[0]}")

    assert failed == ["No two appointments overlap, and PostgreSQL itself refuses a second one"]


async def test_with_swapped_numbers_the_demo_fails(
    stack: StackFile, home: Home, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic], no_twins: object
) -> None:
    await swap_numbers(*clinics)
    try:
        failed = await failing(stack, client, await play(stack, home, client))
    finally:
        await swap_numbers(*clinics)

    assert any(claim.startswith("Every appointment is in the calendar") for claim in failed)


async def swap_numbers(first: Clinic, second: Clinic) -> None:
    """Done twice, all is as before. A number in between, since one number has one organization."""
    numbers = [first.organization.phone_number, second.organization.phone_number]
    (held,) = await first.fetch(
        "tenancy", "select inbound_phone_number from phone_number_mapping where inbound_phone_number = any($1)", numbers
    )
    (other,) = set(numbers) - set(held)
    for clinic, former, number in (
        (first, held[0], "+19995550100"),
        (second, other, held[0]),
        (first, "+19995550100", other),
    ):
        change = "update phone_number_mapping set inbound_phone_number = $2 where inbound_phone_number = $1"
        await clinic.fetch("tenancy", change, former, number)


GULLIBLE = """
import runpy
from gateway.sender.verification import SharedSecret
SharedSecret.matches = lambda *_: True
runpy.run_module("gateway", run_name="__main__")
"""


async def test_with_a_gateway_that_accepts_any_secret_the_demo_fails(
    running: Running, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    async with gateway(running, GULLIBLE) as url:
        stack = replace(running.stack, gateway_url=url)
        failed = await failing(stack, client, await play(stack, running.home, client))

    (claim,) = failed
    assert claim.startswith("A wrong secret gets 401")


FORGETFUL = """
import runpy
from booking.rpc import receptionist_service
async def answer_anew(unit, call, work):
    return await work()
receptionist_service.answer_once = answer_anew
runpy.run_module("booking", run_name="__main__")
"""

USUAL_GATEWAY = 'import runpy; runpy.run_module("gateway", run_name="__main__")'


async def test_with_a_booking_that_keeps_no_answers_the_demo_fails(
    running: Running, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    async with booking(running, FORGETFUL) as address, gateway(running, USUAL_GATEWAY, BOOKING_ADDR=address) as url:
        stack = replace(running.stack, gateway_url=url)
        failed = await failing(stack, client, await play(stack, running.home, client))

    (claim,) = failed
    assert claim.startswith("Ana is booked once")


@asynccontextmanager
async def gateway(running: Running, program: str, **settings: str) -> AsyncIterator[str]:
    """Another gateway beside the set's own, run by `program`; its URL."""
    stack = running.stack
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "LISTEN_ADDR": address,
        "VAPI_WEBHOOK_SECRET": stack.webhook_secret,
        "SWITCHBOARD_ADMIN_KEY": stack.admin_key,
        "VAPI_CONTROL_HOSTS": stack.vapi.base_url.removeprefix("http://"),
        "SERVICE_TOKEN_FILE": str(running.home.token_file("gateway")),
        **{f"{name.upper()}_ADDR": where for name, where in stack.grpc.items()},
        **settings,
    }
    async with beside(program, environment, AnswersHttp(address, "/ready")):
        yield f"http://{address}"


@asynccontextmanager
async def booking(running: Running, program: str) -> AsyncIterator[str]:
    """Another booking beside the set's own, run by `program`; its address."""
    address = f"127.0.0.1:{free_port()}"
    environment = {
        "LISTEN_ADDR": address,
        "DATABASE_URL": running.stack.databases["booking"].app,
        "SERVICE_CREDENTIALS_FILE": str(running.home.credentials_file),
        "SWITCHBOARD_ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    async with beside(program, environment, ServesGrpc(address)):
        yield address


@asynccontextmanager
async def beside(program: str, environment: dict[str, str], readiness: Readiness) -> AsyncIterator[None]:
    process = subprocess.Popen([sys.executable, "-c", program], env=os.environ | environment, stderr=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await until(readiness)
        yield
    finally:
        process.terminate()
        process.wait(30)


def test_the_demo_command_plays_judges_and_leaves_nothing(tmp_path: Path) -> None:
    """As a stranger types it: exit code 0, every fact told, no folder left behind."""
    done = subprocess.run(
        [sys.executable, "-m", "switchboard_cli.main", "demo"],
        env=os.environ | {"TMPDIR": str(tmp_path), "COLUMNS": "120"},
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert done.returncode == 0, done.stdout
    assert "All 15 facts hold." in done.stdout
    assert list(tmp_path.iterdir()) == []
