"""A message is its organization's if the organization's own credential, or the platform's, says so."""

import asyncio
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.conftest import PATIENCE
from switchboard.tenancy.v1.webhook_credential_service_pb2 import HmacPlan, SecretPlan, WebhookPlan, WebhookVerifier

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
SUSPENDED_CLINIC = "c4d5e6f7-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
LINE, OTHER_LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550143", "+12065550144", "+12065550199"
OWN = "the clinic's own secret"
CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}


def credential(secret, credential_id="c-1", **bounds):
    verifier = WebhookVerifier(
        credential_id=credential_id,
        plan=WebhookPlan(secret=SecretPlan()),
        secret_digest=hashlib.sha256(secret.encode()).digest(),
    )
    for name, instant in bounds.items():
        getattr(verifier, name).FromDatetime(instant)
    return verifier


def tool_call(line=LINE):
    return {"message": {"type": "tool-calls", "toolCallList": [CALL], "phoneNumber": {"number": line}}}


def event(line=LINE, **more):
    return {"message": {"type": "hang", "phoneNumber": {"number": line}, **more}}


def shapes(response):
    """All of an answer that could tell one refusal from another."""
    return response.status_code, {**response.json(), "trace_id": ""}, {**response.headers, "date": ""}


@pytest.fixture
def room(room):
    room.tenancy.verifiers = {
        CLINIC: [credential(OWN)],
        OTHER_CLINIC: [credential("the other clinic's secret", "c-2")],
        SUSPENDED_CLINIC: [credential("the suspended clinic's secret", "c-3")],
    }
    return room


async def test_an_organizations_own_credential_opens_its_own_door(room):
    response = await room.post(tool_call(), x_vapi_secret=OWN)
    assert response.json()["results"][0]["result"] == "CheckAvailabilityRequest was heard."
    assert [heard.tenant for heard in room.booking.heard] == [CLINIC]


async def test_the_platforms_secret_opens_every_door(room):
    await room.post(tool_call())
    await room.post(tool_call(OTHER_LINE))
    assert [heard.tenant for heard in room.booking.heard] == [CLINIC, OTHER_CLINIC]
    assert room.tenancy.verifiers_asked == 0


async def test_another_organizations_credential_is_refused(room):
    response = await room.post(tool_call(), x_vapi_secret="the other clinic's secret")
    assert (response.status_code, response.json()["code"]) == (401, "SECRET_REFUSED")
    assert room.booking.heard == []


async def test_no_refusal_can_be_told_from_another(room):
    known, foreign, unknown, contradicting, unreadable, otherwise = [
        shapes(await room.post(body, **how))
        for body, how in [
            (event(), {"x_vapi_secret": "wrong"}),
            (event(), {"x_vapi_secret": "the other clinic's secret"}),
            (event(UNKNOWN_LINE), {"x_vapi_secret": OWN}),
            (event(assistant={"metadata": {"org_id": OTHER_CLINIC}}), {"x_vapi_secret": OWN}),
            (b"no json", {"x_vapi_secret": OWN}),
            (event(), {"x_vapi_secret": "wrong", "content_type": "text/plain"}),
        ]
    ]
    assert known == foreign == unknown == contradicting == unreadable == otherwise
    assert known[0] == 401


@pytest.mark.parametrize("body", [event(), event(UNKNOWN_LINE), b"no json"], ids=["known", "unknown", "unreadable"])
async def test_a_refusal_takes_its_time_whoever_it_is(room, body):
    begun = time.perf_counter()
    response = await room.post(body, x_vapi_secret="wrong")
    assert response.status_code == 401
    assert time.perf_counter() - begun >= 0.25


async def test_a_refused_message_is_no_event_and_leaves_no_route(room):
    before = room.lifecycle.last_event
    await room.post(event(), x_vapi_secret="wrong")
    assert (room.lifecycle.last_event, len(room.memories.routes)) == (before, 0)


async def test_a_verified_messages_route_is_kept(room):
    for _ in range(3):
        await room.post(event(), x_vapi_secret=OWN)
    assert (len(room.tenancy.asked), room.tenancy.verifiers_asked) == (1, 1)


