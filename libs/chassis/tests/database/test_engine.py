"""The one way to the tables, on a real database and through a real pool."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from chassis.database import engine
from chassis.database.engine import Database, async_url
from chassis.database.faults import DatabaseTooSlow, DatabaseUnavailable
from chassis.deadline import deadline_scope
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase

NAMES = text("SELECT org_id, name FROM calendars ORDER BY name")
LAST_NAMES = text("SELECT org_id, name FROM calendars ORDER BY id DESC LIMIT 20")
IDLE_IN_TRANSACTION = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " AND usename = 'booking_app' AND state LIKE 'idle in transaction%'"
)
ADD = text("INSERT INTO calendars (org_id, id, name, timezone) VALUES (:org, :id, :name, 'UTC')")


@pytest.fixture
async def one_connection(service_database: ServiceDatabase) -> AsyncIterator[Database]:
    """A pool of a single connection: whatever a transaction leaves behind, the next one meets."""
    database = Database(service_database.app_url, pool_size=1)
    yield database
    await database.close()


def organization() -> TenantId:
    return TenantId(uuid4())


async def add(session: AsyncSession, tenant: UUID, name: str) -> None:
    await session.execute(ADD, {"org": tenant, "id": uuid4(), "name": name})


async def names(database: Database, tenant: TenantId) -> list[str]:
    async with database.tenant_transaction(tenant) as session:
        return [name for _, name in await session.execute(NAMES)]


async def setting(session: AsyncSession, name: str) -> str | None:
    value: str | None = await session.scalar(text("SELECT current_setting(:name, true)"), {"name": name})
    return value


async def state(database: Database) -> tuple[int, str | None]:
    """The pooled connection's process, and the tenant it has outside any transaction of ours."""
    async with database._engine.connect() as connection:
        row = (await connection.execute(text("SELECT pg_backend_pid(), current_setting('app.org_id', true)"))).one()
    return row[0], row[1]


async def test_a_transaction_is_committed_at_its_end(database: Database) -> None:
    tenant = organization()
    async with database.tenant_transaction(tenant) as session:
        await add(session, tenant, "Room")
    assert await names(database, tenant) == ["Room"]


async def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    tenant = organization()
    with pytest.raises(RuntimeError):
        async with database.tenant_transaction(tenant) as session:
            await add(session, tenant, "Room")
            raise RuntimeError
    assert await names(database, tenant) == []


async def test_a_transaction_sees_the_rows_of_its_organization_alone(database: Database) -> None:
    mine, other = organization(), organization()
    for tenant in (mine, other):
        async with database.tenant_transaction(tenant) as session:
            await add(session, tenant, f"Room of {tenant}")
    assert await names(database, mine) == [f"Room of {mine}"]


async def test_a_row_of_another_organization_is_refused(database: Database) -> None:
    with pytest.raises(DBAPIError, match="row-level security"):
        async with database.tenant_transaction(organization()) as session:
            await add(session, organization(), "Room")


async def test_a_transaction_of_no_organization_sees_no_rows(database: Database) -> None:
    tenant = organization()
    async with database.tenant_transaction(tenant) as session:
        await add(session, tenant, "Room")
    async with database.directory_transaction() as session:
        assert (await session.execute(NAMES)).all() == []


async def test_a_directory_query_sees_no_rows_of_any_organization(one_connection: Database) -> None:
    tenant = organization()
    assert await one_connection.directory_query(NAMES) == []
    async with one_connection.tenant_transaction(tenant) as session:
        await add(session, tenant, "Room")
        assert (await session.execute(NAMES)).all() == [(tenant, "Room")]

    assert await one_connection.directory_query(NAMES) == [], "on the connection that was just the organization's"


async def test_a_directory_query_costs_one_round_trip(relay: Any) -> None:
    database = Database(relay.url, pool_size=1)
    query = text("SELECT current_setting('app.org_id', true), CAST(:number AS int)")
    await database.directory_query(query, {"number": 6})  # connects, and has the statement prepared
    before = relay.sent

    assert await database.directory_query(query, {"number": 7}) == [(None, 7)]
    assert relay.sent - before == 1
    await database.close()


