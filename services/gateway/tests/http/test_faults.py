"""When a service is away, slow or broken, the caller hears an honest sentence, and Vapi gets its 200."""

import asyncio
import json

import pytest

from chassis.errors import Kind, RemoteError
from gateway.routes import vapi
from services.gateway.tests.conftest import ANSWERED_WITHIN
from switchboard.tools.v1.tools_pb2 import ToolReply

SECRET = "the secret of this deployment"
CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
MESSAGE = {"message": {"type": "tool-calls", "toolCallList": [CALL], "phoneNumber": {"number": "+12065550142"}}}


@pytest.fixture
def soon(monkeypatch):
    """When called, the gateway gives up sooner than it would by itself."""
    return lambda: monkeypatch.setattr(vapi, "SECONDS", 0.3)


def test_a_caller_hears_something_within_three_seconds_whatever_is_broken():
    assert ANSWERED_WITHIN < 3


async def test_without_any_service_a_tool_call_is_answered_with_an_apology_in_time(alone, soon):
    soon()
    response = await alone.post("/api/vapi/webhook", json=MESSAGE, headers={"X-Vapi-Secret": SECRET})
    assert response.status_code == 200
    [entry] = response.json()["results"]
    assert "cannot reach" in entry["error"]


async def test_without_any_service_an_event_is_still_acknowledged(alone):
    body = {"message": {"type": "speech-update", "status": "started"}}
    response = await alone.post("/api/vapi/webhook", json=body, headers={"X-Vapi-Secret": SECRET})
    assert (response.status_code, response.content) == (200, b"{}")


async def test_without_tenancy_an_event_whose_sender_cannot_be_checked_is_to_be_sent_again(alone):
    body = {"message": {"type": "status-update", "phoneNumber": {"number": "+12065550142"}}}
    response = await alone.post("/api/vapi/webhook", json=body, headers={"X-Vapi-Secret": "the clinic's own"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert response.json()["code"] == "SENDER_NOT_CHECKED"


async def test_without_tenancy_a_tool_call_whose_sender_cannot_be_checked_is_answered_with_an_apology(alone):
    response = await alone.post("/api/vapi/webhook", json=MESSAGE, headers={"X-Vapi-Secret": "the clinic's own"})
    assert response.status_code == 200
    [entry] = response.json()["results"]
    assert "cannot reach" in entry["error"]


async def test_without_tenancy_the_api_is_unavailable(alone):
    response = await alone.get("/api/appointments", headers={"Authorization": "Bearer key of the clinic"})
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE"), "cannot reach"),
        (RemoteError(Kind.DEADLINE, "DATABASE_TOO_SLOW"), "taking too long"),
        (RemoteError(Kind.INTERNAL, "ANYTHING"), "something went wrong"),
        (ZeroDivisionError("a secret"), "something went wrong"),
    ],
)
async def test_a_fault_of_booking_is_an_honest_sentence(room, state, words):
    async def fails(_request):
        raise state

    room.booking.behaviour = fails
    [entry] = await room.results(MESSAGE)
    assert words in entry["error"]
    assert "secret" not in json.dumps(entry)


async def test_a_service_that_does_not_answer_is_given_up_in_time(room, soon):
    async def never(_request):
        await asyncio.Event().wait()
        return ToolReply()

    await room.results(MESSAGE)  # so that whose it is need not be asked
    room.booking.behaviour = never
    soon()
    [entry] = await room.results(MESSAGE)
    assert "taking too long" in entry["error"]


async def test_a_tenancy_that_does_not_answer_is_given_up_in_time(room, soon):
    room.tenancy.answers.clear()
    soon()
    [entry] = await room.results(MESSAGE)
    assert "cannot reach" in entry["error"]


async def test_a_dead_booking_is_an_apology(booking_is_dead):
    """Tenancy answers; nothing listens where booking was."""
    response = await booking_is_dead.post("/api/vapi/webhook", json=MESSAGE, headers={"X-Vapi-Secret": SECRET})
    [entry] = response.json()["results"]
    assert "cannot reach" in entry["error"]


async def test_when_tenancy_fails_a_tool_call_is_answered_with_an_apology(room):
    room.tenancy.fails = ValueError("a secret")
    [entry] = await room.results(MESSAGE)
    assert "cannot reach" in entry["error"]
    assert room.booking.heard == []


async def test_a_service_that_refuses_our_own_credential_is_our_fault(room):
    room.booking.fails = RemoteError(Kind.UNAUTHENTICATED, "UNAUTHENTICATED")
    response = await room.http.get("/api/appointments", headers={"Authorization": "Bearer key of the clinic"})
    assert (response.status_code, response.json()["code"]) == (500, "INTERNAL")