async def test_both_of_two_live_credentials_verify(room):
    room.tenancy.verifiers[CLINIC] = [credential("the new one", "c-new"), credential(OWN)]
    for secret in (OWN, "the new one"):
        assert (await room.post(event(), x_vapi_secret=secret)).status_code == 200


async def test_a_credential_outside_its_time_is_refused(room):
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    room.tenancy.verifiers[CLINIC] = [
        credential("not yet", "c-later", not_before=now + hour),
        credential("no longer", "c-former", not_after=now - hour),
    ]
    for secret in ("not yet", "no longer"):
        assert (await room.post(event(), x_vapi_secret=secret)).status_code == 401


async def test_a_new_credential_counts_before_the_gateway_has_heard_of_it(room):
    """What is remembered can prove a sender, but never refuse one."""
    await room.post(event(), x_vapi_secret=OWN)
    room.tenancy.verifiers[CLINIC] = [credential("the new one", "c-new"), credential(OWN)]
    assert (await room.post(event(), x_vapi_secret="the new one")).status_code == 200


async def test_a_moved_numbers_new_owner_is_verified_before_the_gateway_has_heard_of_it(room):
    await room.post(event(), x_vapi_secret=OWN)
    room.tenancy.lines[LINE] = room.tenancy.lines[OTHER_LINE]
    await room.post(tool_call(), x_vapi_secret="the other clinic's secret")
    assert [heard.tenant for heard in room.booking.heard] == [OTHER_CLINIC]


async def test_a_revoked_credential_is_refused_once_the_gateway_has_heard_of_it(room, told):
    await room.post(event(), x_vapi_secret=OWN)
    room.tenancy.verifiers[CLINIC] = []
    await told(CLINIC)
    assert (await room.post(event(), x_vapi_secret=OWN)).status_code == 401


async def test_a_moved_number_is_its_new_owners_once_the_gateway_has_heard_of_it(room, told):
    await room.post(tool_call())
    room.tenancy.lines[LINE] = room.tenancy.lines[OTHER_LINE]
    await told(LINE)
    await room.post(tool_call())
    assert [heard.tenant for heard in room.booking.heard] == [CLINIC, OTHER_CLINIC]


@pytest.fixture
async def told(room):
    """Have tenancy tell a change, and wait until the gateway has heard of it."""
    heard = asyncio.Event()
    room.memories.watch.when_changed(heard.set)

    async def tell(*evidence):
        room.tenancy.change(*evidence)
        await asyncio.wait_for(heard.wait(), PATIENCE)

    return tell


async def test_a_suspended_organizations_credential_verifies_and_its_callers_hear_that_it_is_paused(room):
    response = await room.post(tool_call(SUSPENDED_LINE), x_vapi_secret="the suspended clinic's secret")
    assert "paused" in response.json()["results"][0]["error"]


@pytest.mark.parametrize("message_type", ["status-update", "end-of-call-report", "hang", "assistant-request"])
async def test_a_message_whose_sender_cannot_be_checked_is_to_be_sent_again(room, message_type):
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    response = await room.post(event(type=message_type), x_vapi_secret="wrong")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["code"] == "SENDER_NOT_CHECKED"


async def test_a_tool_call_whose_sender_cannot_be_checked_is_an_apology_and_nothing_is_done(room):
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    response = await room.post(tool_call(), x_vapi_secret=OWN)
    assert response.status_code == 200
    assert "cannot reach" in response.json()["results"][0]["error"]
    assert room.booking.heard == []


async def test_a_legacy_function_call_whose_sender_cannot_be_checked_is_an_apology(room):
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    response = await room.post(event(type="function-call", functionCall={"name": "endCall"}), x_vapi_secret=OWN)
    assert (response.status_code, "cannot reach" in response.json()["result"]) == (200, True)


async def test_a_credential_that_cannot_be_read_keeps_no_other_from_counting(room):
    room.tenancy.unreadable = {CLINIC: ["c-lost"]}
    assert (await room.post(event(), x_vapi_secret=OWN)).status_code == 200


