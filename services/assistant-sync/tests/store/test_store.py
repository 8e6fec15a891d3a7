from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from assistant_sync.domain.agents.agent import AgentType, Desired, PendingReason
from assistant_sync.domain.trouble import AssistantTaken
from assistant_sync.store.agents import AgentStore
from assistant_sync.store.leases import LeaseStore
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


@pytest.fixture
def leases(connection):
    return LeaseStore(connection)


async def kept(agents, tenant, **changes):
    _, agent = await agents.keep(tenant, INBOUND, {"name": "Reception", **changes})
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
        await agents.keep(tenant, agent_type, {"name": "Reception"})
    assert [agent.type for agent in await agents.all_of(tenant)] == ["follow_up", "inbound", "outbound"]


async def test_an_outcome_settles_the_version_that_it_is_the_outcome_of(agents, tenant):
    agent = await kept(agents, tenant)
    recorded = await agents.record(tenant, agent, None)
    assert (recorded.pending, recorded.unsynced) == (None, {})


async def test_an_outcome_does_not_settle_a_save_that_came_after(agents, tenant):
    earlier = await kept(agents, tenant)
    later = await kept(agents, tenant, prompt="Newer")
    assert await agents.record(tenant, earlier, None) == later
    assert later.pending is PendingReason.UNFINISHED


async def test_what_only_tenancy_lacks_is_not_pushed_to_vapi_again(agents, tenant):
    agent = await kept(agents, tenant)
    assert (await agents.record(tenant, agent, PendingReason.NOT_REGISTERED)).unsynced == {}
    assert (await agents.record(tenant, agent, PendingReason.VAPI_AWAY)).pending is PendingReason.VAPI_AWAY


async def test_a_first_save_that_is_put_back_leaves_no_agent(agents, tenant):
    before, agent = await agents.keep(tenant, INBOUND, {"name": "Reception"})
    await agents.put_back(tenant, before, agent)
    assert await agents.get(tenant, INBOUND) is None


async def test_a_later_save_that_is_put_back_leaves_the_agent_as_it_was(agents, tenant):
    earlier = await agents.record(tenant, await kept(agents, tenant, prompt="Good"), None)
    before, agent = await agents.keep(tenant, INBOUND, {"prompt": "Bad"})
    await agents.put_back(tenant, before, agent)
    now = await agents.get(tenant, INBOUND)
    assert (now.desired, now.unsynced, now.pending) == (earlier.desired, {}, None)


async def test_what_a_later_save_named_is_not_put_back(agents, tenant):
    before, agent = await agents.keep(tenant, INBOUND, {"name": "Reception", "first_message": "Bad"})
    await agents.keep(tenant, INBOUND, {"prompt": "Newer"})
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


async def test_the_pending_agents_of_every_organization_are_found(agents, tenant):
    other = TenantId(uuid4())
    await agents.record(tenant, await kept(agents, tenant), None)
    await kept(agents, other)
    found = await agents.pending_everywhere()
    assert (other, INBOUND) in found
    assert (tenant, INBOUND) not in found


async def test_a_lease_is_held_by_one_at_a_time(leases, tenant):
    async with leases.held(tenant, INBOUND, patience=0) as first:
        async with leases.held(tenant, INBOUND, patience=0) as second:
            assert (first, second) == (True, False)
        async with leases.held(tenant, AgentType.OUTBOUND, patience=0) as of_another_type:
            assert of_another_type
    async with leases.held(tenant, INBOUND, patience=0) as after:
        assert after


async def test_a_lease_of_a_killed_process_can_be_taken_when_it_has_expired(leases, tenant, database):
    async with leases.held(tenant, INBOUND, patience=0):
        superuser = await asyncpg.connect(database.superuser_url)
        await superuser.execute(
            "UPDATE assistant_sync.agent_leases SET expires_at = now() - interval '1 s' WHERE org_id = $1", tenant
        )
        await superuser.close()
        async with leases.held(tenant, INBOUND, patience=0) as successor:
            assert successor


async def test_whoever_outlived_a_lease_does_not_release_the_successors(leases, tenant, database):
    superuser = await asyncpg.connect(database.superuser_url)
    successor = uuid4()
    async with leases.held(tenant, INBOUND, patience=0):
        await superuser.execute(
            "UPDATE assistant_sync.agent_leases SET holder = $2 WHERE org_id = $1", tenant, successor
        )
    left = await superuser.fetchval("SELECT holder FROM assistant_sync.agent_leases WHERE org_id = $1", tenant)
    await superuser.close()
    assert left == successor
