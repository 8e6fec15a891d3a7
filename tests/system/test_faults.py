"""What callers hear while something is broken: a sentence, with HTTP 200, never silence; and nothing is lost."""

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import PATIENCE_SECONDS, Clinic, Running
from tests.system.test_webhook import Body, flat_arguments, message, post, wish


@contextmanager
def stopped(pids: list[int]) -> Iterator[None]:
    """Processes that hang: they hold their connections and answer nothing."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def book(client: httpx.AsyncClient, stack: StackFile, clinic: Clinic, **changes: str) -> dict[str, str]:
    return await answer_to(
        client, stack, message(clinic, flat_arguments("bookClinicAppointment", wish(clinic, **changes)))
    )


async def answer_to(client: httpx.AsyncClient, stack: StackFile, body: Body) -> dict[str, str]:
    answer = await post(client, stack, body)
    assert answer.status_code == 200
    results: list[dict[str, str]] = answer.json()["results"]
    (entry,) = results
    return entry


async def book_until_it_works(
    client: httpx.AsyncClient, stack: StackFile, clinic: Clinic, **changes: str
) -> dict[str, str]:
    """The same is asked again after an apology: what was done all the same is then answered, and not done again."""
    body = message(clinic, flat_arguments("bookClinicAppointment", wish(clinic, **changes)))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "error" in (entry := await answer_to(client, stack, body)):
        assert time.monotonic() < deadline, entry
        await asyncio.sleep(0.2)
    return entry


async def until_replaced(running: Running, name: str, killed: list[int]) -> None:
    """Until the set tells as many live processes of the service as there were."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(set(running.stack.pids.get(name, ())) - set(killed)) < len(killed):
            await asyncio.sleep(0.05)


async def test_a_backend_that_hangs_is_an_apology_in_time(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    with stopped(stack.pids["booking"]):
        entry = await book(client, stack, clinics[0])

    assert "error" in entry
    assert "\n" not in entry["error"]


async def test_tenancy_hanging_is_an_apology_in_time_and_not_a_refusal(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    never_seen = {"assistant": {"id": str(uuid4())}}
    body = message(clinics[0], flat_arguments("bookClinicAppointment", wish(clinics[0])) | never_seen)
    with stopped(stack.pids["tenancy"]):
        (entry,) = (await post(client, stack, body)).json()["results"]
    nobodys_line = {"phoneNumber": {"number": "+13125550199"}}
    unknown = await post(client, stack, message(clinics[0], flat_arguments("x", {}) | nobodys_line))

    assert "error" in entry
    assert entry["error"] != unknown.json()["results"][0]["error"]


async def test_while_tenancy_hangs_the_line_of_a_moment_ago_is_answered(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    await book_until_it_works(client, stack, clinics[0])
    with stopped(stack.pids["tenancy"]):
        entry = await book(client, stack, clinics[0], appointmentTime="14:00")

    assert "result" in entry


@pytest.mark.parametrize("name", ["booking", "tenancy"])
async def test_the_first_call_after_a_backend_was_killed_is_answered_in_time(
    client: httpx.AsyncClient, running: Running, clinics: tuple[Clinic, Clinic], name: str
) -> None:
    """With the booking, if the service is back by then, else with an apology."""
    stack = running.stack
    for pid in stack.pids[name]:
        os.kill(pid, signal.SIGKILL)
    try:
        entry = await book(client, stack, clinics[0])
    finally:
        await until_replaced(running, name, stack.pids[name])

    assert len({"result", "error"} & set(entry)) == 1
    assert len(await clinics[0].appointments()) == ("result" in entry)


async def test_the_gateway_says_that_it_is_ready_while_a_backend_is_away(
    client: httpx.AsyncClient, stack: StackFile
) -> None:
    with stopped(stack.pids["booking"]):
        answer = await client.get(f"{stack.gateway_url}/ready")

    assert answer.status_code == 200


async def test_killed_booking_processes_come_back_and_no_acknowledged_booking_is_lost(
    client: httpx.AsyncClient, running: Running, clinics: tuple[Clinic, Clinic]
) -> None:
    stack = running.stack
    await book_until_it_works(client, stack, clinics[0])

    for pid in stack.pids["booking"]:
        os.kill(pid, signal.SIGKILL)
    entry = await book_until_it_works(client, stack, clinics[0], appointmentTime="14:00")

    assert entry["result"].startswith("It is booked: ")
    assert [f"{made['local_start']:%H:%M}" for made in await clinics[0].appointments()] == ["11:00", "14:00"]


async def test_a_killed_database_comes_back_and_no_acknowledged_booking_is_lost(
    client: httpx.AsyncClient, running: Running, clinics: tuple[Clinic, Clinic]
) -> None:
    stack = running.stack
    await book_until_it_works(client, stack, clinics[0])

    os.kill(stack.pids["postgres"][0], signal.SIGKILL)
    entry = await book_until_it_works(client, stack, clinics[0], appointmentTime="14:00")

    assert entry["result"].startswith("It is booked: ")
    assert [f"{made['local_start']:%H:%M}" for made in await clinics[0].appointments()] == ["11:00", "14:00"]


async def test_many_callers_who_want_one_slot_through_the_gateway_get_it_exactly_once(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    names = [f"Caller {chr(65 + number)}" for number in range(20)]

    entries = await asyncio.gather(
        *(book_until_it_works(client, stack, clinics[0], patientName=name) for name in names)
    )

    booked = [entry for entry in entries if entry.get("result", "").startswith("It is booked: ")]
    assert len(booked) == 1
    assert all("already taken" in entry.get("result", "") for entry in entries if entry not in booked)
    assert len(await clinics[0].appointments()) == 1
