"""What happened in a call, over HTTP."""

import json

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.http.staff import CLINIC, ID, OTHER_ID, ask, heard, told
from switchboard.booking.v1.call_event_service_pb2 import (
    CallEvent,
    Explanation,
    GetCallTimelineRequest,
    GetCallTimelineResponse,
    MessageEvent,
    ToolCallEvent,
)
from switchboard.booking.v1.call_service_pb2 import Call
from switchboard.tenancy.v1.audit_service_pb2 import RecordReadingRequest

AT = Timestamp(seconds=1_804_000_000)
SAID = ToolCallEvent(
    tool="checkAvailability",
    tool_call_id="tool-1",
    ended="said",
    outcome="free",
    arguments=json.dumps({"date": "2026-12-01"}),
    say="Ten is free.",
    data=json.dumps({"outcome": "free"}),
    rpc_milliseconds=12.5,
    service_milliseconds=10,
)
WHY = Explanation(
    calendar_id=OTHER_ID,
    calendar_name="Room",
    local_start="2026-12-01T10:00",
    reason=Explanation.APPOINTMENT,
    sentence="Room: taken.",
)
ENTRY = GetCallTimelineResponse.Entry


def event(**what):
    return CallEvent(id=ID, vapi_call_id="call-1", at=AT, milliseconds=20, **what)


async def test_a_timeline_is_shown_whole(room):
    room.booking.answer = GetCallTimelineResponse(
        call=Call(id=ID, vapi_call_id="call-1", status="ended", started_at=AT, duration_seconds=90),
        vapi_call_id="call-1",
        entries=[
            ENTRY(event=event(message=MessageEvent(type="conversation-update", outcome="resolved", turns=0))),
            ENTRY(event=event(tool_call=SAID), explains=True, explanations=[WHY]),
        ],
    )
    found = await told(room, "GET", f"/api/calls/{ID}/timeline", why="10:00")
    message, tool_call = (one.pop(kind) for one, kind in zip(found["events"], ("message", "tool_call"), strict=True))
    assert found == {
        "call_id": ID,
        "vapi_call_id": "call-1",
        "status": "ended",
        "started_at": "2027-03-02T15:06:40Z",
        "ended_at": None,
        "duration_seconds": 90.0,
        "ended_reason": None,
        "events": [
            {"id": ID, "at": "2027-03-02T15:06:40Z", "milliseconds": 20.0, "tool_call": None},
            {"id": ID, "at": "2027-03-02T15:06:40Z", "milliseconds": 20.0, "message": None},
        ],
        "has_more": False,
    }
    assert message == {
        "type": "conversation-update",
        "outcome": "resolved",
        "evidence": [],
        "was_remembered": False,
        "verified_by": None,
        "admission_milliseconds": 0.0,
        "turns": 0,
        "status": None,
        "ended_reason": None,
        "answered": None,
        "sent_back": None,
        "was_quarantined": False,
    }
    assert tool_call == {
        "tool": "checkAvailability",
        "tool_call_id": "tool-1",
        "ended": "said",
        "outcome": "free",
        "arguments": {"date": "2026-12-01"},
        "say": "Ten is free.",
        "error": None,
        "data": {"outcome": "free"},
        "effects": [],
        "forgotten": False,
        "rpc_milliseconds": 12.5,
        "service_milliseconds": 10.0,
        "database_milliseconds": None,
        "explains": True,
        "explanations": [
            {
                "calendar_id": OTHER_ID,
                "calendar_name": "Room",
                "local_start": "2026-12-01T10:00",
                "reason": "appointment",
                "sentence": "Room: taken.",
            }
        ],
    }
    assert heard(room) == GetCallTimelineRequest(id=ID, why="10:00")


async def test_a_call_may_be_named_as_vapi_does(room):
    room.booking.answer = GetCallTimelineResponse(vapi_call_id="made_1")
    found = await told(room, "GET", "/api/calls/made_1/timeline")
    assert (found["call_id"], found["vapi_call_id"]) == (None, "made_1")
    assert heard(room).id == "made_1"


async def test_what_can_be_no_id_is_no_call(room):
    answer = await ask(room, "GET", "/api/calls/a%20b/timeline")
    assert (answer.status_code, room.booking.heard) == (404, [])


async def test_who_reads_it_is_noted(room):
    room.booking.answer = GetCallTimelineResponse(vapi_call_id="call-1")
    await told(room, "GET", f"/api/calls/{ID}/timeline")
    [noted] = room.tenancy.readings
    assert (noted.tenant, noted.request) == (
        CLINIC,
        RecordReadingRequest(what=RecordReadingRequest.TIMELINE, subject=ID),
    )


@pytest.mark.parametrize(
    ("kind", "reason", "status"), [(Kind.NOT_FOUND, "CALL_NOT_FOUND", 404), (Kind.INVALID, "MALFORMED_TIME", 400)]
)
async def test_what_booking_refuses_is_a_problem(room, kind, reason, status):
    room.booking.fails = RemoteError(kind, reason, field="why")
    answer = await ask(room, "GET", f"/api/calls/{ID}/timeline", why="ten")
    assert (answer.status_code, answer.json()["code"], room.tenancy.readings) == (status, reason, [])
