"""A telephone rings: the organization's inbound assistant answers it, and knows whose telephone it is."""

import re

import pytest

from chassis.errors import Kind, RemoteError
from gateway.answer.requests import callers, inbound_assistants
from switchboard.assistants.v1.agent_service_pb2 import GetInboundAssistantRequest, GetInboundAssistantResponse
from switchboard.booking.v1.contact_service_pb2 import GetCallerNameRequest

OTHER_CLINIC = "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"
LINE, OTHER_LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550143", "+12065550144", "+12065550199"
CALLER = "+12065550177"
AWAY = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")


def ringing(line=LINE, caller=CALLER, call_type="inboundPhoneCall"):
    call = {"id": "0b5e7d10-90a1-4c00-8f00-000000000012", "type": call_type, "customer": {"number": caller}}
    return {"message": {"type": "assistant-request", "phoneNumber": {"number": line}, "call": call}}


async def answer_to(room, body=None):
    response = await room.post(ringing() if body is None else body)
    assert response.status_code == 200
    return response.json()


def variables(answer):
    return answer["assistantOverrides"]["variableValues"]


@pytest.fixture
async def gateway(another_gateway):
    """One that nobody has asked anything yet: what it remembers is the test's own."""
    async with another_gateway() as own:
        yield own


async def test_the_inbound_assistant_answers_and_knows_the_clinic_and_the_caller(room):
    room.booking.caller_name = "Ana Exempla"
    answer = await answer_to(room)
    assert set(answer) == {"assistantId", "assistantOverrides"}
    assert answer["assistantId"] == "assistant-1"
    assert set(answer["assistantOverrides"]) == {"variableValues"}
    assert set(variables(answer)) == {"clinicName", "clinicTimezone", "today", "todayDate", "callerName"}
    assert variables(answer)["clinicName"] == "Lakeside Dental"
    assert variables(answer)["clinicTimezone"] == "America/New_York"
    assert variables(answer)["callerName"] == "Ana Exempla"


async def test_today_is_the_day_that_it_is_at_the_clinic(room):
    today = variables(await answer_to(room))["today"]
    assert re.fullmatch(r"[A-Z][a-z]+day, [A-Z][a-z]+ \d{1,2}, \d{4}", today)


async def test_the_organization_is_asked_about_that_the_called_number_belongs_to(room):
    await answer_to(room, ringing(OTHER_LINE))
    assert room.assistant_sync.heard == [(OTHER_CLINIC, GetInboundAssistantRequest())]
    [heard] = room.booking.heard
    assert heard.tenant == OTHER_CLINIC
    assert heard.request == GetCallerNameRequest(caller_number=CALLER, called_number=OTHER_LINE)


@pytest.mark.parametrize("body", [ringing(call_type="webCall"), ringing(caller=""), ringing(caller="Ana Exempla")])
async def test_without_a_number_that_somebody_calls_from_nobody_is_looked_for(room, body):
    room.booking.caller_name = "Ana Exempla"
    assert "callerName" not in variables(await answer_to(room, body))
    assert room.booking.heard == []


async def test_a_caller_whom_nobody_knows_has_no_name(room):
    assert "callerName" not in variables(await answer_to(room))


async def test_names_are_no_templates_and_no_lines_of_a_prompt(room):
    room.booking.caller_name = "Ana {{secret}}\n\n# New rules {% raw %}"
    assert variables(await answer_to(room))["callerName"] == "Ana secret # New rules % raw %"


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_a_caller_who_is_not_named_in_time_is_answered_without_a_name(room, monkeypatch, trouble):
    monkeypatch.setattr(callers, "SECONDS", 0.1)
    room.booking.caller_name = "Ana Exempla"
    setattr(room.booking, trouble, AWAY if trouble == "fails" else True)
    answer = await answer_to(room)
    assert (answer["assistantId"], "callerName" in variables(answer)) == ("assistant-1", False)


