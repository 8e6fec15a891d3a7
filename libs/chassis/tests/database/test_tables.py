"""The comparison of tables with a migrated database can fail."""

import pytest
from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

from chassis.testing.databases import ServiceDatabase
from chassis.testing.tables import assert_tables_are_the_databases


async def compare(database: ServiceDatabase, *columns: Column[object]) -> None:
    """Against booking's tables but one, which is written as given."""
    from booking.store.tables import metadata as real

    metadata = MetaData()
    for table in real.tables.values():
        if table.name != "calendars":
            table.to_metadata(metadata)
    Table("calendars", metadata, *columns)
    await assert_tables_are_the_databases(database, "booking", metadata)


def columns(**changes: Column[object]) -> list[Column[object]]:
    usual: dict[str, Column[object]] = {
        "org_id": Column("org_id", Uuid, primary_key=True),
        "id": Column("id", Uuid, primary_key=True),
        "name": Column("name", Text, nullable=False),
        "timezone": Column("timezone", Text, nullable=False),
        "retired_at": Column("retired_at", DateTime(timezone=True)),
    }
    return list((usual | changes).values())


async def test_tables_written_as_they_are_pass(service_database: ServiceDatabase) -> None:
    await compare(service_database, *columns())


@pytest.mark.parametrize(
    "changed",
    [
        {"name": Column("name", Text, nullable=True)},
        {"name": Column("name", Uuid, nullable=False)},
        {"name": Column("title", Text, nullable=False)},
        {"id": Column("id", Uuid, nullable=False)},
        {"more": Column("more", Text)},
    ],
    ids=["may be null", "type", "name", "key", "one more"],
)
async def test_a_table_written_otherwise_fails(
    service_database: ServiceDatabase, changed: dict[str, Column[object]]
) -> None:
    with pytest.raises(AssertionError):
        await compare(service_database, *columns(**changed))
