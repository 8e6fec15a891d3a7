"""Staff who connect and disconnect while somebody books."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis.testing.databases import ServiceDatabase
from services.booking.tests.caldav.practice import Practice, busy
from services.booking.tests.conftest import PATIENCE
from switchboard.booking.v1.caldav_service_pb2 import DisconnectCalendarRequest

_COPY = """
INSERT INTO booking.appointments
SELECT (jsonb_populate_record(one, jsonb_build_object(
  'id', gen_random_uuid(), 'vapi_call_id', 'another', 'starts_at', one.starts_at + interval '1 hour',
  'ends_at', one.ends_at + interval '1 hour',
  'occupied', tstzrange(lower(one.occupied) + interval '1 hour', upper(one.occupied) + interval '1 hour')
))).* FROM booking.appointments one WHERE one.id = $1::uuid
"""


@pytest.fixture
async def somebody(service_database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    """Who books in a transaction that takes its time."""
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


async def test_what_is_being_booked_while_a_calendar_is_connected_is_pushed(
    practice: Practice, somebody: asyncpg.Connection, service_database: ServiceDatabase
) -> None:
    first = await practice.book("10:00")
    async with somebody.transaction():
        await somebody.execute(_COPY, first)
        connecting = asyncio.create_task(practice.connect())
        await _somebody_waits(service_database)
    await connecting
    await practice.work()
    assert await practice.theirs.events() == [busy("10:00"), busy("11:00")]


async def test_what_is_booked_while_a_calendar_is_disconnected_is_booked(
    practice: Practice, somebody: asyncpg.Connection, service_database: ServiceDatabase
) -> None:
    first = await practice.book("10:00")
    made = await practice.connect()
    async with somebody.transaction():
        await somebody.execute("DELETE FROM booking.caldav_connections WHERE id = $1::uuid", made.id)
        booking = asyncio.create_task(practice.book("12:00"))
        await _somebody_waits(service_database)
    assert await booking != first


async def test_who_disconnects_waits_for_who_books(
    practice: Practice, somebody: asyncpg.Connection, service_database: ServiceDatabase
) -> None:
    first = await practice.book("10:00")
    made = await practice.connect()
    async with somebody.transaction():
        await somebody.execute(_COPY, first)
        request = DisconnectCalendarRequest(id=made.id, leave_events=True)
        ending = asyncio.create_task(practice.dav("DisconnectCalendar", request))
        await _somebody_waits(service_database)
    await ending
    assert await somebody.fetchval("SELECT count(*) FROM booking.caldav_outbox") == 0


async def _somebody_waits(database: ServiceDatabase) -> None:
    """Returns once a statement waits for a lock in this database."""
    watcher = await asyncpg.connect(database.superuser_url)
    waiting = (
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
    )
    try:
        async with asyncio.timeout(PATIENCE):
            while not await watcher.fetchval(waiting):
                await asyncio.sleep(0.01)
    finally:
        await watcher.close()
