"""What is counted, and that nothing of a tenant is in it."""

import re

import pytest

from chassis.errors import Kind, RemoteError

LINE, UNKNOWN_LINE, OTHER_CLINIC = "+12065550142", "+12065550199", "a9f3e6d2-0b7c-4a18-8e44-5c2d1b0f9e87"


async def figures(room):
    response = await room.http.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    lines = [line for line in response.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def event(line=LINE, **more):
    return {"message": {"type": "hang", "phoneNumber": {"number": line}, **more}}


CALL = {
    "toolCallList": [{"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}]
}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (event(), 'messages_total{class="event",outcome="resolved"}'),
        (event(type="tool-calls", **CALL), 'messages_total{class="tool_calls",outcome="resolved"}'),
        (event(type="assistant-request"), 'messages_total{class="request",outcome="resolved"}'),
        (event(type="end-of-call-report"), 'messages_total{class="record",outcome="resolved"}'),
        (event(UNKNOWN_LINE), 'messages_total{class="event",outcome="unknown"}'),
        (event(), 'verified_total{by="platform"}'),
        (event(assistant={"metadata": {"org_id": OTHER_CLINIC}}), "contradictions_total"),
        (event(), 'route_look_ups_total{answered_by="tenancy"}'),
    ],
)
async def test_a_message_is_counted(room, body, name):
    name = f"switchboard_gateway_{name}"
    before = await figures(room)
    await room.post(body)
    assert (await figures(room))[name] - before.get(name, 0) == 1


def tool_call(name="checkAvailability", **arguments):
    use = {"id": "call_1", "function": {"name": name, "arguments": arguments or {"date": "2027-03-09"}}}
    return event(type="tool-calls", toolCallList=[use])


@pytest.mark.parametrize(
    ("body", "labels"),
    [
        (tool_call(), 'tool="checkAvailability",ended="said"'),
        (tool_call(serviceType="Cleaning"), 'tool="checkAvailability",ended="ARGUMENTS_WRONG"'),
        (tool_call("made-up-by-a-sender"), 'tool="unknown",ended="UNKNOWN_TOOL"'),
    ],
)
async def test_a_tool_call_is_counted_by_how_it_ended(room, body, labels):
    name = f"switchboard_gateway_tool_calls_total{{{','.join(sorted(labels.split(',')))}}}"
    before = await figures(room)
    await room.post(body)
    assert (await figures(room))[name] - before.get(name, 0) == 1


async def test_a_tool_call_that_fails_is_counted_by_its_reason(room):
    async def conflict(_request):
        raise RemoteError(Kind.CONFLICT, "TOOL_CALL_CONFLICT")

    room.booking.behaviour = conflict
    name = 'switchboard_gateway_tool_calls_total{ended="TOOL_CALL_CONFLICT",tool="checkAvailability"}'
    before = await figures(room)
    await room.post(tool_call())
    assert (await figures(room))[name] - before.get(name, 0) == 1


async def test_how_long_an_answer_took_is_counted(room):
    before = await figures(room)
    await room.post(tool_call())
    name = 'switchboard_gateway_message_seconds_count{class="tool_calls"}'
    assert (await figures(room))[name] - before.get(name, 0) == 1


async def test_a_message_that_is_not_verified_leaves_a_count_and_no_other_trace(another_gateway):
    async with another_gateway() as room:  # where nothing of an earlier test's calls is still to be told
        await room.post(event(), x_vapi_secret="wrong")
        before = await figures(room)
        await room.post(event(), x_vapi_secret="wrong")
        after = await figures(room)
    # The watch of routes goes on beside it, and what the machine has to do: both change on a busy one.
    beside = ("switchboard_gateway_routes_", "switchboard_gateway_pressure")
    of_messages = {name for name in after if not name.startswith(beside)}
    assert {name for name in of_messages if after[name] != before.get(name)} == {
        "switchboard_gateway_unverified_total",
        'switchboard_gateway_route_look_ups_total{answered_by="tenancy"}',
    }


async def test_a_message_whose_sender_cannot_be_checked_is_counted(room):
    before = await figures(room)
    room.tenancy.fails = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")
    await room.post(event(), x_vapi_secret="wrong")
    name = "switchboard_gateway_unverifiable_total"
    assert (await figures(room))[name] - before.get(name, 0) == 1


async def test_remembered_routes_are_counted(room):
    before = await figures(room)
    await room.post(event())
    await room.post(event())
    after = await figures(room)
    name = 'switchboard_gateway_route_look_ups_total{answered_by="memory"}'
    assert after[name] - before.get(name, 0) == 1
    assert after["switchboard_gateway_routes"] == 1


async def test_what_is_forgotten_is_counted(room):
    before = await figures(room)
    await room.post(event())
    room.memories.changes.forget(room.tenancy.version)
    after = await figures(room)
    name = "switchboard_gateway_routes_forgotten_total"
    assert (after[name] - before[name], after["switchboard_gateway_routes"]) == (1, 0)


async def test_nothing_of_a_tenant_or_a_caller_is_in_the_metrics(room):
    await room.post(event(type="made-up-by-a-sender", call={"id": "call-1"}))
    text = (await room.http.get("/metrics")).text
    assert "made-up" not in text
    assert not re.search(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}|\\+1\\d{10}|call-1", text)


async def test_types_that_a_sender_makes_up_add_no_figures(room):
    await room.post(event(type="made.up"))
    await room.post(event(UNKNOWN_LINE, type="made.up"))
    before = set(await figures(room))
    for number in range(20):
        name = f"made.up.{chr(ord('a') + number)}"
        for line in (LINE, UNKNOWN_LINE):
            response = await room.post(event(line, type=name))
            assert (response.status_code, response.content) == (200, b"{}")
    assert set(await figures(room)) == before