async def test_whoever_may_have_shown_a_credential_that_cannot_be_read_is_neither_believed_nor_refused(room):
    room.tenancy.unreadable = {CLINIC: ["c-lost"]}
    response = await room.post(event(type="end-of-call-report"), x_vapi_secret="the lost one, or a forgery")
    assert (response.status_code, response.json()["code"]) == (503, "SENDER_NOT_CHECKED")
    response = await room.post(tool_call(), x_vapi_secret="the lost one, or a forgery")
    assert "cannot reach" in response.json()["results"][0]["error"]
    assert (room.booking.heard, room.booking.recorded) == ([], [])


async def test_while_tenancy_is_away_what_is_remembered_goes_on_for_seconds(room):
    await room.post(tool_call(), x_vapi_secret=OWN)
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    await room.post(tool_call(), x_vapi_secret=OWN)
    assert [heard.tenant for heard in room.booking.heard] == [CLINIC, CLINIC]


@pytest.fixture
def minutes_later(room, monkeypatch):
    """What is remembered has grown old, as the gateway counts it."""

    def wait(minutes):
        monkeypatch.setattr(room.memories.changes, "_monotonic", lambda: time.monotonic() + 60 * minutes)

    return wait


STARTING = event(type="assistant-request")


async def test_a_starting_call_is_verified_by_what_was_last_known_while_tenancy_is_away(room, minutes_later):
    await room.post(STARTING, x_vapi_secret=OWN)
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    minutes_later(9)
    assert (await room.post(STARTING, x_vapi_secret=OWN)).status_code == 200
    assert (await room.post(event(), x_vapi_secret=OWN)).status_code == 503


async def test_what_was_last_known_is_given_up_after_ten_minutes(room, minutes_later):
    await room.post(STARTING, x_vapi_secret=OWN)
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    minutes_later(11)
    assert (await room.post(STARTING, x_vapi_secret=OWN)).status_code == 503


async def test_what_was_last_known_refuses_nobody_while_tenancy_is_away(room, minutes_later):
    await room.post(STARTING, x_vapi_secret=OWN)
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    minutes_later(1)
    assert (await room.post(STARTING, x_vapi_secret="the new one")).status_code == 503


async def test_while_tenancy_answers_what_was_last_known_verifies_nobody(room, minutes_later):
    await room.post(STARTING, x_vapi_secret=OWN)
    room.tenancy.verifiers[CLINIC] = []
    minutes_later(1)
    assert (await room.post(STARTING, x_vapi_secret=OWN)).status_code == 401


async def test_what_was_counted_of_each_credential_is_told_when_the_gateway_stops(another_gateway, room):
    async with another_gateway() as stopping:
        stopping.tenancy.verifiers = room.tenancy.verifiers
        for secret in (OWN, OWN, "wrong"):
            await stopping.post(event(), x_vapi_secret=secret)
        await stopping.post(event(OTHER_LINE), x_vapi_secret="the other clinic's secret")
        counted = stopping.tenancy.uses
    assert {(use.organization_id, use.credential_id): use.count for use in counted} == {
        (CLINIC, "c-1"): 2,
        (OTHER_CLINIC, "c-2"): 1,
    }


async def test_a_url_is_signed_as_the_public_knows_it(another_gateway):
    plan = HmacPlan(algorithm=HmacPlan.SHA256, payload_format="{url}.{body}", include_timestamp=False)
    body = json.dumps(event()).encode()
    signed = b"https://switchboard.example/base/api/vapi/webhook?from=vapi." + body
    verifier = WebhookVerifier(credential_id="c-1", plan=WebhookPlan(hmac=plan), hmac_key=b"key")
    async with another_gateway(backend_url="https://switchboard.example/base/") as gateway:
        gateway.tenancy.verifiers = {CLINIC: [verifier]}
        signature = hmac.new(b"key", signed, "sha256").hexdigest()
        response = await gateway.post(body, path="/api/vapi/webhook?from=vapi", x_vapi_secret="", x_signature=signature)
    assert response.status_code == 200
