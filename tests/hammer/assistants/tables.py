"""The tables of assistant-sync, between two scenarios."""

import asyncpg


async def empty(connection: asyncpg.Connection) -> None:
    """Nothing of what was played before is left."""
    tables = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables"
        " WHERE schemaname = 'assistant_sync' AND tablename <> 'alembic_version'"
    )
    await connection.execute(f"TRUNCATE {', '.join(table['name'] for table in tables)}")
