"""One number has one organization at a time."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from chassis.database.engine import Database
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from tenancy.domain.errors import OrganizationNotFound, PhoneNumberTaken
from tenancy.domain.evidence import Evidence, Source
from tenancy.domain.phone_numbers import PhoneNumber
from tenancy.store.directory import DirectoryStore
from tenancy.store.phone_numbers import PhoneNumberStore


@pytest.fixture
def numbers(database: Database) -> PhoneNumberStore:
    return PhoneNumberStore(database)


async def test_mapping_ones_own_number_again_says_anew_what_it_is_called(numbers, new_organization, new_number):
    tenant, number, vapi_id = await new_organization(), new_number(), uuid4()
    first = await numbers.map(tenant, number, {"clinic_name": "Front desk"})
    second = await numbers.map(tenant, number, {"clinic_name": "Reception", "vapi_phone_number_id": vapi_id})
    assert second == PhoneNumber(first.id, number, "Reception", vapi_id)
    assert await numbers.list(tenant) == [second]


@pytest.mark.parametrize("again", [{}, {"clinic_name": "Front desk"}])
async def test_what_is_not_said_anew_of_a_number_stays_as_it_is(numbers, new_organization, new_number, again):
    tenant, number = await new_organization(), new_number()
    first = await numbers.map(tenant, number, {"clinic_name": "Front desk", "vapi_phone_number_id": uuid4()})
    assert await numbers.map(tenant, number, again) == first


async def test_another_organizations_number_is_taken(numbers, new_organization, new_number):
    holder, other, number = await new_organization(), await new_organization(), new_number()
    await numbers.map(holder, number, {"clinic_name": "Front desk"})
    with pytest.raises(PhoneNumberTaken):
        await numbers.map(other, number, {"clinic_name": "Mine now"})
    assert await numbers.list(other) == []


@pytest.mark.parametrize("already_mapped", [False, True])
async def test_vapis_id_of_another_organizations_number_is_taken(numbers, new_organization, new_number, already_mapped):
    holder, other, vapi_id, number = await new_organization(), await new_organization(), uuid4(), new_number()
    await numbers.map(holder, new_number(), {"clinic_name": "Front desk", "vapi_phone_number_id": vapi_id})
    if already_mapped:
        await numbers.map(other, number, {"clinic_name": "Theirs"})
    with pytest.raises(PhoneNumberTaken):
        await numbers.map(other, number, {"clinic_name": "Theirs", "vapi_phone_number_id": vapi_id})


async def test_a_refusal_carries_nothing_of_the_holder(numbers, new_organization, new_number):
    holder, other, number = await new_organization(), await new_organization(), new_number()
    await numbers.map(holder, number, {"clinic_name": "Harbor Clinic", "vapi_phone_number_id": uuid4()})
    with pytest.raises(PhoneNumberTaken) as refusal:
        await numbers.map(other, number, {})
    assert (refusal.value.metadata, str(refusal.value)) == ({}, "PHONE_NUMBER_TAKEN")
    assert refusal.value.__cause__ is None


async def test_of_many_that_want_one_number_at_once_exactly_one_organization_gets_it(
    numbers, new_organization, new_number
):
    tenants, number = [await new_organization() for _ in range(4)], new_number()
    wishes = [numbers.map(tenant, number, {}) for tenant in tenants * 2]
    outcomes = await asyncio.gather(*wishes, return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, PhoneNumberTaken)]
    assert len(refused) == 6
    assert sorted([len(await numbers.list(tenant)) for tenant in tenants]) == [0, 0, 0, 1]


async def test_whoever_loses_a_race_for_a_number_to_itself_has_it_nevertheless(
    numbers, service_database: ServiceDatabase, new_organization, new_number
):
    tenant, number = await new_organization(), new_number()
    first = await asyncpg.connect(service_database.superuser_url)
    transaction = first.transaction()
    await transaction.start()
    await first.execute(
        "INSERT INTO tenancy.phone_number_mapping (org_id, inbound_phone_number, clinic_name, held)"
        " VALUES ($1, $2, '', '(,)')",
        tenant,
        number,
    )
    second = asyncio.create_task(numbers.map(tenant, number, {"clinic_name": "Front desk"}))
    while not await first.fetchval(  # PostgreSQL tells of a waiting lock only when asked
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    ):
        await asyncio.sleep(0.005)
    await transaction.commit()
    await first.close()
    assert await numbers.list(tenant) == [await second]


async def test_an_organization_that_does_not_exist_gets_no_number(numbers, new_number):
    with pytest.raises(OrganizationNotFound):
        await numbers.map(TenantId(uuid4()), new_number(), {})


async def test_numbers_are_listed_oldest_first(numbers, new_organization, new_number):
    tenant = await new_organization()
    mapped = [await numbers.map(tenant, new_number(), {}) for _ in range(3)]
    assert await numbers.list(tenant) == mapped


class TestHistory:
    """A number's owner is asked for an instant, and the first owner has always held it."""

    MOVED = datetime(2026, 3, 1, tzinfo=UTC)

    @pytest.fixture
    async def moved(self, service_database: ServiceDatabase, new_organization, new_number):
        """A number that one organization held until MOVED and another holds since."""
        before, since, number = await new_organization(), await new_organization(), new_number()
        connection = await asyncpg.connect(service_database.superuser_url)
        await connection.executemany(
            "INSERT INTO tenancy.phone_number_mapping (org_id, inbound_phone_number, clinic_name, held)"
            " VALUES ($1, $2, '', $3)",
            [
                (before, number, asyncpg.Range(None, self.MOVED)),
                (since, number, asyncpg.Range(self.MOVED, None)),
            ],
        )
        await connection.close()
        return before, since, Evidence(Source.CALLED_NUMBER, number)

    @pytest.mark.parametrize(
        ("at", "held_by"),
        [
            (datetime(1, 1, 1, tzinfo=UTC), 0),
            (datetime(2026, 2, 28, 23, 59, tzinfo=UTC), 0),
            (MOVED, 1),
            (None, 1),
            (datetime(9999, 12, 31, tzinfo=UTC), 1),
        ],
    )
    async def test_a_call_belongs_to_the_owner_at_its_start(self, database, moved, at, held_by):
        *owners, evidence = moved
        found = await DirectoryStore(database).routes([evidence], at)
        assert found[evidence].organization_id == owners[held_by]

    async def test_an_instant_in_the_future_counts_as_now(
        self, database, service_database, new_organization, new_number
    ):
        """A move that is planned does not yet answer for a message whose clock runs ahead."""
        holder, planned, number = await new_organization(), await new_organization(), new_number()
        connection = await asyncpg.connect(service_database.superuser_url)
        move = datetime(9000, 1, 1, tzinfo=UTC)
        await connection.executemany(
            "INSERT INTO tenancy.phone_number_mapping (org_id, inbound_phone_number, clinic_name, held)"
            " VALUES ($1, $2, '', $3)",
            [(holder, number, asyncpg.Range(None, move)), (planned, number, asyncpg.Range(move, None))],
        )
        await connection.close()
        evidence = Evidence(Source.CALLED_NUMBER, number)
        found = await DirectoryStore(database).routes([evidence], datetime(9500, 1, 1, tzinfo=UTC))
        assert found[evidence].organization_id == holder

    async def test_a_past_holder_no_longer_lists_the_number_and_cannot_have_it_back_by_mapping(self, database, moved):
        before, _since, evidence = moved
        numbers = PhoneNumberStore(database)
        assert await numbers.list(before) == []
        with pytest.raises(PhoneNumberTaken):
            await numbers.map(before, evidence.value, {})
