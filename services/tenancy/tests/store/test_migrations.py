import asyncio

import asyncpg

from chassis.database.migrations import migrate
from chassis.testing.plugin import ProvideDatabase


async def _relations(url: str) -> set[str]:
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT relname FROM pg_class WHERE relnamespace = 'tenancy'::regnamespace")
    functions = await connection.fetch("SELECT proname FROM pg_proc WHERE pronamespace = 'tenancy'::regnamespace")
    await connection.close()
    return {name for (name,) in [*rows, *functions]}


def test_the_migrations_can_be_undone(provide_database: ProvideDatabase):
    with provide_database("tenancy") as provided:
        migrate("tenancy", "tenancy", provided.owner_url, "base")
        assert asyncio.run(_relations(provided.superuser_url)) == {"alembic_version", "alembic_version_pkc"}
