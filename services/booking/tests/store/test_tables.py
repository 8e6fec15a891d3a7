"""The tables as queries use them are those that the migrations make."""

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql

from booking.store.tables import metadata

COLUMNS = """
SELECT a.attname AS name, a.attnotnull AS required, format_type(a.atttypid, a.atttypmod) AS type
FROM pg_attribute a WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
KEY = """
SELECT array_agg(a.attname ORDER BY k.place) FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place),
  pg_attribute a
WHERE i.indrelid = $1::text::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.number
"""
GRANTS = """
SELECT table_name, string_agg(privilege_type, ', ' ORDER BY privilege_type) FROM information_schema.role_table_grants
WHERE grantee = 'booking_app' AND table_schema = 'booking' GROUP BY table_name
"""
ALIASES = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp"}


def spelled(type_name: str) -> str:
    """PostgreSQL and SQLAlchemy spell some types differently."""
    lower = type_name.lower()
    return ALIASES.get(lower, lower)


async def test_every_table_is_known_and_no_other(superuser: asyncpg.Connection) -> None:
    there = {row[0] for row in await superuser.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'booking'")}
    assert there - {"alembic_version"} == set(metadata.tables)


@pytest.mark.parametrize("name", metadata.tables)
async def test_a_tables_columns_are_the_databases(superuser: asyncpg.Connection, name: str) -> None:
    table = metadata.tables[name]
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it
    written = [(c.name, not c.nullable, spelled(c.type.compile(dialect))) for c in table.columns]

    there = [
        (row["name"], row["required"], spelled(row["type"]))
        for row in await superuser.fetch(COLUMNS, f"booking.{name}")
    ]

    assert written == there


@pytest.mark.parametrize("name", metadata.tables)
async def test_a_tables_key_is_the_databases_and_begins_with_the_organization(
    superuser: asyncpg.Connection, name: str
) -> None:
    key = await superuser.fetchval(KEY, f"booking.{name}")
    assert [column.name for column in metadata.tables[name].primary_key] == key
    assert key[0] == "org_id"


async def test_the_application_may_do_only_what_it_does(superuser: asyncpg.Connection) -> None:
    assert dict(await superuser.fetch(GRANTS)) == {
        "calendars": "INSERT, SELECT",
        "opening_hours": "INSERT, SELECT",
        "services": "INSERT, SELECT",
        "contacts": "INSERT, SELECT, UPDATE",
        "appointments": "INSERT, SELECT",
        "tool_calls": "INSERT, SELECT, UPDATE",
    }
