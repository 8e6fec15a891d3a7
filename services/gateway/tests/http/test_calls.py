"""Calls over HTTP: what Vapi told of them."""

from google.protobuf.timestamp_pb2 import Timestamp

from services.gateway.tests.http.staff import ID, OTHER_ID, heard, told
from switchboard.booking.v1 import call_service_pb2 as calls

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
    }
    assert heard(room) == calls.GetCallRequest(id=ID)


async def test_what_is_not_known_of_a_call_is_null(room):
    room.booking.answer = calls.GetCallResponse(call=calls.Call(id=ID, vapi_call_id="call-1"))
    found = await told(room, "GET", f"/api/calls/{ID}")
    assert {name for name, value in found.items() if value is not None} == {"id", "vapi_call_id", "appointment_ids"}


async def test_calls_are_listed_page_by_page(room):
    room.booking.answer = calls.ListCallsResponse(calls=[ENDED_CALL], next_page_token="more")
    page = await told(room, "GET", "/api/calls", limit="7", cursor="here")
    assert ([item["id"] for item in page["items"]], page["next_cursor"]) == ([ID], "more")
    assert heard(room) == calls.ListCallsRequest(page_size=7, page_token="here")
