"""What an organization asks for beyond its limit is refused in the form in which it was asked, and costs nobody."""

import json

import pytest

LINE, OTHER_LINE = "+12065550142", "+12065550143"
CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
KEY = {"Authorization": "Bearer key of the clinic"}
ADMINISTRATORS = {"Authorization": "Bearer the key of the administrator"}
OVER_IT = "I'm sorry, there is too much going on at the moment. Try again in a minute."
EVENTS = 20
"""That may be told of for each tool call."""


def tool_calls(count, line=LINE):
    calls = [
        {"id": f"call_{number}", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
        for number in range(count)
    ]
    return {"message": {"type": "tool-calls", "toolCallList": calls, "phoneNumber": {"number": line}}}


def message(kind, line=LINE, **more):
    return {"message": {"type": kind, "phoneNumber": {"number": line}, "call": {"id": "call-1"}, **more}}


def spoken(entries):
    return ["result" if "result" in entry else entry["error"] for entry in entries]


@pytest.fixture
async def limited(another_gateway):
    async with another_gateway(rate_limit_per_minute=3) as room:
        yield room


async def limited_so_far(room, kind):
    name = f'switchboard_gateway_limited_total{{class="{kind}"}} '
    lines = (await room.http.get("/metrics")).text.splitlines()
    return sum(float(line.removeprefix(name)) for line in lines if line.startswith(name))


async def test_each_tool_call_counts_and_those_beyond_the_limit_are_refused_in_words(limited):
    assert spoken(await limited.results(tool_calls(2))) == ["result", "result"]
    assert spoken(await limited.results(tool_calls(3))) == ["result", OVER_IT, OVER_IT]
    assert spoken(await limited.results(tool_calls(1))) == [OVER_IT]
    assert len(limited.booking.heard) == 3
    assert await limited_so_far(limited, "tool_calls") == 3


async def test_the_legacy_function_call_counts_and_is_refused_too(limited):
    legacy = {"message": {"type": "function-call", "functionCall": {"name": "checkAvailability", "parameters": {}}}}
    legacy["message"]["phoneNumber"] = {"number": LINE}
    await limited.results(tool_calls(3))
    response = await limited.post(legacy)
    assert response.json() == {"result": OVER_IT}


async def test_another_organizations_calls_are_carried_out_meanwhile(limited):
    await limited.results(tool_calls(30))
    assert spoken(await limited.results(tool_calls(3, OTHER_LINE))) == ["result"] * 3


async def test_an_organizations_own_limit_takes_the_place_of_the_deployments(limited):
    limited.tenancy.rate_limits[CLINIC] = 5
    assert spoken(await limited.results(tool_calls(6))) == [*["result"] * 5, OVER_IT]


async def test_a_limit_that_was_raised_holds_as_soon_as_tenancy_tells_of_it(limited):
    await limited.results(tool_calls(4))
    limited.tenancy.rate_limits[CLINIC] = 5
    limited.memories.changes.forget(limited.tenancy.version)
    assert spoken(await limited.results(tool_calls(3))) == ["result", "result", OVER_IT]


async def test_gateways_share_a_limit(another_gateway):
    async with another_gateway(rate_limit_per_minute=12) as room:
        await room.until_watched(gateways=4)
        assert spoken(await room.results(tool_calls(5))) == ["result", "result", "result", OVER_IT, OVER_IT]


async def test_events_have_a_larger_limit_of_their_own_and_those_beyond_it_are_dropped(limited):
    await limited.results(tool_calls(4))
    for _ in range(3 * EVENTS + 2):
        response = await limited.post(message("speech-update"))
        assert (response.status_code, response.content) == (200, b"{}")
    assert await limited_so_far(limited, "events") == 2


async def test_a_status_update_is_an_event_until_the_call_has_ended(limited):
    for _ in range(3 * EVENTS):
        await limited.post(message("speech-update"))
    for status in ("in-progress", "ringing", "ended"):
        await limited.post(message("status-update", status=status))
    assert [heard.request.status for heard in limited.booking.recorded] == ["ended"]
    assert await limited_so_far(limited, "events") == 2


async def test_reports_are_never_limited(limited):
    for _ in range(3 * EVENTS + 1):
        await limited.post(message("speech-update"))
    await limited.results(tool_calls(4))
    for number in range(10):
        response = await limited.post(message("end-of-call-report", endedReason=f"reason {number}"))
        assert response.status_code == 200
    assert len(limited.booking.recorded) == 10


async def test_requests_are_never_limited(limited):
    for _ in range(3 * EVENTS + 1):
        await limited.post(message("speech-update"))
    await limited.results(tool_calls(4))
    answers = {(await limited.post(message("knowledge-base-request"))).content for _ in range(10)}
    assert answers == {b'{"documents":[]}'}


async def test_an_organizations_key_is_told_how_long_to_wait(limited):
    for _ in range(3):
        assert (await limited.http.get("/api/appointments", headers=KEY)).status_code == 200
    response = await limited.http.get("/api/appointments", headers=KEY)
    assert (response.status_code, response.json()["code"]) == (429, "TOO_MANY_REQUESTS")
    assert response.headers["content-type"] == "application/problem+json"
    assert 1 <= int(response.headers["retry-after"]) <= 61
    assert await limited_so_far(limited, "administration") == 1


async def test_an_organizations_own_limit_holds_for_its_keys_too(limited):
    limited.tenancy.rate_limits[CLINIC] = 5
    statuses = [(await limited.http.get("/api/appointments", headers=KEY)).status_code for _ in range(6)]
    assert statuses == [*[200] * 5, 429]


async def test_administrators_are_never_limited(limited):
    headers = {**ADMINISTRATORS, "X-Organization-Id": CLINIC}
    statuses = {(await limited.http.get("/api/appointments", headers=headers)).status_code for _ in range(10)}
    assert statuses == {200}


async def test_what_is_counted_tells_of_no_organization(limited):
    await limited.results(tool_calls(4))
    figures = (await limited.http.get("/metrics")).text
    assert CLINIC not in figures
    assert LINE not in json.dumps(figures)
