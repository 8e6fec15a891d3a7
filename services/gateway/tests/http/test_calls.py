"""Calls over HTTP: what Vapi told of them."""

from google.protobuf.timestamp_pb2 import Timestamp

from services.gateway.tests.http.staff import ID, OTHER_ID, heard, told
from switchboard.booking.v1 import call_service_pb2 as calls

CONTACT_ID = "e4d3b8f0-8f2c-4c9a-8b2c-2f9d8e7a6b53"
STARTED, ENDED = Timestamp(seconds=1_804_000_000), Timestamp(seconds=1_804_000_090)
ENDED_CALL = calls.Call(
    id=ID,
    vapi_call_id="call-1",
    caller_number="+12065550177",
    status="ended",
    started_at=STARTED,
    ended_at=ENDED,
    duration_seconds=90.5,
    ended_reason="customer-ended-call",
    cost=0.12,
    summary="Booked a cleaning.",
    appointment_ids=[OTHER_ID],
    direction=calls.Call.INBOUND,
    called_number="+12065550142",
    contact_id=CONTACT_ID,
    assistant_id="assistant-1",
    cost_parts={"voice": 0.02, "model": 0.1},
    structured_data='{"booked":true}',
    success_evaluation="true",
    transcript="AI: Good morning.",
    has_recording=True,
    tools_used=["bookClinicAppointment", "checkAvailability"],
)


async def test_a_call_is_shown_whole(room):
    room.booking.answer = calls.GetCallResponse(call=ENDED_CALL)
    assert await told(room, "GET", f"/api/calls/{ID}") == {
        "id": ID,
        "vapi_call_id": "call-1",
        "caller_number": "+12065550177",
        "status": "ended",
        "started_at": "2027-03-02T15:06:40Z",
        "ended_at": "2027-03-02T15:08:10Z",
        "duration_seconds": 90.5,
        "ended_reason": "customer-ended-call",
        "cost": 0.12,
        "summary": "Booked a cleaning.",
        "appointment_ids": [OTHER_ID],
        "direction": "inbound",
        "called_number": "+12065550142",
        "contact_id": CONTACT_ID,
        "assistant_id": "assistant-1",
        "cost_parts": {"model": 0.1, "voice": 0.02},
        "structured_data": {"booked": True},
        "success_evaluation": "true",
        "transcript": "AI: Good morning.",
        "has_recording": True,
        "tools_used": ["bookClinicAppointment", "checkAvailability"],
    }
    assert heard(room) == calls.GetCallRequest(id=ID)


async def test_what_is_not_known_of_a_call_is_null(room):
    room.booking.answer = calls.GetCallResponse(call=calls.Call(id=ID, vapi_call_id="call-1"))
    found = await told(room, "GET", f"/api/calls/{ID}")
    assert {name for name, value in found.items() if value is None} == {
        *("direction", "caller_number", "called_number", "contact_id", "assistant_id", "status", "started_at"),
        *("ended_at", "duration_seconds", "ended_reason", "cost", "summary", "success_evaluation"),
        *("structured_data", "transcript"),
    }


async def test_calls_are_listed_page_by_page(room):
    room.booking.answer = calls.ListCallsResponse(calls=[ENDED_CALL], next_page_token="more")
    page = await told(room, "GET", "/api/calls", limit="7", cursor="here")
    assert ([item["id"] for item in page["items"]], page["next_cursor"]) == ([ID], "more")
    assert {"transcript", "structured_data"} & set(page["items"][0]) == set()
    assert heard(room) == calls.ListCallsRequest(page_size=7, page_token="here")
