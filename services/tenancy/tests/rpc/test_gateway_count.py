"""Gateways are counted as they watch, whichever replica that is of, and their number is told with each heartbeat."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from chassis.database.engine import Database
from chassis.testing.servers import served
from switchboard.tenancy.v1.tenancy_service_pb2 import WatchRoutesRequest
from switchboard.tenancy.v1.tenancy_service_pb2_grpc import TenancyServiceStub
from tenancy.app import DOMAIN, add_services
from tenancy.domain.routing import count_gateways
from tenancy.store.gateways import GatewayStore

PATIENCE = 20.0
"""Seconds until a test that waits in vain is given up."""


@pytest.fixture
def own(provide_database):
    """A database on which nobody else watches."""
    with provide_database("tenancy") as provided:
        yield provided


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(count_gateways, "EVERY", 0.05)
    monkeypatch.setattr(count_gateways, "COUNTS_FOR", timedelta(seconds=0.5))


@asynccontextmanager
async def replica(own, sealer, caller="gateway"):
    database = Database(own.app_url)
    async with served(lambda server: add_services(server, database, sealer), domain=DOMAIN, caller=caller) as client:
        yield client
    await database.close()


@asynccontextmanager
async def watch(client, watcher_id=None):
    request = WatchRoutesRequest(watcher_id=str(uuid4()) if watcher_id is None else watcher_id)
    stream = client.stub(TenancyServiceStub).WatchRoutes(request)
    await anext(stream)
    try:
        yield stream
    finally:
        await stream.aclose()


async def until_told(stream, gateways):
    """Until a heartbeat tells of that many; nothing else tells when the next one does."""
    async with asyncio.timeout(PATIENCE):
        while (await anext(stream)).heartbeat.gateways != gateways:
            pass


async def test_gateways_are_counted_as_they_come_and_go(own, sealer):
    async with replica(own, sealer) as client, watch(client) as first:
        await until_told(first, 1)
        async with watch(client), watch(client):
            await until_told(first, 3)
        await until_told(first, 1)


async def test_gateways_that_watch_through_another_replica_count_too(own, sealer):
    async with (
        replica(own, sealer) as one,
        replica(own, sealer) as other,
        watch(one) as first,
        watch(other) as second,
    ):
        await until_told(first, 2)
        await until_told(second, 2)


async def test_a_gateway_that_watches_twice_is_one(own, sealer):
    async with replica(own, sealer) as one, replica(own, sealer) as other, AsyncExitStack() as streams:
        gateway = str(uuid4())
        first = await streams.enter_async_context(watch(one, gateway))
        await streams.enter_async_context(watch(other, gateway))
        await streams.enter_async_context(watch(one, gateway))
        await streams.enter_async_context(watch(other))
        await until_told(first, 2)


async def test_whoever_is_no_gateway_or_does_not_say_which_is_not_counted(own, sealer):
    async with (
        replica(own, sealer) as gateways,
        replica(own, sealer, caller="booking") as bookings,
        watch(gateways) as first,
        watch(bookings),
        watch(gateways, ""),
        watch(gateways, "gateway-1"),
    ):
        await until_told(first, 1)
        for _ in range(2):
            assert (await anext(first)).heartbeat.gateways == 1


async def test_a_gateway_that_is_seen_no_more_is_forgotten(own):
    database = Database(own.app_url)
    gateways = GatewayStore(database)
    assert await gateways.note([uuid4(), uuid4()], timedelta(seconds=5)) == 2
    assert await gateways.note([uuid4()], timedelta(0)) <= 1
    assert await gateways.note([], timedelta(seconds=5)) <= 1
    await database.close()


async def test_while_they_cannot_be_counted_the_last_count_stands(monkeypatch):
    counts = iter([3, ConnectionError("away")])

    class Gateways:
        def __init__(self):
            self.asked = asyncio.Queue()

        async def note(self, _seen, _counts_for):
            self.asked.put_nowait(None)
            count = next(counts, ConnectionError("still away"))
            if isinstance(count, Exception):
                raise count
            return count

    monkeypatch.setattr(count_gateways, "EVERY", 0)
    gateways = Gateways()
    count = count_gateways.GatewayCount(gateways)
    assert count.live is None
    counting = asyncio.create_task(count.run())
    for _ in range(5):
        await asyncio.wait_for(gateways.asked.get(), PATIENCE)
    counting.cancel()
    assert count.live == 3
