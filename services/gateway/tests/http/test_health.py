"""Alive, and able to answer callers."""

import asyncio
import re

from gateway.lifecycle import Phase
from services.gateway.tests.conftest import SECRET


async def test_a_running_gateway_is_alive(room):
    response = await room.http.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})


async def test_readiness_lists_each_backend_and_a_missing_one_does_not_end_it(booking_is_dead):
    message = {"message": {"type": "hang", "phoneNumber": {"number": "+12065550142"}}}
    await booking_is_dead.post("/api/vapi/webhook", json=message, headers={"X-Vapi-Secret": SECRET})
    response = await booking_is_dead.get("/ready")
    assert response.status_code == 200
    assert response.json()["backends"] == {
        "tenancy": {"connected": True},
        "booking": {"connected": False},
        "assistant_sync": {"connected": False},
    }


async def test_readiness_shows_the_last_event_but_not_whose_it_was(room):
    """Anybody may ask."""
    await room.post(
        {"message": {"type": 'transcript[transcriptType="final"]', "phoneNumber": {"number": "+12065550142"}}}
    )
    response = await room.http.get("/ready")
    event = response.json()["last_event"]
    assert set(event) == {"type", "at"}
    assert event["type"] == "transcript"
    assert event["at"].endswith("Z")
    assert not re.search(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", response.text, re.IGNORECASE)


async def test_a_message_that_is_not_vapis_is_no_event(room):
    before = (await room.http.get("/ready")).json()["last_event"]
    await room.post({"message": {"type": "hang"}}, x_vapi_secret="wrong")
    assert (await room.http.get("/ready")).json()["last_event"] == before


async def test_before_any_event_there_is_none(alone):
    assert (await alone.get("/ready")).json()["last_event"] is None


async def test_a_gateway_without_services_is_ready_to_apologize(alone):
    response = await alone.get("/ready")
    assert response.status_code == 200
    assert not any(backend["connected"] for backend in response.json()["backends"].values())


async def test_a_stopping_gateway_is_not_ready(room):
    room.lifecycle.phase = Phase.STOPPING
    try:
        response = await room.http.get("/ready")
    finally:
        room.lifecycle.phase = Phase.READY
    assert (response.status_code, response.json()["status"]) == (503, "stopping")


async def test_readiness_shows_whether_changes_of_routes_are_heard_of(another_gateway):
    async with another_gateway() as room:
        assert (await room.http.get("/ready")).json()["routes_watched"] is False
        while not room.memories.is_watched:  # a heartbeat tells nobody that it came
            room.tenancy.beat()
            await asyncio.sleep(0.01)
        assert (await room.http.get("/ready")).json()["routes_watched"] is True
