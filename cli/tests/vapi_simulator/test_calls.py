"""Calls that were played, as the account's API shows them; and their recordings."""

import io
import wave

import httpx
import pytest

from switchboard_cli.vapi_simulator.playing import Line

NUMBER, CALLER = "+12125550100", "+14155550123"


@pytest.fixture
async def deaf():
    """Somebody to whom nothing can be told."""
    async with httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503))) as client:
        yield client


@pytest.fixture
def line(deaf, vapi):
    return Line(deaf, server_url="https://gateway.test/", account=vapi)


async def test_a_call_is_listed_while_it_lasts_and_tells_all_when_it_has_ended(line, vapi):
    call = await line.start(called_number=NUMBER, caller_number=CALLER)
    assert [one["status"] for one in (await vapi.get("/call")).json()] == ["in-progress"]

    call.caller_says("It hurts.")
    await call.end(summary="A toothache.")

    (listed,) = (await vapi.get("/call")).json()
    shown = (await vapi.get(f"/call/{call.id}")).json()
    assert shown == listed
    assert (shown["id"], shown["status"], shown["endedReason"]) == (call.id, "ended", "customer-ended-call")
    assert (shown["analysis"]["summary"], shown["artifact"]["transcript"]) == ("A toothache.", "User: It hurts.\n")
    assert shown["customer"]["number"] == CALLER
    assert "durationMs" not in shown


async def test_what_changed_since_is_listed_by_that(line, vapi):
    before = await line.start(called_number=NUMBER)
    call = await line.start(called_number=NUMBER)
    since = (await vapi.get(f"/call/{call.id}")).json()["updatedAt"]

    await before.end()

    listed = (await vapi.get("/call", params={"updatedAtGt": since})).json()
    assert [one["id"] for one in listed] == [before.id]


async def test_a_lost_report_is_posted_to_nobody(line):
    call = await line.start(called_number=NUMBER)

    await call.end(is_report_lost=True)

    assert [delivery.type for delivery in call.deliveries] == ["status-update", "status-update"]


@pytest.mark.parametrize(("channel", "channels"), [("mono", 1), ("stereo", 2), ("assistant", 1), ("customer", 1)])
async def test_recordings_are_heard_by_whoever_has_the_link(line, vapi, simulator, channel, channels):
    call = await line.start(called_number=NUMBER)
    await call.end()
    told = (await vapi.get(f"/call/{call.id}")).json()["artifact"]["recording"]
    link = {"stereo": told["stereoUrl"], "mono": told["mono"]["combinedUrl"]}.get(channel) or told["mono"][
        f"{channel}Url"
    ]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(simulator.app)) as anybody:
        heard = await anybody.get(link)

    assert heard.headers["content-type"] == "audio/wav"
    with wave.open(io.BytesIO(heard.content)) as sound:
        assert sound.getnchannels() == channels


async def test_vapi_signs_a_link_for_whoever_has_the_key(line, vapi):
    call = await line.start(called_number=NUMBER)
    await call.end()

    signed = await vapi.get(f"/call/{call.id}/mono-recording")

    assert signed.status_code == 302
    assert signed.headers["location"].endswith(f"/recordings/{call.id}/mono.wav?signed=1")


async def test_a_call_that_goes_on_has_no_recording(line, vapi):
    call = await line.start(called_number=NUMBER)

    assert "artifact" not in (await vapi.get(f"/call/{call.id}")).json()
    assert (await vapi.get(f"/call/{call.id}/mono-recording")).status_code == 404
