"""Calls, as they are recorded and shown."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from switchboard.booking.v1.call_service_pb2 import GetCallRequest, ListCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub

NUMBER = "+14155550123"
BEGINNING = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
END = BEGINNING + timedelta(minutes=2)
MESSAGES: list[dict[str, Any]] = [
    {"status": "ringing", "caller_number": NUMBER},
    {"status": "in-progress", "started_at": BEGINNING},
    {"status": "ended", "ended_reason": "customer-ended-call"},
    {
        "started_at": BEGINNING,
        "ended_at": END,
        "duration_seconds": 120,
        "cost": 0.21,
        "summary": "It was about\nteeth.",
    },
]


async def test_parts_told_at_once_repeated_and_in_any_order_become_one_call(desk: Any) -> None:
    messages = MESSAGES * 4
    random.Random(4).shuffle(messages)

    await asyncio.gather(*(desk.record_call("call-1", **message) for message in messages))

    (call,) = await desk.calls()
    assert (call.vapi_call_id, call.caller_number, call.status) == ("call-1", NUMBER, "ended")
    assert (call.started_at.ToDatetime(UTC), call.ended_at.ToDatetime(UTC)) == (BEGINNING, END)
    assert (call.duration_seconds, call.cost) == (120, 0.21)
    assert (call.ended_reason, call.summary) == ("customer-ended-call", "It was about\nteeth.")


async def test_what_a_message_does_not_tell_is_not_known(desk: Any) -> None:
    call = await desk.record_call("call-1")

    assert call.vapi_call_id == "call-1"
    assert not call.HasField("started_at")
    assert not call.HasField("ended_at")
    assert (call.caller_number, call.status, call.summary) == ("", "", "")


async def test_a_call_has_the_appointments_made_in_it_whenever_they_are(desk: Any) -> None:
    before = await desk.book(vapi_call_id="call-1", appointment_time="09:00")
    await desk.record_call("call-1", **MESSAGES[3])
    after = await desk.book(vapi_call_id="call-1", appointment_time="11:00")
    await desk.book(vapi_call_id="call-2", appointment_time="13:00")
    await desk.book(vapi_call_id="", appointment_time="14:00")

    (call,) = await desk.calls()

    assert list(call.appointment_ids) == [before.data["appointmentId"], after.data["appointmentId"]]


@pytest.mark.parametrize("told", [{"status": "ended"}, {"ended_at": END}], ids=["status", "report"])
async def test_a_call_that_ends_frees_its_hold(desk: Any, told: dict[str, Any]) -> None:
    await desk.hold(vapi_call_id="call-1", practitioner="Room 1", caller_number="")
    await desk.hold(vapi_call_id="call-2", practitioner="Room 2", caller_number="")
    assert (await desk.book(patient_name="Mia Exempla")).data["outcome"] == "taken"

    await desk.record_call("call-1", **told)

    assert (await desk.book(patient_name="Mia Exempla")).data["calendarId"] == desk.calendar_id
    assert (await desk.book(patient_name="Leo Exempla")).data["outcome"] == "taken"


async def test_a_call_that_goes_on_keeps_its_hold_and_one_that_ends_its_appointments(desk: Any) -> None:
    await desk.hold(vapi_call_id="call-1", practitioner="Room 1", caller_number="")
    booked = await desk.book(vapi_call_id="call-2", practitioner="Room 2")

    await desk.record_call("call-1", status="in-progress")
    await desk.record_call("call-2", status="ended")

    assert (await desk.book(patient_name="Mia Exempla")).data["outcome"] == "taken"
    assert [one.id for one in await desk.appointments()] == [booked.data["appointmentId"]]


async def test_the_latest_call_is_shown_first_and_pages_show_each_once(desk: Any) -> None:
    for hour in random.Random(7).sample(range(9), 9):
        await desk.record_call(f"call-{hour}", started_at=BEGINNING + timedelta(hours=hour))

    seen, token = [], ""
    while len(seen) < 9:
        page = await desk.ask(CallServiceStub, "ListCalls", ListCallsRequest(page_size=4, page_token=token))
        seen += [call.vapi_call_id for call in page.calls]
        token = page.next_page_token

    assert seen == [f"call-{hour}" for hour in range(8, -1, -1)]
    assert token == ""


async def test_a_call_is_found_by_its_id(desk: Any) -> None:
    recorded = await desk.record_call("call-1", **MESSAGES[3])

    found = await desk.ask(CallServiceStub, "GetCall", GetCallRequest(id=recorded.id))

    assert found.call == recorded


@pytest.mark.parametrize("call_id", ["", "seven", str(uuid4())])
async def test_a_call_that_is_not_there_is_not_found(desk: Any, refused: Any, call_id: str) -> None:
    state = await refused(desk.ask(CallServiceStub, "GetCall", GetCallRequest(id=call_id)))

    assert state.reason == "CALL_NOT_FOUND"


async def test_an_organization_sees_its_own_calls_only_though_ids_be_equal(desk: Any, open_clinic: Any) -> None:
    other = await open_clinic()
    await desk.record_call("call-1", summary="Ours")
    await other.record_call("call-1", summary="Theirs, and longer")

    assert [call.summary for call in await desk.calls()] == ["Ours"]


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"vapi_call_id": ""}, "vapi_call_id"),
        ({"vapi_call_id": "call\0"}, "vapi_call_id"),
        ({"vapi_call_id": "x" * 201}, "vapi_call_id"),
        ({"duration_seconds": -1}, "duration_seconds"),
        ({"duration_seconds": float("nan")}, "duration_seconds"),
        ({"cost": float("inf")}, "cost"),
        ({"started_at": Timestamp(seconds=2**62)}, "started_at"),
        ({"ended_at": Timestamp(seconds=2**62)}, "ended_at"),
    ],
)
async def test_a_record_that_cannot_be_read_is_refused(
    desk: Any, refused: Any, told: dict[str, Any], field: str
) -> None:
    state = await refused(desk.record_call(**{"vapi_call_id": "call-1"} | told))

    assert (state.reason, state.metadata) == ("MALFORMED_CALL", {"field": field})
    assert await desk.calls() == []


@pytest.mark.parametrize("number", ["anonymous", "", "client:web", "12"])
async def test_a_caller_without_a_number_is_recorded_without(desk: Any, number: str) -> None:
    assert (await desk.record_call("call-1", caller_number=number)).caller_number == ""


async def test_what_cannot_be_kept_of_a_summary_is_left_out(desk: Any) -> None:
    call = await desk.record_call("call-1", summary="\0One\u202e\r\ntwo " + "x" * 20_000)

    assert call.summary.startswith("One\ntwo xx")
    assert len(call.summary) == 10_000
