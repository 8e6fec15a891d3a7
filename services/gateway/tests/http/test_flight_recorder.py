"""What happens in calls is told to booking once Vapi has its answer."""

import asyncio
import json
import time
from datetime import UTC
from uuid import uuid4

import pytest

from chassis.errors import Kind, RemoteError
from services.gateway.tests.conftest import PATIENCE
from switchboard.tools.v1.tools_pb2 import ToolReply

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550144", "+12065550199"
BOOK = {"appointmentDate": "2027-03-09", "appointmentTime": "09:30", "patientName": "Odile Ferrant", "made_up": 1}
AWAY = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")


@pytest.fixture
def call_id():
    """Of a call of this test alone: what earlier ones did may be told late."""
    return f"call-{uuid4()}"


def message(call_id, message_type="tool-calls", line=LINE, **more):
    envelope = {"type": message_type, "call": {"id": call_id}, "phoneNumber": {"number": line}}
    return {"message": envelope | more}


def tool_call(name="bookClinicAppointment", arguments=BOOK, call_id="call_1"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


async def events_of(room, call_id, count):
    """So many events of that call, in the order told."""
    found = []
    async with asyncio.timeout(PATIENCE):
        while len(found) < count:
            organization, event = await room.booking.events.get()
            if event.vapi_call_id == call_id:
                assert organization == CLINIC
                found.append(event)
    return found


async def test_a_tool_call_is_told_with_what_was_asked_answered_and_why(room, call_id):
    async def booked(_request):
        reply = ToolReply(say="It is booked.")
        reply.data.update({"outcome": "booked", "minutes": 30})
        reply.because.update({"grounds": "{}"})
        return reply

    room.booking.behaviour = booked
    [entry] = await room.results(message(call_id, toolCallList=[tool_call()]))

    told = [one.tool_call for one in await events_of(room, call_id, 2) if one.HasField("tool_call")]
    assert [(one.tool, one.tool_call_id, one.ended, one.say, one.error) for one in told] == [
        ("bookClinicAppointment", "call_1", "said", "It is booked.", "")
    ]
    assert json.loads(told[0].arguments) == {name: BOOK[name] for name in BOOK if name != "made_up"}
    assert json.loads(told[0].data) == entry["metadata"] == {"outcome": "booked", "minutes": 30}
    assert json.loads(told[0].because) == {"grounds": "{}"}
    assert "patientName" in told[0].personal_arguments


@pytest.mark.parametrize(
    ("kind", "chosen"), [("name", ["searchType"]), ("the name of Anna Wexlington", []), ({"name": 1}, []), (7, [])]
)
async def test_only_one_of_the_choices_is_told_as_chosen(room, call_id, kind, chosen):
    asked = {"searchKey": "Anna Wexlington", "searchType": kind, "made_up": "name"}
    await room.results(message(call_id, toolCallList=[tool_call("lookupCaller", asked)]))

    told = [one.tool_call for one in await events_of(room, call_id, 2) if one.HasField("tool_call")]
    assert [list(one.chosen_arguments) for one in told] == [chosen]


async def test_what_an_answer_was_decided_by_is_never_told_to_vapi(room, call_id):
    async def because(_request):
        reply = ToolReply(say="Nothing is free.")
        reply.because.update({"grounds": "somebody else has it"})
        return reply

    room.booking.behaviour = because
    response = await room.post(message(call_id, toolCallList=[tool_call()]))
    assert "somebody else" not in response.text
    assert "because" not in response.text


async def test_how_long_each_hop_took_is_told(room, call_id):
    await room.post(message(call_id, toolCallList=[tool_call()]))
    [event] = [one for one in await events_of(room, call_id, 2) if one.HasField("tool_call")]
    hops = event.tool_call
    assert event.milliseconds >= hops.rpc_milliseconds >= hops.service_milliseconds > 0
    assert hops.database_milliseconds == 0


async def test_a_tool_call_that_fails_is_told_with_its_reason(room, call_id):
    async def fails(_request):
        raise AWAY

    room.booking.behaviour = fails
    await room.post(message(call_id, toolCallList=[tool_call()]))
    [told] = [one.tool_call for one in await events_of(room, call_id, 2) if one.HasField("tool_call")]
    assert (told.ended, told.say, bool(told.error)) == ("DATABASE_UNAVAILABLE", "", True)


async def test_a_message_is_told_with_what_decided_and_who_proved_it(room, call_id):
    await room.post(message(call_id, "status-update", status="in-progress"))
    [event] = await events_of(room, call_id, 1)
    told = event.message
    assert (told.type, told.outcome, list(told.evidence)) == ("status-update", "resolved", ["called_number"])
    assert (told.verified_by, told.status) == ("platform", "in-progress")
    assert event.milliseconds >= told.admission_milliseconds > 0


@pytest.mark.parametrize("name", ["conversation", "messagesOpenAIFormatted"])
async def test_a_conversation_update_is_told_by_its_turns_and_not_their_text(room, call_id, name):
    talk = [{"role": role, "content": "It hurts."} for role in ("system", "assistant", "user", "tool", "assistant")]
    await room.post(message(call_id, "conversation-update", **{name: [*talk, "odd", None]}))
    [event] = await events_of(room, call_id, 1)
    assert event.message.turns == 3
    assert "hurts" not in str(event)


@pytest.mark.parametrize("odd", [None, 7, "text", {}, [[]]])
async def test_a_conversation_of_another_shape_is_told_all_the_same(room, call_id, odd):
    await room.post(message(call_id, "conversation-update", conversation=odd))
    [event] = await events_of(room, call_id, 1)
    assert event.message.type == "conversation-update"


@pytest.mark.parametrize(("age", "whose"), [(5, "vapi's"), (3600, "ours")])
async def test_an_event_is_of_when_vapi_sent_it_where_that_can_be(room, call_id, age, whose):
    before = time.time()
    sent_at = before - age
    await room.post(message(call_id, "hang", timestamp=int(sent_at * 1000)))
    [event] = await events_of(room, call_id, 1)
    at = event.at.ToDatetime(UTC).timestamp()
    assert (abs(at - sent_at) < 0.01) if whose == "vapi's" else (before <= at <= time.time())


async def test_a_request_is_told_with_the_kind_of_its_answer(room, call_id):
    await room.post(message(call_id, "knowledge-base-request"))
    [event] = await events_of(room, call_id, 1)
    assert event.message.answered == "documents"


async def test_a_report_that_is_sent_back_is_told_once_booking_is_there_again(room, call_id):
    room.booking.fails = room.booking.events_fail = AWAY
    response = await room.post(message(call_id, "end-of-call-report"))
    room.booking.fails = room.booking.events_fail = None
    await room.post(message(call_id, "end-of-call-report"))
    assert response.status_code == 503
    told = [event.message for event in await events_of(room, call_id, 2)]
    assert [one.sent_back for one in told] == ["MESSAGE_NOT_RECORDED", ""]


async def test_words_and_what_is_nobodys_or_of_no_call_are_not_told(room, call_id):
    for message_type in ("speech-update", "transcript"):
        await room.post(message(call_id, message_type))
    await room.post(message(call_id, "hang", line=UNKNOWN_LINE))
    await room.post({"message": {"type": "hang", "phoneNumber": {"number": LINE}}})
    await room.post(message(call_id, "status-update", status="ended"))
    [event] = await events_of(room, call_id, 1)
    assert event.message.status == "ended"


async def test_what_waits_is_told_when_the_gateway_stops(another_gateway, call_id):
    async with another_gateway() as room:
        await room.post(message(call_id, "hang"))
        booking = room.booking
    assert [event.vapi_call_id for _, event in [booking.events.get_nowait()]] == [call_id]
