"""What happened in calls, as the gateway tells it and staff see it."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from google.protobuf.json_format import MessageToDict
from google.protobuf.timestamp_pb2 import Timestamp

from booking.app import DOMAIN, add_services
from booking.store.postgres import PostgresStore
from chassis.encryption import KEY_BYTES, Sealer
from chassis.testing.clock import StoppedClock
from chassis.testing.databases import ServiceDatabase
from chassis.testing.servers import served
from services.booking.tests.rpc.staff.conftest import NUMBER, Clinic, Refused
from switchboard.booking.v1 import call_event_service_pb2 as event_pb2
from switchboard.booking.v1 import receptionist_service_pb2 as receptionist_pb2
from switchboard.booking.v1.call_event_service_pb2 import CallEvent, Explanation
from switchboard.booking.v1.call_event_service_pb2_grpc import CallEventServiceStub
from switchboard.tools.v1.tools_pb2 import ToolReply

BEGINNING = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
CALL = "call-1"
MASK = "•••"


def at(seconds: float) -> Timestamp:
    told = Timestamp()
    told.FromDatetime(BEGINNING + timedelta(seconds=seconds))
    return told


def message(seconds: float, message_type: str = "conversation-update", **told: Any) -> CallEvent:
    what = event_pb2.MessageEvent(type=message_type, **told)
    return CallEvent(id=str(uuid4()), vapi_call_id=CALL, at=at(seconds), milliseconds=1.5, message=what)


def use(seconds: float, tool: str = "bookClinicAppointment", **told: Any) -> CallEvent:
    read = {name: json.dumps(told.pop(name)) for name in ("arguments", "data", "because") if name in told}
    what = event_pb2.ToolCallEvent(**{"tool": tool, "tool_call_id": "tool-1", "ended": "said"} | told | read)
    return CallEvent(id=str(uuid4()), vapi_call_id=CALL, at=at(seconds), milliseconds=20, tool_call=what)


def answered(reply: ToolReply, seconds: float = 1, tool: str = "checkAvailability") -> CallEvent:
    """The event of an answer, as the gateway makes it."""
    return use(seconds, tool, say=reply.say, data=MessageToDict(reply.data), because=MessageToDict(reply.because))


class Recorder:
    def __init__(self, clinic: Clinic) -> None:
        self.clinic = clinic

    async def record(self, *events: CallEvent) -> None:
        request = event_pb2.RecordCallEventsRequest(events=events)
        await self.clinic.ask(CallEventServiceStub, "RecordCallEvents", request)

    async def timeline(self, call_id: str = CALL, why: str = "") -> event_pb2.GetCallTimelineResponse:
        request = event_pb2.GetCallTimelineRequest(id=call_id, why=why)
        told: event_pb2.GetCallTimelineResponse = await self.clinic.ask(
            CallEventServiceStub, "GetCallTimeline", request
        )
        return told

    async def why(self, reply: ToolReply, start: str) -> list[Any]:
        """The reasons for a start in an answer, calendar by calendar."""
        await self.record(answered(reply))
        (entry,) = (await self.timeline(why=start)).entries
        return list(entry.explanations)


@pytest.fixture
async def superuser(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture
async def recorder(desk: Clinic, store: PostgresStore, clock: StoppedClock) -> AsyncIterator[Recorder]:
    """The gateway, which alone tells of events."""
    serve = partial(add_services, store=store, clock=clock)
    async with served(serve, domain=DOMAIN, caller="gateway") as client:
        yield Recorder(replace(desk, client=client))


async def test_a_timeline_tells_what_happened_in_order_of_time_however_it_came(recorder: Recorder) -> None:
    told = [message(0, "status-update", status="in-progress"), message(2, turns=2), use(3), message(3, "tool-calls")]

    await recorder.record(told[3], told[1])
    await recorder.record(told[2], told[0])

    entries = (await recorder.timeline()).entries
    assert [(one.event.message.type, one.event.tool_call.tool) for one in entries] == [
        ("status-update", ""),
        ("conversation-update", ""),
        ("tool-calls", ""),
        ("", "bookClinicAppointment"),
    ]
    assert [one.event.at for one in entries] == [at(0), at(2), at(3), at(3)]


async def test_an_event_that_is_told_again_is_the_same(recorder: Recorder) -> None:
    event = message(1, turns=3)

    await recorder.record(event, event)
    await recorder.record(event)

    (entry,) = (await recorder.timeline()).entries
    assert entry.event == event


async def test_a_use_of_a_tool_is_told_with_its_answer_and_how_long_it_took(recorder: Recorder) -> None:
    told = {"say": "It is booked.", "effects": ["end_call"], "rpc_milliseconds": 12.5, "database_milliseconds": 0}
    await recorder.record(use(1, arguments={"appointmentTime": "10:00"}, data={"outcome": "booked"}, **told))

    (entry,) = (await recorder.timeline()).entries
    found = entry.event.tool_call
    assert (found.ended, found.outcome, found.say, list(found.effects)) == (
        "said",
        "booked",
        "It is booked.",
        ["end_call"],
    )
    assert (json.loads(found.arguments), json.loads(found.data)) == (
        {"appointmentTime": "10:00"},
        {"outcome": "booked"},
    )
    assert (found.rpc_milliseconds, found.database_milliseconds, found.HasField("service_milliseconds")) == (
        12.5,
        0,
        False,
    )


async def test_nobody_is_named_in_what_is_kept(recorder: Recorder, superuser: asyncpg.Connection) -> None:
    asked = {"patientName": "Ana Exempla", "patientPhone": NUMBER, "reason": "a tooth of hers"}
    asked |= {"serviceType": "HIV talk", "appointmentTime": "10:00 for Wexlington", "searchType": "name"}
    personal = {"personal_arguments": ["patientName", "patientPhone"], "worded_arguments": ["reason"]}
    personal["chosen_arguments"] = ["searchType"]
    event = use(1, arguments=asked, data={"names": ["Ana Exempla"]}, say=f"Yes, Ana, {NUMBER}.", **personal)
    await recorder.record(event)

    timeline = await recorder.timeline()
    (row,) = await superuser.fetch("SELECT * FROM booking.call_events WHERE org_id = $1", recorder.clinic.tenant)
    sealer = Sealer([bytes(KEY_BYTES)])
    opened = sealer.open(row["sealed_details"], about=f"{recorder.clinic.tenant}/call_events/{event.id}/details")
    for shown in (str(timeline), str(row), opened.decode()):
        assert not any(told in shown for told in ("Ana", "Exempla", NUMBER, "tooth", "HIV", "Wexlington"))
    kept = timeline.entries[0].event.tool_call
    assert kept.say == f"Yes, {MASK}, {MASK}."
    assert json.loads(kept.arguments) == dict.fromkeys(asked, MASK) | {"searchType": "name"}


async def test_what_was_said_is_sealed_to_its_row(recorder: Recorder, superuser: asyncpg.Connection) -> None:
    await recorder.record(use(1, say="It is booked for ten."), use(2, say="It is moved to eleven."))
    rows = await superuser.fetch("SELECT * FROM booking.call_events WHERE org_id = $1", recorder.clinic.tenant)
    assert "ten" not in str([row["sealed_details"] for row in rows])

    swap = "UPDATE booking.call_events SET sealed_details = $3 WHERE org_id = $1 AND id = $2"
    await superuser.execute(swap, recorder.clinic.tenant, rows[0]["id"], rows[1]["sealed_details"])
    told = {entry.forgotten: entry.event.tool_call.say for entry in (await recorder.timeline()).entries}
    assert told[True] == ""
    assert len(told) == 2


@pytest.mark.parametrize("which", ["id", "vapi_call_id"])
async def test_a_call_is_found_by_either_of_its_ids(recorder: Recorder, which: str) -> None:
    call = await recorder.clinic.record_call(CALL, status="in-progress")
    await recorder.record(message(1))
    timeline = await recorder.timeline(getattr(call, which))
    assert (timeline.call.id, timeline.vapi_call_id, len(timeline.entries)) == (call.id, CALL, 1)


async def test_a_call_of_which_only_events_came_has_a_timeline(recorder: Recorder) -> None:
    await recorder.record(message(1))
    timeline = await recorder.timeline()
    assert (timeline.HasField("call"), timeline.vapi_call_id) == (False, CALL)


async def test_a_call_of_which_nothing_is_known_has_none(recorder: Recorder, refused: Refused) -> None:
    await recorder.record(message(1))
    assert (await refused(recorder.timeline("call-2"))).reason == "CALL_NOT_FOUND"


@pytest.mark.parametrize("why", ["ten", "10", "25:00", "10:00:00", "2026-13-01T10:00", "T10:00"])
async def test_a_start_that_is_none_is_refused(recorder: Recorder, refused: Refused, why: str) -> None:
    await recorder.record(message(1))
    assert (await refused(recorder.timeline(why=why))).reason == "MALFORMED_TIME"


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "one"},
        {"vapi_call_id": ""},
        {"vapi_call_id": "a\0b"},
        {"milliseconds": -1},
        {"milliseconds": float("nan")},
        {"at": None},
        {"message": None},
    ],
)
async def test_an_event_that_cannot_be_read_is_refused(
    recorder: Recorder, refused: Refused, changes: dict[str, Any]
) -> None:
    event = message(1)
    for name, value in changes.items():
        event.ClearField(name)
        if value is not None:
            setattr(event, name, value)
    assert (await refused(recorder.record(event))).reason == "MALFORMED_CALL"


@pytest.mark.parametrize("arguments", ["{", "[]", '{"x": NaN}', '{"x": "\\ud800"}'])
async def test_arguments_that_are_no_json_are_refused(recorder: Recorder, refused: Refused, arguments: str) -> None:
    event = use(1)
    event.tool_call.arguments = arguments
    assert (await refused(recorder.record(event))).reason == "MALFORMED_CALL"


async def check(desk: Clinic, **question: Any) -> ToolReply:
    usual = {"date": "2026-12-01"}
    return await desk.use("CheckAvailability", receptionist_pb2.CheckAvailabilityRequest, **(usual | question))


def reasons(explanations: list[Any]) -> list[tuple[str, str]]:
    return [(one.calendar_name, Explanation.Reason.Name(one.reason)) for one in explanations]


async def test_why_a_time_was_not_offered_is_told_calendar_by_calendar(recorder: Recorder) -> None:
    desk = recorder.clinic
    await desk.book(practitioner="Room 1")
    await desk.hold(practitioner="Room 2", caller_number="+14155550177")
    reply = await check(desk)
    assert "2026-12-01T10:00:00-05:00" not in list(dict(reply.data)["slots"])
    assert sorted(reasons(await recorder.why(reply, "10:00"))) == [("Room 1", "APPOINTMENT"), ("Room 2", "HOLD")]


@pytest.mark.parametrize(
    ("question", "start", "reason"),
    [
        ({}, "09:00", "OFFERED"),
        ({"date": "2026-11-30"}, "11:00", "PAST"),
        ({"date": "2026-12-05"}, "10:00", "OUTSIDE_HOURS"),
        ({"date": "2027-12-01"}, "10:00", "HORIZON"),
        ({"date": "2026-11-27"}, "10:00", "PAST"),
        ({"until_date": "2026-12-05"}, "2026-12-05T10:00", "OUTSIDE_HOURS"),
        ({"date": "2026-12-05", "until_date": "2026-12-06"}, "2026-12-06T10:00", "OUTSIDE_HOURS"),
    ],
)
async def test_whatever_was_asked_about_a_day_its_starts_are_explained(
    recorder: Recorder, question: dict[str, str], start: str, reason: str
) -> None:
    told = await recorder.why(await check(recorder.clinic, practitioner="Room 1", **question), start)
    assert reasons(told) == [("Room 1", reason)]


@pytest.mark.parametrize(
    ("wish", "start", "outcome", "reason"),
    [
        ({}, "10:00", "taken", "APPOINTMENT"),
        ({"appointment_time": "10:05"}, "10:05", "not_a_start", "NOT_A_START"),
        ({"appointment_date": "2026-11-30", "appointment_time": "11:00"}, "11:00", "past", "PAST"),
        ({"appointment_date": "2026-12-05"}, "10:00", "closed", "OUTSIDE_HOURS"),
        ({"appointment_date": "2027-12-01"}, "10:00", "too_far_ahead", "HORIZON"),
    ],
)
async def test_so_is_why_a_time_could_not_be_booked(
    recorder: Recorder, wish: dict[str, str], start: str, outcome: str, reason: str
) -> None:
    desk = recorder.clinic
    await desk.book(practitioner="Room 1", patient_name="Bo Exempla", caller_number="+14155550177")
    reply = await desk.book(practitioner="Room 1", **wish)
    assert reply.data["outcome"] == outcome
    assert reasons(await recorder.why(reply, start)) == [("Room 1", reason)]


async def test_what_decided_names_nobody(recorder: Recorder) -> None:
    desk = recorder.clinic
    booked = await desk.book(practitioner="Room 1")
    because = str((await check(desk)).because)
    contact_id = (await desk.appointment(booked.data["appointmentId"])).contact_id
    assert not any(told in because for told in ("Ana", NUMBER, booked.data["appointmentId"], contact_id))


async def test_an_answer_that_is_given_again_does_not_tell_again_what_decided(recorder: Recorder) -> None:
    desk = recorder.clinic
    same = {"vapi_call_id": CALL, "tool_call_id": "tool-1", "appointment_date": "2026-12-05"}
    first, again = await desk.book(**same), await desk.book(**same)
    assert again.replayed
    assert (bool(first.because), bool(again.because), first.say) == (True, False, again.say)


async def test_an_answer_that_looked_at_no_day_explains_nothing(recorder: Recorder) -> None:
    reply = await check(recorder.clinic, service_type="something else")
    assert await recorder.why(reply, "10:00") == []
    assert not (await recorder.timeline()).entries[0].explains


async def test_what_was_said_in_a_call_goes_with_whoever_is_erased(recorder: Recorder) -> None:
    desk = recorder.clinic
    booked = await desk.book(vapi_call_id=CALL)
    await recorder.record(answered(booked, tool="bookClinicAppointment"), message(2, turns=4))
    contact = await desk.contact()

    await desk.erase(contact.id)
    await recorder.record(use(3, say="Anything else?"))

    told = (await recorder.timeline()).entries
    assert [(one.event.tool_call.say, one.forgotten, one.event.message.turns) for one in told] == [
        ("", True, 0),
        ("", False, 4),
        ("", True, 0),
    ]
    assert [one.event.tool_call.outcome for one in told] == ["booked", "", ""]


async def test_so_does_what_was_said_of_their_appointment_in_anothers_call(recorder: Recorder) -> None:
    desk = recorder.clinic
    appointment_id = (await desk.book()).data["appointmentId"]
    about = use(1, "cancelAppointment", say="It is cancelled.", data={"appointmentId": appointment_id})
    await recorder.record(about)

    await desk.erase((await desk.contact()).id)
    late = CallEvent()
    late.CopyFrom(about)
    late.id = str(uuid4())
    await recorder.record(late)

    assert [one.forgotten for one in (await recorder.timeline()).entries] == [True, True]


async def test_what_others_said_stays(recorder: Recorder) -> None:
    desk = recorder.clinic
    other = await desk.book(vapi_call_id="call-2", patient_name="Bo Exempla", caller_number="+14155550177")
    await recorder.record(answered(other))
    await desk.book()
    await desk.erase((await desk.contact()).id)
    assert [one.forgotten for one in (await recorder.timeline()).entries] == [False]


async def test_an_export_holds_what_was_asked_and_answered_in_a_persons_calls(recorder: Recorder) -> None:
    desk = recorder.clinic
    booked = await desk.book(vapi_call_id=CALL)
    await recorder.record(answered(booked, tool="bookClinicAppointment"), message(2))
    (event,) = (await desk.export((await desk.contact()).id))["events"]
    assert (event["tool"], event["outcome"], event["say"]) == ("bookClinicAppointment", "booked", booked.say)
