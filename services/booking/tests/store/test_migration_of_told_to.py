"""Who heard of an appointment before it knew by itself whom it is told to hears of it still."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.database.migrations import migrate
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase

CALENDAR = "INSERT INTO booking.calendars (org_id, id, name, timezone) VALUES ($1, $2, 'Room', 'UTC')"
SERVICE = """
INSERT INTO booking.services (org_id, id, name, duration_minutes, step_minutes, buffer_before_minutes,
  buffer_after_minutes, lead_time_minutes, horizon_days, default_service)
VALUES ($1, $2, 'Consultation', 30, 15, 0, 0, 0, 180, true)
"""
CONTACT = """
INSERT INTO booking.contacts (org_id, id, name, name_key, phone, phone_since)
VALUES ($1, $2, 'Ana', $2::uuid::text, $3, now() + make_interval(hours => $4))
"""
APPOINTMENT = """
INSERT INTO booking.appointments (org_id, id, calendar_id, service_id, contact_id, starts_at, ends_at, occupied,
  timezone, local_start, status, vapi_call_id)
SELECT $1, $2, $3, $4, $5, t, t + interval '30 minutes', tstzrange(t, t + interval '30 minutes'), 'UTC', t, 'booked', $6
FROM (SELECT now() + make_interval(hours => $7) AS t) AS start
"""
NUMBER = "+14155550101"


@pytest.fixture
def own_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("booking") as database:
        yield database


async def test_who_heard_of_an_appointment_to_come_hears_of_it_still(own_database: ServiceDatabase) -> None:
    for revision in ("base", "0007"):
        await asyncio.to_thread(migrate, "booking", "booking", own_database.owner_url, revision)
    superuser = await asyncpg.connect(own_database.superuser_url)
    org, calendar, service = uuid4(), uuid4(), uuid4()
    await superuser.execute(CALENDAR, org, calendar)
    await superuser.execute(SERVICE, org, service)
    cases = [
        # The contact's number, since when it is theirs, and the appointment's start, in hours from now.
        (NUMBER, -1, 24, NUMBER),
        (NUMBER, 1, 48, None),
        (None, -1, 72, None),
        (NUMBER, -1, -24, None),
    ]
    made: dict[UUID, str | None] = {}
    for phone, since, start, expected in cases:
        contact, appointment = uuid4(), uuid4()
        await superuser.execute(CONTACT, org, contact, phone, since)
        await superuser.execute(APPOINTMENT, org, appointment, calendar, service, contact, str(appointment), start)
        made[appointment] = expected

    await asyncio.to_thread(migrate, "booking", "booking", own_database.owner_url)

    told_to = dict(await superuser.fetch("SELECT id, told_to FROM booking.appointments"))
    forced = await superuser.fetch(
        "SELECT relname FROM pg_class WHERE relname = ANY ($1) AND NOT relforcerowsecurity",
        ["appointments", "contacts", "misses"],
    )
    await superuser.close()
    assert told_to == made
    assert forced == []
