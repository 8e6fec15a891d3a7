"""Of which calls the report is here, and where they were recorded."""

from typing import Any

import pytest

from switchboard.booking.v1.call_service_pb2 import FindUnreportedCallsRequest, GetRecordingRequest
from switchboard.booking.v1.call_service_pb2_grpc import CallServiceStub

NUMBER = "+14155550123"
MONO = "https://storage.example.org/1.wav"


async def unreported(desk: Any, *vapi_call_ids: str) -> list[str]:
    request = FindUnreportedCallsRequest(vapi_call_ids=vapi_call_ids)
    return list((await desk.ask(CallServiceStub, "FindUnreportedCalls", request)).vapi_call_ids)


async def recording(desk: Any, call_id: str, channel: str = "mono") -> Any:
    return await desk.ask(CallServiceStub, "GetRecording", GetRecordingRequest(id=call_id, channel=channel))


async def test_a_call_is_unreported_until_its_report_is_recorded(desk: Any) -> None:
    await desk.record_call("call-1", status="ended")
    assert await unreported(desk, "call-2", "call-1") == ["call-2", "call-1"]

    await desk.record_call("call-1", is_report=True)
    await desk.record_call("call-1", status="ended")

    assert await unreported(desk, "call-2", "call-1") == ["call-2"]


async def test_another_organizations_report_is_not_ones_own(desk: Any, open_clinic: Any) -> None:
    await (await open_clinic()).record_call("call-1", is_report=True)

    assert await unreported(desk, "call-1") == ["call-1"]


async def test_the_report_of_an_erased_caller_is_not_fetched_again(desk: Any) -> None:
    person = await desk.contact("Ana Exempla", NUMBER)
    await desk.record_call("call-1", caller_number=NUMBER, is_report=True)

    await desk.erase(person.id)

    assert await unreported(desk, "call-1") == []


async def test_where_a_call_was_recorded_is_told_by_what_is_heard_in_it(desk: Any) -> None:
    call = await desk.record_call("call-1", recording_urls={"mono": MONO})

    mono, stereo = await recording(desk, call.id), await recording(desk, call.id, "stereo")

    assert (mono.vapi_call_id, mono.url) == ("call-1", MONO)
    assert (stereo.vapi_call_id, stereo.url) == ("call-1", "")


async def test_an_erased_callers_call_has_no_recording(desk: Any, refused: Any) -> None:
    person = await desk.contact("Ana Exempla", NUMBER)
    call = await desk.record_call("call-1", caller_number=NUMBER, recording_urls={"mono": MONO})
    await desk.erase(person.id)

    state = await refused(recording(desk, call.id))

    assert state.reason == "RECORDING_NOT_FOUND"


@pytest.mark.parametrize("call_id", ["", "seven", "6f7e6735-ca62-42d6-af42-05665772bb2e"])
async def test_a_call_that_is_not_there_has_none_to_find(desk: Any, refused: Any, call_id: str) -> None:
    assert (await refused(recording(desk, call_id))).reason == "CALL_NOT_FOUND"


async def test_another_organizations_call_is_not_there(desk: Any, open_clinic: Any, refused: Any) -> None:
    theirs = await (await open_clinic()).record_call("call-1", recording_urls={"mono": MONO})

    assert (await refused(recording(desk, theirs.id))).reason == "CALL_NOT_FOUND"
