"""What is heard of NOTIFY, and that nobody listens to a connection that is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import pytest
from sqlalchemy import text

from chassis.database import notifications
from chassis.database.engine import Database
from chassis.database.faults import DatabaseUnavailable
from chassis.testing.databases import ServiceDatabase

Notify = Callable[[str, str], Awaitable[None]]


@pytest.fixture
def notify(superuser: asyncpg.Connection) -> Notify:
    async def notifying(channel: str, payload: str) -> None:
        await superuser.execute("SELECT pg_notify($1, $2)", channel, payload)

    return notifying


PATIENCE = 30
LISTENERS = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
LAST_SAID = "SELECT query FROM pg_stat_activity WHERE pid = $1"


async def until_listening(superuser: asyncpg.Connection, connections: int) -> None:
    """PostgreSQL takes a moment to forget one that was closed, by the test before too."""
    async with asyncio.timeout(PATIENCE):
        while await superuser.fetchval(f"SELECT count(*) {LISTENERS}") != connections:
            await asyncio.sleep(0.02)


async def test_what_is_notified_is_heard_in_order(database: Database, notify: Notify) -> None:
    async with database.listen("routes") as heard:
        for number in range(3):
            await notify("routes", str(number))
        assert [await anext(heard) for _ in range(3)] == ["0", "1", "2"]


async def test_another_channel_is_not_heard(database: Database, notify: Notify) -> None:
    async with database.listen("routes") as heard:
        await notify("roads", "1")
        await notify("routes", "2")
        assert await anext(heard) == "2"


async def test_silence_is_borne(database: Database, notify: Notify, superuser: asyncpg.Connection) -> None:
    async with database.listen("routes") as heard:
        await until_listening(superuser, 1)
        listener = await superuser.fetchval(f"SELECT pid {LISTENERS}")
        waiting = asyncio.ensure_future(anext(heard))
        async with asyncio.timeout(PATIENCE):
            # It has to prove itself within SILENCE, so that a shorter one is broken by a slow machine.
            while not waiting.done() and await superuser.fetchval(LAST_SAID, listener) != "SELECT 1":
                await asyncio.sleep(0.02)
        await notify("routes", "1")
        assert await waiting == "1"


async def test_listening_takes_no_connection_from_the_pool(service_database: ServiceDatabase) -> None:
    database = Database(service_database.app_url, pool_size=1)
    async with database.listen("routes"), database.listen("roads"):
        assert await database.directory_query(text("SELECT 1")) == [(1,)]
    await database.close()


async def test_the_connection_ends_with_the_block(database: Database, superuser: asyncpg.Connection) -> None:
    async with database.listen("routes"):
        await until_listening(superuser, 1)
    await until_listening(superuser, 0)


async def test_a_connection_that_is_killed_ends_the_listening(
    database: Database, superuser: asyncpg.Connection
) -> None:
    async with database.listen("routes") as heard:
        await superuser.execute(f"SELECT pg_terminate_backend(pid) {LISTENERS}")
        with pytest.raises(DatabaseUnavailable):
            await anext(heard)


async def test_a_connection_that_is_lost_without_a_word_ends_the_listening(
    relay: Any, notify: Notify, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(relay.url)
    async with database.listen("routes") as heard:
        await notify("routes", "1")
        assert await anext(heard) == "1"
        relay.mute()
        monkeypatch.setattr(notifications, "SILENCE", 0.1)
        await notify("routes", "2")
        with pytest.raises(DatabaseUnavailable):
            await anext(heard)
    await database.close()


async def test_a_database_that_cannot_be_reached_is_not_listened_to() -> None:
    nowhere = Database("postgresql://nobody:nothing@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        async with nowhere.listen("routes"):
            pass
    await nowhere.close()
