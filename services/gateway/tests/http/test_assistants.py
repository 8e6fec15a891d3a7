"""Assistants over HTTP: saved by what is named, pointed elsewhere, compared with Vapi."""

import json

import pytest
from google.protobuf.json_format import ParseDict
from google.protobuf.struct_pb2 import Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from gateway.routes.assistants import fix_of
from services.gateway.tests.http.staff import CLINIC, ask, told
from switchboard.assistants.v1 import agent_service_pb2 as agents
from switchboard.assistants.v1 import drift_service_pb2 as drift

VOICE = {"provider": "vapi", "voiceId": "Elliot"}
MODEL = {"provider": "openai", "model": "gpt-4.1", "maxTokens": 300, "tools": [{"depth": 1.5}]}
INBOUND = {
    "type": "inbound",
    "name": "Receptionist",
    "first_message": "Lakeside Dental, how can I help you?",
    "prompt": "You answer the telephone.",
    "voice": VOICE,
    "model": MODEL,
    "vapi": None,
    "vapi_assistant_id": "asst-1",
    "sync_state": "synced",
    "pending_reason": None,
    "webhook_url": "https://one.example/api/vapi/webhook",
}
AGENT = agents.Agent(
    type=agents.INBOUND,
    name="Receptionist",
    first_message="Lakeside Dental, how can I help you?",
    prompt="You answer the telephone.",
    voice=ParseDict(VOICE, Struct()),
    model=ParseDict(MODEL, Struct()),
    vapi_assistant_id="asst-1",
    sync_state=agents.Agent.SYNCED,
    webhook_url="https://one.example/api/vapi/webhook",
)
WEBHOOK = "/api/vapi/setup/update-assistant-webhook"


def heard(room):
    ((tenant, request),) = room.assistant_sync.heard
    assert tenant == CLINIC
    return request


async def test_assistants_are_listed_by_their_types_in_pages(room):
    types = (agents.OUTBOUND, agents.INBOUND, agents.FOLLOW_UP)
    room.assistant_sync.answer = agents.ListAgentsResponse(
        agents=[agents.Agent(type=one, sync_state=agents.Agent.SYNCED) for one in types]
    )
    first = await told(room, "GET", "/api/assistants", limit="2")
    rest = await told(room, "GET", "/api/assistants", limit="2", cursor=first["next_cursor"])
    assert [item["type"] for item in [*first["items"], *rest["items"]]] == ["follow_up", "inbound", "outbound"]
    assert rest["next_cursor"] is None


async def test_an_assistant_is_shown_whole(room):
    room.assistant_sync.answer = agents.GetAgentResponse(agent=AGENT)
    answer = await ask(room, "GET", "/api/assistants/inbound")
    assert answer.json() == INBOUND
    assert "300.0" not in answer.text
    assert heard(room) == agents.GetAgentRequest(type=agents.INBOUND)


async def test_what_is_named_is_saved_and_nothing_else(room):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    assert await told(room, "PUT", "/api/assistants/inbound", {"prompt": "Be brief.", "voice": VOICE}) == INBOUND
    assert {field.name for field, _ in heard(room).ListFields()} == {"type", "prompt", "voice"}


async def test_a_first_save_names_everything(room):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    everything = {name: INBOUND[name] for name in ("name", "first_message", "prompt", "voice", "model")}
    await told(
        room, "PUT", "/api/assistants/outbound", everything | {"vapi": {"maxDurationSeconds": 600}, "adopt": True}
    )
    request = heard(room)
    assert (request.type, request.adopt, request.vapi["maxDurationSeconds"]) == (agents.OUTBOUND, True, 600)
    assert request.model == AGENT.model


async def test_one_that_was_deleted_in_vapi_is_made_anew_where_the_body_says_so(room):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    await told(room, "PUT", "/api/assistants/inbound", {"recreate": True})
    assert heard(room) == agents.SaveAgentRequest(type=agents.INBOUND, recreate=True)


@pytest.mark.parametrize("nothing", [None, {}])
async def test_null_leaves_an_object_to_vapi(room, nothing):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    await told(room, "PUT", "/api/assistants/inbound", {"voice": nothing})
    assert heard(room).HasField("voice")
    assert not heard(room).voice.fields


async def test_what_vapi_does_not_have_yet_is_a_202_that_says_why(room):
    pending = agents.Agent(
        type=agents.INBOUND, sync_state=agents.Agent.PENDING, pending_reason=agents.Agent.CREATE_UNCONFIRMED
    )
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=pending)
    answer = await ask(room, "PUT", "/api/assistants/inbound", {"name": "Receptionist"})
    assert answer.status_code == 202
    assert (answer.json()["sync_state"], answer.json()["pending_reason"]) == ("pending", "create_unconfirmed")
    assert answer.json()["vapi_assistant_id"] is None


