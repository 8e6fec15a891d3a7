"""However much a clinic has had, a question reads little of it: counted by the database, under row security."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from booking.domain.analytics.report_period import ReportPeriod
from booking.domain.people.erase_contact import erase_contact
from booking.domain.people.export_contact import export_contact
from booking.domain.schedule.availability import search_period
from booking.store.analytics import AnalyticsStore
from booking.store.busy_sources import BusySourceStore
from booking.store.postgres import PostgresStore
from chassis.database.engine import Database
from chassis.encryption import KEY_BYTES, Sealer
from chassis.tenant import TenantId

SEALER = Sealer([bytes(KEY_BYTES)])
NOW = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
BUSY_TIMES, APPOINTMENTS = 100_000, 10_000
CALLS = 20_000
TO_COME = 200
"""Of the appointments; the others are over."""
A_DAYS_WORTH = 400
"""Rows: a generous day of four an hour, with the days around it."""

READ = text("""
SELECT relname, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) AS rows FROM pg_stat_xact_user_tables
WHERE schemaname = 'booking'
""")
ADD_SOURCE = """
INSERT INTO booking.busy_sources (org_id, id, calendar_id, name, host, sealed_url, created_at, due_at)
VALUES ($1, $2, $3, 'Elsewhere', 'example.com', 'sealed', now(), 'infinity')
"""
ADD_BUSY_TIMES = """
INSERT INTO booking.busy_times (org_id, source_id, calendar_id, occupied)
SELECT $1, $2, $3, tstzrange(start, start + interval '10 minutes')
FROM generate_series(1, $4) place, LATERAL (SELECT $5::timestamptz + place * interval '15 minutes' AS start) starts
"""
ADD_HOLIDAY = "INSERT INTO booking.busy_times (org_id, source_id, calendar_id, occupied) VALUES ($1, $2, $3, $4)"
ADD_APPOINTMENTS = """
INSERT INTO booking.appointments
  (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at, occupied, timezone, local_start, status)
SELECT $1, gen_random_uuid(), $2, $3, $4, start, start + interval '30 minutes',
  tstzrange(start, start + interval '30 minutes'), 'UTC', start AT TIME ZONE 'UTC', 'booked'
FROM generate_series(1, $5) place, LATERAL (SELECT $6::timestamptz - place * interval '30 minutes' AS start) starts
"""


ADD_CALLS = """
INSERT INTO booking.calls (org_id, id, vapi_call_id, caller_number)
SELECT $1, gen_random_uuid(), 'call ' || place, '+1415' || place FROM generate_series(1, $2) place
"""
ADD_OLD_CALLS = """
INSERT INTO booking.calls (org_id, id, vapi_call_id, started_at)
SELECT $1, gen_random_uuid(), 'call ' || place, $3::timestamptz - place * interval '1 hour'
FROM generate_series(1, $2) place
"""
ADD_ANSWERS = """
INSERT INTO booking.tool_calls (org_id, conversation_id, tool_call_id, arguments_hash, say, data)
SELECT $1, 'call ' || place, 'tool', 'hash', 'It is booked.', jsonb_build_object('appointmentId', gen_random_uuid())
FROM generate_series(1, $2) place
"""
ADD_ANSWERS_ABOUT = """
INSERT INTO booking.tool_calls (org_id, conversation_id, tool_call_id, arguments_hash, say, data)
SELECT org_id, 'chat ' || id, 'tool', 'hash', 'It is booked.', jsonb_build_object('appointmentId', id)
FROM booking.appointments WHERE org_id = $1
"""


class Counting:
    """A database that counts the rows that are read in its transactions, by table."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.read: Counter[str] = Counter()

    @asynccontextmanager
    async def tenant_transaction(self, tenant: TenantId) -> AsyncIterator[AsyncSession]:
        async with self._database.tenant_transaction(tenant) as session:
            yield session
            self.read.update({row.relname: row.rows for row in await session.execute(READ)})


@pytest.fixture
def counting(database: Database) -> Any:
    return Counting(database)


