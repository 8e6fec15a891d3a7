"""The short forms of `python -m tests.hammer.assistants`: assistants end as they were saved."""

from collections.abc import AsyncIterator, Iterator
from itertools import product

import pytest

from chassis.testing.databases import ServiceDatabase
from chassis.testing.plugin import ProvideDatabase
from tests.hammer.assistants.kills import Step, killed
from tests.hammer.assistants.rollouts import rolled_out
from tests.hammer.assistants.saves import Saves, saves
from tests.hammer.assistants.vapi import FAULTS, PASSING, every, failing


@pytest.fixture(scope="session")
def database(provide_database: ProvideDatabase) -> Iterator[ServiceDatabase]:
    with provide_database("assistant_sync") as provided:
        yield provided


@pytest.fixture
async def saving(database: ServiceDatabase) -> AsyncIterator[Saves]:
    async with saves(database) as ready:
        yield ready


@pytest.mark.parametrize("offset", [0, 1])
async def test_a_fault_at_any_request_of_two_saves_leaves_no_trace(saving: Saves, offset: int) -> None:
    cases = list(product(FAULTS, (1, 4)))
    for first, request in enumerate(await saving.requests()):
        fault, times = cases[(7 * first + 9 * offset) % len(cases)]
        figures = await saving.play(failing(fault, first, times))
        assert figures.is_well, (request.method, request.path, fault.title, times, figures)


async def test_what_a_killed_process_began_is_finished_by_another_at_whatever_step(database: ServiceDatabase) -> None:
    figures, saves_met = await killed(database, times=2, waits=False)
    assert figures.is_well, figures
    assert saves_met == 2 * len(Step)


async def test_two_processes_point_everything_elsewhere_although_a_tenth_of_the_requests_fails(
    database: ServiceDatabase,
) -> None:
    done = await rolled_out(database, 40, rate=20, plan=every(10, PASSING))
    assert done.figures.is_well, done
    assert done.patches_each <= 1.2
    assert done.requests <= done.rate * done.seconds + 1
