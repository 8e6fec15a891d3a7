"""A telephone rings: the clinic's assistant answers it, whatever is broken behind the gateway."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import PATIENCE_SECONDS, Clinic
from tests.system.test_faults import book_until_it_works, stopped
from tests.system.test_webhook import CALLER, message, post


async def ring(client: httpx.AsyncClient, stack: StackFile, clinic: Clinic, **changes: Any) -> dict[str, Any]:
    answer = await post(client, stack, message(clinic, {"type": "assistant-request"} | changes))
    assert answer.status_code == 200
    told: dict[str, Any] = answer.json()
    return told


async def test_each_clinics_own_assistant_answers_and_knows_whose_telephone_it_is(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    for clinic in clinics:
        told = await ring(client, stack, clinic)

        assert told["assistantId"] == clinic.organization.assistant_id
        variables = told["assistantOverrides"]["variableValues"]
        assert variables["clinicName"] == clinic.organization.name
        assert variables["clinicTimezone"] == clinic.organization.timezone
        assert {"today", "todayDate"} <= set(variables)


async def test_who_booked_from_a_number_is_known_by_name_when_they_call_that_clinic_again_and_no_other(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    first, second = clinics
    await book_until_it_works(client, stack, first)

    async with asyncio.timeout(PATIENCE_SECONDS):
        known = await ring(client, stack, first)
        while "callerName" not in known["assistantOverrides"]["variableValues"]:  # for a name no telephone waits long
            known = await ring(client, stack, first)
    stranger, in_a_browser = await asyncio.gather(
        ring(client, stack, second),
        ring(client, stack, first, call={"id": str(uuid4()), "type": "webCall"}),
    )

    assert known["assistantOverrides"]["variableValues"]["callerName"] == "Ana Exempla"
    assert "callerName" not in stranger["assistantOverrides"]["variableValues"]
    assert "callerName" not in in_a_browser["assistantOverrides"]["variableValues"]
    assert CALLER not in str((known, stranger, in_a_browser))


async def test_the_assistant_answers_in_time_while_everything_behind_the_gateway_hangs(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    before = await ring(client, stack, clinics[0])
    pids = [pid for name in ("booking", "assistant_sync", "tenancy") for pid in stack.pids[name]]

    with stopped(pids):
        assert await ring(client, stack, clinics[0]) == before
