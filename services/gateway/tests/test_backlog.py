"""What waits to be told waits in order, within bounds, and until it is told."""

import asyncio

from gateway.answer.records.backlog import Backlog
from services.gateway.tests.conftest import PATIENCE


def holding(*sizes: int, most_bytes: int = 100) -> Backlog[int]:
    """Its items are their own sizes."""
    backlog = Backlog[int](most_bytes)
    for size in sizes:
        backlog.add(size, size)
    return backlog


def test_what_came_first_is_first() -> None:
    backlog = holding(1, 2, 3)

    assert backlog.first(2) == [1, 2]
    assert backlog.first(10) == [1, 2, 3]


def test_what_is_looked_at_still_waits() -> None:
    backlog = holding(1, 2, 3)
    backlog.first(2)

    assert len(backlog) == 3


def test_the_first_ones_are_removed() -> None:
    backlog = holding(1, 2, 3)
    backlog.remove(2)

    assert backlog.first(10) == [3]


def test_nothing_is_added_to_one_that_is_full() -> None:
    backlog = holding(60, 40)

    assert not backlog.add(1, 1)
    assert backlog.first(10) == [60, 40]


def test_the_last_that_is_added_may_be_larger_than_what_was_left() -> None:
    assert holding(60).add(60, 60)


def test_what_is_removed_makes_room_for_as_much() -> None:
    backlog = holding(60, 40)
    backlog.remove(1)

    assert backlog.add(60, 60)
    assert not backlog.add(1, 1)


async def test_who_waits_for_something_is_woken_by_it() -> None:
    backlog = holding()
    waiting = asyncio.create_task(backlog.filled())
    await asyncio.sleep(0)
    assert not waiting.done()

    backlog.add(1, 1)
    await asyncio.wait_for(waiting, PATIENCE)


async def test_one_that_still_holds_something_is_filled_and_one_that_holds_nothing_is_not() -> None:
    backlog = holding(1, 2)
    backlog.remove(1)
    await asyncio.wait_for(backlog.filled(), PATIENCE)

    backlog.remove(1)
    waiting = asyncio.create_task(backlog.filled())
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
