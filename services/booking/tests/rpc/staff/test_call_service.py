"""Calls, as they are recorded and shown."""

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from booking.domain.calls.call import CallRecord
from booking.domain.calls.record_call import record_call
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.testing.databases import ServiceDatabase
from switchboard.booking.v1.call_service_pb2 import Call, GetCallRequest, ListCallsRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub

NUMBER, LINE = "+14155550123", "+14155550100"
UNLIKE = {"id", "vapi_call_id", "created_at", "sealed_transcript", "sealed_recording_urls"}
"""What differs between rows that tell the same."""
BEGINNING = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
END = BEGINNING + timedelta(minutes=2)
MESSAGES: list[dict[str, Any]] = [
    {"status": "ringing", "caller_number": NUMBER},
    {"status": "in-progress", "started_at": BEGINNING - timedelta(seconds=1)},
    {"status": "ended", "ended_reason": "customer-ended-call", "ended_at": END + timedelta(seconds=1)},
    {
        "started_at": BEGINNING,
        "ended_at": END,
        "duration_seconds": 120,
        "cost": 0.21,
        "summary": "It was about\nteeth.",
        "direction": Call.INBOUND,
        "called_number": LINE,
        "assistant_id": "assistant-1",
        "cost_parts": {"voice": 0.2, "model": 0.01},
        "structured_data": '{ "z": [1, 2.5], "a": "\\u00e9" }',
        "success_evaluation": "true",
        "transcript": "AI: Good morning.\nUser: It hurts.",
        "recording_urls": {"mono": "https://storage.example.org/1.wav"},
        "tools_used": ["holdSlot", "bookClinicAppointment", "holdSlot"],
        "is_report": True,
    },
]


