"""Every kind and shape of server message is answered as Vapi expects it."""

import json
from pathlib import Path
from typing import Any

import pytest

from switchboard.assistants.v1.department_service_pb2 import Department, FindDestinationResponse

# What the answer is, by the name of the body: the tools whose results come back in order, or one of the words below.
ACKNOWLEDGED = "200 {}"
LEGACY = "one result"
ASSISTANT = "an assistant"
DOCUMENTS = "no documents"
DESTINATION = "whom to put through to"

EXPECTED: dict[str, Any] = {
    "assistant-request": ASSISTANT,
    "assistant-request-nulls": ASSISTANT,
    "assistant-speech-started": ACKNOWLEDGED,
    "assistant-started": ACKNOWLEDGED,
    "call-artifact-upload": ACKNOWLEDGED,
    "call-delete-failed": ACKNOWLEDGED,
    "call-deleted": ACKNOWLEDGED,
    "call-endpointing-request": ACKNOWLEDGED,
    "campaign-predial": ACKNOWLEDGED,
    "chat-created": ACKNOWLEDGED,
    "chat-deleted": ACKNOWLEDGED,
    "conversation-update": ACKNOWLEDGED,
    "end-of-call-report-phone": ACKNOWLEDGED,
    "end-of-call-report-pipeline-error": ACKNOWLEDGED,
    "end-of-call-report-squad": ACKNOWLEDGED,
    "end-of-call-report-web-call": ACKNOWLEDGED,
    "function-call": LEGACY,
    "function-call-json-text": LEGACY,
    "handoff-destination-request": DESTINATION,
    "hang": ACKNOWLEDGED,
    "knowledge-base-request": DOCUMENTS,
    "language-change-detected": ACKNOWLEDGED,
    "language-changed": ACKNOWLEDGED,
    "model-output": ACKNOWLEDGED,
    "phone-call-control-forward": ACKNOWLEDGED,
    "session-created": ACKNOWLEDGED,
    "session-deleted": ACKNOWLEDGED,
    "session-updated": ACKNOWLEDGED,
    "speech-update-stopped": ACKNOWLEDGED,
    "status-update-ended": ACKNOWLEDGED,
    "status-update-forwarding": ACKNOWLEDGED,
    "status-update-in-progress-web-call": ACKNOWLEDGED,
    "tool-call-older-body": [("bookClinicAppointment", "result")],
    "tool-calls-asked-again": [("OpeningTimes--today", "error")],
    "tool-calls-chat": [("checkAvailability", "result")],
    "tool-calls-delivered-again": [("bookClinicAppointment", "result")],
    "tool-calls-flat-arguments": [("checkAvailability", "result")],
    "tool-calls-flat-parameters": [("checkAvailability", "result")],
    "tool-calls-json-text-arguments": [("bookClinicAppointment", "result")],
    "tool-calls-make-tool": [("checkAvailability", "error")],  # it holds no evidence at all
    "tool-calls-object-arguments": [("checkAvailability", "result")],
    "tool-calls-second-turn": [("bookClinicAppointment", "result")],
    "tool-calls-several": [
        ("checkAvailability", "result"),
        ("openingTimes", "error"),
        ("bookClinicAppointment", "result"),
    ],
    "transcript-final-filter": ACKNOWLEDGED,
    "transcript-partial": ACKNOWLEDGED,
    "transfer-destination-request": DESTINATION,
    "transfer-update": ACKNOWLEDGED,
    "unknown-type": ACKNOWLEDGED,
    "user-interrupted": ACKNOWLEDGED,
    "voice-input": ACKNOWLEDGED,
    "voice-request": ACKNOWLEDGED,
}

TYPES = {
    "assistant-request", "tool-calls", "function-call", "transfer-destination-request", "handoff-destination-request",
    "knowledge-base-request", "campaign.predial", "voice-request", "call.endpointing.request", "status-update",
    "end-of-call-report", "conversation-update", "speech-update", "hang", "user-interrupted", "assistant.started",
    "transcript", 'transcript[transcriptType="final"]', "model-output", "voice-input", "transfer-update",
    "phone-call-control", "language-change-detected", "language-changed", "assistant.speechStarted", "chat.created",
    "chat.deleted", "session.created", "session.updated", "session.deleted", "call.deleted", "call.delete.failed",
    "call.artifact.upload",
}  # fmt: skip
"""All that Vapi is known to send."""


def test_there_is_a_body_of_every_type_that_vapi_sends(vapi_bodies):
    assert {json.loads(body)["message"].get("type") for body in vapi_bodies.values()} >= TYPES


def test_every_body_is_expected_to_be_answered(vapi_bodies):
    assert set(vapi_bodies) == set(EXPECTED)


def test_every_body_is_listed_in_their_readme(vapi_bodies):
    readme = (Path(__file__).parents[3] / "tests" / "fixtures" / "vapi" / "README.md").read_text()
    assert {name for name in vapi_bodies if f"| {name}.json |" in readme} == set(vapi_bodies)


@pytest.mark.parametrize("path", ["/api/vapi/webhook", "/api/vapi/tools"])
@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected == ACKNOWLEDGED])
async def test_a_message_that_wants_no_answer_is_acknowledged(room, vapi_bodies, name, path):
    response = await room.post(vapi_bodies[name], path=path)
    assert (response.status_code, response.content) == (200, b"{}")


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if isinstance(expected, list)])
async def test_tool_calls_are_answered_in_the_order_asked(room, vapi_bodies, name):
    entries = await room.results(vapi_bodies[name])
    assert [(entry["name"], *({"result", "error"} & set(entry))) for entry in entries] == EXPECTED[name]


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected == LEGACY])
async def test_a_legacy_function_call_is_answered_with_one_result(room, vapi_bodies, name):
    response = await room.post(vapi_bodies[name])
    assert response.json() == {"result": "CheckAvailabilityRequest was heard."}


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected == ASSISTANT])
async def test_a_telephone_that_rings_is_answered_by_the_inbound_assistant(room, vapi_bodies, name):
    response = await room.post(vapi_bodies[name])
    assert response.json()["assistantId"] == "assistant-1"


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected == DESTINATION])
async def test_a_caller_who_is_to_be_put_through_is_told_whom_to(room, vapi_bodies, name):
    billing = Department(name="Billing", number="+14155550101")
    room.assistant_sync.answers["FindDestination"] = FindDestinationResponse(department=billing)
    response = await room.post(vapi_bodies[name])
    assert response.json()["destination"] == {"type": "number", "number": "+14155550101"}


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if expected == DOCUMENTS])
async def test_a_question_for_knowledge_is_answered_with_documents(room, vapi_bodies, name):
    response = await room.post(vapi_bodies[name])
    assert response.json() == {"documents": []}


async def test_an_answer_carries_the_id_that_was_sent(room, vapi_bodies):
    [entry] = await room.results(vapi_bodies["tool-calls-json-text-arguments"])
    sent = json.loads(vapi_bodies["tool-calls-json-text-arguments"])["message"]["toolCallList"][0]["id"]
    assert entry["toolCallId"] == sent


async def test_a_message_delivered_again_reaches_booking_with_the_same_ids_and_arguments(room, vapi_bodies):
    await room.post(vapi_bodies["tool-calls-json-text-arguments"])
    await room.post(vapi_bodies["tool-calls-delivered-again"])
    first, second = room.booking.heard
    assert first.request == second.request
    assert first.request.context.tool_call_id
    assert first.request.context.vapi_call_id
