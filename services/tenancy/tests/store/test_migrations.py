import asyncio

import asyncpg

from chassis.database.migrations import migrate
from chassis.testing.plugin import ProvideDatabase
from tenancy.store.tables import metadata


async def _columns(url: str) -> dict[str, set[str]]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'tenancy'"
    )
    await connection.close()
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], set()).add(row["column_name"])
    return found


def test_the_migrations_make_the_tables_that_the_queries_know_and_can_be_undone(provide_database: ProvideDatabase):
    known = {table.name: {column.name for column in table.columns} for table in metadata.tables.values()}
    with provide_database("tenancy") as provided:
        made = asyncio.run(_columns(provided.superuser_url))
        assert {name: columns for name, columns in made.items() if name != "alembic_version"} == known
        migrate("tenancy", "tenancy", provided.owner_url, "base")
        assert set(asyncio.run(_columns(provided.superuser_url))) == {"alembic_version"}
