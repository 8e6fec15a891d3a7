"""Whoever is not verified is refused before anything is done, stored or asked for: over real HTTP."""

import asyncio
import json
import re
from datetime import UTC, datetime
from itertools import islice
from random import Random

import pytest

from services.gateway.tests.signatures import PLANS, mutated
from switchboard.tenancy.v1.tenancy_service_pb2 import ResolveTenantResponse

SEED = 20261121
CLINIC, LINE = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31", "+12065550142"
CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
TOOL_CALL = {"message": {"type": "tool-calls", "phoneNumber": {"number": LINE}, "toolCallList": [CALL]}}
BODY = json.dumps(TOOL_CALL).encode()
SENDABLE = re.compile(r"[!-~]([ -~]*[!-~])?")
"""Header values that HTTP carries as they are."""

SAMPLE = sorted(Random(SEED).sample(sorted(PLANS), 25))
OF_EACH = 8
AT_ONCE = 8


async def post(room, request):
    headers = [*request.headers, ("content-type", "application/json")]
    return await room.http.request(request.method, request.url, content=request.body, headers=headers)


def is_sendable(request):
    return all(SENDABLE.fullmatch(value) for _, value in request.headers)


@pytest.mark.parametrize("name", SAMPLE)
async def test_over_http_too_who_follows_the_plan_is_answered_and_nobody_else(room, name):
    plan, now = PLANS[name], datetime.now(UTC)
    room.tenancy.verifiers = {CLINIC: [plan.verifier]}
    request = plan.request(BODY, now, f"{room.http.base_url}/api/vapi/webhook".replace("//api", "/api"))
    assert (await post(room, request)).status_code == 200
    assert len(room.booking.heard) == 1

    def is_possible(spoilt):
        return is_sendable(spoilt) and (spoilt.method, spoilt.url, spoilt.now) == (request.method, request.url, now)

    every = mutated(plan, request, Random(f"{SEED} {name}"))
    spoilt = list(islice((one for _, one in every if is_possible(one)), OF_EACH))
    answers = await asyncio.gather(*(post(room, one) for one in spoilt))
    assert {answer.status_code for answer in answers} == {401}, f"seed {SEED}"
    assert len(room.booking.heard) == 1


@pytest.mark.parametrize("shown", [{}, {"x_vapi_secret": "wrong"}, {"x_vapi_secret": "", "authorization": "Bearer x"}])
async def test_nothing_is_done_or_kept_or_recorded_of_a_message_whose_sender_is_not_known(room, vapi_bodies, shown):
    """Of any type: asked is only whose it is, and how they prove it."""
    shown = shown or {"x_vapi_secret": ""}
    bodies = list(vapi_bodies.values())
    # No more at once than may ask whose they are: who has proved nothing waits for a turn, and not for long.
    for first in range(0, len(bodies), AT_ONCE):
        answers = await asyncio.gather(*(room.post(body, **shown) for body in bodies[first : first + AT_ONCE]))
        assert {answer.status_code for answer in answers} == {401}
    assert (room.booking.heard, room.booking.recorded, room.booking.told.qsize()) == ([], [], 0)
    assert room.assistant_sync.heard == []
    assert room.quarantine.kept == []
    assert len(room.memories.routes) == 0


@pytest.mark.parametrize(
    "headers",
    [
        [("x-vapi-secret", "the secret of this deployment"), ("x-vapi-secret", "wrong")],
        [("x-vapi-secret", "wrong"), ("x-vapi-secret", "the secret of this deployment")],
        [("x-vapi-secret", "the secret of this deployment, wrong")],
        [("x-vapi-secret", "the secret of this deployment,the secret of this deployment")],
    ],
)
async def test_a_secret_beside_another_is_ambiguous_and_refused(room, headers):
    headers = [*headers, ("content-type", "application/json")]
    response = await room.http.post("/api/vapi/webhook", content=BODY, headers=headers)
    assert response.status_code == 401
    assert room.booking.heard == []


async def test_a_secret_that_a_proxy_repeated_is_one(room):
    headers = [("x-vapi-secret", "the secret of this deployment")] * 2 + [("content-type", "application/json")]
    assert (await room.http.post("/api/vapi/webhook", content=BODY, headers=headers)).status_code == 200


async def test_a_suspended_clinics_forged_message_is_refused_like_any(room):
    room.tenancy.lines[LINE] = (CLINIC, ResolveTenantResponse.SUSPENDED)
    assert (await room.post(TOOL_CALL, x_vapi_secret="wrong")).status_code == 401
