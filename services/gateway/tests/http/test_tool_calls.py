"""Tool calls, from Vapi's JSON to the RPC and back."""

import asyncio
import json

import pytest

from chassis.errors import Kind, RemoteError
from gateway.routes import vapi
from services.gateway.tests.conftest import ANSWERED_WITHIN
from switchboard.tools.v1.tools_pb2 import ToolReply

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
LINE, OTHER_LINE, SUSPENDED_LINE, CALLER = "+12065550142", "+12065550143", "+12065550144", "+12065550177"
CHECK = {"date": "2027-03-09"}
BOOK = {"appointmentDate": "2027-03-09", "appointmentTime": "09:30", "patientName": "Odile Ferrant"}


def message(*calls, line=LINE, **more):
    return {
        "message": {
            "type": "tool-calls",
            "toolCallList": list(calls),
            "call": {"id": "call-1"},
            "phoneNumber": {"number": line},
            "customer": {"number": CALLER},
            **more,
        }
    }


def call(name="checkAvailability", arguments=CHECK, call_id="call_1"):
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


@pytest.mark.parametrize(("line", "organization"), [(LINE, CLINIC), (OTHER_LINE, OTHER_CLINIC)])
async def test_a_call_reaches_booking_as_the_organization_of_the_called_number(room, line, organization):
    await room.post(message(call(), line=line))
    assert [heard.tenant for heard in room.booking.heard] == [organization]


async def test_the_context_of_the_call_comes_from_the_envelope(room):
    await room.post(message(call(call_id="call_7")))
    context = room.booking.heard[0].request.context
    assert (context.vapi_call_id, context.tool_call_id, context.caller_number) == ("call-1", "call_7", CALLER)


async def test_the_callers_number_of_the_call_counts_where_the_message_has_none(room):
    await room.post(message(call(), customer=None, call={"id": "call-1", "customer": {"number": CALLER}}))
    assert room.booking.heard[0].request.context.caller_number == CALLER


async def test_a_context_that_the_model_made_up_is_dropped(room):
    made_up = {"context": {"callerNumber": "+19995550100", "vapiCallId": "x"}, "org_id": OTHER_CLINIC}
    await room.post(message(call(arguments=CHECK | made_up)))
    [heard] = room.booking.heard
    assert (heard.tenant, heard.request.context.caller_number, heard.request.context.vapi_call_id) == (
        CLINIC,
        CALLER,
        "call-1",
    )


async def test_no_header_says_whose_call_it_is(room):
    await room.post(message(call()), X_Org_Id=OTHER_CLINIC, X_Organization_Id=OTHER_CLINIC)
    assert room.booking.heard[0].tenant == CLINIC


async def test_facts_of_a_reply_become_the_results_metadata(room):
    async def booked(_request):
        reply = ToolReply(say="Booked\nfor  half past nine.")
        reply.data.update({"appointmentId": "a-1", "minutes": 30})
        return reply

    room.booking.behaviour = booked
    [entry] = await room.results(message(call("bookClinicAppointment", BOOK)))
    assert entry == {
        "toolCallId": "call_1",
        "name": "bookClinicAppointment",
        "result": "Booked for half past nine.",
        "metadata": {"appointmentId": "a-1", "minutes": 30},
    }


async def test_the_name_in_the_body_wins_over_the_one_in_the_url(room):
    [entry] = await room.results(message(call()), path="/api/vapi/tools/bookClinicAppointment")
    assert entry["result"] == "CheckAvailabilityRequest was heard."


async def test_the_name_in_the_url_counts_where_the_body_has_none(room):
    nameless = {"id": "call_1", "parameters": CHECK}
    [entry] = await room.results(message(nameless), path="/api/vapi/tools/checkAvailability")
    assert (entry["name"], entry["result"]) == ("checkAvailability", "CheckAvailabilityRequest was heard.")


async def test_the_older_body_books_for_the_organization_in_its_metadata(room):
    older = {
        "customer": {"metadata": {"org_id": CLINIC}},
        "message": {"toolCall": {"function": {"name": "bookClinicAppointment", "arguments": json.dumps(BOOK)}}},
    }
    [entry] = await room.results(older, path="/api/vapi/tools/bookClinicAppointment")
    assert entry["result"] == "BookClinicAppointmentRequest was heard."
    assert room.booking.heard[0].tenant == CLINIC


async def test_a_call_without_id_gets_the_same_one_when_it_is_delivered_again(room):
    nameless = message({"function": {"name": "checkAvailability", "arguments": CHECK}}, call(call_id="call_2"))
    first = await room.results(nameless)
    second = await room.results(nameless)
    assert first[0]["toolCallId"] == second[0]["toolCallId"] != ""
    assert first[1]["toolCallId"] == "call_2"


async def test_an_unknown_tool_is_a_spoken_error(room):
    [entry] = await room.results(message(call("orderPizza")))
    assert entry["error"].startswith("There is no tool called orderPizza here.")
    assert room.booking.heard == []


async def test_a_missing_argument_is_asked_for(room):
    [entry] = await room.results(
        message(call("bookClinicAppointment", {k: v for k, v in BOOK.items() if "Date" not in k}))
    )
    assert entry["error"] == ("The appointment date is missing. Ask the caller: Which day would you like to come in?")
    assert room.booking.heard == []


