"""Where a call was recorded is asked of Vapi, for whoever's call it is."""

from typing import Any
from uuid import uuid4

import pytest

from assistant_sync.domain.calls.find_recording import FindRecording
from assistant_sync.domain.errors import RecordingNotFound, TenancyUnreachable, VapiKeyRefused, VapiUnreachable
from assistant_sync.vapi.account import VapiAccount
from assistant_sync.vapi.calls import AccountLines
from chassis.tenant import TenantId


@pytest.fixture
def find(vapi_account: VapiAccount, owners: Any) -> FindRecording:
    return FindRecording(vapi_account.calls, AccountLines(vapi_account.phone_numbers), owners)


@pytest.mark.parametrize("channel", ["mono", "stereo", "assistant", "customer"])
async def test_a_signed_link_comes_first_and_then_what_the_call_tells(
    find: FindRecording, account: Any, tenant: TenantId, channel: str
) -> None:
    call = account.has_call()

    signed, told = await find(tenant, call, channel)

    assert signed.endswith(f"/recordings/{call}/{channel}.wav?signed=1")
    assert told.endswith(f"/recordings/{call}/{channel}.wav")


async def test_what_the_call_tells_as_signed_is_not_signed_again(
    find: FindRecording, account: Any, tenant: TenantId, vapi: Any
) -> None:
    artifact = {"presignedMonoUrl": "https://storage.example/signed", "recordingUrl": "https://storage.example/1"}
    call = account.has_call(artifact=artifact)

    links = await find(tenant, call, "mono")

    assert links[:1] == ["https://storage.example/signed"]
    assert not any(path.endswith("-recording") for _, path, _ in vapi.sent)


async def test_what_is_told_holds_where_vapi_signs_nothing(
    find: FindRecording, account: Any, tenant: TenantId, vapi: Any
) -> None:
    call = account.has_call()
    vapi.fail("GET", "/call/{id}/{channel}-recording", 500, times=9)

    (told,) = await find(tenant, call, "mono")

    assert told.endswith(".wav")


async def test_another_organizations_call_has_no_recording(find: FindRecording, account: Any) -> None:
    with pytest.raises(RecordingNotFound):
        await find(TenantId(uuid4()), account.has_call(), "mono")


async def test_nobodys_call_has_none_to_hear(find: FindRecording, account: Any, tenant: TenantId) -> None:
    with pytest.raises(RecordingNotFound):
        await find(tenant, account.has_call(phoneNumberId=str(uuid4())), "mono")


@pytest.mark.parametrize("channel", ["", "video", "../mono"])
async def test_there_is_no_such_channel(find: FindRecording, account: Any, tenant: TenantId, channel: str) -> None:
    with pytest.raises(RecordingNotFound):
        await find(tenant, account.has_call(), channel)


async def test_a_call_that_vapi_has_no_more_has_none(find: FindRecording, tenant: TenantId) -> None:
    with pytest.raises(RecordingNotFound):
        await find(tenant, str(uuid4()), "mono")


async def test_a_call_that_goes_on_has_none_yet(find: FindRecording, account: Any, tenant: TenantId) -> None:
    with pytest.raises(RecordingNotFound):
        await find(tenant, account.has_call(ended_ago=None), "mono")


@pytest.mark.parametrize(("status", "state"), [(500, VapiUnreachable), (401, VapiKeyRefused)])
async def test_vapi_is_away(
    find: FindRecording, account: Any, tenant: TenantId, vapi: Any, status: int, state: type[Exception]
) -> None:
    call = account.has_call()
    vapi.fail("GET", "/call/{id}", status, times=9)

    with pytest.raises(state):
        await find(tenant, call, "mono")


async def test_tenancy_is_away(find: FindRecording, account: Any, tenant: TenantId, owners: Any) -> None:
    call = account.has_call()
    owners.is_away = True

    with pytest.raises(TenancyUnreachable):
        await find(tenant, call, "mono")
