"""What was there before one name and one address were one contact."""

import asyncio
from collections.abc import Iterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.database.migrations import migrate
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase

CONTACT = """
INSERT INTO booking.contacts (org_id, id, name, name_key, phone, email, created_at)
VALUES ($1, $2, 'Ana', 'ana', $3, $4, timestamptz '2026-01-01' + make_interval(hours => $5))
"""


@pytest.fixture
def own_database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("booking") as database:
        yield database


async def test_of_contacts_with_one_name_and_address_the_elder_keeps_the_address(own_database: ServiceDatabase) -> None:
    for revision in ("base", "0003"):
        await asyncio.to_thread(migrate, "booking", "booking", own_database.owner_url, revision)
    superuser = await asyncpg.connect(own_database.superuser_url)
    org, other_org = uuid4(), uuid4()
    contacts: list[tuple[UUID, str | None, str | None, str | None]] = [
        (org, "+14155550101", "ana@example.com", "ana@example.com"),
        (org, "+14155550102", "ana@example.com", None),
        (org, None, "ana@example.com", None),
        (org, "+14155550103", "ana@example.org", "ana@example.org"),
        (org, "+14155550104", None, None),
        (other_org, "+14155550101", "ana@example.com", "ana@example.com"),
    ]
    ids = [uuid4() for _ in contacts]
    for hours, (contact_id, (tenant, phone, email, _)) in enumerate(zip(ids, contacts, strict=True)):
        await superuser.execute(CONTACT, tenant, contact_id, phone, email, hours)

    await asyncio.to_thread(migrate, "booking", "booking", own_database.owner_url)

    kept = dict(await superuser.fetch("SELECT id, email FROM booking.contacts"))
    forced = await superuser.fetchval(
        "SELECT relforcerowsecurity FROM pg_class WHERE oid = 'booking.contacts'::regclass"
    )
    await superuser.close()
    assert [kept[contact_id] for contact_id in ids] == [expected for *_, expected in contacts]
    assert forced
