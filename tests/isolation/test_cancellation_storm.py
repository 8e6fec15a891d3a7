"""Whenever work is cancelled, nobody meets what it leaves behind: asked of the stores, on a pool that is too small."""

import asyncio
import random
import statistics
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import asyncpg
from sqlalchemy import text

from booking.domain.people.contacts import Patient
from booking.domain.reception.answers import Answer, ToolCall
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from tenancy.domain.access.api_keys import Scope
from tenancy.store.api_keys import ApiKeyStore
from tenancy.store.organizations import OrganizationStore

UNITS, AT_ONCE, POOL = 1_500, 16, 6
"""Units of work in a storm, how many run at the same time, and on how many connections."""

PATIENCE_SECONDS = 30.0

Unit = Callable[[TenantId], Awaitable[None]]


async def test_a_storm_in_booking_leaves_no_foreign_row_no_half_of_a_unit_and_no_dirty_connection(
    databases: dict[str, ServiceDatabase],
) -> None:
    tenants = TenantId(uuid4()), TenantId(uuid4())
    foreign: list[UUID] = []
    async with _pool(databases["booking"]) as database:
        store = PostgresStore(database, Sealer([bytes(KEY_BYTES)]))

        async def book(tenant: TenantId) -> None:
            mark = uuid4().hex
            call = ToolCall(f"call-{mark}", "tool-call", b"hash")
            async with store.unit(tenant) as unit:
                await unit.record_tool_call(call)
                await unit.save_contact(Patient(f"Patient {mark}", None, f"{mark}@example.com"), call.conversation_id)
                owners = await unit.session.scalars(text("SELECT DISTINCT org_id FROM contacts"))
                foreign.extend(owner for owner in owners if owner != tenant)
                await unit.record_answer(call, Answer("It is booked."))

        await _storm(book, tenants)
    assert foreign == []
    assert await _fetch(databases["booking"], _UNITS_OF_BOOKING, tenants) == []


_UNITS_OF_BOOKING = """
SELECT mark FROM (SELECT org_id, split_part(email, '@', 1) AS mark FROM booking.contacts) AS patients
  FULL JOIN (SELECT org_id, substr(conversation_id, 6) AS mark FROM booking.tool_calls WHERE say IS NOT NULL) AS calls
  USING (org_id, mark)
WHERE org_id = ANY($1::uuid[]) AND (patients IS NULL OR calls IS NULL)
"""
"""Contacts without the call that made them, and the other way round."""


async def test_a_storm_in_tenancy_leaves_no_foreign_row_no_half_of_a_unit_and_no_dirty_connection(
    databases: dict[str, ServiceDatabase],
) -> None:
    foreign: list[UUID] = []
    async with _pool(databases["tenancy"]) as database:
        organizations, keys = OrganizationStore(database), ApiKeyStore(database)
        tenants = [TenantId((await organizations.create(uuid4(), "Clinic", "UTC")).id) for _ in range(2)]

        async def administer(tenant: TenantId) -> None:
            key_id = uuid4()
            await keys.of(tenant).add(key_id, f"key {key_id}", Scope.READ, key_id.bytes * 2)
            async with database.tenant_transaction(tenant) as session:
                owners = await session.scalars(text("SELECT DISTINCT org_id FROM api_keys"))
                foreign.extend(owner for owner in owners if owner != tenant)
            assert await organizations.get(tenant)

        await _storm(administer, tenants)
    assert foreign == []
    assert await _fetch(databases["tenancy"], _UNITS_OF_TENANCY, tenants) == []


_UNITS_OF_TENANCY = """
SELECT id FROM (SELECT org_id, id::text FROM tenancy.api_keys) AS keys
  FULL JOIN (SELECT org_id, subject AS id FROM tenancy.audit_entries WHERE action = 'api_key.created') AS entries
  USING (org_id, id)
WHERE org_id = ANY($1::uuid[]) AND (keys IS NULL OR entries IS NULL)
"""
"""Keys that the audit log does not know, and the other way round."""


async def _storm(unit: Unit, tenants: tuple[TenantId, ...] | list[TenantId]) -> None:
    """Do the unit over and over, for the tenants in turn; about four in ten are cancelled, at any moment of theirs."""
    chance = random.Random(20261121)
    loop = asyncio.get_running_loop()
    places = asyncio.Semaphore(AT_ONCE)
    ended: Counter[str] = Counter()

    lately: deque[float] = deque(maxlen=4 * AT_ONCE)
    """What units took that were left alone: more or less, as the machine is more or less busy."""

    async def undisturbed(number: int) -> None:
        async with places:
            began = loop.time()
            await unit(tenants[number % len(tenants)])
            lately.append(loop.time() - began)

    async def perhaps_cancelled(number: int) -> None:
        async with places:
            began = loop.time()
            task = asyncio.ensure_future(unit(tenants[number % len(tenants)]))
            if is_disturbed := chance.random() < 0.5:
                await asyncio.wait([task], timeout=chance.random() * statistics.median(lately))
                task.cancel()
            (error,) = await asyncio.gather(task, return_exceptions=True)
            ended[type(error).__name__] += 1
            if not (is_disturbed or error):
                lately.append(loop.time() - began)

    await asyncio.gather(*map(undisturbed, range(4 * AT_ONCE)))
    await asyncio.gather(*map(perhaps_cancelled, range(UNITS)))
    # On a machine that is busy with something else, a unit may find no connection in time, and says so.
    assert ended.keys() <= {"NoneType", "CancelledError", "DatabaseUnavailable", "DatabaseTooSlow"}, ended
    assert min(ended["NoneType"], ended["CancelledError"]) > UNITS / 5, ended


@asynccontextmanager
async def _pool(service: ServiceDatabase) -> AsyncIterator[Database]:
    """A pool that is asked at the end for what was left on its connections."""
    database = Database(service.app_url, pool_size=POOL)
    try:
        yield database
        await _assert_idle(service)
        async with AsyncExitStack() as stack:
            for _ in range(POOL):
                connection = await stack.enter_async_context(database._engine.connect())
                left = await connection.scalar(text("SELECT current_setting('app.org_id', true)"))
                assert left in {None, ""}
    finally:
        await database.close()


async def _assert_idle(service: ServiceDatabase) -> None:
    """No connection is in a transaction; one whose client has gone may still be ending."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await _fetch(service, _AT_WORK):
            await asyncio.sleep(0.01)


_AT_WORK = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND usename LIKE '%_app' AND state <> 'idle'
"""


async def _fetch(service: ServiceDatabase, query: str, *arguments: object) -> list[asyncpg.Record]:
    superuser = await asyncpg.connect(service.superuser_url)
    try:
        rows: list[asyncpg.Record] = await superuser.fetch(query, *arguments)
        return rows
    finally:
        await superuser.close()
