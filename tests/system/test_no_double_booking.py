"""Nothing is double-booked or lost, or answered otherwise when asked again: with two processes of booking, killed too.

The short form; `make hammer` is the long one.
"""

from collections.abc import AsyncIterator

import pytest

from tests.hammer.clinics import LENGTH, STEP
from tests.hammer.hammer import Hammer
from tests.system.running import Running


@pytest.fixture
async def hammer(running: Running) -> AsyncIterator[Hammer]:
    async with Hammer.of(running, clinics=1, seed=4) as hammer:
        yield hammer


async def untouched(hammer: Hammer) -> bool:
    """No overlap in the tables, and no answer but 200."""
    return await hammer.overlaps() == 0 and hammer.gateway.tally.server_errors == 0


@pytest.mark.parametrize("starts", [(0,), (0, STEP)], ids=["one-slot", "overlapping-starts"])
async def test_of_64_callers_who_want_one_time_exactly_one_gets_it_each_time(
    hammer: Hammer, starts: tuple[int, ...]
) -> None:
    before = await hammer.deadlocks()

    assert await hammer.contest(4, starts) == []

    assert max(starts) < LENGTH
    assert await untouched(hammer)
    assert await hammer.deadlocks() == before


async def test_everything_at_once_is_explained_by_some_order_and_stands_as_promised(hammer: Hammer) -> None:
    before = await hammer.deadlocks()

    assert await hammer.mix(2) == []

    assert {"booked", "taken"} <= hammer.gateway.tally.outcomes.keys()
    assert await untouched(hammer)
    assert await hammer.deadlocks() == before


async def test_while_processes_are_killed_every_promise_is_kept_and_every_answer_given_again(hammer: Hammer) -> None:
    assert await hammer.kill(1) == []

    assert hammer.kills.keys() == {"booking", "postgres"}
    assert await untouched(hammer)
