"""A credential as Vapi describes it, made over the API, opens the door to what is signed as Vapi signs it."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from switchboard_cli.stack.stack_file import StackFile
from tests.system.administering import Desk
from tests.system.running import Clinic

Sign = Callable[[str, bytes, str], dict[str, str]]
"""The headers for a secret, a body and the URL that is posted to."""


def _bearer(header: str, prefix: str) -> Sign:
    return lambda secret, _body, _url: {header: prefix + secret}


def _usual_signature(secret: str, body: bytes, _url: str) -> dict[str, str]:
    now = str(int(time.time()))
    digest = hmac.digest(secret.encode(), now.encode() + b"." + body, "sha256")
    return {"x-timestamp": now, "x-signature": digest.hex()}


def _every_field(secret: str, body: bytes, url: str) -> dict[str, str]:
    now, message_id = str(int(time.time() * 1000)), str(uuid4())
    payload = b"|".join([b"POST", url.encode(), message_id.encode(), now.encode(), body])
    digest = hmac.digest(base64.b64decode(secret), payload, "sha512")
    return {"X-When": now, "X-Id": message_id, "X-Sign": "sha512=" + base64.b64encode(digest).decode()}


def _standard_webhooks(secret: str, body: bytes, _url: str) -> dict[str, str]:
    now, message_id = str(int(time.time())), f"msg_{uuid4().hex}"
    digest = hmac.digest(base64.b64decode(secret), f"{message_id}.{now}.".encode() + body, "sha256")
    signatures = f"v1,bm9uc2Vuc2U= v1,{base64.b64encode(digest).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": now, "webhook-signature": signatures}


PLANS: dict[str, tuple[dict[str, Any], Sign]] = {
    "the older secret": ({"type": "secret"}, _bearer("X-Vapi-Secret", "")),
    "bearer": ({"type": "bearer"}, _bearer("Authorization", "Bearer ")),
    "bearer elsewhere, bare": (
        {"type": "bearer", "headerName": "X-Clinic-Token", "bearerPrefixEnabled": False},
        _bearer("X-Clinic-Token", ""),
    ),
    "hmac": ({"type": "hmac", "algorithm": "sha256"}, _usual_signature),
    "hmac, every field": (
        {
            "type": "hmac",
            "algorithm": "sha512",
            "signatureHeader": "X-Sign",
            "timestampHeader": "X-When",
            "includeTimestamp": True,
            "payloadFormat": "{method}|{url}|{svix-id}|{timestamp}|{body}",
            "signaturePrefix": "sha512=",
            "signatureEncoding": "base64",
            "secretIsBase64": True,
            "messageIdHeader": "X-Id",
        },
        _every_field,
    ),
    "Standard Webhooks": (
        {
            "type": "hmac",
            "algorithm": "sha256",
            "signatureHeader": "webhook-signature",
            "timestampHeader": "webhook-timestamp",
            "payloadFormat": "{svix-id}.{timestamp}.{body}",
            "signaturePrefix": "v1,",
            "signatureEncoding": "base64",
            "secretIsBase64": True,
            "messageIdHeader": "webhook-id",
        },
        _standard_webhooks,
    ),
}


@pytest.fixture
async def desk(stack: StackFile, client: httpx.AsyncClient) -> Desk:
    return Desk(client, stack.gateway_url, stack.admin_key)


@pytest.mark.parametrize("name", PLANS)
async def test_a_message_that_is_signed_by_the_plan_is_taken_and_one_that_was_changed_is_not(
    desk: Desk, client: httpx.AsyncClient, stack: StackFile, name: str
) -> None:
    plan, sign = PLANS[name]
    organization = (await desk.new_organization())["id"]
    number = (await desk.new_mapping(organization))["inbound_phone_number"]
    secret = (await desk.new_credential(organization, plan=plan))["secret"]
    url = f"{stack.gateway_url}/api/vapi/webhook"
    body = json.dumps({"message": {"type": "hang", "phoneNumber": {"number": number}}}).encode()
    headers = {"Content-Type": "application/json", **sign(secret, body, url)}
    wrong = {"Content-Type": "application/json", **sign(secret[:-4] + "AAA=", body, url)}

    assert (await client.post(url, content=body, headers=headers)).status_code == 200
    assert (await client.post(url, content=body, headers=wrong)).status_code == 401
    if plan["type"] == "hmac":
        assert (await client.post(url, content=body + b" ", headers=headers)).status_code == 401


async def test_what_is_delivered_again_without_a_call_is_answered_the_same_and_done_once(
    desk: Desk, client: httpx.AsyncClient, stack: StackFile, clinics: tuple[Clinic, Clinic]
) -> None:
    """Signed anew each time, as whoever sends again does; known by the message's id."""
    clinic = clinics[0]
    plan, _ = PLANS["Standard Webhooks"]
    made = await desk.new_credential(clinic.organization.id, plan=plan)
    key = base64.b64decode(made["secret"])
    arguments = {"appointmentDate": str(clinic.day), "appointmentTime": "11:00", "patientName": "Ana Exempla"}
    arguments["patientEmail"] = "ana@example.com"
    call = {"name": "bookClinicAppointment", "arguments": arguments}
    line = {"number": clinic.organization.phone_number}
    body = json.dumps({"message": {"type": "tool-calls", "toolCallList": [call], "phoneNumber": line}}).encode()

    answers = []
    for seconds_ago in (20, 10, 0):
        now = str(int(time.time()) - seconds_ago)
        digest = hmac.digest(key, b"msg_1." + now.encode() + b"." + body, "sha256")
        shown = {"webhook-id": "msg_1", "webhook-timestamp": now}
        shown["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
        headers = {"Content-Type": "application/json", **shown}
        answers.append(await client.post(f"{stack.gateway_url}/api/vapi/webhook", content=body, headers=headers))
    await desk.told("DELETE", f"/api/organizations/{clinic.organization.id}/webhook-credentials/{made['id']}")

    assert {answer.status_code for answer in answers} == {200}
    (entry,) = answers[0].json()["results"]
    assert entry["result"].startswith("It is booked: ")
    assert len({answer.content for answer in answers}) == 1
    assert len(await clinic.appointments()) == 1
