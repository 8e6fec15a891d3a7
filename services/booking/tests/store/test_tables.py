"""The tables as queries use them are those that the migrations make, and may be used as they are."""

import asyncpg

from booking.store.tables import metadata
from chassis.testing.databases import ServiceDatabase
from chassis.testing.tables import assert_tables_are_the_databases

GRANTS = """
SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) FROM information_schema.role_table_grants
WHERE grantee = 'booking_app' AND table_schema = 'booking' GROUP BY table_name
"""


async def test_the_tables_are_the_databases(service_database: ServiceDatabase) -> None:
    await assert_tables_are_the_databases(service_database, "booking", metadata)


async def test_the_application_may_do_only_what_it_does(superuser: asyncpg.Connection) -> None:
    assert dict(await superuser.fetch(GRANTS)) == {
        "calendars": "INSERT, SELECT",
        "opening_hours": "INSERT, SELECT",
        "services": "INSERT, SELECT",
        "contacts": "INSERT, SELECT, UPDATE",
        "appointments": "INSERT, SELECT",
        "tool_calls": "INSERT, SELECT, UPDATE",
    }