@pytest.fixture
async def superuser(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


async def test_parts_told_at_once_repeated_and_in_any_order_become_one_call(desk: Any) -> None:
    messages = MESSAGES * 4
    random.Random(4).shuffle(messages)

    await asyncio.gather(*(desk.record_call("call-1", **message) for message in messages))

    (listed,) = await desk.calls()
    call = await desk.call(listed.id)
    assert (call.vapi_call_id, call.caller_number, call.status) == ("call-1", NUMBER, "ended")
    assert (call.started_at.ToDatetime(UTC), call.ended_at.ToDatetime(UTC)) == (BEGINNING, END)
    assert (call.duration_seconds, call.cost) == (120, 0.21)
    assert (call.ended_reason, call.summary) == ("customer-ended-call", "It was about\nteeth.")
    assert (call.direction, call.called_number, call.assistant_id) == (Call.INBOUND, LINE, "assistant-1")
    assert call.cost_parts == {"voice": 0.2, "model": 0.01}
    assert (call.structured_data, call.success_evaluation) == ('{"a":"é","z":[1,2.5]}', "true")
    assert (call.transcript, call.has_recording) == ("AI: Good morning.\nUser: It hurts.", True)
    assert call.tools_used == ["bookClinicAppointment", "holdSlot"]


async def test_a_call_took_from_beginning_to_end_where_nobody_tells_how_long(desk: Any) -> None:
    recorded = await desk.record_call("call-1", started_at=BEGINNING, ended_at=END, is_report=True)

    (listed,) = await desk.calls()
    assert (recorded.duration_seconds, listed.duration_seconds) == (120, 120)


async def test_every_order_and_repetition_of_a_calls_messages_ends_in_the_same_call(
    desk: Any, superuser: asyncpg.Connection
) -> None:
    orders = [[*order, order[index]] for order in permutations(MESSAGES) for index in range(2)]

    for number, order in enumerate(orders):
        for message in order:
            await desk.record_call(f"call-{number}", **message)

    rows = await superuser.fetch("SELECT * FROM booking.calls WHERE org_id = $1", desk.tenant)
    same = [name for name in dict(rows[0]) if name not in UNLIKE]
    assert len(rows) == len(orders)
    assert len({str([row[name] for name in same]) for row in rows}) == 1
    said = {(await desk.call(str(row["id"]))).transcript for row in rows}
    assert said == {"AI: Good morning.\nUser: It hurts."}


async def test_what_was_said_and_where_it_was_recorded_is_sealed(
    desk: Any, superuser: asyncpg.Connection, database: Database
) -> None:
    recorded = await desk.record_call("call-1", **MESSAGES[3])

    row = await superuser.fetchrow("SELECT * FROM booking.calls WHERE org_id = $1", desk.tenant)
    kept = b"".join(str(value).encode() if not isinstance(value, bytes) else value for value in row.values())
    assert b"It hurts" not in kept
    assert b"storage.example.org" not in kept
    elsewhere = PostgresStore(database, Sealer([bytes([1]) * KEY_BYTES]))
    async with elsewhere.unit(desk.tenant) as unit:
        opened = await unit.call(UUID(recorded.id))
    assert (opened.record.transcript, opened.record.recording_urls, opened.has_recording) == (None, {}, True)


async def test_a_key_that_is_gone_for_a_while_takes_nothing_along(desk: Any, database: Database) -> None:
    recorded = await desk.record_call("call-1", **MESSAGES[3])
    with_another_key = PostgresStore(database, Sealer([bytes([1]) * KEY_BYTES]))

    async with with_another_key.unit(desk.tenant) as unit:
        await record_call(unit, CallRecord("call-1", status="ended", cost=0.5))

    call = await desk.call(recorded.id)
    assert (call.cost, call.transcript) == (0.5, "AI: Good morning.\nUser: It hurts.")


async def test_a_list_leaves_out_what_was_said(desk: Any) -> None:
    await desk.record_call("call-1", **MESSAGES[3])

    (call,) = await desk.calls()

    assert (call.transcript, call.structured_data) == ("", "")
    assert (call.summary, call.has_recording) == ("It was about\nteeth.", True)


async def test_a_call_is_of_whoever_alone_has_its_number(desk: Any) -> None:
    person = await desk.contact("Ana Exempla", NUMBER)
    recorded = await desk.record_call("call-1", caller_number=NUMBER)
    await desk.record_call("call-2", caller_number="+14155550199")
    assert [call.contact_id for call in await desk.calls()] == ["", person.id]

    await desk.contact("Ben Sample", NUMBER)

    assert (await desk.call(recorded.id)).contact_id == ""


async def test_a_call_is_not_of_whoever_has_its_number_since(desk: Any) -> None:
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    before = await desk.record_call("call-1", caller_number=NUMBER, ended_at=an_hour_ago)
    await desk.book(caller_number=NUMBER, vapi_call_id="call-2")
    meanwhile = await desk.record_call("call-2", caller_number=NUMBER, ended_at=an_hour_ago + timedelta(hours=2))

    (person,) = await desk.contacts()
    assert (await desk.call(before.id)).contact_id == ""
    assert (await desk.call(meanwhile.id)).contact_id == person.id


async def test_a_call_is_not_of_whom_a_caller_from_elsewhere_said_it_was(desk: Any) -> None:
    await desk.book(caller_number="+14155550199", patient_phone=NUMBER)
    await desk.record_call("call-1", caller_number=NUMBER)

    assert [call.contact_id for call in await desk.calls()] == [""]


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


@pytest.mark.parametrize("told", [{"status": "ended"}, {"ended_at": END}], ids=["status", "report"])
async def test_a_call_that_has_ended_gets_no_hold_any_more(desk: Any, told: dict[str, Any]) -> None:
    await desk.record_call("call-1", **told)

    late = await desk.hold(vapi_call_id="call-1", caller_number="")

    assert late.data["outcome"] == "free_but_not_held"
    assert (await desk.book(practitioner="Room 1")).data["outcome"] == "booked"


async def test_a_hold_at_the_moment_of_its_calls_end_does_not_outlive_it(desk: Any) -> None:
    for count in range(12):
        call = {"vapi_call_id": f"call-{count}"}
        await asyncio.gather(desk.hold(**call, caller_number=""), desk.record_call(**call, status="ended"))

    assert (await desk.book(practitioner="Room 1")).data["outcome"] == "booked"
    assert (await desk.book(practitioner="Room 2", patient_name="Mia")).data["outcome"] == "booked"


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


@pytest.mark.parametrize("call_id", ["", "seven", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
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
        ({"cost_parts": {"model": -0.1}}, "cost_parts"),
        ({"cost_parts": {"mo\ndel": 0.1}}, "cost_parts"),
        ({"structured_data": "{"}, "structured_data"),
        ({"structured_data": '{"a":NaN}'}, "structured_data"),
        ({"structured_data": '{"a":1e400}'}, "structured_data"),
        ({"structured_data": '["\\ud83d"]'}, "structured_data"),
        ({"structured_data": "[" * 100_000}, "structured_data"),
        ({"structured_data": f'["{"x" * 60_000}"]'}, "structured_data"),
        ({"recording_urls": {"x" * 201: "https://a"}}, "recording_urls"),
        ({"tools_used": [f"tool-{number}" for number in range(51)]}, "tools_used"),
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


@pytest.mark.parametrize("number", ["sip:desk@example.org", "", "12"])
async def test_a_line_without_a_number_is_recorded_without(desk: Any, number: str) -> None:
    assert (await desk.record_call("call-1", called_number=number)).called_number == ""


async def test_what_cannot_be_kept_of_a_transcript_is_left_out(desk: Any) -> None:
    call = await desk.record_call("call-1", transcript="\0AI: One\x1b[2J\nUser: tw\u202eo" + "x" * 300_000)

    assert call.transcript.startswith("AI: One[2J\nUser: twoxx")
    assert len(call.transcript) == 200_000


async def test_what_cannot_be_kept_of_a_summary_is_left_out(desk: Any) -> None:
    call = await desk.record_call("call-1", summary="\0One\u202e\r\ntwo " + "x" * 20_000)

    assert call.summary.startswith("One\ntwo xx")
    assert len(call.summary) == 10_000
