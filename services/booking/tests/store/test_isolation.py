"""No organization sees another's rows: asked of the tables as they are."""

from typing import Any

import asyncpg
import pytest

from chassis.testing.databases import ServiceDatabase
from chassis.testing.row_security import assert_catalogue_is_sound, assert_tenants_are_isolated


async def test_organizations_are_kept_apart_in_every_table(service_database: ServiceDatabase, insert: Any) -> None:
    await insert()
    await assert_tenants_are_isolated(service_database, "booking")


async def test_what_keeps_them_apart_is_in_the_catalogue(service_database: ServiceDatabase) -> None:
    await assert_catalogue_is_sound(service_database, "booking", listed_functions=set())


@pytest.mark.parametrize(
    ("statement", "undo"),
    [
        (
            "ALTER TABLE booking.contacts NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE booking.contacts FORCE ROW LEVEL SECURITY",
        ),
        ("GRANT TRUNCATE ON booking.contacts TO booking_app", "REVOKE TRUNCATE ON booking.contacts FROM booking_app"),
    ],
)
async def test_a_hole_is_found(
    service_database: ServiceDatabase, superuser: asyncpg.Connection, statement: str, undo: str
) -> None:
    await superuser.execute(statement)
    try:
        with pytest.raises(AssertionError, match="contacts"):
            await assert_catalogue_is_sound(service_database, "booking", listed_functions=set())
    finally:
        await superuser.execute(undo)