def _of(clinic: Any) -> tuple[UUID, ...]:
    return clinic.tenant, clinic.calendar.id, clinic.service.id, clinic.contact_id


@pytest.fixture
async def long_lived(clinic: Any, superuser: asyncpg.Connection) -> AsyncIterator[Any]:
    """A clinic that has had much, and whose calendar is busy outside every quarter of an hour, and for a month."""
    source = uuid4()
    of_source = (clinic.tenant, source, clinic.calendar.id)
    await superuser.execute(ADD_SOURCE, *of_source)
    await superuser.execute(ADD_BUSY_TIMES, *of_source, BUSY_TIMES, NOW - timedelta(days=30))
    month = asyncpg.Range(NOW - timedelta(days=15), NOW + timedelta(days=15))
    await superuser.execute(ADD_HOLIDAY, *of_source, month)
    end = NOW + timedelta(minutes=30 * TO_COME)
    await superuser.execute(ADD_APPOINTMENTS, *_of(clinic), APPOINTMENTS, end)
    await superuser.execute("ANALYZE booking.busy_times, booking.appointments")
    yield clinic
    await superuser.execute("DELETE FROM booking.busy_sources WHERE id = $1", source)


async def test_a_day_is_looked_up_among_all_that_is_busy_and_booked(counting: Any, long_lived: Any) -> None:
    calendars = [long_lived.calendar, long_lived.other_calendar]
    day = (NOW + timedelta(days=2)).date()

    async with PostgresStore(counting, SEALER).unit(long_lived.tenant) as unit:
        busy = await unit.busy(calendars, search_period(calendars, long_lived.service, day, 1))

    assert len(busy[long_lived.calendar.id]) in range(24 * 4 + 24 * 2 + 1, 24 * 4 + 24 * 2 + 4)
    assert counting.read["busy_times"] < A_DAYS_WORTH
    assert counting.read["appointments"] < A_DAYS_WORTH


async def test_conflicts_are_looked_up_among_all_that_is_busy(counting: Any, long_lived: Any) -> None:
    sources = BusySourceStore(counting, SEALER)

    found = await sources.conflicts(long_lived.tenant, None, NOW, None, TO_COME)

    assert len(found) >= TO_COME - 1
    assert counting.read["busy_times"] < TO_COME * A_DAYS_WORTH
    assert counting.read["appointments"] < 2 * TO_COME


async def test_a_day_is_counted_among_all_calls_that_there_ever_were(
    counting: Any, clinic: Any, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(ADD_OLD_CALLS, clinic.tenant, CALLS, NOW)
    await superuser.execute("ANALYZE booking.calls")
    day = ReportPeriod(NOW - timedelta(days=1), NOW, ZoneInfo("UTC"))

    counts = await AnalyticsStore(counting).counts(clinic.tenant, day)
    page = await AnalyticsStore(counting).calls(clinic.tenant, day, None, TO_COME)

    assert (sum(sums.calls for _, sums in counts.by_hour), len(page)) == (24, 24)
    assert counting.read["calls"] < A_DAYS_WORTH


async def test_who_is_erased_is_looked_up_among_all_calls_and_answers(
    counting: Any, clinic: Any, superuser: asyncpg.Connection
) -> None:
    """Of a chat there is no call: what was answered in it is found by its appointment."""
    await superuser.execute(ADD_CALLS, clinic.tenant, CALLS)
    await superuser.execute(ADD_ANSWERS, clinic.tenant, CALLS)
    await superuser.execute(ADD_APPOINTMENTS, *_of(clinic), 3, NOW)
    await superuser.execute(ADD_ANSWERS_ABOUT, clinic.tenant)
    await superuser.execute("ANALYZE booking.tool_calls, booking.calls, booking.appointments")

    async with PostgresStore(counting, SEALER).unit(clinic.tenant) as unit:
        document = await export_contact(unit, clinic.contact_id)
        receipt = await erase_contact(unit, NOW, clinic.contact_id)

    assert (len(document.answers), receipt.tool_calls) == (3, 3)
    assert counting.read["tool_calls"] < CALLS / 10
    assert counting.read["calls"] < CALLS / 10
