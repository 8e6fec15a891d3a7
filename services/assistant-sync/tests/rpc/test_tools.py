"""The catalogue is published once, and every assistant of ours has its tools, beside the clinic's own."""

import asyncio
from copy import deepcopy
from datetime import timedelta

import pytest

from assistant_sync.domain.tools.retire_tools import DETACHED_WITHIN
from chassis.errors import RemoteError
from chassis.tools import load_catalogue
from switchboard.assistants.v1.agent_service_pb2 import OUTBOUND, Agent

CATALOGUE = sorted(load_catalogue())


@pytest.fixture
def there(vapi):
    """The tools of the account, as Vapi has them."""
    return lambda: vapi.simulator.store.list("tool", lambda _: True, 1000)


def names(tools):
    return sorted(tool["function"]["name"] for tool in tools)


def attached(assistant):
    return assistant["model"]["toolIds"]


async def test_publishing_answers_the_tools_as_vapi_has_them(service, vapi, there):
    published = await service.publish()

    assert sorted(published) == CATALOGUE == names(there())
    assert {tool.vapi_tool_id: tool.url for tool in published.values()} == {
        tool["id"]: f"https://switchboard.example/api/vapi/tools/{tool['function']['name']}" for tool in there()
    }
    assert {tool.sync_state for tool in published.values()} == {Agent.SYNCED}
    assert all(tool.HasField("synced_at") for tool in published.values())
    assert await service.published() == published
    assert vapi.complaints == []


async def test_a_published_tool_takes_what_the_gateway_takes(service, there):
    await service.publish()

    for tool in there():
        ours = load_catalogue()[tool["function"]["name"]]
        assert tool["function"]["description"] == ours.description
        assert tool["function"]["parameters"] == ours.json_schema


async def test_before_the_first_publishing_there_are_none(service):
    assert await service.published() == {}


async def test_two_processes_that_publish_at_once_make_one_set(instance, there):
    async with instance() as one, instance() as other:
        await asyncio.gather(one.publish(), other.publish())

    assert names(there()) == CATALOGUE


@pytest.mark.parametrize("cut_off_at", range(1, len(CATALOGUE) + 3))
async def test_whoever_takes_over_from_a_process_that_was_cut_off_makes_no_second_set(
    instance, vapi, there, clock, cut_off_at
):
    """At each request; what was sent is carried out."""
    async with instance() as one:
        reached = vapi.hang_after(cut_off_at)
        publishing = asyncio.create_task(one.use_cases.publish_tools())
        await reached.wait()
        publishing.cancel()
        await asyncio.gather(publishing, return_exceptions=True)
    async with instance() as other:
        await other.publish()
        clock.move(timedelta(seconds=31))
        published = await other.publish()

    assert names(there()) == CATALOGUE
    assert {tool.sync_state for tool in published.values()} == {Agent.SYNCED}


async def test_vapi_being_away_is_told_and_the_rest_follows_by_itself(service, vapi, clock):
    """However often the caller asks: the RPC is repeated by itself."""
    vapi.fail("POST", "/tool", 500, times=20)

    with pytest.raises(RemoteError) as caught:
        await service.publish()

    assert caught.value.reason == "VAPI_AWAY"
    pending = {tool.pending_reason for tool in (await service.published()).values()}
    assert pending == {Agent.VAPI_AWAY, Agent.CREATE_UNCONFIRMED}
    vapi.recover()
    clock.move(timedelta(seconds=31))
    await service.catch_up()
    assert {tool.sync_state for tool in (await service.published()).values()} == {Agent.SYNCED}


async def test_a_key_that_is_not_accepted_is_told(service, vapi):
    vapi.fail("GET", "/tool", 401)

    with pytest.raises(RemoteError) as caught:
        await service.publish()

    assert caught.value.reason == "VAPI_UNAUTHORISED"


async def test_an_assistant_is_created_with_the_tools(service, vapi, there):
    await service.publish()

    await service.save(name="Reception", prompt="Be kind")

    [assistant] = vapi.assistants()
    assert set(attached(assistant)) == {tool["id"] for tool in there()}
    assert vapi.bodies("PATCH") == []