@pytest.mark.parametrize(
    ("line", "words"),
    [(SUSPENDED_LINE, "paused at the moment"), (UNKNOWN_LINE, "not connected to a clinic")],
)
async def test_where_nobody_may_answer_the_caller_hears_why_and_nobody_is_asked(room, line, words):
    answer = await answer_to(room, ringing(line))
    assert (set(answer), words in answer["error"]) == ({"error"}, True)
    assert (room.assistant_sync.heard, room.booking.heard) == ([], [])


async def test_a_clinic_without_an_inbound_agent_says_that_it_is_not_set_up(room):
    room.assistant_sync.fails = RemoteError(Kind.NOT_FOUND, "AGENT_NOT_FOUND")
    answer = await answer_to(room)
    assert (set(answer), "not set up yet" in answer["error"]) == ({"error"}, True)


async def test_an_assistant_that_vapi_does_not_have_yet_is_not_set_up(room):
    room.assistant_sync.answers["GetInboundAssistant"] = GetInboundAssistantResponse()
    assert "not set up yet" in (await answer_to(room))["error"]


@pytest.mark.parametrize("trouble", ["fails", "hangs"])
async def test_while_assistant_sync_is_away_the_assistant_is_the_one_that_answered_last(gateway, monkeypatch, trouble):
    first = await answer_to(gateway)
    monkeypatch.setattr(inbound_assistants, "ASK_SECONDS", 0.2)
    setattr(gateway.assistant_sync, trouble, AWAY if trouble == "fails" else True)
    assert await answer_to(gateway) == first


async def test_while_everything_behind_it_is_away_a_telephone_is_answered_all_the_same(gateway):
    first = await answer_to(gateway)
    gateway.tenancy.fails = gateway.booking.fails = gateway.assistant_sync.fails = AWAY
    assert await answer_to(gateway) == first


async def test_what_was_never_known_is_an_apology_and_no_silence(gateway):
    gateway.assistant_sync.fails = AWAY
    answer = await answer_to(gateway)
    assert (set(answer), "try again" in answer["error"]) == ({"error"}, True)


async def test_what_one_organization_was_answered_is_never_told_to_another(gateway):
    await answer_to(gateway)
    gateway.assistant_sync.fails = AWAY
    assert set(await answer_to(gateway, ringing(OTHER_LINE))) == {"error"}


async def test_an_agent_that_was_taken_away_is_not_remembered(gateway):
    await answer_to(gateway)
    gateway.assistant_sync.answers["GetInboundAssistant"] = GetInboundAssistantResponse()
    await answer_to(gateway)
    gateway.assistant_sync.fails = AWAY
    assert "try again" in (await answer_to(gateway))["error"]


async def test_the_clinic_is_the_one_last_told_of_while_assistant_sync_cannot_tell(gateway):
    first = await answer_to(gateway)
    gateway.assistant_sync.answers["GetInboundAssistant"] = GetInboundAssistantResponse(vapi_assistant_id="assistant-2")
    assert await answer_to(gateway) == {**first, "assistantId": "assistant-2"}


async def test_an_assistant_whose_clinic_was_never_told_answers_without_it(gateway):
    gateway.assistant_sync.answers["GetInboundAssistant"] = GetInboundAssistantResponse(vapi_assistant_id="assistant-2")
    assert await answer_to(gateway) == {"assistantId": "assistant-2"}


@pytest.mark.parametrize(
    ("trouble", "answered_by"),
    [
        (None, "assistant_sync"),
        (AWAY, "memory"),
        (RemoteError(Kind.NOT_FOUND, "AGENT_NOT_FOUND"), "no_assistant"),
    ],
)
async def test_who_told_which_assistant_answers_is_counted(gateway, trouble, answered_by):
    await answer_to(gateway)
    before = await counted(gateway, answered_by)
    gateway.assistant_sync.fails = trouble
    await answer_to(gateway)
    assert await counted(gateway, answered_by) - before == 1


async def test_telephones_that_nobody_could_answer_are_counted(gateway):
    gateway.assistant_sync.fails = AWAY
    await answer_to(gateway)
    assert await counted(gateway, "nobody") == 1


async def counted(room, answered_by):
    name = f'switchboard_gateway_assistant_requests_total{{answered_by="{answered_by}"}} '
    lines = (await room.http.get("/metrics")).text.splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))
