from datetime import UTC, datetime
from uuid import uuid4

import pytest

from assistant_sync.domain.agents.agent import AgentType, Desired, PendingReason
from assistant_sync.domain.trouble import AssistantTaken
from assistant_sync.store.agents import AgentStore
from chassis.database.engine import Database
from chassis.tenant import TenantId

INBOUND = AgentType.INBOUND
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def connection(database):
    opened = Database(database.app_url)
    yield opened
    await opened.close()


@pytest.fixture
def agents(connection):
    return AgentStore(connection)


async def kept(agents, tenant, **changes):
    _, agent = await agents.keep(tenant, INBOUND, {"name": "Reception", **changes}, adopt=False, is_due=False)
    return agent


async def test_an_agent_is_read_as_it_was_kept(agents, tenant):
    model = {"provider": "openai", "model": "gpt-4o", "nested": [1, {"a": None}]}
    agent = await kept(agents, tenant, prompt="Be kind", model=model)
    assert agent.desired == Desired("Reception", prompt="Be kind", model=model)
    assert agent.unsynced == {"name": 1, "prompt": 1, "model": 1}
    assert agent.pending is PendingReason.UNFINISHED
    assert await agents.get(tenant, INBOUND) == agent


async def test_agents_are_listed_in_the_order_of_their_types(agents, tenant):
    for agent_type in (AgentType.OUTBOUND, AgentType.INBOUND, AgentType.FOLLOW_UP):
        await agents.keep(tenant, agent_type, {"name": "Reception"}, adopt=False, is_due=False)
    assert [agent.type for agent in await agents.all_of(tenant)] == ["follow_up", "inbound", "outbound"]


async def test_an_outcome_settles_the_version_that_it_is_the_outcome_of(agents, tenant):
    agent = await kept(agents, tenant)
    recorded = await agents.record(tenant, agent, None, None)
    assert (recorded.pending, recorded.unsynced) == (None, {})


async def test_an_outcome_does_not_settle_a_save_that_came_after(agents, tenant):
    earlier = await kept(agents, tenant)
    later = await kept(agents, tenant, prompt="Newer")
    assert await agents.record(tenant, earlier, None, None) == later
    assert later.pending is PendingReason.UNFINISHED


async def test_what_only_tenancy_lacks_is_not_pushed_to_vapi_again(agents, tenant):
    agent = await kept(agents, tenant)
    assert (await agents.record(tenant, agent, PendingReason.NOT_REGISTERED, None)).unsynced == {}
    assert (await agents.record(tenant, agent, PendingReason.VAPI_AWAY, None)).pending is PendingReason.VAPI_AWAY


async def test_a_first_save_that_is_put_back_leaves_no_agent(agents, tenant):
    before, agent = await agents.keep(tenant, INBOUND, {"name": "Reception"}, adopt=False, is_due=False)
    await agents.put_back(tenant, before, agent)
    assert await agents.get(tenant, INBOUND) is None


async def test_a_later_save_that_is_put_back_leaves_the_agent_as_it_was(agents, tenant):
    earlier = await agents.record(tenant, await kept(agents, tenant, prompt="Good"), None, None)
    before, agent = await agents.keep(tenant, INBOUND, {"prompt": "Bad"}, adopt=False, is_due=False)
    await agents.put_back(tenant, before, agent)
    now = await agents.get(tenant, INBOUND)
    assert (now.desired, now.unsynced, now.pending) == (earlier.desired, {}, None)


async def test_what_a_later_save_named_is_not_put_back(agents, tenant):
    before, agent = await agents.keep(
        tenant, INBOUND, {"name": "Reception", "first_message": "Bad"}, adopt=False, is_due=False
    )
    await agents.keep(tenant, INBOUND, {"prompt": "Newer"}, adopt=False, is_due=False)
    await agents.put_back(tenant, before, agent)
    now = await agents.get(tenant, INBOUND)
    assert (now.desired, now.pending) == (Desired("Reception", prompt="Newer"), PendingReason.UNFINISHED)


async def test_a_second_attempt_to_create_keeps_the_intent_of_the_first(agents, tenant):
    await kept(agents, tenant)
    first = await agents.intend_to_create(tenant, INBOUND, NOW)
    second = await agents.intend_to_create(tenant, INBOUND, NOW.replace(hour=13))
    assert second.id == first.id
    assert (await agents.get(tenant, INBOUND)).create == second


async def test_one_assistant_cannot_mirror_agents_of_two_organizations(agents, tenant):
    other = TenantId(uuid4())
    await kept(agents, tenant)
    await kept(agents, other)
    assistant_id = str(uuid4())
    await agents.remember_assistant(tenant, INBOUND, assistant_id)
    with pytest.raises(AssistantTaken):
        await agents.remember_assistant(other, INBOUND, assistant_id)
