"""What waits in memory to be told to another service."""

import asyncio
from collections import deque
from itertools import islice
from typing import Generic, TypeVar

T = TypeVar("T")


class Backlog(Generic[T]):
    """A queue that takes nothing more once it holds so many bytes: what comes then is lost."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._items: deque[tuple[T, int]] = deque()
        """With their sizes."""
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._items)

    def add(self, item: T, size: int) -> bool:
        """False if it is lost."""
        if self._bytes >= self._most_bytes:
            return False
        self._items.append((item, size))
        self._bytes += size
        self._filled.set()
        return True

    async def filled(self) -> None:
        """Wait until there is something."""
        await self._filled.wait()

    def first(self, most: int) -> list[T]:
        """They stay until they are removed: what is interrupted meanwhile is not lost."""
        return [item for item, _ in islice(self._items, most)]

    def remove(self, count: int) -> None:
        """The first ones."""
        for _ in range(count):
            _, size = self._items.popleft()
            self._bytes -= size
        if not self._items:
            self._filled.clear()
