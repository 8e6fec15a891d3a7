"""Where Vapi itself asks whom to put a caller through to."""

import pytest

from chassis.errors import Kind, RemoteError
from gateway.answer.requests import departments
from switchboard.assistants.v1.department_service_pb2 import Department, FindDestinationRequest, FindDestinationResponse

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
LINE, OTHER_LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550143", "+12065550144", "+12065550199"
TRANSFER, HANDOFF = "transfer-destination-request", "handoff-destination-request"
TYPES = (TRANSFER, HANDOFF)
HEARS = "I'm putting you through to Billing."
AWAY = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
NOT_NOW = {"error": "I'm sorry, I cannot put you through at the moment."}


def asking(kind=TRANSFER, line=LINE, **more):
    return {"message": {"type": kind, "call": {"id": "call-1"}, "phoneNumber": {"number": line}, **more}}


async def answer_to(room, body):
    response = await room.post(body)
    assert response.status_code == 200
    return response.json()


def found(**department):
    return FindDestinationResponse(department=Department(**department), caller_hears=HEARS)


@pytest.fixture
def gateway(room):
    room.assistant_sync.answers["FindDestination"] = found(name="Billing", number="+14155550101")
    return room


@pytest.fixture
async def forgetful(another_gateway):
    """One that nobody has asked anything yet: what it remembers is the test's own."""
    async with another_gateway() as own:
        own.assistant_sync.answers["FindDestination"] = found(name="Billing", number="+14155550101")
        yield own


async def test_a_transfer_is_answered_with_where_to_and_what_the_caller_hears(gateway):
    assert await answer_to(gateway, asking()) == {
        "destination": {"type": "number", "number": "+14155550101"},
        "message": {"type": "request-start", "content": HEARS},
    }


async def test_a_hand_off_is_answered_with_where_to(gateway):
    assert await answer_to(gateway, asking(HANDOFF)) == {"destination": {"type": "number", "number": "+14155550101"}}


@pytest.mark.parametrize("kind", TYPES)
async def test_a_department_with_a_sip_uri_is_one_of_sip(gateway, kind):
    gateway.assistant_sync.answers["FindDestination"] = found(name="Billing", sip_uri="sip:b@voice.example")

    answer = await answer_to(gateway, asking(kind))

    assert answer["destination"] == {"type": "sip", "sipUri": "sip:b@voice.example"}


@pytest.mark.parametrize("kind", TYPES)
async def test_nobody_to_put_through_to_is_said_to_the_caller(gateway, kind):
    gateway.assistant_sync.answers["FindDestination"] = FindDestinationResponse(caller_hears="I'm sorry.")

    assert await answer_to(gateway, asking(kind)) == {"error": "I'm sorry."}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "said",
    [
        {"parameters": {"department": "billing", "reason": "an invoice"}},
        {"parameters": {"destination": "billing", "summary": "an invoice"}},
        {"functionCall": {"name": "transferCall", "parameters": '{"department": "billing", "reason": "an invoice"}'}},
        {"toolCallList": [{"id": "1", "name": "t", "arguments": {"department": "billing", "reason": "an invoice"}}]},
    ],
)
async def test_whom_the_message_names_is_asked_for(gateway, kind, said):
    await answer_to(gateway, asking(kind, **said))

    assert gateway.assistant_sync.heard == [(CLINIC, FindDestinationRequest(department="billing", wish="an invoice"))]


async def test_the_real_bodies_are_understood(gateway, vapi_bodies):
    for kind in TYPES:
        assert "destination" in await answer_to(gateway, vapi_bodies[kind])

    assert [request for _, request in gateway.assistant_sync.heard] == [
        FindDestinationRequest(),
        FindDestinationRequest(wish="billing question"),
    ]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("line", "said"),
    [(UNKNOWN_LINE, "this line is not connected to a clinic"), (SUSPENDED_LINE, "is paused at the moment")],
)
async def test_for_nobody_the_caller_hears_so(gateway, kind, line, said):
    answer = await answer_to(gateway, asking(kind, line))

    assert set(answer) == {"error"}
    assert said in answer["error"]
    assert gateway.assistant_sync.heard == []


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("secret", ["the secret of this deployment", "perhaps a clinic's own"])
async def test_while_nobody_can_tell_whose_it_is_the_caller_hears_so(gateway, kind, secret):
    gateway.tenancy.fails = AWAY

    response = await gateway.post(asking(kind), x_vapi_secret=secret)

    assert (response.status_code, response.json()) == (200, NOT_NOW)
    assert gateway.assistant_sync.heard == []


@pytest.mark.parametrize("kind", TYPES)
async def test_while_assistant_sync_is_away_the_caller_hears_so(forgetful, kind):
    forgetful.assistant_sync.fails = AWAY

    assert await answer_to(forgetful, asking(kind)) == NOT_NOW


async def test_an_assistant_sync_that_hangs_is_not_waited_for(forgetful, monkeypatch):
    monkeypatch.setattr(departments, "ASK_SECONDS", 0.5)
    forgetful.assistant_sync.hangs = True

    assert await answer_to(forgetful, asking()) == NOT_NOW
    assert forgetful.assistant_sync.seconds_left < 1  # gRPC rounds it


async def test_what_was_answered_last_stands_in_while_assistant_sync_is_away(forgetful):
    first = await answer_to(forgetful, asking(parameters={"department": "Billing"}))
    forgetful.assistant_sync.fails = AWAY

    assert await answer_to(forgetful, asking(parameters={"department": "billing"})) == first
    assert await answer_to(forgetful, asking(parameters={"department": "front desk"})) == NOT_NOW
    assert await answer_to(forgetful, asking()) == NOT_NOW


async def test_what_one_clinics_model_makes_up_puts_out_of_memory_nothing_of_anothers(forgetful, monkeypatch):
    monkeypatch.setattr(departments, "MOST_OF_ONE", 2)
    first = await answer_to(forgetful, asking(parameters={"department": "billing"}))
    for number in range(3):
        await answer_to(forgetful, asking(line=OTHER_LINE, parameters={"department": f"made up {number}"}))
    forgetful.assistant_sync.fails = AWAY

    assert await answer_to(forgetful, asking(parameters={"department": "billing"})) == first
    assert await answer_to(forgetful, asking(line=OTHER_LINE, parameters={"department": "made up 0"})) == NOT_NOW
    assert await answer_to(forgetful, asking(line=OTHER_LINE, parameters={"department": "made up 2"})) == first


async def test_whom_a_callers_wish_led_to_stands_in_for_nobody_else(forgetful):
    await answer_to(forgetful, asking(parameters={"reason": "billing question"}))
    forgetful.assistant_sync.fails = AWAY

    assert await answer_to(forgetful, asking()) == NOT_NOW


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("strange", ["x", 7, [], [[]], {"department": 7}, {"department": {"a": []}}, None])
async def test_whatever_is_strange_names_nobody(gateway, kind, strange):
    await answer_to(gateway, asking(kind, parameters=strange, functionCall=strange, toolCallList=strange))

    assert gateway.assistant_sync.heard == [(CLINIC, FindDestinationRequest())]
