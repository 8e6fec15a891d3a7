"""Telling whoever keeps routes what is no longer true: one reader of the changes, any number of watchers."""

import asyncio
import time
from collections.abc import AsyncGenerator

from chassis.errors import DomainError
from chassis.logs import get_logger
from tenancy.domain.errors import WatchBroken
from tenancy.domain.ports import Routes
from tenancy.domain.routing.routes import Changed, Event, Heartbeat, Opened

BEAT = 1.0
"""Seconds between two heartbeats, and at most between two readings of the changes."""

MOST_UNREAD = 2000
"""Events that a watcher may leave unread before it is given up."""

_PAUSE = 0.2
"""Seconds before the database is tried again."""

_log = get_logger()


class RouteWatch:
    """The one reader of the changes in a process, and its watchers.

    Whatever keeps it from seeing the changes ends all watches: to whom nothing is told, nothing seems to happen.
    """

    def __init__(self, routes: Routes) -> None:
        """`run` must be running for anybody to be told anything."""
        self._routes = routes
        self._version = 0
        self._watchers: set[_Watcher] = set()
        self._settled = asyncio.Event()
        self._blind: Exception | None = None
        """Why the changes are not seen at the moment."""

    async def run(self) -> None:
        """Read and tell until cancelled."""
        while True:
            try:
                await self._follow()
            except DomainError as fault:
                _log.warning("the changes of routes are not seen", reason=fault.reason)
                self._go_blind(fault)
            except Exception as fault:  # noqa: BLE001  # whatever it is, nobody may go on believing that nothing changes
                _log.exception("following the changes of routes failed unexpectedly")
                self._go_blind(fault)
            await asyncio.sleep(_PAUSE)

    async def watch(self, after: int | None) -> AsyncGenerator[Event, None]:
        """What changes after a version that the watcher has seen; None if it keeps nothing. Begins with Opened.

        Raises WatchBroken, and whatever keeps the changes from being seen.
        """
        await self._settled.wait()
        if self._blind is not None:
            raise self._blind.with_traceback(None)
        watcher = _Watcher()
        self._watchers.add(watcher)
        try:
            version, missed = await self._missed(after)
            yield Opened(version, forget=missed is None)
            for change in missed or ():
                yield change
            while True:
                event = await watcher.next()
                # What it was told when it began comes once more from the reader, who may have been a moment behind.
                if event.version > version or event == Heartbeat(version):
                    yield event
                    version = event.version
        finally:
            self._watchers.discard(watcher)

    async def _missed(self, after: int | None) -> tuple[int, list[Changed] | None]:
        """The present version, and the changes up to it; None if they cannot be told."""
        if after is None:
            return await self._routes.version(), None
        history = await self._routes.changes_since(after)
        return history.version, list(history.changes) if history.is_whole_after(after) else None

    async def _follow(self) -> None:
        async with self._routes.announcements() as announcements:
            self._version = await self._routes.version()
            self._blind = None
            self._settled.set()
            announced = asyncio.ensure_future(anext(announcements))
            try:
                beat_at = time.monotonic() + BEAT
                while True:
                    await asyncio.wait([announced], timeout=beat_at - time.monotonic())
                    if announced.done():
                        announced.result()
                        announced = asyncio.ensure_future(anext(announcements))
                    read_at = time.monotonic()
                    await self._read()
                    if read_at >= beat_at:
                        beat_at = read_at + BEAT
                        if time.monotonic() < beat_at:  # or what was read is no longer news
                            self._tell(Heartbeat(self._version))
            finally:
                announced.cancel()
                await asyncio.gather(announced, return_exceptions=True)

    async def _read(self) -> None:
        history = await self._routes.changes_since(self._version)
        if history.is_whole_after(self._version):
            for change in history.changes:
                self._tell(change)
        else:
            self._end_watches(WatchBroken())
        self._version = history.version

    def _tell(self, event: Event) -> None:
        for watcher in list(self._watchers):
            if watcher.unread < MOST_UNREAD:
                watcher.tell(event)
            else:
                watcher.end(WatchBroken())
                self._watchers.discard(watcher)

    def _go_blind(self, fault: Exception) -> None:
        self._blind = fault
        self._settled.set()
        self._end_watches(fault)

    def _end_watches(self, fault: Exception) -> None:
        for watcher in self._watchers:
            watcher.end(fault)
        self._watchers.clear()


class _Watcher:
    """What one watcher has yet to read."""

    def __init__(self) -> None:
        self._told: asyncio.Queue[Event | Exception] = asyncio.Queue()

    @property
    def unread(self) -> int:
        return self._told.qsize()

    def tell(self, event: Event) -> None:
        self._told.put_nowait(event)

    def end(self, fault: Exception) -> None:
        self._told.put_nowait(fault)

    async def next(self) -> Event:
        event = await self._told.get()
        if isinstance(event, Exception):
            raise event.with_traceback(None)
        return event
