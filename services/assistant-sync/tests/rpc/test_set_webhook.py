"""One assistant is pointed elsewhere, and nothing else of it changes."""

import pytest

from chassis.errors import Kind, RemoteError
from switchboard.assistants.v1 import agent_service_pb2 as pb

OURS = "https://switchboard.example/api/vapi/webhook"
OTHER = "https://elsewhere.example/hook/"
ONE = "/assistant/{id}"


async def test_only_the_url_changes_and_it_is_the_agents_from_then_on(service, vapi):
    agent = await service.save(name="Reception", prompt="Be kind")
    assert agent.webhook_url == OURS
    (before,) = vapi.assistants()

    assert await service.point(agent.vapi_assistant_id, OTHER) == OTHER

    (after,) = vapi.assistants()
    assert after == {**before, "server": {**before["server"], "url": OTHER}, "updatedAt": after["updatedAt"]}
    assert [set(body) for body in vapi.bodies("PATCH")] == [{"server"}]
    assert (await service.get()).webhook_url == OTHER


async def test_a_later_save_and_a_later_look_leave_an_agents_own_url_alone(service, vapi):
    agent = await service.save(name="Reception")
    await service.point(agent.vapi_assistant_id, OTHER)
    await service.save(name="Front desk")
    await service.catch_up()
    assert vapi.assistants()[0]["server"]["url"] == OTHER


async def test_an_empty_url_is_where_this_deployments_assistants_are_pointed(service, vapi):
    agent = await service.save(name="Reception")
    await service.point(agent.vapi_assistant_id, OTHER)
    assert await service.point(agent.vapi_assistant_id) == OURS
    assert vapi.assistants()[0]["server"]["url"] == OURS
    assert (await service.get()).webhook_url == OURS


async def test_an_assistant_that_posts_there_already_is_not_written_to(service, vapi):
    agent = await service.save(name="Reception")
    assert await service.point(agent.vapi_assistant_id, OURS) == OURS
    assert vapi.bodies("PATCH") == []


async def test_what_somebody_set_in_vapi_stays_also_where_we_would_repair_it(service, vapi):
    agent = await service.save(name="Reception")
    vapi.edit(agent.vapi_assistant_id, server={"url": "https://old.example", "timeoutSeconds": 7}, name="Renamed")
    await service.point(agent.vapi_assistant_id, OTHER)
    (assistant,) = vapi.assistants()
    assert (assistant["server"], assistant["name"]) == ({"url": OTHER, "timeoutSeconds": 7}, "Renamed")


@pytest.mark.parametrize("url", ["http://elsewhere.example", "ftp://localhost", "elsewhere", "https://", "https://a b"])
async def test_a_url_where_callers_words_would_travel_in_the_clear_is_refused(service, vapi, url):
    agent = await service.save(name="Reception")
    with pytest.raises(RemoteError) as refused:
        await service.point(agent.vapi_assistant_id, url)
    assert (refused.value.kind, refused.value.reason) == (Kind.INVALID, "INVALID_WEBHOOK_URL")
    assert vapi.assistants()[0]["server"]["url"] == OURS


async def test_a_loopback_url_is_for_development(service, vapi):
    agent = await service.save(name="Reception")
    await service.point(agent.vapi_assistant_id, "http://127.0.0.1:8000/api/vapi/webhook")
    assert vapi.assistants()[0]["server"]["url"] == "http://127.0.0.1:8000/api/vapi/webhook"


async def test_an_assistant_of_another_organization_is_nobodys(service, stranger, vapi):
    agent = await service.save(name="Reception")
    with pytest.raises(RemoteError) as missing:
        await stranger.point(agent.vapi_assistant_id, OTHER)
    assert (missing.value.kind, missing.value.reason) == (Kind.NOT_FOUND, "ASSISTANT_NOT_FOUND")
    assert vapi.assistants()[0]["server"]["url"] == OURS


async def test_an_assistant_deleted_in_vapi_is_told_of(service, vapi):
    agent = await service.save(name="Reception")
    vapi.simulator.store.delete("assistant", agent.vapi_assistant_id)
    with pytest.raises(RemoteError) as missing:
        await service.point(agent.vapi_assistant_id, OTHER)
    assert (missing.value.kind, missing.value.reason) == (Kind.NOT_FOUND, "ASSISTANT_MISSING")
    await service.use_cases.reconciler.until_idle()
    assert (await service.get()).pending_reason == pb.Agent.ASSISTANT_MISSING


@pytest.mark.parametrize(("status", "reason"), [(503, "VAPI_AWAY"), (429, "VAPI_AWAY"), (401, "VAPI_UNAUTHORISED")])
async def test_a_url_that_vapi_was_not_told_follows_by_itself(service, vapi, a_minute_later, status, reason):
    agent = await service.save(name="Reception")
    vapi.fail("PATCH", ONE, status, times=100)
    with pytest.raises(RemoteError) as unavailable:
        await service.point(agent.vapi_assistant_id, OTHER)
    assert (unavailable.value.kind, unavailable.value.reason) == (Kind.UNAVAILABLE, reason)
    shown = await service.get()
    assert (shown.webhook_url, shown.sync_state) == (OTHER, pb.Agent.PENDING)

    vapi.recover()
    await a_minute_later()
    await service.catch_up()
    assert vapi.assistants()[0]["server"]["url"] == OTHER
    assert (await service.get()).sync_state == pb.Agent.SYNCED