async def test_a_save_has_the_time_that_vapi_needs(room):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    await told(room, "PUT", "/api/assistants/inbound", {"name": "Receptionist"})
    assert room.assistant_sync.seconds_left > 10


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("other", ["reception", "INBOUND", "agent_type_unspecified", "1"])
async def test_what_is_no_type_is_a_404_that_names_those_there_are(room, method, other):
    answer = await ask(room, method, f"/api/assistants/{other}", {} if method == "PUT" else None)
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN_ASSISTANT_TYPE")
    assert "`follow_up`" in answer.json()["fix"]
    assert room.assistant_sync.heard == []


def _nested(depth):
    return {"a": _nested(depth - 1)} if depth else 1


@pytest.mark.parametrize("impossible", [_nested(30), {"a": 10**400}, [], "x", 7])
async def test_an_object_that_no_message_can_carry_is_named(room, impossible):
    answer = await ask(room, "PUT", "/api/assistants/inbound", {"model": impossible})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_FIELD")
    assert "`model`" in answer.json()["detail"]
    assert room.assistant_sync.heard == []


async def test_the_deepest_object_that_is_taken_arrives(room):
    room.assistant_sync.answer = agents.SaveAgentResponse(agent=AGENT)
    await told(room, "PUT", "/api/assistants/inbound", {"vapi": _nested(23)})
    assert heard(room).vapi["a"]


async def test_what_vapi_refuses_is_named(room):
    room.assistant_sync.fails = RemoteError(Kind.INVALID, "REFUSED_BY_VAPI", properties="voice.speed, model")
    answer = await ask(room, "PUT", "/api/assistants/inbound", {"voice": {"speed": 9}})
    assert (answer.status_code, answer.json()["code"]) == (400, "REFUSED_BY_VAPI")
    assert "`voice.speed, model`" in answer.json()["detail"]


async def test_a_webhook_is_set_and_told_in_the_words_of_the_older_route(room):
    room.assistant_sync.answer = agents.SetAgentWebhookResponse(webhook_url="https://two.example/hook")
    sent = {"vapiAssistantId": "asst-1", "webhookUrl": "https://two.example/hook"}
    answer = await ask(room, "POST", WEBHOOK, sent)
    told_message = answer.json().pop("message")
    assert answer.status_code == 200
    assert told_message
    assert answer.json() == {
        "success": True,
        "assistantId": "asst-1",
        "webhookUrl": "https://two.example/hook",
        "message": told_message,
    }
    assert heard(room) == agents.SetAgentWebhookRequest(
        vapi_assistant_id="asst-1", webhook_url="https://two.example/hook"
    )


@pytest.mark.parametrize("left_out", [{}, {"webhookUrl": None}, {"webhookUrl": ""}])
async def test_without_a_url_the_deployments_own_is_set(room, left_out):
    room.assistant_sync.answer = agents.SetAgentWebhookResponse(webhook_url="https://one.example/hook")
    assert (await told(room, "POST", WEBHOOK, {"vapiAssistantId": "a", **left_out}))["webhookUrl"].endswith("/hook")
    assert heard(room).webhook_url == ""


@pytest.mark.parametrize(
    "body", [{}, {"vapiAssistantId": ""}, {"vapiAssistantId": None}, {"webhookUrl": "https://a.b"}]
)
async def test_a_webhook_of_no_assistant_is_a_400(room, body):
    answer = await ask(room, "POST", WEBHOOK, body)
    assert answer.status_code == 400
    assert "vapiAssistantId" in answer.json()["detail"]
    assert room.assistant_sync.heard == []


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        (Kind.NOT_FOUND, "ASSISTANT_NOT_FOUND", 404),
        (Kind.NOT_FOUND, "ASSISTANT_MISSING", 404),
        (Kind.INVALID, "INVALID_WEBHOOK_URL", 400),
        (Kind.UNAVAILABLE, "VAPI_AWAY", 503),
        (Kind.UNAVAILABLE, "VAPI_UNAUTHORISED", 503),
    ],
)
async def test_why_a_webhook_was_not_set_is_told_with_a_remedy(room, kind, reason, status):
    room.assistant_sync.fails = RemoteError(kind, reason)
    answer = await ask(room, "POST", WEBHOOK, {"vapiAssistantId": "asst-1", "webhookUrl": "http://two.example"})
    assert (answer.status_code, answer.json()["code"]) == (status, reason)
    assert answer.json()["fix"]


