"""Lists in pages."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

LARGEST_PAGE = 200
USUAL_PAGE = 50

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items in their order; `more` tells whether others follow the last of them."""

    items: Sequence[Item]
    more: bool


async def page_of(read: Callable[[int], Awaitable[Sequence[Item]]], asked_size: int) -> Page[Item]:
    """A page of at most LARGEST_PAGE; USUAL_PAGE if no size is asked for. `read` answers at most so many items."""
    size = min(asked_size, LARGEST_PAGE) if asked_size > 0 else USUAL_PAGE
    found = await read(size + 1)
    return Page(found[:size], len(found) > size)
