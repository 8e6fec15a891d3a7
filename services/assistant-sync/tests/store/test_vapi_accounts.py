"""An account's requests, shared by all who ask it, in a real database."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest

from assistant_sync.domain.reconciling.budget import Budget
from assistant_sync.domain.trouble import VapiAway, VapiUnauthorised
from assistant_sync.store.vapi_accounts import VapiAccountStore
from chassis.database.engine import Database

SPACING = 100.0
"""Seconds; so long that no test is slow enough to see the next request come up."""


@pytest.fixture
async def databases(database):
    opened = [Database(database.app_url) for _ in range(2)]
    yield opened
    for each in opened:
        await each.close()


@pytest.fixture
def accounts(databases):
    """One account, as two processes see it."""
    fingerprint = str(uuid4())
    return [VapiAccountStore(each, fingerprint) for each in databases]


async def test_a_request_that_one_process_sent_is_one_less_for_the_other(accounts):
    one, other = accounts
    assert (await one.take(SPACING, 0)).seconds == 0
    assert 0 < (await other.take(SPACING, 0)).seconds <= SPACING


async def test_of_many_who_ask_at_once_one_may_send(accounts):
    shares = await asyncio.gather(*(accounts[number % 2].take(SPACING, 0) for number in range(16)))
    assert sum(share.seconds == 0 for share in shares) == 1


async def test_accounts_do_not_share_their_requests(databases, accounts):
    another = VapiAccountStore(databases[0], str(uuid4()))
    assert (await accounts[0].take(SPACING, 0)).seconds == 0
    assert (await another.take(SPACING, 0)).seconds == 0


async def test_a_request_that_comes_late_does_not_delay_those_after_it_but_saves_up_nothing(accounts, database):
    one, _ = accounts
    superuser = await asyncpg.connect(database.superuser_url)
    await one.take(SPACING, 0)
    await superuser.execute("UPDATE assistant_sync.vapi_accounts SET next_at = now() - interval '50 s'")
    await superuser.close()
    assert (await one.take(SPACING, 10)).seconds == 0
    assert SPACING - 15 < (await one.take(SPACING, 10)).seconds <= SPACING - 10


async def test_what_vapi_asked_of_one_process_holds_for_the_other(accounts):
    one, other = accounts
    await one.take(0.001, 0)
    await one.hold(60)
    assert 50 < (await other.take(0.001, 0)).seconds <= 60
    with pytest.raises(VapiAway):
        await Budget(other, requests_per_second=1000).take()


async def test_a_key_that_one_process_saw_refused_is_tried_by_one_request_a_minute(accounts, database):
    one, other = accounts
    await one.take(0.001, 0)
    await one.note(is_refused=True)
    assert (await other.take(0.001, 0)).is_refused
    with pytest.raises(VapiUnauthorised):
        await Budget(other, requests_per_second=1000).take()

    superuser = await asyncpg.connect(database.superuser_url)
    await superuser.execute("UPDATE assistant_sync.vapi_accounts SET probe_at = now() WHERE probe_at IS NOT NULL")
    await superuser.close()
    while (probe := await other.take(0.001, 0)).seconds:
        pass
    assert (probe.is_refused, probe.is_probe) == (False, True)
    assert (await one.take(0.001, 0)).is_refused

    await other.note(is_refused=False)
    opened = await one.take(0.001, 0)
    assert (opened.is_refused, opened.is_probe) == (False, False)


async def test_two_processes_together_never_exceed_the_rate(accounts):
    """A slow machine only makes it slower."""
    rate, requests = 50, 60
    loop = asyncio.get_running_loop()
    given: list[float] = []

    async def ask(budget: Budget) -> None:
        for _ in range(requests // 4):
            await budget.take()
            given.append(loop.time())

    budgets = [Budget(account, requests_per_second=rate) for account in accounts]
    # From before the first is given: on a busy machine it is seen late, and the others seem to come too soon.
    begun = loop.time()
    await asyncio.gather(*(ask(budget) for budget in budgets for _ in range(2)))
    assert len(given) == requests
    assert max(given) - begun >= (requests - 1) / rate
