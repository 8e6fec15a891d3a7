"""An assistant that was made by hand becomes an agent's, if that is asked for and nobody has it."""

import pytest

from switchboard.assistants.v1 import agent_service_pb2 as pb


@pytest.fixture
def by_hand(vapi):
    """Makes an assistant as somebody does in Vapi's dashboard."""

    def make(name: str = "Reception", **fields: object) -> dict:
        return vapi.simulator.store.create("assistant", {"name": name, **fields})

    return make


async def test_the_one_of_exactly_this_name_is_taken_over_with_all_that_no_save_names(service, vapi, tenant, by_hand):
    theirs = by_hand(firstMessage="Good day", model={"provider": "anthropic", "model": "claude", "toolIds": ["theirs"]})
    agent = await service.save(name="Reception", prompt="Be kind", adopt=True)

    (assistant,) = vapi.assistants()
    assert (agent.vapi_assistant_id, agent.sync_state) == (theirs["id"], pb.Agent.SYNCED)
    assert vapi.bodies("POST") == []
    assert assistant["firstMessage"] == "Good day"
    assert (assistant["model"]["provider"], assistant["model"]["toolIds"]) == ("anthropic", ["theirs"])
    assert assistant["metadata"]["org_id"] == str(tenant)


async def test_nothing_is_taken_over_that_nobody_asked_for(service, vapi, by_hand):
    theirs = by_hand()
    agent = await service.save(name="Reception")
    assert agent.vapi_assistant_id != theirs["id"]
    assert vapi.simulator.store.get("assistant", theirs["id"]) == theirs


@pytest.mark.parametrize("name", ["reception", "Reception ", "Front desk"])
async def test_a_name_that_is_not_exactly_the_same_is_another(service, vapi, by_hand, name):
    theirs = by_hand(name)
    agent = await service.save(name="Reception", adopt=True)
    assert agent.sync_state == pb.Agent.SYNCED
    assert agent.vapi_assistant_id != theirs["id"]


async def test_of_two_none_is_taken_over_until_somebody_has_chosen(service, vapi, by_hand):
    one, other = by_hand(), by_hand()
    agent = await service.save(name="Reception", adopt=True)
    assert (agent.pending_reason, agent.vapi_assistant_id) == (pb.Agent.SEVERAL_ASSISTANTS, "")
    assert {method for method, _, _ in vapi.sent} == {"GET"}

    vapi.simulator.store.delete("assistant", other["id"])
    await service.catch_up()
    assert (await service.get()).vapi_assistant_id == one["id"]


@pytest.mark.parametrize("metadata", [{"org_id": "somebody's"}, {"switchboard": {"type": "inbound"}}])
async def test_one_that_bears_our_mark_is_never_taken_over(service, vapi, by_hand, metadata):
    theirs = by_hand(metadata=metadata)
    agent = await service.save(name="Reception", adopt=True)
    assert agent.vapi_assistant_id not in ("", theirs["id"])
    assert vapi.simulator.store.get("assistant", theirs["id"]) == theirs


async def test_one_that_tenancy_knows_as_somebodys_is_never_taken_over(service, vapi, by_hand, tenancy):
    theirs = by_hand()
    tenancy.taken.add(theirs["id"])
    agent = await service.save(name="Reception", adopt=True)
    assert agent.vapi_assistant_id not in ("", theirs["id"])


async def test_one_that_mirrors_another_organizations_agent_is_never_taken_over(service, stranger, vapi):
    theirs = await stranger.save(name="Reception")
    vapi.edit(theirs.vapi_assistant_id, metadata={})  # somebody removed our mark in the dashboard
    agent = await service.save(name="Reception", adopt=True)
    assert agent.vapi_assistant_id not in ("", theirs.vapi_assistant_id)


async def test_a_save_that_vapi_missed_takes_over_later_what_it_was_asked_to(service, vapi, by_hand):
    theirs = by_hand()
    vapi.fail("GET", "/assistant", 503, times=100)
    await service.save(name="Reception", adopt=True)
    vapi.recover()
    await service.catch_up()
    assert (await service.get()).vapi_assistant_id == theirs["id"]
    assert vapi.bodies("POST") == []
