"""A few at once, a few who wait, and nobody else."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class NoTurn(Exception):
    """Too many wait already, or it took too long."""


class Turns:
    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        """`seconds` is how long somebody waits at most."""
        self._free = asyncio.Semaphore(at_once)
        self._most_waiting = waiting
        self._seconds = seconds
        self._waiting = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Raises NoTurn."""
        await self._wait()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self) -> None:
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise NoTurn
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NoTurn from None
        finally:
            self._waiting -= 1
