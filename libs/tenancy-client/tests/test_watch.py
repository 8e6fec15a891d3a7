"""Routes are watched through a real server, which loses its stream, comes back, and forgets."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from chassis.errors import Kind, RemoteError
from chassis.testing.servers import served
from switchboard.tenancy.v1 import tenancy_service_pb2_grpc
from switchboard.tenancy.v1.tenancy_service_pb2 import WatchRoutesResponse
from tenancy_client import Changes, RouteWatch

SECONDS = 20
"""After which something awaited is taken for lost."""


class Tenancy(tenancy_service_pb2_grpc.TenancyServiceServicer):
    """Each stream says what a test puts into `words`; an exception in them ends it."""

    def __init__(self):
        self.words = asyncio.Queue()
        self.asked = asyncio.Queue()

    async def WatchRoutes(self, request, _context):  # noqa: N802
        self.asked.put_nowait(request.after_version if request.HasField("after_version") else None)
        while (word := await self.words.get()) is not None:
            if isinstance(word, Exception):
                raise word
            yield word

    def say(self, *words):
        for word in words:
            self.words.put_nowait(word)


def opened(version, *, forget=False):
    return WatchRoutesResponse(version=version, opened=WatchRoutesResponse.Opened(forget=forget))


def changed(version, *evidence):
    return WatchRoutesResponse(version=version, changed=WatchRoutesResponse.Changed(evidence=evidence))


def heartbeat(version, gateways=0):
    return WatchRoutesResponse(version=version, heartbeat=WatchRoutesResponse.Heartbeat(gateways=gateways))


class Watched:
    def __init__(self, tenancy, watch, changes):
        self.tenancy, self.watch, self.changes = tenancy, watch, changes
        self.heard = asyncio.Queue()
        watch.when_changed(lambda: self.heard.put_nowait((changes.version, changes.era)))

    async def until_told_everything(self):
        """Until a heartbeat has come: nothing calls for that, so it is looked for."""
        async with asyncio.timeout(SECONDS):
            while not self.watch.is_watching:
                await asyncio.sleep(0.01)

    async def next_heard(self):
        return await asyncio.wait_for(self.heard.get(), SECONDS)

    async def next_asked(self):
        return await asyncio.wait_for(self.tenancy.asked.get(), SECONDS)


@asynccontextmanager
async def watching(clock):
    tenancy = Tenancy()

    def add(server):
        server.add(
            "switchboard.tenancy.v1.TenancyService",
            tenancy,
            tenancy_service_pb2_grpc.add_TenancyServiceServicer_to_server,
        )

    async with served(add, domain="tenancy.switchboard") as client:
        changes = Changes(monotonic=clock)
        watch = RouteWatch(client, changes)
        watched = Watched(tenancy, watch, changes)
        running = asyncio.create_task(watch.run())
        try:
            yield watched
        finally:
            running.cancel()
            await asyncio.wait([running])


@pytest.fixture
async def watched(clock):
    async with watching(clock) as watched:
        yield watched


async def test_the_first_question_names_no_version_and_begins_with_nothing(watched):
    watched.tenancy.say(opened(7, forget=True))
    assert await watched.next_asked() is None
    assert await watched.next_heard() == (7, 1)


async def test_a_change_is_noted_by_its_evidence(watched):
    watched.tenancy.say(opened(7, forget=True))
    await watched.next_heard()
    asked = watched.changes.moment()
    watched.tenancy.say(changed(8, "+12065550142"))
    await watched.next_heard()
    assert watched.changes.disprove(asked, ["+12065550142"])
    assert not watched.changes.disprove(asked, ["+12065550143"])


async def test_only_a_heartbeat_says_that_everything_was_told(watched, clock):
    watched.tenancy.say(opened(7, forget=True), changed(8, "+12065550142"))
    await watched.next_heard()
    await watched.next_heard()
    assert not watched.watch.is_watching
    watched.tenancy.say(heartbeat(8))
    await watched.until_told_everything()
    clock.now += 3
    assert not watched.watch.is_watching


async def test_there_is_one_gateway_until_tenancy_tells_of_more_and_what_it_told_last_stands(watched):
    assert watched.watch.gateways == 1
    watched.tenancy.say(opened(7, forget=True), heartbeat(7, gateways=3), changed(8, "a"))
    watched.tenancy.say(heartbeat(8), changed(9, "b"))
    for _ in range(3):
        await watched.next_heard()
    assert watched.watch.gateways == 3


@pytest.mark.parametrize("ending", [None, RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE"), ZeroDivisionError()])
async def test_a_stream_that_ended_is_taken_up_after_the_last_version(watched, ending):
    watched.tenancy.say(opened(7, forget=True), changed(8, "a"), ending, opened(9), changed(9, "b"))
    assert [await watched.next_asked(), await watched.next_asked()] == [None, 8]
    assert [await watched.next_heard() for _ in range(3)] == [(7, 1), (8, 1), (9, 1)]


async def test_a_stream_that_cannot_be_taken_up_forgets_everything(watched):
    watched.tenancy.say(opened(7, forget=True), None, opened(90, forget=True))
    assert [await watched.next_heard() for _ in range(2)] == [(7, 1), (90, 2)]


async def test_a_change_that_is_left_out_forgets_everything(watched):
    watched.tenancy.say(opened(7, forget=True), changed(9, "a"))
    assert [await watched.next_heard() for _ in range(2)] == [(7, 1), (9, 2)]


async def test_a_stream_that_falls_silent_is_asked_for_again(watched, monkeypatch):
    monkeypatch.setattr("tenancy_client.watch._SILENCE", SECONDS)
    # Short only once it was opened: an opening that came too late would be lost with its stream.
    watched.watch.when_changed(lambda: monkeypatch.setattr("tenancy_client.watch._SILENCE", 0.05))
    watched.tenancy.say(opened(7, forget=True))
    assert [await watched.next_asked() for _ in range(2)] == [None, 7]


async def test_a_stream_that_cannot_be_opened_is_asked_for_again(clock):
    async with watching(clock) as watched:
        watched.tenancy.say(*[RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")] * 3, opened(7, forget=True))
        assert await watched.next_heard() == (7, 1)
