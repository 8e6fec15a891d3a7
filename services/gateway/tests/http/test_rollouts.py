"""Roll-outs over HTTP: planned, started, watched and taken back by administrators."""

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from chassis.errors import Kind, RemoteError
from services.gateway.tests.conftest import ADMIN_KEY
from services.gateway.tests.http.staff import CLINIC, ID, KEY
from switchboard.assistants.v1 import agent_service_pb2 as agents
from switchboard.assistants.v1 import rollout_service_pb2 as rollouts

ADMINISTRATOR = {"Authorization": f"Bearer {ADMIN_KEY}"}
START = "/api/assistants/rollout"
ONE = f"/api/assistants/rollouts/{ID}"
LATEST = "/api/assistants/rollouts/latest"
TWO = "https://two.example"
STARTED_AT = Timestamp()
STARTED_AT.FromJsonString("2027-01-31T09:00:00Z")
ROLLOUT = rollouts.Rollout(
    id=ID,
    state=rollouts.Rollout.CANARY,
    backend_url=TWO,
    previous_backend_url="https://one.example",
    started_at=STARTED_AT,
    waiting=3,
    pointed=1,
    failed=0,
    at_previous_url=3,
)
TOLD = {
    "id": ID,
    "state": "canary",
    "backend_url": TWO,
    "previous_backend_url": "https://one.example",
    "started_at": "2027-01-31T09:00:00Z",
    "ended_at": None,
    "waiting": 3,
    "pointed": 1,
    "failed": 0,
    "at_previous_url": 3,
}
TARGET = rollouts.RolloutTarget(
    kind=rollouts.RolloutTarget.ASSISTANT,
    vapi_id="asst-1",
    name="Receptionist",
    organization_id=CLINIC,
    url_before="https://one.example/api/vapi/webhook",
    url_after=f"{TWO}/api/vapi/webhook",
    state=rollouts.RolloutTarget.FAILED,
    reason=agents.Agent.ASSISTANT_MISSING,
)
TARGET_TOLD = {
    "kind": "assistant",
    "vapi_id": "asst-1",
    "name": "Receptionist",
    "organization_id": CLINIC,
    "url_before": "https://one.example/api/vapi/webhook",
    "url_after": f"{TWO}/api/vapi/webhook",
    "state": "failed",
    "reason": "assistant_missing",
}


async def ask(room, method, path, body=None, **params):
    sent = {"json": body} if body is not None else {}
    return await room.http.request(method, path, headers=ADMINISTRATOR, params=params, **sent)


def heard(room):
    """The last request, which is of no organization."""
    tenant, request = room.assistant_sync.heard[-1]
    assert tenant == "None"
    return request


async def test_a_dry_run_tells_what_would_change(room):
    room.assistant_sync.answer = rollouts.PlanRolloutResponse(targets=[TARGET])
    answer = await ask(room, "POST", START, {"backend_url": TWO, "dry_run": True})
    assert (answer.status_code, answer.json()) == (200, {"targets": [TARGET_TOLD]})
    assert heard(room) == rollouts.PlanRolloutRequest(backend_url=TWO)
    assert room.assistant_sync.seconds_left > 10


async def test_a_rollout_is_started_and_goes_on_by_itself(room):
    room.assistant_sync.answer = rollouts.StartRolloutResponse(rollout=ROLLOUT)
    answer = await ask(room, "POST", START, {"backend_url": TWO, "canaries": 2})
    assert (answer.status_code, answer.json()) == (202, TOLD)
    assert heard(room) == rollouts.StartRolloutRequest(backend_url=TWO, canaries=2)


async def test_without_a_url_it_is_the_gateways_own(another_gateway):
    async with another_gateway(backend_url="https://own.example") as room:
        room.assistant_sync.answer = rollouts.StartRolloutResponse(rollout=ROLLOUT)
        await ask(room, "POST", START, {})
        assert heard(room).backend_url == "https://own.example"


async def test_a_gateway_that_does_not_know_its_own_url_has_to_be_told(room):
    answer = await ask(room, "POST", START, {})
    assert (answer.status_code, answer.json()["code"]) == (400, "MISSING_FIELD")
    assert "`backend_url`" in answer.json()["detail"]


@pytest.mark.parametrize("canaries", [0, -1, 1001, 1.5, "2", None])
async def test_a_number_of_canaries_that_cannot_be_is_named(room, canaries):
    answer = await ask(room, "POST", START, {"backend_url": TWO, "canaries": canaries})
    assert (answer.status_code, answer.json()["code"]) == (400, "MALFORMED_FIELD")
    assert "`canaries`" in answer.json()["detail"]


async def test_one_is_shown_by_its_id(room):
    room.assistant_sync.answer = rollouts.GetRolloutResponse(rollout=ROLLOUT)
    assert (await ask(room, "GET", ONE)).json() == TOLD
    assert heard(room).rollout_id == ID


async def test_the_latest_is_shown_without_an_id(room):
    room.assistant_sync.answer = rollouts.GetRolloutResponse(rollout=ROLLOUT)
    assert (await ask(room, "GET", LATEST)).json() == TOLD
    assert heard(room).rollout_id == ""


async def test_targets_are_listed_in_pages(room):
    room.assistant_sync.answer = rollouts.ListRolloutTargetsResponse(targets=[TARGET], next_page_token="more")
    answer = await ask(room, "GET", f"{ONE}/targets", limit="1", cursor="here")
    assert answer.json() == {"items": [TARGET_TOLD], "next_cursor": "more"}
    assert heard(room) == rollouts.ListRolloutTargetsRequest(rollout_id=ID, page_size=1, page_token="here")


@pytest.mark.parametrize(
    ("verb", "status", "response", "request_type"),
    [
        ("pause", 200, rollouts.PauseRolloutResponse, rollouts.PauseRolloutRequest),
        ("resume", 202, rollouts.ResumeRolloutResponse, rollouts.ResumeRolloutRequest),
        ("rollback", 202, rollouts.RollBackRolloutResponse, rollouts.RollBackRolloutRequest),
    ],
)
async def test_a_step_is_taken_by_id(room, verb, status, response, request_type):
    room.assistant_sync.answer = response(rollout=ROLLOUT)
    answer = await ask(room, "POST", f"{ONE}/{verb}", {})
    assert (answer.status_code, answer.json()) == (status, TOLD)
    assert heard(room) == request_type(rollout_id=ID)


@pytest.mark.parametrize(
    ("kind", "reason", "status"),
    [
        (Kind.PRECONDITION, "ROLLOUT_UNDER_WAY", 409),
        (Kind.INVALID, "INVALID_BACKEND_URL", 400),
        (Kind.UNAVAILABLE, "VAPI_AWAY", 503),
    ],
)
async def test_why_a_rollout_does_not_begin_is_told_with_a_remedy(room, kind, reason, status):
    room.assistant_sync.fails = RemoteError(kind, reason)
    answer = await ask(room, "POST", START, {"backend_url": TWO})
    assert (answer.status_code, answer.json()["code"]) == (status, reason)
    assert answer.json()["fix"]


@pytest.mark.parametrize(("method", "path", "status"), [("POST", START, 403), ("GET", ONE, 404), ("GET", LATEST, 404)])
async def test_a_clinics_key_rolls_nothing_out_and_sees_none(room, method, path, status):
    sent = {"json": {}} if method == "POST" else {}
    answer = await room.http.request(method, path, headers=KEY, **sent)
    assert answer.status_code == status
    assert room.assistant_sync.heard == []