async def test_assistants_that_were_there_before_get_the_tools_beside_the_clinics_own(service, vapi, there):
    await service.save(name="Reception", model={"provider": "openai", "model": "gpt-4o", "toolIds": ["theirs"]})
    await service.save(type=OUTBOUND, name="Caller")

    await service.publish()
    await service.catch_up()

    ours = {tool["id"] for tool in there()}
    assert [set(attached(assistant)) for assistant in reversed(vapi.assistants())] == [{"theirs", *ours}, ours]
    assert vapi.complaints == []


async def test_a_tool_that_somebody_took_off_an_assistant_is_put_back_and_their_own_stays(service, vapi, there):
    await service.publish()
    agent = await service.save(name="Reception", prompt="Be kind")
    [assistant] = vapi.assistants()
    vapi.edit(agent.vapi_assistant_id, model={**assistant["model"], "toolIds": ["theirs", *attached(assistant)[1:]]})

    await service.catch_up()

    [assistant] = vapi.assistants()
    assert set(attached(assistant)) == {"theirs", *(tool["id"] for tool in there())}
    assert assistant["model"]["messages"][0]["content"] == "Be kind"


async def test_a_tool_that_was_replaced_is_taken_off_before_it_is_deleted(service, vapi, there, clock):
    """An older one of ours turns up: it is kept, and the one that assistants have by now is given up."""
    await service.publish()
    await service.save(name="Reception")
    store = vapi.simulator.store
    replaced = there()[0]
    twin = store.create("tool", {name: deepcopy(replaced[name]) for name in ("type", "async", "function", "server")})
    store.patch("tool", replaced["id"], {})
    twin["createdAt"] = "2000-01-01T00:00:00.000Z"

    await service.publish()
    during = {tool["id"] for tool in there()}
    await service.catch_up()
    clock.move(DETACHED_WITHIN)
    await service.publish()

    [assistant] = vapi.assistants()
    assert replaced["id"] in during
    assert set(attached(assistant)) == {tool["id"] for tool in there()}
    assert replaced["id"] not in attached(assistant)
    assert names(there()) == CATALOGUE


async def test_every_tool_that_an_assistant_has_exists_at_every_moment(service, vapi, there, clock):
    """A call fails by the id of a tool that is missing."""
    await service.publish()
    await service.save(name="Reception")
    vapi.simulator.store.delete("tool", there()[0]["id"])

    await service.publish()
    await service.catch_up()

    [assistant] = vapi.assistants()
    assert set(attached(assistant)) == {tool["id"] for tool in there()}


async def test_a_second_run_with_nothing_to_do_writes_nothing(service, vapi):
    await service.publish()
    await service.save(name="Reception", prompt="Be kind")
    await service.catch_up()
    vapi.sent.clear()

    await service.catch_up()

    assert {method for method, _, _ in vapi.sent} == {"GET"}


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://localhost:8000/api/vapi/tools/crm", "LOOPBACK"),
        ("http://crm.example/hook", "NOT_HTTPS"),
        ("https://crm.example/hook", "FOREIGN"),
        ("https://switchboard.example/api/vapi/tools", None),
    ],
)
async def test_a_tool_that_posts_elsewhere_is_warned_of_by_name(service, vapi, url, fault):
    tool = vapi.simulator.store.create(
        "tool", {"type": "function", "function": {"name": "crm"}, "server": {"url": url}}
    )
    other = {"type": "function", "function": {"name": "nobodys"}, "server": {"url": "https://else.example"}}
    vapi.simulator.store.create("tool", other)
    await service.publish()
    await service.save(name="Reception", model={"provider": "openai", "model": "gpt-4o", "toolIds": [tool["id"]]})

    warnings = (await service.drift()).warnings

    told = [(one.Kind.Name(one.kind), one.name, one.vapi_id, one.url, one.Fault.Name(one.fault)) for one in warnings]
    assert told == ([("TOOL", "crm", tool["id"], url, fault)] if fault else [])