async def test_drift_tells_ours_theirs_and_what_both_had(room):
    when = Timestamp()
    when.FromJsonString("2027-01-31T09:00:00Z")
    room.assistant_sync.answer = drift.FindDriftResponse(
        assistants=[
            drift.AssistantDrift(
                type=agents.FOLLOW_UP,
                vapi_assistant_id="asst-1",
                name="Reminder",
                fields=[
                    drift.FieldDrift(
                        field="firstMessage",
                        ours=Value(string_value="Hello"),
                        theirs=Value(string_value="Hi"),
                        last_synced=Value(string_value="Hello"),
                        last_synced_at=when,
                    ),
                    drift.FieldDrift(field="server.url", theirs=Value(null_value=0), repaired_by_itself=True),
                ],
            )
        ]
    )
    (found,) = (await told(room, "GET", "/api/assistants/drift"))["assistants"]
    first, second = found.pop("fields")
    assert found == {"type": "follow_up", "vapi_assistant_id": "asst-1", "name": "Reminder", "missing": False}
    assert first == {
        "field": "firstMessage",
        "ours": "Hello",
        "theirs": "Hi",
        "last_synced": "Hello",
        "last_synced_at": "2027-01-31T09:00:00Z",
        "repaired_by_itself": False,
    }
    assert (second["ours"], second["theirs"], second["last_synced"], second["last_synced_at"]) == (None,) * 4
    assert second["repaired_by_itself"]


FOREIGN = f"switchboard assistants point asst-1 -o {CLINIC}"


@pytest.mark.parametrize("fault", ["LOOPBACK", "NOT_HTTPS"])
@pytest.mark.parametrize(
    ("kind", "fix"),
    [
        ("ASSISTANT", FOREIGN),
        ("TOOL", "it is no tool of this deployment: change its URL in Vapi, or take it off the assistant there"),
        ("PHONE_NUMBER", f"switchboard assistants save inbound -o {CLINIC}"),
    ],
)
def test_what_alone_is_not_where_the_deployment_is_public_is_pointed_there(kind, fault, fix):
    warning = drift.UrlWarning(
        kind=drift.UrlWarning.Kind.Value(kind), vapi_id="asst-1", fault=drift.UrlWarning.Fault.Value(fault)
    )
    assert fix_of(warning, CLINIC, is_public=True) == fix


@pytest.mark.parametrize(
    ("kind", "fault", "fix"),
    [
        ("ASSISTANT", "FOREIGN", FOREIGN),
        ("TOOL", "FOREIGN", "change its URL in Vapi"),
        ("PHONE_NUMBER", "FOREIGN", f"switchboard assistants save inbound -o {CLINIC}"),
        ("PHONE_NUMBER", "ANSWERED_BY_OTHERS", "in Vapi"),
        *(
            (kind, fault, "switchboard tunnel")
            for kind in ("ASSISTANT", "TOOL", "PHONE_NUMBER")
            for fault in ("LOOPBACK", "NOT_HTTPS")
        ),
    ],
)
async def test_a_warning_names_the_command_that_mends_it(room, kind, fault, fix):
    warning = drift.UrlWarning(
        kind=drift.UrlWarning.Kind.Value(kind),
        name="Receptionist",
        vapi_id="asst-1",
        url="http://localhost:8000",
        fault=drift.UrlWarning.Fault.Value(fault),
    )
    room.assistant_sync.answer = drift.FindDriftResponse(warnings=[warning])
    (told_warning,) = (await told(room, "GET", "/api/assistants/drift"))["warnings"]
    assert fix in told_warning.pop("fix")
    assert told_warning == {
        "kind": kind.lower(),
        "name": "Receptionist",
        "vapi_id": "asst-1",
        "url": "http://localhost:8000",
        "fault": fault.lower(),
        "tool": None,
    }


async def test_two_tools_of_a_name_are_told_with_what_to_do(room):
    warning = drift.UrlWarning(
        kind=drift.UrlWarning.ASSISTANT,
        name="Receptionist",
        vapi_id="asst-1",
        fault=drift.UrlWarning.TWO_OF_A_NAME,
        tool="transferCall",
    )
    room.assistant_sync.answer = drift.FindDriftResponse(warnings=[warning])
    (told_warning,) = (await told(room, "GET", "/api/assistants/drift"))["warnings"]
    assert told_warning == {
        "kind": "assistant",
        "name": "Receptionist",
        "vapi_id": "asst-1",
        "url": "",
        "fault": "two_of_a_name",
        "tool": "transferCall",
        "fix": "take the other tool called transferCall off the assistant in Vapi; this deployment's stays",
    }


async def test_a_body_is_not_read_as_more_than_it_says(room):
    answer = await ask(room, "PUT", "/api/assistants/inbound", {"firstMessage": "Hello"})
    assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_FIELD")
    assert "first_message" in json.dumps(answer.json()["fix"])
