"""The tables as queries use them are those that the migrations make."""

from assistant_sync.store.tables import metadata
from chassis.testing.databases import ServiceDatabase
from chassis.testing.tables import assert_tables_are_the_databases


async def test_the_tables_are_the_databases(database: ServiceDatabase) -> None:
    await assert_tables_are_the_databases(database, "assistant_sync", metadata)
