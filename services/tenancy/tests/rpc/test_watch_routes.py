"""What changes is told to whoever keeps routes: all of it, in order, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from uuid import uuid4

import asyncpg
import pytest

from chassis.database.engine import Database
from chassis.errors import Kind, RemoteError
from chassis.rpc.client import RpcClient
from chassis.tenant import tenant_scope
from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from chassis.testing.servers import served
from switchboard.tenancy.v1.organization_service_pb2 import Organization, UpdateOrganizationRequest
from switchboard.tenancy.v1.organization_service_pb2_grpc import OrganizationServiceStub
from switchboard.tenancy.v1.phone_number_service_pb2 import (
    ListPhoneNumbersRequest,
    MapPhoneNumberRequest,
    MovePhoneNumberRequest,
    ReleasePhoneNumberRequest,
)
from switchboard.tenancy.v1.phone_number_service_pb2_grpc import PhoneNumberServiceStub
from switchboard.tenancy.v1.tenancy_service_pb2 import (
    RegisterAssistantRequest,
    WatchRoutesRequest,
    WatchRoutesResponse,
)
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy.app import DOMAIN, add_services
from tenancy.domain.routing import watch_routes
from tenancy.store.organizations import OrganizationStore

PATIENCE = 20.0
"""Seconds until a test that waits in vain is given up."""


class Watch:
    """A stream of WatchRoutes, read message by message."""

    def __init__(self, stream: AsyncIterator[WatchRoutesResponse]) -> None:
        self._stream = stream

    async def next(self) -> WatchRoutesResponse:
        async with asyncio.timeout(PATIENCE):
            return await anext(self._stream)

    async def next_of(self, kind: str) -> WatchRoutesResponse:
        async with asyncio.timeout(PATIENCE):
            while (message := await anext(self._stream)).WhichOneof("event") != kind:
                pass
            return message

    async def changes(self, count: int) -> list[WatchRoutesResponse]:
        return [await self.next_of("changed") for _ in range(count)]

    async def ending(self) -> RemoteError:
        with pytest.raises(RemoteError) as ending:
            async with asyncio.timeout(PATIENCE):
                async for _ in self._stream:
                    pass
        return ending.value


Watching = Callable[..., AbstractAsyncContextManager[Watch]]


def watching_with(client: RpcClient) -> Watching:
    @asynccontextmanager
    async def watching(after: int | None = None) -> AsyncIterator[Watch]:
        stream = client.stub(TenancyServiceStub).WatchRoutes(WatchRoutesRequest(after_version=after))
        try:
            yield Watch(stream)
        finally:
            await stream.aclose()

    return watching


@pytest.fixture
def watching(client) -> Watching:
    return watching_with(client)


@pytest.fixture
def numbers(client):
    return client.stub(PhoneNumberServiceStub)


@pytest.fixture
async def superuser(service_database: ServiceDatabase):
    connection = await asyncpg.connect(
        service_database.superuser_url, server_settings={"search_path": "tenancy, public"}
    )
    yield connection
    await connection.close()


@pytest.fixture
def map_number(numbers, new_number):
    """Maps a new number to an organization; answers the number."""

    async def mapped(tenant, **description: str) -> str:
        number = new_number()
        with tenant_scope(tenant):
            await numbers.MapPhoneNumber(MapPhoneNumberRequest(number=number, **description), timeout=5)
        return number

    return mapped


@pytest.fixture
def own(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    """A database that a test may break."""
    with provide_database("tenancy") as provided:
        yield provided


async def test_whoever_keeps_nothing_begins_at_the_present_version(watching, new_organization, superuser):
    await new_organization()
    async with watching() as watch:
        opening = await watch.next()
    assert opening.opened.forget
    assert opening.version == await superuser.fetchval("SELECT route_version()") > 0


class TestChanges:
    """Whatever makes an answer of ResolveTenant untrue is told, with the evidence it is about."""

    @pytest.fixture
    async def told_of(self, watching):
        """What is told while something is done."""

        @asynccontextmanager
        async def listening() -> AsyncIterator[Callable]:
            async with watching() as watch:
                await watch.next_of("opened")

                async def evidence(count: int = 1) -> set[str]:
                    return {value for change in await watch.changes(count) for value in change.changed.evidence}

                yield evidence

        return listening

    async def test_a_number_that_is_mapped(self, told_of, map_number, new_organization):
        tenant, vapi_id = await new_organization(), str(uuid4())
        async with told_of() as told:
            number = await map_number(tenant, vapi_phone_number_id=vapi_id)
            assert await told() == {number, vapi_id}

    async def test_vapis_id_of_a_number_the_former_and_the_present(
        self, told_of, numbers, map_number, new_organization
    ):
        tenant, former, present = await new_organization(), str(uuid4()), str(uuid4())
        number = await map_number(tenant, vapi_phone_number_id=former)
        async with told_of() as told:
            with tenant_scope(tenant):
                again = MapPhoneNumberRequest(number=number, vapi_phone_number_id=present)
                await numbers.MapPhoneNumber(again, timeout=5)
            assert await told() == {number, former, present}

    async def test_a_number_that_moves(self, told_of, numbers, map_number, new_organization):
        holder, receiver, vapi_id = await new_organization(), await new_organization(), str(uuid4())
        number = await map_number(holder, vapi_phone_number_id=vapi_id)
        async with told_of() as told:
            with tenant_scope(receiver):
                move = MovePhoneNumberRequest(number=number, from_organization_id=str(holder))
                await numbers.MovePhoneNumber(move, timeout=5)
            assert await told(2) == {number, vapi_id}

    async def test_a_number_that_is_released(self, told_of, numbers, map_number, new_organization):
        tenant = await new_organization()
        number = await map_number(tenant)
        async with told_of() as told:
            with tenant_scope(tenant):
                (held,) = (await numbers.ListPhoneNumbers(ListPhoneNumbersRequest(), timeout=5)).phone_numbers
                await numbers.ReleasePhoneNumber(ReleasePhoneNumberRequest(id=held.id), timeout=5)
            assert await told() == {number}

    async def test_an_assistant_that_is_registered(self, told_of, client, new_organization):
        tenant, assistant_id = await new_organization(), str(uuid4())
        async with told_of() as told:
            with tenant_scope(tenant):
                register = RegisterAssistantRequest(vapi_assistant_id=assistant_id)
                await client.stub(TenancyServiceStub).RegisterAssistant(register, timeout=5)
            assert await told() == {assistant_id}

    async def test_an_organization_that_is_created_suspended_and_resumed(self, told_of, client, new_organization):
        organizations = client.stub(OrganizationServiceStub)
        async with told_of() as told:
            tenant = str(await new_organization())
            for status in (Organization.SUSPENDED, Organization.ACTIVE):
                change = UpdateOrganizationRequest(organization_id=tenant, status=status)
                await organizations.UpdateOrganization(change, timeout=5)
            assert [await told() for _ in range(3)] == [{tenant}] * 3

    async def test_not_what_changes_no_answer(self, told_of, client, numbers, map_number, new_organization):
        tenant = await new_organization()
        number = await map_number(tenant)
        async with told_of() as told:
            with tenant_scope(tenant):
                renamed = UpdateOrganizationRequest(organization_id=str(tenant), name="Harbor Clinic")
                await client.stub(OrganizationServiceStub).UpdateOrganization(renamed, timeout=5)
                renamed = MapPhoneNumberRequest(number=number, clinic_name="Reception")
                await numbers.MapPhoneNumber(renamed, timeout=5)
            other = await map_number(tenant)
            assert await told() == {other}

    async def test_not_what_was_rolled_back(self, told_of, superuser, map_number, new_organization):
        tenant = await new_organization()
        async with told_of() as told:
            transaction = superuser.transaction()
            await transaction.start()
            await superuser.execute("UPDATE organizations SET status = 'suspended' WHERE id = $1", tenant)
            await transaction.rollback()
            other = await map_number(tenant)
            assert await told() == {other}

    async def test_what_a_hand_changes_at_the_table_itself(
        self, told_of, service_database: ServiceDatabase, map_number, new_organization
    ):
        tenant = await new_organization()
        number = await map_number(tenant)
        owner = await asyncpg.connect(service_database.owner_url)
        async with told_of() as told:
            await owner.execute(f"SET app.org_id = '{tenant}'")
            await owner.execute("UPDATE phone_number_mapping SET held = '[2026-01-01,)'")
            await owner.execute("DELETE FROM phone_number_mapping")
            assert [await told() for _ in range(2)] == [{number}] * 2
        await owner.close()

    async def test_a_table_that_is_emptied(self, own, sealer):
        organization = await _create_organization(own)
        async with _client_of(own, sealer) as client, watching_with(client)() as watch:
            await watch.next_of("opened")
            await _execute(own.superuser_url, "TRUNCATE tenancy.organizations CASCADE")
            (told,) = await watch.changes(1)
        assert list(told.changed.evidence) == [organization]

    async def test_very_many_at_once_in_pieces_that_fit_into_a_message(self, told_of, superuser, new_organization):
        tenant = await new_organization()
        async with told_of() as told:
            await superuser.execute(
                "INSERT INTO registered_assistants (org_id, vapi_assistant_id)"
                " SELECT $1, gen_random_uuid() FROM generate_series(1, 2500)",
                tenant,
            )
            assert [len(await told()) for _ in range(3)] == [1000, 1000, 500]


def versions(changes: Sequence[WatchRoutesResponse]) -> list[int]:
    return [change.version for change in changes]


async def test_every_watcher_is_told_of_many_changes_at_once_in_one_order_without_gaps(
    watching, map_number, new_organization
):
    # Fewer than the pool has connections: none of them waits for one, which it may for two seconds.
    tenant, turns = await new_organization(), asyncio.Semaphore(8)

    async def change() -> str:
        async with turns:
            return await map_number(tenant)

    async with watching() as first, watching() as second:
        begin = [(await watch.next_of("opened")).version for watch in (first, second)]
        numbers = await asyncio.gather(*(change() for _ in range(200)))
        told = [await watch.changes(200) for watch in (first, second)]
    assert begin[0] == begin[1]
    assert versions(told[0]) == list(range(begin[0] + 1, begin[0] + 201))
    assert told[0] == told[1]
    assert sorted(value for change in told[0] for value in change.changed.evidence) == sorted(numbers)


class TestResuming:
    async def test_whoever_comes_back_is_told_exactly_what_it_missed_and_what_follows(
        self, watching, map_number, new_organization
    ):
        tenant = await new_organization()
        async with watching() as watch:
            seen = (await watch.next_of("opened")).version
        missed = [await map_number(tenant) for _ in range(3)]
        async with watching(after=seen) as watch:
            opening = await watch.next()
            told = await watch.changes(3)
            live = await map_number(tenant)
            told += await watch.changes(1)
        assert (opening.opened.forget, opening.version) == (False, seen + 3)
        assert versions(told) == list(range(seen + 1, seen + 5))
        assert [list(change.changed.evidence) for change in told] == [[number] for number in [*missed, live]]

    async def test_whoever_missed_nothing_is_told_nothing_anew(self, watching, map_number, new_organization):
        tenant = await new_organization()
        async with watching() as watch:
            seen = (await watch.next_of("opened")).version
        async with watching(after=seen) as watch:
            assert (await watch.next()).opened.forget is False
            number = await map_number(tenant)
            (told,) = await watch.changes(1)
        assert (told.version, list(told.changed.evidence)) == (seen + 1, [number])

    async def test_coming_and_going_among_changes_leaves_nothing_out_and_repeats_nothing(
        self, watching, map_number, new_organization
    ):
        tenant = await new_organization()
        async with watching() as watch:
            begin = (await watch.next_of("opened")).version
        told: list[WatchRoutesResponse] = []

        async def come_and_go() -> None:
            while len(told) < 60:
                async with watching(after=told[-1].version if told else begin) as watch:
                    told.extend(await watch.changes(min(3, 60 - len(told))))

        numbers, _ = await asyncio.gather(_each(map_number(tenant) for _ in range(60)), come_and_go())
        assert versions(told) == list(range(begin + 1, begin + 61))
        assert [list(change.changed.evidence) for change in told] == [[number] for number in numbers]

    @pytest.mark.parametrize("after", [2**63 - 1, -1, -(2**63)])
    async def test_a_version_there_never_was_is_answered_with_forget(self, watching, superuser, after):
        async with watching(after=after) as watch:
            opening = await watch.next()
        assert opening.opened.forget
        assert opening.version == await superuser.fetchval("SELECT route_version()")

    async def test_what_was_missed_for_longer_than_an_hour_is_answered_with_forget(
        self, watching, superuser, map_number, new_organization
    ):
        tenant = await new_organization()
        async with watching() as watch:
            seen = (await watch.next_of("opened")).version
        await map_number(tenant)
        await superuser.execute("UPDATE route_changes SET changed_at = changed_at - interval '61 minutes'")
        await map_number(tenant)
        assert await superuser.fetchval("SELECT min(version) FROM route_changes") == seen + 2
        async with watching(after=seen) as watch:
            opening = await watch.next()
        assert (opening.opened.forget, opening.version) == (True, seen + 2)

    async def test_more_than_is_worth_telling_ends_a_watch_and_is_answered_with_forget(self, watching, superuser):
        async with watching() as watch:
            seen = (await watch.next_of("opened")).version
            await superuser.execute("SELECT announce_route_change(ARRAY[n::text]) FROM generate_series(1, 1001) n")
            assert (await watch.ending()).reason == "WATCH_BROKEN"
        async with watching(after=seen) as watch:
            assert (await watch.next()).opened.forget
        async with watching(after=seen + 1) as watch:
            assert not (await watch.next()).opened.forget


async def test_a_heartbeat_tells_the_last_version_though_nothing_changes(watching):
    async with watching() as watch:
        opened = await watch.next()
        assert (await watch.next_of("heartbeat")).version == opened.version


async def test_a_change_is_told_at_once_not_with_the_next_beat(own, sealer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch_routes, "BEAT", 10 * PATIENCE)
    async with _client_of(own, sealer) as client, watching_with(client)() as watch:
        await watch.next_of("opened")
        organization = await _create_organization(own)
        (told,) = await watch.changes(1)
    assert list(told.changed.evidence) == [organization]


async def test_a_watcher_that_does_not_read_is_ended_and_can_resume(
    watching, superuser, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch_routes, "MOST_UNREAD", 20)
    async with watching() as slow, watching() as brisk:
        for watch in (slow, brisk):
            await watch.next_of("opened")
        for _ in range(400):
            await superuser.execute(
                "SELECT announce_route_change(ARRAY(SELECT gen_random_uuid()::text FROM generate_series(1, 1000)))"
            )
            await brisk.changes(1)
        ending = await slow.ending()
    assert (ending.kind, ending.reason) == (Kind.UNAVAILABLE, "WATCH_BROKEN")


class TestWithoutTheDatabase:
    """Whoever cannot be told of changes is told so: silence would be taken for no news."""

    async def test_a_lost_listen_ends_every_watch_and_later_ones_work_again(self, own, sealer, postgres_url):
        async with _client_of(own, sealer) as client:
            watching = watching_with(client)
            async with watching() as first, watching() as second:
                await first.next_of("opened")
                seen = (await second.next_of("opened")).version
                assert await _end_connections(own, "query ~* '^listen|^select 1'") == 1
                endings = [await watch.ending() for watch in (first, second)]
            assert {(ending.kind, ending.reason) for ending in endings} == {(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")}
            organization = await _create_organization(own)
            await _until_it_opens(watching)
            async with watching(after=seen) as watch:
                assert (await watch.next()).opened.forget is False
                (told,) = await watch.changes(1)
        assert list(told.changed.evidence) == [organization]

    async def test_while_the_database_is_away_nobody_begins_to_watch(self, own, sealer, postgres_url):
        name = own.app_url.rpartition("/")[2]
        async with _client_of(own, sealer) as client:
            watching = watching_with(client)
            async with watching() as watch:
                await watch.next_of("opened")
                await _execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
                await _end_connections_of(postgres_url, name)
                assert (await watch.ending()).reason == "DATABASE_UNAVAILABLE"
            async with watching() as refused:
                assert (await refused.ending()).reason == "DATABASE_UNAVAILABLE"
            await _execute(postgres_url, f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await _until_it_opens(watching)


async def _until_it_opens(watching: Watching) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            async with watching() as watch:
                with suppress(RemoteError):
                    await watch.next_of("opened")
                    return


async def _each(done) -> list:
    return [await one for one in done]


@asynccontextmanager
async def _client_of(own: ServiceDatabase, sealer) -> AsyncIterator[RpcClient]:
    database = Database(own.app_url)
    async with served(lambda server: add_services(server, database, sealer), domain=DOMAIN) as client:
        yield client
    await database.close()


async def _create_organization(own: ServiceDatabase) -> str:
    database = Database(own.app_url)
    created = await OrganizationStore(database).create(uuid4(), "Lakeside Dental", "America/Chicago")
    await database.close()
    return str(created.id)


async def _end_connections(own: ServiceDatabase, which: str) -> int:
    superuser = await asyncpg.connect(own.superuser_url)
    ended = await superuser.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = current_database() AND usename = 'tenancy_app' AND {which}"
    )
    await superuser.close()
    return len(ended)


async def _end_connections_of(postgres_url: str, name: str) -> None:
    await _execute(postgres_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
