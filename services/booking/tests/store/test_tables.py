"""The tables as queries use them are those that the migrations make."""

from booking.store.tables import metadata
from chassis.testing.databases import ServiceDatabase
from chassis.testing.tables import assert_tables_are_the_databases


async def test_the_tables_are_the_databases(service_database: ServiceDatabase) -> None:
    await assert_tables_are_the_databases(service_database, "booking", metadata)
