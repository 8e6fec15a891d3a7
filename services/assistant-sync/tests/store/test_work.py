"""Work and leases, in a real database."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import func, select

from assistant_sync.domain.reconciling.work import Work, WorkKind
from assistant_sync.store.work import WorkStore
from chassis.database.engine import Database

AGENT = [WorkKind.AGENT]
HOUR = timedelta(hours=1)
PATIENCE = 30


@pytest.fixture
async def superuser(database):
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("TRUNCATE assistant_sync.work")
    yield connection
    await connection.close()


@pytest.fixture
async def work(database, superuser):
    opened = Database(database.app_url)
    yield WorkStore(opened)
    await opened.close()


@pytest.fixture
def inbound(tenant):
    return Work(WorkKind.AGENT, tenant, "inbound")


@pytest.fixture
def lose(superuser):
    """The lease of a process that was killed, or stood still, runs out."""

    async def run_out() -> None:
        await superuser.execute("UPDATE assistant_sync.work SET leased_until = now() - interval '1 s'")

    return run_out


async def test_what_is_wanted_is_claimed_once(work, inbound):
    await work.want(inbound)
    await work.want(inbound)
    lease = await work.claim(AGENT)
    assert (lease.work, lease.attempts) == (inbound, 0)
    assert await work.claim(AGENT) is None


async def test_work_of_no_organization_is_there_once_too(work):
    tools = Work(WorkKind.TOOLS)
    for _ in range(2):
        await work.want(tools)
    assert (await work.claim([WorkKind.TOOLS])).work == tools
    assert await work.claim([WorkKind.TOOLS]) is None


async def test_a_process_claims_only_what_it_can_do(work, inbound):
    await work.want(inbound)
    assert await work.claim([WorkKind.TOOLS, WorkKind.ROLLOUT]) is None


async def test_many_claimants_at_once_get_each_piece_of_work_once(work, tenant):
    wanted = [Work(WorkKind.AGENT, tenant, str(number)) for number in range(20)]
    for each in wanted:
        await work.want(each)
    leases = await asyncio.gather(*(work.claim(AGENT) for _ in range(30)))
    claimed = [lease.work for lease in leases if lease]
    # One that meets another's lock passes by; nobody passes by what is free.
    while lease := await work.claim(AGENT):
        claimed.append(lease.work)
    assert sorted(each.key for each in claimed) == sorted(each.key for each in wanted)


async def test_what_ended_is_due_again_at_its_time(work, inbound):
    await work.want(inbound)
    await work.finish(await work.claim(AGENT), HOUR, 0)
    assert await work.claim(AGENT) is None
    await work.want(inbound)
    assert (await work.claim(AGENT)).work == inbound


async def test_what_was_wanted_while_somebody_was_at_it_is_due_when_they_end(work, inbound):
    await work.want(inbound)
    lease = await work.claim(AGENT)
    await work.want(inbound)
    assert await work.claim(AGENT) is None
    await work.finish(lease, HOUR, 3)
    again = await work.claim(AGENT)
    assert (again.work, again.attempts) == (inbound, 0)


async def test_attempts_that_came_to_nothing_are_counted(work, inbound):
    await work.want(inbound)
    await work.finish(await work.claim(AGENT), timedelta(0), 4)
    assert (await work.claim(AGENT)).attempts == 4


async def test_what_is_over_is_gone_unless_it_was_wanted_meanwhile(work, inbound, superuser):
    await work.want(inbound)
    lease = await work.claim(AGENT)
    await work.want(inbound)
    await work.finish(lease, None, 0)
    lease = await work.claim(AGENT)
    await work.finish(lease, None, 0)
    assert await superuser.fetchval("SELECT count(*) FROM assistant_sync.work") == 0


async def test_whoever_leases_work_has_it_alone_due_or_not(work, inbound):
    lease = await work.lease(inbound)
    assert await work.lease(inbound) is None
    assert await work.claim(AGENT) is None
    await work.finish(lease, HOUR, 0)
    assert await work.lease(inbound) is not None


async def test_work_of_a_process_that_was_killed_is_taken_up_by_another(work, inbound, lose):
    await work.lease(inbound)
    await lose()
    assert (await work.claim(AGENT)).work == inbound


async def test_whoever_lost_the_lease_ends_nothing(work, inbound, lose):
    first = await work.lease(inbound)
    await lose()
    second = await work.claim(AGENT)
    await work.finish(first, None, 0)
    await work.finish(second, HOUR, 0)
    assert await work.claim(AGENT) is None


async def test_whoever_lost_the_lease_is_stopped(work, inbound, lose, monkeypatch):
    monkeypatch.setattr("assistant_sync.store.work._KEPT_EVERY", 0.01)
    first = await work.lease(inbound)
    stopped = asyncio.Event()

    async def work_on() -> None:
        try:
            async with work.kept(first):
                await asyncio.Event().wait()
        except TimeoutError:
            stopped.set()

    working = asyncio.create_task(work_on())
    await lose_to_another(work, lose)
    async with asyncio.timeout(PATIENCE):
        await stopped.wait()
    await working


async def lose_to_another(work, lose) -> None:
    while not await work.claim(AGENT):
        await lose()


async def test_whoever_is_at_work_for_longer_than_a_lease_lasts_keeps_it(work, inbound, superuser, monkeypatch):
    monkeypatch.setattr("assistant_sync.store.work._KEPT_EVERY", 0.01)
    until = "SELECT leased_until FROM assistant_sync.work"
    lease = await work.lease(inbound)
    first = await superuser.fetchval(until)
    async with asyncio.timeout(PATIENCE), work.kept(lease):
        while await superuser.fetchval(until) == first:
            await asyncio.sleep(0)


async def test_everybody_is_told_that_there_is_work(work, inbound):
    async with asyncio.timeout(PATIENCE), work.told_of_work() as told:
        await work.want(inbound)
        await anext(told)


async def test_work_that_is_wanted_in_a_transaction_that_fails_is_not(work, database, tenant):
    opened = Database(database.app_url)
    with pytest.raises(RuntimeError):
        async with opened.tenant_transaction(tenant) as session:
            await session.execute(select(func.want_work("agent", tenant, "inbound")))
            raise RuntimeError
    await opened.close()
    assert await work.claim(AGENT) is None
