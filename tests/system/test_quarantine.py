"""A message that came before its clinic: kept, and delivered once its number is mapped; never carried out late."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk, new_number
from tests.system.running import PATIENCE_SECONDS, Clinic
from tests.system.test_webhook import Body, flat_arguments, message, post, wish


def report(number: str, call_id: str, **fields: Any) -> Body:
    said = {"call": {"id": call_id}, "phoneNumber": {"number": number}, **fields}
    return {"message": {"type": "end-of-call-report", **said}}


async def kept(desk: Desk, call_id: str) -> list[dict[str, Any]]:
    """What quarantine holds of a call, as an administrator sees it."""
    return [item for item in await desk.every("/api/quarantine", limit="200") if item["call_id"] == call_id]


async def until_delivered(desk: Desk, call_id: str) -> list[dict[str, Any]]:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while any(item["state"] == "waiting" for item in await kept(desk, call_id)):
            await asyncio.sleep(0.1)
    return await kept(desk, call_id)


async def test_a_report_of_an_unknown_number_goes_to_whom_the_number_is_mapped_to(
    client: httpx.AsyncClient, stack: StackFile, desk: Desk
) -> None:
    number, call_id = new_number(), str(uuid4())
    status = {"message": {**report(number, call_id)["message"], "type": "status-update", "status": "ended"}}
    for body in (status, report(number, call_id)):
        assert (await post(client, stack, body)).content == b"{}"
    assert [item["state"] for item in await kept(desk, call_id)] == ["waiting", "waiting"]
    clinic, other = [(await desk.new_organization())["id"] for _ in range(2)]
    await desk.new_mapping(other)

    await desk.new_mapping(clinic, number)

    delivered = await until_delivered(desk, call_id)
    assert [(item["message_type"], item["organization_id"]) for item in delivered] == [
        ("status-update", clinic),
        ("end-of-call-report", clinic),
    ]
    assert (await desk.told("GET", f"/api/quarantine/{delivered[0]['id']}"))["body"] is None


async def test_a_tool_call_of_an_unknown_number_is_never_carried_out(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic], desk: Desk
) -> None:
    clinic, number, call_id = clinics[0], new_number(), str(uuid4())
    body = message(clinic, flat_arguments("bookClinicAppointment", wish(clinic)))
    body["message"] |= {"phoneNumber": {"number": number}, "call": {"id": call_id}}
    (entry,) = (await post(client, stack, body)).json()["results"]
    assert "error" in entry
    await post(client, stack, report(number, call_id))

    await desk.new_mapping(clinic.organization.id, number)

    tool_call, told = await until_delivered(desk, call_id)
    assert (tool_call["state"], told["state"]) == ("evidence", "delivered")
    assert (await desk.told("GET", f"/api/quarantine/{tool_call['id']}"))["body"] == body
    assert await clinic.appointments() == []


async def test_a_contradiction_is_told_to_the_audit_log_and_delivered_to_nobody(
    client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic], desk: Desk
) -> None:
    first, second = (clinic.organization for clinic in clinics)
    call_id = str(uuid4())
    claim = {"assistant": {"metadata": {"org_id": second.id}}}
    assert (await post(client, stack, report(first.phone_number, call_id, **claim))).status_code == 200

    [item] = await kept(desk, call_id)

    [entry] = [entry for entry in await desk.every("/api/audit", limit="200") if entry["subject"] == item["id"]]
    assert entry["action"] == "message.contradicted"
    assert entry["details"]["evidence"] == f"called_number names {first.id}; metadata names {second.id}"
    await desk.new_mapping(first.id)
    await until_delivered_of_another(client, stack, desk)
    assert [item["state"] for item in await kept(desk, call_id)] == ["waiting"]


async def until_delivered_of_another(client: httpx.AsyncClient, stack: StackFile, desk: Desk) -> None:
    """Whatever was due has been looked at by then."""
    number, call_id = new_number(), str(uuid4())
    await post(client, stack, report(number, call_id))
    await desk.new_mapping((await desk.new_organization())["id"], number)
    await until_delivered(desk, call_id)
