"""What watchers are told where the database is slow, fails, or is ahead of its reader."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from chassis.errors import DomainError, Kind
from tenancy.domain.errors import WatchBroken
from tenancy.domain.routing import watch_routes
from tenancy.domain.routing.routes import Changed, Heartbeat, History, Opened
from tenancy.domain.routing.watch_routes import RouteWatch


class Away(DomainError, kind=Kind.UNAVAILABLE, reason="AWAY"):
    """The changes cannot be read."""


class ScriptedRoutes:
    """Changes in memory, read as slowly and as faultily as a test says."""

    def __init__(self) -> None:
        self.changes: list[Changed] = []
        self.fault: Exception | None = None
        self.slowness = 0.0
        self._announced: asyncio.Queue[int] = asyncio.Queue()

    def change(self, *evidence: str, announce: bool = True) -> Changed:
        self.changes.append(Changed(len(self.changes) + 1, evidence))
        if announce:
            self.announce()
        return self.changes[-1]

    def announce(self) -> None:
        self._announced.put_nowait(len(self.changes))

    @asynccontextmanager
    async def announcements(self) -> AsyncIterator[AsyncIterator[int]]:
        async def announced() -> AsyncIterator[int]:
            while True:
                yield await self._announced.get()

        async with aclosing(announced()) as each:
            yield each

    async def version(self) -> int:
        return (await self.changes_since(len(self.changes))).version

    async def changes_since(self, version: int) -> History:
        if self.fault:
            raise self.fault
        history = History(len(self.changes), self.changes[version:] if version >= 0 else [])
        await asyncio.sleep(self.slowness)
        return history


@pytest.fixture
def routes() -> ScriptedRoutes:
    return ScriptedRoutes()


@pytest.fixture
async def route_watch(routes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watch_routes, "BEAT", 0.02)
    monkeypatch.setattr(watch_routes, "_PAUSE", 0.0)
    watch = RouteWatch(routes)
    running = asyncio.create_task(watch.run())
    with capture_logs():
        yield watch
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def following(watch, kind: type):
    """The next event of a kind."""
    async with asyncio.timeout(10):
        while not isinstance(event := await anext(watch), kind):
            pass
        return event


async def test_a_change_that_was_not_announced_is_told_with_the_next_beat(routes, route_watch):
    async with aclosing(route_watch.watch(None)) as watch:
        assert await anext(watch) == Opened(0, forget=True)
        change = routes.change("+14155550100", announce=False)
        assert await following(watch, Changed) == change
        assert await following(watch, Heartbeat) == Heartbeat(1)


async def test_a_reading_that_came_late_is_no_heartbeat(routes, route_watch):
    async with aclosing(route_watch.watch(None)) as watch:
        await following(watch, Heartbeat)
        routes.slowness = 0.05
        change = routes.change("+14155550100")
        heard = []
        while len(heard) < 4:
            heard.append(routes.change("+14155550101"))
            async with asyncio.timeout(10):
                events = [await anext(watch)]
                while events[-1] != heard[-1]:
                    events.append(await anext(watch))
            # One that was on its way already may come first; none afterwards.
            if len(heard) > 1:
                assert Heartbeat not in map(type, events)
        assert change in routes.changes


async def test_a_fault_ends_every_watch_and_the_next_one_works_when_it_is_over(routes, route_watch):
    async with aclosing(route_watch.watch(None)) as watch:
        await anext(watch)
        routes.fault = Away()
        with pytest.raises(Away):
            await following(watch, Changed)
    with pytest.raises(Away):
        await anext(route_watch.watch(0))
    routes.fault = None
    while True:
        try:
            async with aclosing(route_watch.watch(0)) as watch:
                assert await anext(watch) == Opened(0, forget=False)
                break
        except Away:
            await asyncio.sleep(0)


async def test_a_mistake_of_our_own_ends_every_watch_too(routes, route_watch):
    async with aclosing(route_watch.watch(None)) as watch:
        await anext(watch)
        routes.fault = ZeroDivisionError()
        with pytest.raises(ZeroDivisionError):
            await following(watch, Changed)


async def test_nobody_is_answered_before_the_changes_have_been_looked_at(routes):
    watch = RouteWatch(routes)
    asking = asyncio.ensure_future(anext(watch.watch(None)))
    await asyncio.sleep(0)
    assert not asking.done()
    running = asyncio.create_task(watch.run())
    async with asyncio.timeout(10):
        assert await asking == Opened(0, forget=True)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_changes_that_are_missing_end_a_watch_instead_of_being_passed_over(routes, route_watch):
    async with aclosing(route_watch.watch(None)) as watch:
        await anext(watch)
        routes.changes = [Changed(2, ["+14155550100"]), Changed(3, ["+14155550100"])]
        routes.changes_since = lambda version: _of(History(3, routes.changes if version < 2 else []))
        with pytest.raises(WatchBroken):
            await following(watch, Changed)


async def _of(history: History) -> History:
    return history


async def test_whoever_leaves_too_much_unread_is_ended_and_nobody_else(
    routes, route_watch, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(watch_routes, "MOST_UNREAD", 5)
    async with aclosing(route_watch.watch(None)) as slow, aclosing(route_watch.watch(None)) as brisk:
        for watch in (slow, brisk):
            await anext(watch)
        for _ in range(10):
            change = routes.change("+14155550100")
            assert await following(brisk, Changed) == change
        with pytest.raises(WatchBroken):
            async with asyncio.timeout(10):
                while True:
                    await anext(slow)
        assert await following(brisk, Heartbeat) == Heartbeat(10)


async def test_whoever_has_seen_more_than_this_reader_yet_is_told_nothing_twice(routes, route_watch):
    """Another process may have told it of a change a moment ago."""
    async with aclosing(route_watch.watch(None)) as first:
        await anext(first)
        routes.change("+14155550100", announce=False)
        async with aclosing(route_watch.watch(1)) as watch:
            assert await anext(watch) == Opened(1, forget=False)
            routes.announce()
            assert await anext(watch) == Heartbeat(1)