async def test_a_directory_query_may_take_as_long_as_any_statement(
    service_database: ServiceDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STATEMENT_TIMEOUT", 0.5)  # also for what a driver asks when it connects
    database = Database(service_database.app_url, pool_size=1)
    with pytest.raises(DatabaseTooSlow):
        await database.directory_query(text("SELECT pg_sleep(60)"))
    await database.close()


async def test_connections_that_were_lost_while_they_lay_idle_cost_nobody_an_error(
    database: Database, superuser: asyncpg.Connection
) -> None:
    async with AsyncExitStack() as several:
        sessions = [await several.enter_async_context(database.directory_transaction()) for _ in range(3)]
        pids = [await session.scalar(text("SELECT pg_backend_pid()")) for session in sessions]
    for pid in pids:
        await superuser.execute("SELECT pg_terminate_backend($1, 5000)", pid)
    for _ in range(10):
        await asyncio.sleep(0)  # the event loop hears of it in one of its next turns

    assert await database.directory_query(text("SELECT 1")) == [(1,)]
    async with database.tenant_transaction(organization()) as first, database.directory_transaction() as second:
        assert [await session.scalar(text("SELECT 2")) for session in (first, second)] == [2, 2]


async def test_a_mistake_in_a_directory_query_stays_a_mistake(one_connection: Database) -> None:
    with pytest.raises(DBAPIError, match="division by zero"):
        await one_connection.directory_query(text("SELECT 1 / 0"))


@pytest.mark.parametrize("ends", ["well", "with an error", "cancelled"])
async def test_the_connection_goes_back_without_its_tenant(one_connection: Database, ends: str) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with one_connection.tenant_transaction(organization()) as session:
            await session.execute(text("SELECT 1"))
            inside.set()
            if ends == "with an error":
                raise RuntimeError
            if ends == "cancelled":
                await session.execute(text("SELECT pg_sleep(60)"))

    task = asyncio.create_task(work())
    await inside.wait()
    if ends == "cancelled":
        await asyncio.sleep(0.02)
        task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    _, tenant = await state(one_connection)
    assert tenant in (None, "")


async def test_the_next_transaction_on_the_same_connection_has_its_own_tenant(one_connection: Database) -> None:
    first, second = organization(), organization()
    before, _ = await state(one_connection)
    for tenant in (first, second):
        async with one_connection.tenant_transaction(tenant) as session:
            assert await setting(session, "app.org_id") == str(tenant)
    after, _ = await state(one_connection)
    assert after == before


async def test_without_a_deadline_statements_may_take_seconds_and_wait_for_locks_less(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "STATEMENT_TIMEOUT", 40.0)
    monkeypatch.setattr(engine, "LOCK_TIMEOUT", 20.0)
    async with database.tenant_transaction(organization()) as session:
        assert await setting(session, "statement_timeout") == "40s"
        assert await setting(session, "lock_timeout") == "20s"


async def test_a_statement_may_take_what_is_left_of_the_deadline(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STATEMENT_TIMEOUT", "LOCK_TIMEOUT"):
        monkeypatch.setattr(engine, name, 3600)
    with deadline_scope(60):
        async with database.tenant_transaction(organization()) as session:
            for name in ("statement_timeout", "lock_timeout"):
                seconds = await session.scalar(
                    text("SELECT extract(epoch FROM current_setting(:name)::interval)"), {"name": name}
                )
                assert 0 < seconds <= 60


async def test_a_statement_that_takes_longer_is_stopped(database: Database) -> None:
    with pytest.raises(DatabaseTooSlow), deadline_scope(0.3):
        async with database.tenant_transaction(organization()) as session:
            await session.execute(text("SELECT pg_sleep(60)"))


async def test_a_connection_that_was_killed_costs_one_error_that_says_try_again(one_connection: Database) -> None:
    async with one_connection.directory_transaction() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    with pytest.raises(DatabaseUnavailable):
        async with one_connection.directory_transaction() as session:
            await session.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
            await session.execute(text("SELECT 1"))

    async with one_connection.directory_transaction() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_a_storm_of_cancellations_leaves_no_foreign_row_and_no_open_transaction(
    service_database: ServiceDatabase, superuser: asyncpg.Connection
) -> None:
    """4,000 units of work of two organizations on four connections, many cancelled at any moment they can be."""
    chance = random.Random(20261121)
    database = Database(service_database.app_url, pool_size=4)
    tenants = (organization(), organization())
    foreign: list[UUID] = []

    async def as_tenant(tenant: TenantId) -> None:
        async with database.tenant_transaction(tenant) as session:
            await add(session, tenant, "Room")
            rows = (await session.execute(LAST_NAMES)).all()
            foreign.extend(owner for owner, _ in rows if owner != tenant)

    async def as_nobody() -> None:
        foreign.extend(owner for owner, _ in await database.directory_query(LAST_NAMES))

    async def took() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(as_tenant(tenants[number % 2]) for number in range(12)))
        return time.perf_counter() - began

    async def perhaps_cancelled(number: int) -> bool:
        task = asyncio.create_task(as_nobody() if number % 5 == 0 else as_tenant(tenants[number % 2]))
        if chance.random() < 0.6:
            await asyncio.sleep(chance.random() * usual)
            task.cancel()
        (outcome,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome is None

    try:
        usual = min([await took() for _ in range(10)])  # a fixed time would cancel all, or nobody, of another machine
        finished = [
            done
            for start in range(0, 4000, 12)
            for done in await asyncio.gather(*map(perhaps_cancelled, range(start, min(start + 12, 4000))))
        ]
        for _ in range(8):
            _, left_behind = await state(database)
            assert left_behind in (None, "")
        async with asyncio.timeout(30):
            while await superuser.fetchval(IDLE_IN_TRANSACTION):  # a connection that was given up ends by itself
                await asyncio.sleep(0.02)
    finally:
        await database.close()

    assert foreign == []
    assert len(finished) == 4000
    assert min(finished.count(True), finished.count(False)) > 100, "many are done, many cancelled"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_any_usual_way_to_write_the_url_works(scheme: str) -> None:
    assert async_url(f"{scheme}://u:p@h/d").render_as_string(hide_password=False) == "postgresql+asyncpg://u:p@h/d"
