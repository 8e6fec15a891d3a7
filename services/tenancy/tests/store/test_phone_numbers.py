"""One number has one organization at a time."""

import asyncio
import itertools
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from chassis.database.engine import Database
from chassis.database.faults import DatabaseTooSlow
from chassis.tenant import TenantId
from chassis.testing.databases import ServiceDatabase
from tenancy.domain.errors import OrganizationNotFound, PhoneNumberTaken
from tenancy.domain.numbers.phone_numbers import PhoneNumber
from tenancy.domain.routing.evidence import Evidence, Source
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
    described = await second
    assert await numbers.list(tenant) == [described]


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
        assert found[evidence].owner.organization_id == owners[held_by]

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
        assert found[evidence].owner.organization_id == holder

    async def test_a_past_holder_no_longer_lists_the_number_and_cannot_have_it_back_by_mapping(self, database, moved):
        before, _since, evidence = moved
        numbers = PhoneNumberStore(database)
        assert await numbers.list(before) == []
        with pytest.raises(PhoneNumberTaken):
            await numbers.map(before, evidence.value, {})


class TestReleasing:
    async def test_a_released_number_is_held_no_longer_and_is_kept_as_history(
        self, numbers, new_organization, new_number
    ):
        tenant = await new_organization()
        mapped = await numbers.map(tenant, new_number(), {"clinic_name": "Front desk"})
        released = await numbers.release(tenant, mapped.id)
        assert released == replace(mapped, held_until=released.held_until)
        assert released.held_until is not None
        assert (await numbers.list(tenant), await numbers.list(tenant, with_former=True)) == ([], [released])

    async def test_what_is_not_held_cannot_be_released(self, numbers, new_organization, new_number):
        holder, other = await new_organization(), await new_organization()
        mapped = await numbers.map(holder, new_number(), {})
        assert await numbers.release(other, mapped.id) is None
        assert await numbers.release(holder, uuid4()) is None
        assert await numbers.release(holder, mapped.id) is not None
        assert await numbers.release(holder, mapped.id) is None

    @pytest.mark.parametrize("by_whom", [0, 1])
    async def test_a_number_that_was_held_begins_anew_and_leaves_the_past_to_whom_it_belongs(
        self, database, numbers, new_organization, new_number, by_whom
    ):
        tenants, number, vapi_id = [await new_organization() for _ in range(2)], new_number(), uuid4()
        first = await numbers.map(tenants[0], number, {"vapi_phone_number_id": vapi_id})
        released = await numbers.release(tenants[0], first.id)
        again = await numbers.map(tenants[by_whom], number, {"vapi_phone_number_id": vapi_id})
        assert again.held_from is not None
        assert again.held_from > released.held_until
        for source, value in ((Source.CALLED_NUMBER, number), (Source.PHONE_NUMBER_ID, str(vapi_id))):
            evidence, directory = Evidence(source, value), DirectoryStore(database)
            before, between, since = [
                (await directory.routes([evidence], at))[evidence].owner
                for at in (datetime(2026, 1, 1, tzinfo=UTC), released.held_until, again.held_from)
            ]
            assert before.organization_id == tenants[0]
            assert between is None
            assert since.organization_id == tenants[by_whom]

    async def test_a_new_number_with_vapis_id_of_a_former_one_leaves_that_ones_past_alone(
        self, numbers, new_organization, new_number
    ):
        tenant, other, vapi_id = await new_organization(), await new_organization(), uuid4()
        mapped = await numbers.map(tenant, new_number(), {"vapi_phone_number_id": vapi_id})
        released = await numbers.release(tenant, mapped.id)
        assert (
            await numbers.map(other, new_number(), {"vapi_phone_number_id": vapi_id})
        ).held_from > released.held_until


