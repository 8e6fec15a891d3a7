"""Lists in pages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

PAGE_SIZE = 50
LARGEST_PAGE = 200

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in their order; `more` tells whether others follow the last of them."""

    items: Sequence[Item]
    more: bool


async def page_of(read: Callable[[int], Awaitable[Sequence[Item]]], asked_size: int) -> Page[Item]:
    """A page of at most LARGEST_PAGE; PAGE_SIZE if no size is asked for. `read` answers at most so many items."""
    size = min(asked_size, LARGEST_PAGE) if asked_size > 0 else PAGE_SIZE
    found = await read(size + 1)
    return Page(found[:size], len(found) > size)
