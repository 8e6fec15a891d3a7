"""A caller is put through once, and the call is ended, however often and wherever Vapi delivers it."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx

from switchboard_cli.stack.stack_file import StackFile
from tests.system.running import Clinic

AT_ONCE = 8
Body = dict[str, Any]


def message(clinic: Clinic, tool: str, arguments: Body, control_url: str = "", call_id: str = "") -> Body:
    call_id = call_id or str(uuid4())
    return {
        "message": {
            "type": "tool-calls",
            "toolCallList": [{"id": "call_1", "type": "function", "function": {"name": tool, "arguments": arguments}}],
            "call": {"id": call_id, "monitor": {"controlUrl": control_url.format(call_id)}},
            "phoneNumber": {"number": clinic.organization.phone_number},
        }
    }


def call_id_of(body: Body) -> str:
    return str(body["message"]["call"]["id"])


async def post(stack: StackFile, client: httpx.AsyncClient, body: Body) -> httpx.Response:
    headers = {"X-Vapi-Secret": stack.webhook_secret}
    return await client.post(f"{stack.gateway_url}/api/vapi/webhook", json=body, headers=headers)


async def commands(stack: StackFile, client: httpx.AsyncClient, body: Body) -> list[Body]:
    found = await client.get(
        f"{stack.vapi.base_url}/_simulator/calls/{call_id_of(body)}/commands",
        headers={"Authorization": f"Bearer {stack.vapi.api_key}"},
    )
    listed: list[Body] = found.json()
    return listed


async def test_a_caller_is_put_through_once_however_often_it_is_delivered_at_once(
    stack: StackFile, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    wish = {"department": "billing", "summary": "An invoice is wrong"}
    bodies = [message(clinic, "transferCall", wish, f"{stack.vapi.base_url}/{{}}/control") for clinic in clinics]

    answers = await asyncio.gather(*(post(stack, client, body) for body in bodies for _ in range(AT_ONCE)))
    later = [await post(stack, client, body) for body in bodies]

    for body, number, first in zip(bodies, ("+12125550132", "+14155550132"), (0, AT_ONCE), strict=True):
        [command] = await commands(stack, client, body)
        assert command["destination"] == {"type": "number", "number": number}
        same = {answer.content for answer in (*answers[first : first + AT_ONCE], later[bodies.index(body)])}
        assert len(same) == 1
        assert b"put through to Billing" in same.pop()


async def test_without_a_live_call_it_is_said_so_each_time(
    stack: StackFile, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    body = message(clinics[0], "transferCall", {"department": "reception", "summary": "x"}, "https://evil.example/{}")

    answers = await asyncio.gather(*(post(stack, client, body) for _ in range(AT_ONCE)))

    assert len({answer.content for answer in answers}) == 1
    assert "could not be put through to Front desk" in answers[0].json()["results"][0]["result"]


async def test_a_goodbye_is_the_same_bytes_each_time(
    stack: StackFile, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    body = message(clinics[0], "endCall", {"reason": "nothing more to ask"})

    answers = await asyncio.gather(*(post(stack, client, body) for _ in range(AT_ONCE)))

    assert len({answer.content for answer in answers}) == 1
    [result] = answers[0].json()["results"]
    assert result["message"]["endCallAfterSpokenEnabled"] is True
    assert result["message"]["content"] == result["result"]


async def test_vapi_is_told_whom_to_put_through_to(
    stack: StackFile, client: httpx.AsyncClient, clinics: tuple[Clinic, Clinic]
) -> None:
    line = {"number": clinics[0].organization.phone_number}
    asked = {"type": "transfer-destination-request", "call": {"id": str(uuid4())}, "phoneNumber": line}

    usual = await post(stack, client, {"message": asked})
    named = await post(stack, client, {"message": {**asked, "parameters": {"department": "accounts"}}})
    handed = await post(stack, client, {"message": {**asked, "type": "handoff-destination-request"}})

    assert usual.json()["destination"] == {"type": "number", "number": "+12125550131"}
    assert named.json()["destination"] == {"type": "number", "number": "+12125550132"}
    assert handed.json() == {"destination": {"type": "number", "number": "+12125550131"}}