class TestMoving:
    async def test_a_moved_number_changes_hands_at_one_instant_with_vapis_id_of_it(
        self, numbers, new_organization, new_number
    ):
        holder, receiver = await new_organization(), await new_organization()
        mapped = await numbers.map(holder, new_number(), {"vapi_phone_number_id": uuid4()})
        moved = await numbers.move(receiver, mapped.number, holder, {})
        (former,) = await numbers.list(holder, with_former=True)
        assert former == replace(mapped, held_until=moved.held_from)
        assert moved == replace(mapped, id=moved.id, held_from=former.held_until)
        assert (await numbers.list(holder), await numbers.list(receiver)) == ([], [moved])

    async def test_what_its_holder_called_it_is_not_told_to_its_receiver(self, numbers, new_organization, new_number):
        holder, receiver, number = await new_organization(), await new_organization(), new_number()
        await numbers.map(holder, number, {"clinic_name": "Harbor Clinic"})
        assert (await numbers.move(receiver, number, holder, {})).clinic_name == ""

    @pytest.mark.parametrize(
        "description", [{"clinic_name": "Lakeside"}, {"vapi_phone_number_id": uuid4()}, {"vapi_phone_number_id": None}]
    )
    async def test_its_receiver_describes_it_in_the_same_step(self, numbers, new_organization, new_number, description):
        holder, receiver = await new_organization(), await new_organization()
        mapped = await numbers.map(holder, new_number(), {"vapi_phone_number_id": uuid4()})
        moved = await numbers.move(receiver, mapped.number, holder, description)
        assert moved == replace(mapped, id=moved.id, held_from=moved.held_from, **description)

    async def test_a_move_that_names_another_numbers_vapi_id_moves_nothing(self, numbers, new_organization, new_number):
        holder, receiver, vapi_id = await new_organization(), await new_organization(), uuid4()
        await numbers.map(await new_organization(), new_number(), {"vapi_phone_number_id": vapi_id})
        mapped = await numbers.map(holder, new_number(), {})
        with pytest.raises(PhoneNumberTaken):
            await numbers.move(receiver, mapped.number, holder, {"vapi_phone_number_id": vapi_id})
        assert await numbers.list(holder) == [mapped]

    async def test_moving_it_again_changes_nothing(self, numbers, new_organization, new_number):
        holder, receiver, number = await new_organization(), await new_organization(), new_number()
        await numbers.map(holder, number, {"clinic_name": "Desk"})
        moved = await numbers.move(receiver, number, holder, {})
        assert await numbers.move(receiver, number, holder, {"clinic_name": "Another name"}) == moved
        assert await numbers.list(receiver, with_former=True) == [moved]

    async def test_moving_it_to_whom_it_belongs_changes_nothing(self, numbers, new_organization, new_number):
        holder, number = await new_organization(), new_number()
        mapped = await numbers.map(holder, number, {})
        assert await numbers.move(holder, number, holder, {}) == mapped

    async def test_nobody_moves_what_the_named_organization_does_not_hold(self, numbers, new_organization, new_number):
        holder, receiver, third, number = [*[await new_organization() for _ in range(3)], new_number()]
        mapped = await numbers.map(holder, number, {})
        for asked in (number, new_number()):
            assert await numbers.move(receiver, asked, third, {}) is None
        assert await numbers.move(receiver, number, receiver, {}) is None
        assert await numbers.list(holder) == [mapped]

    async def test_a_move_to_an_organization_that_does_not_exist_changes_nothing(
        self, numbers, new_organization, new_number
    ):
        holder, number = await new_organization(), new_number()
        mapped = await numbers.map(holder, number, {})
        with pytest.raises(OrganizationNotFound):
            await numbers.move(TenantId(uuid4()), number, holder, {})
        assert await numbers.list(holder) == [mapped]

    async def test_there_and_back_again_is_three_holdings_without_gap(self, numbers, new_organization, new_number):
        first, second, number = await new_organization(), await new_organization(), new_number()
        await numbers.map(first, number, {})
        there = await numbers.move(second, number, first, {})
        back = await numbers.move(first, number, second, {})
        oldest, newest = await numbers.list(first, with_former=True)
        (between,) = await numbers.list(second, with_former=True)
        assert [oldest.held_until, between.held_from] == [there.held_from] * 2
        assert [between.held_until, newest.held_from] == [back.held_from] * 2

    async def test_under_many_movers_at_once_a_number_has_exactly_one_owner_at_every_instant(
        self, service_database: ServiceDatabase, new_organization, new_number
    ):
        """Everybody moves it from whoever they believe holds it; most are wrong, or late where machines are slow."""
        database = await _connected(service_database, 32)
        numbers, tenants, number = (
            PhoneNumberStore(database),
            [await new_organization() for _ in range(8)],
            new_number(),
        )
        await numbers.map(tenants[0], number, {"vapi_phone_number_id": uuid4()})
        for _round in range(6):
            pairs = [(tenants[turn % 8], tenants[(turn * 3 + turn // 8 + 1) % 8]) for turn in range(32)]
            moves = [numbers.move(receiver, number, holder, {}) for holder, receiver in pairs]
            outcomes = await asyncio.gather(*moves, return_exceptions=True)
            assert _faults(outcomes) <= {DatabaseTooSlow}
            assert sum([len(await numbers.list(tenant)) for tenant in tenants]) == 1
        await database.close()
        history = await _history(service_database, number)
        assert len(history) > 6
        assert (history[0].lower, history[-1].upper) == (None, None)
        assert [one.upper for one in history[:-1]] == [one.lower for one in history[1:]]

    async def test_movers_mappers_and_releasers_at_once_never_wait_for_each_other_in_a_circle(
        self, service_database: ServiceDatabase, new_organization, new_number
    ):
        database = await _connected(service_database, 32)
        numbers, tenants = PhoneNumberStore(database), [await new_organization() for _ in range(4)]
        lines, vapi_id = [new_number() for _ in range(2)], uuid4()

        async def release(tenant: TenantId) -> None:
            for held in await numbers.list(tenant):
                await numbers.release(tenant, held.id)

        for _round in range(6):
            wishes = [
                wish
                for tenant in tenants
                for line in lines
                for wish in (
                    numbers.map(tenant, line, {"vapi_phone_number_id": vapi_id}),
                    numbers.move(tenant, line, tenants[0], {}),
                    release(tenant),
                )
            ]
            outcomes = await asyncio.gather(*wishes, return_exceptions=True)
            assert _faults(outcomes) <= {PhoneNumberTaken, DatabaseTooSlow}
        await database.close()
        for line in lines:
            history = await _history(service_database, line)
            assert all(one.upper <= other.lower for one, other in itertools.pairwise(history))


class TestListing:
    async def test_pages_lead_through_every_number_once_oldest_first(self, numbers, new_organization, new_number):
        tenant = await new_organization()
        mapped = [await numbers.map(tenant, new_number(), {}) for _ in range(5)]
        seen = await numbers.list(tenant, limit=2)
        while page := await numbers.list(tenant, after=seen[-1].id, limit=2):
            seen = [*seen, *page]
        assert seen == mapped

    async def test_a_place_in_another_organizations_list_is_a_place_in_none(
        self, numbers, new_organization, new_number
    ):
        tenant, other = await new_organization(), await new_organization()
        for _ in range(2):
            await numbers.map(tenant, new_number(), {})
        foreign = await numbers.map(other, new_number(), {})
        assert await numbers.list(tenant, after=foreign.id) == []


async def _connected(service_database: ServiceDatabase, connections: int) -> Database:
    """With so many open connections: made all at once, the last would take longer than one may take."""
    database = Database(service_database.app_url, pool_size=connections)
    async with AsyncExitStack() as transactions:
        for _ in range(connections):
            await transactions.enter_async_context(database.directory_transaction())
    return database


def _faults(outcomes: Sequence[object]) -> set[type]:
    return {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)}


async def _history(service_database: ServiceDatabase, number: str) -> list[asyncpg.Range]:
    """When whoever held a number, oldest first."""
    connection = await asyncpg.connect(service_database.superuser_url)
    rows = await connection.fetch(
        "SELECT held FROM tenancy.phone_number_mapping WHERE inbound_phone_number = $1 ORDER BY held", number
    )
    await connection.close()
    return [held for (held,) in rows]
