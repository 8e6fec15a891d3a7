"""What is told of a call is recorded in booking: before it is acknowledged, or as soon as can be."""

import asyncio
import json

import pytest

from chassis.errors import Kind, RemoteError
from gateway.answer.records import recording
from services.gateway.tests.conftest import PATIENCE

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
SUSPENDED_CLINIC = "c4d5e6f7-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
LINE, SUSPENDED_LINE = "+12065550142", "+12065550144"
FAULTS = [RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE"), ValueError("a mistake of ours")]


def message(message_type, line=LINE, call="call-1", **more):
    return {"message": {"type": message_type, "phoneNumber": {"number": line}, "call": {"id": call}, **more}}


REPORT = message("end-of-call-report", endedReason="customer-ended-call", cost=0.25)
ENDED = message("status-update", status="ended")
UNDER_WAY = message("status-update", status="in-progress")


def named(body):
    return body["message"].get("status") or body["message"]["type"]


def told(room):
    return [(heard.tenant, heard.request.vapi_call_id, heard.request.status) for heard in room.booking.recorded]


async def figure(room, name):
    exposition = (await room.http.get("/metrics")).text
    lines = (line.rpartition(" ") for line in exposition.splitlines())
    return next((float(value) for metric, _, value in lines if metric == f"switchboard_gateway_{name}"), 0.0)


async def all_told(room, count):
    """Until booking was told so often."""
    async with asyncio.timeout(PATIENCE):
        return [await room.booking.told.get() for _ in range(count)]


@pytest.mark.parametrize("body", [REPORT, ENDED], ids=named)
async def test_what_must_not_be_lost_is_recorded_when_it_is_acknowledged(room, body):
    response = await room.post(body)
    assert (response.status_code, response.content) == (200, b"{}")
    assert told(room) == [(CLINIC, "call-1", "ended")]


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
@pytest.mark.parametrize("body", [REPORT, ENDED], ids=named)
async def test_what_must_not_be_lost_and_would_be_is_to_be_sent_again(room, body, fault):
    room.booking.fails = fault
    before = await figure(room, "sent_back_total")
    response = await room.post(body)
    assert (response.status_code, response.json()["code"]) == (503, "MESSAGE_NOT_RECORDED")
    assert await figure(room, "sent_back_total") == before + 1
    assert response.headers["retry-after"] == "5"
    assert "mistake" not in response.text
    room.booking.fails = None
    assert (await room.post(body)).status_code == 200
    assert told(room) == [(CLINIC, "call-1", "ended")]


async def test_a_report_is_not_acknowledged_while_booking_hangs(room, monkeypatch):
    monkeypatch.setattr(recording, "_SECONDS", 0.2)
    room.booking.records.clear()
    assert (await room.post(REPORT)).status_code == 503


async def test_a_report_is_to_be_sent_again_while_booking_is_away(booking_is_dead):
    content, headers = json.dumps(REPORT), {"x-vapi-secret": "the secret of this deployment"}
    assert (await booking_is_dead.post("/api/vapi/webhook", content=content, headers=headers)).status_code == 503


async def test_another_status_is_recorded_after_it_was_acknowledged(room):
    room.booking.records.clear()
    assert (await room.post(UNDER_WAY)).status_code == 200
    before = told(room)
    room.booking.records.set()
    [request] = await all_told(room, 1)
    assert (before, request.vapi_call_id, request.status) == ([], "call-1", "in-progress")


async def test_another_status_that_is_lost_is_counted(room):
    name = 'not_recorded_total{why="booking_away"}'
    before = await figure(room, name)
    room.booking.fails = ValueError("a mistake of ours")
    assert (await room.post(UNDER_WAY)).status_code == 200
    await all_told(room, 1)
    async with asyncio.timeout(PATIENCE):
        while await figure(room, name) == before:
            await asyncio.sleep(0.01)


async def test_those_that_wait_are_told_at_the_same_time(room):
    first = room.booking.records
    first.clear()
    await room.post(UNDER_WAY)
    await all_told(room, 1)
    room.booking.records = asyncio.Event()
    for number in range(recording.BATCH):
        await room.post(message("status-update", status="ringing", call=f"call-{number}"))
    first.set()
    assert len(await all_told(room, recording.BATCH)) == recording.BATCH
    assert told(room) == [(CLINIC, "call-1", "in-progress")]
    room.booking.records.set()
    async with asyncio.timeout(PATIENCE):
        while len(told(room)) <= recording.BATCH:  # or the next test would find them
            await asyncio.sleep(0.01)


async def test_no_more_wait_than_may(another_gateway, monkeypatch):
    monkeypatch.setattr(recording, "MOST_WAITING", 1500)
    name = 'not_recorded_total{why="too_many"}'
    async with another_gateway() as room:
        room.booking.records.clear()
        large = message("status-update", status="forwarding", transcript=1000 * "x")
        for _ in range(4):
            assert (await room.post(large)).status_code == 200
        assert await figure(room, name) == 2
        room.booking.records.set()
        await all_told(room, 2)
        async with asyncio.timeout(PATIENCE):
            while len(told(room)) < 2:
                await asyncio.sleep(0.01)
        await room.post(large)
        assert await figure(room, name) == 2


async def test_what_waits_is_told_before_the_gateway_ends(another_gateway):
    async with another_gateway() as room:
        room.booking.records.clear()
        await room.post(UNDER_WAY)
        await all_told(room, 1)
        assert told(room) == []
        room.booking.records = asyncio.Event()
        room.booking.records.set()
    assert told(room) == [(CLINIC, "call-1", "in-progress")]


async def test_a_gateway_ends_though_booking_hangs(another_gateway, monkeypatch):
    monkeypatch.setattr(recording, "DRAIN_SECONDS", 0.05)
    async with asyncio.timeout(PATIENCE), another_gateway() as room:
        room.booking.records.clear()
        await room.post(UNDER_WAY)
        await all_told(room, 1)


async def test_a_status_of_no_call_is_acknowledged_and_counted(room):
    name = 'not_recorded_total{why="of_no_call"}'
    before = await figure(room, name)
    response = await room.post(
        {"message": {"type": "status-update", "status": "ended", "phoneNumber": {"number": LINE}}}
    )
    assert (response.status_code, told(room)) == (200, [])
    assert await figure(room, name) == before + 1


async def test_a_report_without_its_call_is_recorded_all_the_same(room):
    body = {"message": {"type": "end-of-call-report", "phoneNumber": {"number": LINE}, "endedReason": "pipeline-error"}}
    assert (await room.post(body)).status_code == 200
    [(tenant, call_id, status)] = told(room)
    assert (tenant, call_id[:5], status) == (CLINIC, "made_", "ended")


@pytest.mark.parametrize("value", [b'"\xff"', b"1e400", b"1" * 5_000])
async def test_a_report_that_no_other_try_makes_readable_is_not_asked_for_again(room, value):
    body = b'{"message": {"type": "end-of-call-report", "phoneNumber": {"number": "%s"}, "endedReason": %s}}'
    response = await room.post(body % (LINE.encode(), value))
    assert (response.status_code, response.json()["code"], told(room)) == (400, "NOT_A_MESSAGE", [])


async def test_a_call_of_a_suspended_organization_is_recorded(room):
    await room.post(message("end-of-call-report", SUSPENDED_LINE))
    assert told(room) == [(SUSPENDED_CLINIC, "call-1", "ended")]


@pytest.mark.parametrize("kind", ["assistant-request", "conversation-update", "transcript", "hang"])
async def test_what_is_of_the_moment_is_not_recorded(room, kind):
    await room.post(message(kind, status="ended"))
    assert told(room) == []


async def test_nothing_of_a_report_is_logged(room, capfd):
    words = {"summary": "SUMMARY", "transcript": "SAID", "endedReason": "REASON", "recordingUrl": "https://PLACE/1.wav"}
    room.booking.fails = ValueError("a mistake of ours")
    await room.post(message("end-of-call-report", **words, customer={"number": "+12065550177"}))
    room.booking.fails = None
    await room.post(message("end-of-call-report", **words, customer={"number": "+12065550177"}))
    logged = "".join(capfd.readouterr())
    assert "recorded" in logged
    assert not [word for word in ("SUMMARY", "SAID", "REASON", "PLACE", "2065550177") if word in logged]