async def test_a_wrong_argument_is_asked_for_again(room):
    [entry] = await room.results(message(call("bookClinicAppointment", BOOK | {"patientName": ["Odile"]})))
    assert entry["error"] == "The patient name was not understood. Ask the caller: May I have the patient's full name?"


async def test_an_argument_that_booking_does_not_understand_is_asked_for_again(room):
    async def puzzled(_request):
        raise RemoteError(Kind.INVALID, "ARGUMENT_NOT_UNDERSTOOD", argument="appointmentTime")

    room.booking.behaviour = puzzled
    [entry] = await room.results(message(call("bookClinicAppointment", BOOK)))
    assert entry["error"] == "The appointment time was not understood. Ask the caller: What time would suit you?"


async def test_a_needless_argument_that_does_not_fit_is_left_out(room):
    [entry] = await room.results(message(call("bookClinicAppointment", BOOK | {"duration": "half an hour"})))
    assert "result" in entry
    assert room.booking.heard[0].request.duration == 0


async def test_arguments_that_were_cut_off_ask_to_try_again(room):
    [entry] = await room.results(message(call(arguments='{"date": "2027-03-')))
    assert entry["error"] == "The details arrived incomplete. Please try again with all of them."


@pytest.mark.parametrize("arguments", [[1], 7, "[]", "true", {"date": {"a": [None]}}, {"date": "\ud83d"}])
async def test_strange_arguments_never_break_the_answer(room, arguments):
    [entry] = await room.results(message(call(arguments=arguments)))
    assert entry["toolCallId"] == "call_1"


async def test_one_bad_call_does_not_spoil_its_siblings(room):
    async def fails_on_the_first(request):
        if request.context.tool_call_id == "call_1":
            raise ValueError("a secret of the database")
        return ToolReply(say="Free.")

    room.booking.behaviour = fails_on_the_first
    entries = await room.results(
        message(call(), call(call_id="call_2"), None, call("nothing", call_id="call_4"), call(call_id="call_5"))
    )
    assert [entry.get("result") for entry in entries] == [None, "Free.", None, None, "Free."]
    assert "secret" not in json.dumps(entries)


async def test_calls_of_a_message_run_concurrently_sixteen_at_most(room):
    running = most = 0
    as_many_as_may_be = asyncio.Event()

    async def counts(_request):
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 16:
            asyncio.get_running_loop().call_later(0.05, as_many_as_may_be.set)  # in which one too many would come
        await as_many_as_may_be.wait()
        running -= 1
        return ToolReply(say="Free.")

    room.booking.behaviour = counts
    entries = await room.results(message(*(call(call_id=f"call_{n}") for n in range(40))))
    assert [entry["toolCallId"] for entry in entries] == [f"call_{n}" for n in range(40)]
    assert most == 16


async def test_more_calls_than_a_model_makes_are_refused_with_a_sentence(room):
    entries = await room.results(message(*(call(call_id=f"call_{n}") for n in range(70))))
    assert len(room.booking.heard) == 64
    assert {entry.get("error") for entry in entries[64:]} == {
        "That was too much at once. Ask for fewer things at a time, then try this one again."
    }


async def test_a_message_of_an_unknown_line_is_refused_and_nothing_is_done(room):
    [entry] = await room.results(message(call(), line="+12065550199"))
    assert "not connected to a clinic" in entry["error"]
    assert room.booking.heard == []


async def test_contradicting_evidence_is_refused_and_nothing_is_done(room):
    [entry] = await room.results(message(call(), assistant={"metadata": {"org_id": OTHER_CLINIC}}))
    assert "not connected to a clinic" in entry["error"]
    assert room.booking.heard == []


async def test_a_suspended_organization_is_told_so_politely(room):
    [entry] = await room.results(message(call(), line=SUSPENDED_LINE))
    assert "paused" in entry["error"]
    assert room.booking.heard == []


@pytest.mark.parametrize(
    ("line", "fails", "words"),
    [
        (
            "+12065550199",
            None,
            "I'm sorry, this line is not connected to a clinic. Please contact the clinic directly.",
        ),
        (
            SUSPENDED_LINE,
            None,
            "I'm sorry, this clinic's telephone service is paused at the moment. Please contact the clinic directly.",
        ),
        (
            LINE,
            RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE"),
            "I'm sorry, we cannot take your call right now. Please try again in a few minutes.",
        ),
    ],
    ids=["unknown line", "suspended", "tenancy away"],
)
async def test_an_assistant_request_without_a_tenant_is_answered_with_words_to_the_caller(room, line, fails, words):
    """Vapi speaks them as they stand: no assistant is there to be told what to do."""
    room.tenancy.fails = fails
    response = await room.post({"message": {"type": "assistant-request", "phoneNumber": {"number": line}}})
    assert (response.status_code, response.json()) == (200, {"error": words})


async def test_booking_is_told_how_long_the_caller_will_wait(room, monkeypatch):
    await room.post(message(call()))  # so that whose it is need not be asked
    monkeypatch.setattr(vapi, "SECONDS", ANSWERED_WITHIN)
    await room.post(message(call()))
    assert 0 < room.booking.heard[1].seconds_left < 3
