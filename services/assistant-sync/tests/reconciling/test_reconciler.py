"""Two reconcilers, as in two processes, on one real database."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from assistant_sync.domain.reconciling import schedule
from assistant_sync.domain.reconciling.reconciler import Handler, Reconciler
from assistant_sync.domain.reconciling.schedule import Schedule
from assistant_sync.domain.reconciling.turns import Turns
from assistant_sync.domain.reconciling.work import Next, Over, Rest, Work, WorkKind
from assistant_sync.domain.trouble import VapiAway
from assistant_sync.store.work import WorkStore
from chassis.database.engine import Database
from chassis.tenant import TenantId, current_tenant

PATIENCE = 30
SCHEDULE = Schedule(timedelta(hours=1))


@pytest.fixture
async def superuser(database):
    connection = await asyncpg.connect(database.superuser_url)
    await connection.execute("TRUNCATE assistant_sync.work")
    yield connection
    await connection.close()


class Queue(WorkStore):
    """One that tells when it is told of work: a connection that is given up while it is made is not closed."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.is_listening = asyncio.Event()

    @asynccontextmanager
    async def told_of_work(self) -> AsyncIterator[AsyncGenerator[str, None]]:
        async with super().told_of_work() as told:
            self.is_listening.set()
            yield told


@pytest.fixture
async def queues(database, superuser):
    """Of two processes."""
    opened = [Database(database.app_url) for _ in range(2)]
    yield [Queue(each) for each in opened]
    for each in opened:
        await each.close()


def reconciler(queue: Queue, handler: Handler, at_once: int = 4) -> Reconciler:
    return Reconciler(queue, Turns(queue, SCHEDULE), {WorkKind.AGENT: handler}, at_once)


@asynccontextmanager
async def running(*reconcilers: Reconciler) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(each.run()) for each in reconcilers]
    try:
        async with asyncio.timeout(PATIENCE):
            yield
            for each in reconcilers:
                await each.queue.is_listening.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def agents(count: int) -> list[Work]:
    return [Work(WorkKind.AGENT, TenantId(uuid4()), "inbound") for _ in range(count)]


async def until(done: Callable[[], Awaitable[bool]]) -> None:
    while not await done():
        await asyncio.sleep(0.01)


async def test_each_piece_of_work_is_done_by_one_process_at_a_time(queues):
    wanted, rounds = agents(12), 5
    at_work: Counter[Work] = Counter()
    done: Counter[Work] = Counter()
    by: set[int] = set()
    both = asyncio.Event()

    def handler(process: int) -> Handler:
        async def handle(work: Work) -> Next:
            at_work[work] += 1
            assert at_work[work] == 1
            assert current_tenant() == work.tenant
            by.add(process)
            if by == {0, 1}:
                both.set()
            await both.wait()
            if done[work] < rounds - 1:
                await queues[process].want(work)  # somebody asks again meanwhile
            at_work[work] -= 1
            done[work] += 1
            return Rest()

        return handle

    for each in wanted:
        await queues[0].want(each)

    async def all_done() -> bool:
        return all(done[each] >= rounds for each in wanted)

    async with running(*(reconciler(queue, handler(number)) for number, queue in enumerate(queues))):
        await until(all_done)
    assert set(done.values()) == {rounds}


async def test_a_process_does_no_more_at_a_time_than_it_may(queues):
    at_work, most = 0, 0
    done = 0
    all_three = asyncio.Event()

    async def handle(_: Work) -> Next:
        nonlocal at_work, most, done
        at_work += 1
        most = max(most, at_work)
        if at_work >= 3:
            all_three.set()
        await all_three.wait()
        await asyncio.sleep(0.01)
        at_work -= 1
        done += 1
        return Rest()

    for each in agents(10):
        await queues[0].want(each)

    async def all_done() -> bool:
        return done == 10

    async with running(reconciler(queues[0], handle, at_once=3)):
        await until(all_done)
    assert most == 3


async def test_what_one_process_is_stopped_at_is_due_for_the_other_at_once(queues):
    (work,) = agents(1)
    begun = asyncio.Event()

    async def endless(_: Work) -> Next:
        begun.set()
        await asyncio.Event().wait()
        return Rest()

    await queues[0].want(work)
    async with running(reconciler(queues[0], endless)):
        await begun.wait()
    assert (await queues[1].claim([WorkKind.AGENT])).work == work


async def test_trouble_with_one_is_not_the_others_and_is_tried_again_later(queues, superuser, monkeypatch):
    monkeypatch.setattr(schedule, "_FIRST_RETRY", 60.0)  # nothing is due again before all the others were tried
    wanted = agents(3)
    seen: set[Work] = set()

    async def handle(work: Work) -> Next:
        seen.add(work)
        if work == wanted[0]:
            raise RuntimeError
        if work == wanted[1]:
            raise VapiAway(may_have_happened=False, retry_after=600)
        return Over()

    for each in wanted:
        await queues[0].want(each)
    await reconciler(queues[0], handle).until_idle()

    assert seen == set(wanted)
    left = await superuser.fetch(
        "SELECT org_id, attempts, due_at > now() + interval '9 minutes' AS later FROM assistant_sync.work"
    )
    assert {(row["org_id"], row["attempts"], row["later"]) for row in left} == {
        (wanted[0].tenant, 1, False),
        (wanted[1].tenant, 1, True),
    }


async def test_a_reconciler_survives_a_database_that_was_away(queues, monkeypatch):
    (work,) = agents(1)
    done = asyncio.Event()
    claim, refusals = WorkStore.claim, [OSError(), OSError()]

    async def claim_later(self: WorkStore, kinds: list[WorkKind]) -> object:
        if refusals:
            raise refusals.pop()
        return await claim(self, kinds)

    async def handle(_: Work) -> Next:
        done.set()
        return Over()

    monkeypatch.setattr(WorkStore, "claim", claim_later)
    monkeypatch.setattr("assistant_sync.domain.reconciling.reconciler._IDLE_SECONDS", 0.01)
    await queues[0].want(work)
    async with running(reconciler(queues[0], handle)):
        await done.wait()
