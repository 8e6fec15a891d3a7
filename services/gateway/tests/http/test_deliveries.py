"""A message that has neither call nor chat is known again by what its sender has signed."""

import base64
import hmac
import json
import time

import pytest

from switchboard.tenancy.v1.webhook_credential_service_pb2 import HmacPlan, WebhookPlan, WebhookVerifier

CLINIC, LINE = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31", "+12065550142"
KEY = b"a key of thirty-two random bytes"
STANDARD_WEBHOOKS = HmacPlan(
    algorithm=HmacPlan.SHA256,
    signature_header="webhook-signature",
    timestamp_header="webhook-timestamp",
    message_id_header="webhook-id",
    payload_format="{svix-id}.{timestamp}.{body}",
    signature_prefix="v1,",
    signature_encoding=HmacPlan.BASE64,
)
CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
BODY = json.dumps({"message": {"type": "tool-calls", "phoneNumber": {"number": LINE}, "toolCallList": [CALL]}}).encode()


@pytest.fixture
def room(room):
    verifier = WebhookVerifier(credential_id="c-1", plan=WebhookPlan(hmac=STANDARD_WEBHOOKS), hmac_key=KEY)
    room.tenancy.verifiers = {CLINIC: [verifier]}
    return room


def signed(message_id, *, seconds_ago=0, body=BODY):
    timestamp = str(int(time.time()) - seconds_ago)
    digest = hmac.digest(KEY, f"{message_id}.{timestamp}.".encode() + body, "sha256")
    return {
        "x_vapi_secret": "",
        "webhook_id": message_id,
        "webhook_timestamp": timestamp,
        "webhook_signature": f"v1,{base64.b64encode(digest).decode()}",
    }


async def deliveries(room, *shown, body=BODY):
    answers = [await room.post(body, **headers) for headers in shown]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    return [heard.request.context.delivery_id for heard in room.booking.heard]


async def test_a_message_that_is_delivered_again_reaches_booking_as_the_same_wish(room):
    first, again = await deliveries(room, signed("msg_1", seconds_ago=40), signed("msg_1"))
    assert first == again != ""
    assert room.booking.heard[0].request == room.booking.heard[1].request


async def test_another_message_is_another_wish(room):
    first, other = await deliveries(room, signed("msg_1"), signed("msg_2"))
    assert first != other


async def test_an_id_beside_the_platforms_secret_is_nobodys_word(room):
    first, again = await deliveries(room, {"webhook_id": "msg_1"}, {"webhook_id": "msg_1"})
    assert first != again


async def test_a_message_of_a_call_is_known_by_its_call(room):
    message = json.loads(BODY)
    message["message"]["call"] = {"id": "call-1"}
    body = json.dumps(message).encode()
    assert await deliveries(room, signed("msg_1", body=body), body=body) == [""]
    assert room.booking.heard[0].request.context.vapi_call_id == "call-1"
