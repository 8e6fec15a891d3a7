"""The tables as queries use them are those that the migrations make."""

import asyncpg
import pytest
from sqlalchemy.dialects import postgresql

from tenancy.store.tables import metadata

COLUMNS = """
SELECT attname, attnotnull, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
KEY = """
SELECT array_agg(a.attname ORDER BY k.place)
FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place), pg_attribute a
WHERE i.indrelid = $1::text::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.number
"""


@pytest.fixture
async def superuser(service_database):
    connection = await asyncpg.connect(service_database.superuser_url)
    yield connection
    await connection.close()


async def test_every_table_is_known_and_no_other(superuser):
    there = await superuser.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'tenancy'")
    assert {name for (name,) in there} - {"alembic_version"} == set(metadata.tables)


@pytest.mark.parametrize("name", metadata.tables)
async def test_a_tables_columns_are_the_databases(superuser, name):
    written = [
        (column.name, not column.nullable, column.type.compile(postgresql.dialect()).lower())
        for column in metadata.tables[name].columns
    ]
    there = await superuser.fetch(COLUMNS, f"tenancy.{name}")
    assert written == [tuple(column) for column in there]


@pytest.mark.parametrize("name", metadata.tables)
async def test_a_tables_key_is_the_databases_and_begins_with_the_organization(superuser, name):
    key = await superuser.fetchval(KEY, f"tenancy.{name}")
    assert [column.name for column in metadata.tables[name].primary_key] == key
    assert key[0] == ("id" if name == "organizations" else "org_id")
