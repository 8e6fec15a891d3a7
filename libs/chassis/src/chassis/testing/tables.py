"""Whether a service's tables, as its queries use them, are those that its migrations make."""

import asyncpg
from sqlalchemy import MetaData, Table
from sqlalchemy.dialects import postgresql

from chassis.testing.databases import ServiceDatabase

_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'alembic_version'"
_COLUMNS = """
SELECT attname, attnotnull, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_KEY = """
SELECT array_agg(a.attname ORDER BY k.place)
FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k(number, place), pg_attribute a
WHERE i.indrelid = $1::text::regclass AND i.indisprimary AND a.attrelid = i.indrelid AND a.attnum = k.number
"""
_SPELLED = {"timestamp with time zone": "timestamptz", "timestamp without time zone": "timestamp"}
"""PostgreSQL and SQLAlchemy spell some types differently."""

Columns = list[tuple[str, bool, str]]
"""Name, whether a value is needed, type; in the order of the table."""


async def assert_tables_are_the_databases(database: ServiceDatabase, schema: str, metadata: MetaData) -> None:
    """Fails if a table is missing on either side, or if names, types, keys or what may be null differ."""
    connection = await asyncpg.connect(database.superuser_url)
    try:
        there = {row[0] for row in await connection.fetch(_TABLES, schema)}
        assert there == set(metadata.tables), "the migrations make other tables than tables.py has"
        for name, table in metadata.tables.items():
            columns = await connection.fetch(_COLUMNS, f"{schema}.{name}")
            assert _written(table) == [(column, needed, _spelled(kind)) for column, needed, kind in columns], name
            assert [column.name for column in table.primary_key] == await connection.fetchval(_KEY, f"{schema}.{name}")
    finally:
        await connection.close()


def _written(table: Table) -> Columns:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy does not type it
    return [(one.name, not one.nullable, _spelled(one.type.compile(dialect))) for one in table.columns]


def _spelled(kind: str) -> str:
    return _SPELLED.get(kind.lower(), kind.lower())
