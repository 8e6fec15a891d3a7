import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest

from chassis.database.migrations import migrate
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase

_TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'booking' AND tablename <> 'alembic_version'"
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event = $1 AND usename = 'booking_owner'"
)


@pytest.fixture
def own_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("booking") as database:
        yield database


@pytest.fixture
async def superuser(own_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(own_database.superuser_url)
    yield connection
    await connection.close()


async def until_waiting(superuser: asyncpg.Connection, lock: str, jobs: int) -> None:
    async with asyncio.timeout(60):
        while await superuser.fetchval(_WAITING, lock) != jobs:
            await asyncio.sleep(0.02)


async def in_a_thread(url: str, revision: str = "head") -> None:
    await asyncio.to_thread(migrate, "booking", "booking", url, revision)


async def test_a_schema_can_be_taken_down_and_put_up_again(
    own_database: ServiceDatabase, superuser: asyncpg.Connection
) -> None:
    there = await superuser.fetchval(_TABLES)
    await in_a_thread(own_database.owner_url, "base")
    assert await superuser.fetchval(_TABLES) == 0
    await in_a_thread(own_database.owner_url)
    assert await superuser.fetchval(_TABLES) == there > 0


async def test_two_migrations_at_once_take_turns(
    own_database: ServiceDatabase, superuser: asyncpg.Connection, tmp_path: Path
) -> None:
    await in_a_thread(own_database.owner_url, "base")
    blocker = await asyncpg.connect(own_database.superuser_url)
    # Both wait for their turn, which may take as long as a process takes to start. Whoever is first then waits for
    # this table with the turn in hand, as it may for a moment only.
    await blocker.execute("SELECT pg_advisory_lock(hashtext('migrate booking'))")
    await blocker.execute("BEGIN; LOCK booking.alembic_version IN ACCESS EXCLUSIVE MODE")
    environment = {**os.environ, "MIGRATION_DATABASE_URL": own_database.owner_url}
    jobs = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "booking", "migrate", env=environment, cwd=tmp_path, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    await until_waiting(superuser, "advisory", 2)
    assert await blocker.fetchval("SELECT pg_advisory_unlock(hashtext('migrate booking'))")
    await until_waiting(superuser, "relation", 1)
    await until_waiting(superuser, "advisory", 1)
    await blocker.close()
    said = [(await job.communicate())[1] for job in jobs]

    assert [job.returncode for job in jobs] == [0, 0], said
    assert await superuser.fetchval("SELECT count(*) FROM booking.alembic_version") == 1
