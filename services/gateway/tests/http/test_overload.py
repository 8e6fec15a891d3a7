"""Where there is too much to do, events are left undone first; what remains is turned away quickly, and in words."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from gateway.sender import admission
from gateway.speech import CALLER_HEARS_UNAVAILABLE
from services.gateway.tests.conftest import PATIENCE
from services.gateway.tests.http.test_senders import CLINIC, OWN, credential
from switchboard.tools.v1.tools_pb2 import ToolReply

LINE = "+12065550142"


def message(kind, **more):
    return {"message": {"type": kind, "phoneNumber": {"number": LINE}, "call": {"id": "call-1"}, **more}}


CALL = {"id": "call_1", "function": {"name": "checkAvailability", "arguments": {"date": "2027-03-09"}}}
TOOL_CALL = message("tool-calls", toolCallList=[CALL])
REPORT = message("end-of-call-report", endedReason="customer-ended-call")


@pytest.fixture
async def small(another_gateway):
    """A gateway that answers four at once."""
    async with another_gateway(most_messages_in_flight=4) as room:
        yield room


@asynccontextmanager
async def calls_in_flight(room, count):
    """That many tool calls wait for booking while the block lasts."""
    asked, answered = asyncio.Queue(), asyncio.Event()

    async def wait(_request):
        asked.put_nowait(None)
        await answered.wait()
        return ToolReply(say="There you are.")

    room.booking.behaviour = wait
    posted = [asyncio.create_task(room.results(TOOL_CALL)) for _ in range(count)]
    async with asyncio.timeout(PATIENCE):
        for _ in posted:
            await asked.get()
    try:
        yield posted
    finally:
        answered.set()
        await asyncio.gather(*posted)


async def shed(room):
    """How many, by class; what is 0 is left out."""
    name = "switchboard_gateway_shed_total{class="
    told = [line for line in (await room.http.get("/metrics")).text.splitlines() if line.startswith(name)]
    counted = (line.removeprefix(name).split("} ") for line in told)
    return {kind.strip('"'): float(times) for kind, times in counted if float(times)}


async def test_with_little_to_do_nothing_is_shed(small):
    async with calls_in_flight(small, 0):
        for kind in ("transcript", "speech-update", "conversation-update"):
            await small.post(message(kind))
    assert await shed(small) == {}


async def test_what_is_being_said_is_shed_first(small):
    async with calls_in_flight(small, 1):
        for kind in ("transcript", 'transcript[transcriptType="final"]', "speech-update", "conversation-update"):
            response = await small.post(message(kind))
            assert (response.status_code, response.content) == (200, b"{}")
    assert await shed(small) == {"speech": 3}


async def test_then_all_that_may_be_lost(small):
    async with calls_in_flight(small, 2):
        for body in (message("conversation-update"), message("hang"), message("status-update", status="in-progress")):
            response = await small.post(body)
            assert (response.status_code, response.content) == (200, b"{}")
        assert (await small.post(message("status-update", status="ended"))).status_code == 200
        assert (await small.post(REPORT)).status_code == 200
    assert [heard.request.status for heard in small.booking.recorded] == ["ended", "ended"]
    assert (await shed(small))["event"] >= 2


async def test_tool_calls_and_requests_are_carried_out_as_long_as_there_is_room(small):
    async with calls_in_flight(small, 3) as posted:
        assert (await small.post(message("knowledge-base-request"))).status_code == 200
    for entries in await asyncio.gather(*posted):
        assert entries[0]["result"] == "There you are."


async def test_beyond_the_cap_a_report_is_to_be_sent_again(small):
    async with calls_in_flight(small, 4):
        response = await small.post(REPORT)
    assert (response.status_code, response.json()["code"], response.headers["retry-after"]) == (503, "OVERLOADED", "1")
    assert (await shed(small)) == {"record": 1}
    assert (await small.post(REPORT)).status_code == 200


async def test_beyond_the_cap_a_tool_call_is_answered_in_words(small):
    async with calls_in_flight(small, 4):
        [entry] = await small.results(TOOL_CALL)
    assert "cannot reach" in entry["error"]
    assert (await shed(small)) == {"tool_calls": 1}


@pytest.mark.parametrize("secret", ["wrong", OWN])
async def test_beyond_the_cap_who_rings_hears_an_apology_and_nothing_of_any_clinic(small, secret):
    small.tenancy.verifiers = {CLINIC: [credential(OWN)]}
    async with calls_in_flight(small, 4):
        response = await small.post(message("assistant-request"), x_vapi_secret=secret)
    assert (response.status_code, response.json()) == (200, {"error": CALLER_HEARS_UNAVAILABLE})
    assert (await shed(small)) == {"request": 1}


async def test_beyond_the_cap_nobody_is_told_apart(small):
    async with calls_in_flight(small, 4):
        told = {(await small.post(REPORT, x_vapi_secret=secret)).status_code for secret in ("wrong", "")}
        unreadable = await small.post(b"no json")
    assert told | {unreadable.status_code} == {503}


async def test_what_was_turned_away_leaves_room_for_what_comes_next(small):
    async with calls_in_flight(small, 4):
        await asyncio.gather(*(small.post(REPORT) for _ in range(20)))
    small.booking.behaviour = _says
    [entry] = await small.results(TOOL_CALL)
    assert entry["result"] == "There you are."


async def _says(_request):
    return ToolReply(say="There you are.")


class TestUnproven:
    """Whoever has proved nothing can have tenancy asked little at once, and keeps nobody from it who has."""

    @pytest.fixture
    async def room(self, another_gateway, monkeypatch):
        monkeypatch.setattr(admission, "UNPROVEN_AT_ONCE", 2)
        monkeypatch.setattr(admission, "UNPROVEN_WAITING", 1)
        async with another_gateway() as room:
            yield room

    @asynccontextmanager
    async def flood(self, room):
        """Tenancy does not answer about anybody, and many ask for somebody."""
        room.tenancy.answers.clear()
        unknown = {"type": "hang", "phoneNumber": {"number": "+12065550999"}}
        posted = [asyncio.create_task(room.post({"message": unknown}, x_vapi_secret="wrong")) for _ in range(30)]
        async with asyncio.timeout(PATIENCE):
            done, waiting = set(), posted
            while len(done) < len(posted) - 3:
                finished, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                done |= finished
        try:
            yield [task.result() for task in done]
        finally:
            room.tenancy.answers.set()
            await asyncio.wait(posted)

    async def test_tenancy_is_asked_for_few_of_them_at_once(self, room):
        async with self.flood(room) as turned_away, asyncio.timeout(PATIENCE):
            while len(room.tenancy.asked) < 2:
                await asyncio.sleep(0.01)
            assert len(room.tenancy.asked) == 2  # one more waits, and all others are turned away
        assert {response.status_code for response in turned_away} == {503}
        assert {response.json()["code"] for response in turned_away} == {"SENDER_NOT_CHECKED"}

    async def test_a_sender_who_is_remembered_needs_no_turn(self, room):
        room.tenancy.verifiers = {CLINIC: [credential(OWN)]}
        await room.post(TOOL_CALL, x_vapi_secret=OWN)
        async with self.flood(room):
            await room.until_watched(gateways=2)  # what is remembered is known to be true
            response = await room.post(TOOL_CALL, x_vapi_secret=OWN)
        assert response.json()["results"][0]["result"] == "CheckAvailabilityRequest was heard."
