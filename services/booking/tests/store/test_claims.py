"""Who claims one thing to work on gets one, however PostgreSQL finds it."""

from uuid import uuid4

import asyncpg
import pytest

from services.booking.tests.store.conftest import Clinic

_CONNECTION = """
INSERT INTO booking.caldav_connections
  (org_id, id, calendar_id, url, username, sealed_password, with_names, created_at, resumes_at, look_at)
VALUES ($1, $2, $3, 'https://calendars.example/', 'lake', '', false, now(), now(), now())
"""
_SOURCE = """
INSERT INTO booking.busy_sources (org_id, id, calendar_id, name, host, sealed_url, created_at, due_at)
VALUES ($1, $2, $3, 'Outside', 'calendars.example', '', now(), now())
"""


@pytest.mark.parametrize("table", ["caldav_connections", "busy_sources"])
@pytest.mark.parametrize("plan", ["hashjoin", "mergejoin", "nestloop"])
async def test_one_is_claimed_and_the_others_are_left(
    superuser: asyncpg.Connection, clinic: Clinic, table: str, plan: str
) -> None:
    transaction = superuser.transaction()
    await transaction.start()
    try:
        await superuser.execute(f"DELETE FROM booking.{table}")  # whatever other tests have left to do
        for counted in (True, False, False):
            insert = _SOURCE if table == "busy_sources" else _CONNECTION
            await superuser.execute(insert, clinic.tenant, uuid4(), clinic.calendar.id)
            if counted:  # PostgreSQL believes that there is one
                await superuser.execute(f"ANALYZE booking.{table}")
        for other in {"hashjoin", "mergejoin", "nestloop"} - {plan}:
            await superuser.execute(f"SET LOCAL enable_{other} = off")
        claimed = await superuser.fetch(f"SELECT booking.claim_{table}(now(), now() + interval '1 minute', 1)")
        leased = await superuser.fetchval(f"SELECT count(*) FROM booking.{table} WHERE leased_until IS NOT NULL")
    finally:
        await transaction.rollback()
    assert (len(claimed), leased) == (1, 1)
