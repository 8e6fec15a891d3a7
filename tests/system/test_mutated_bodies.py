"""The short form of `python -m tests.hammer.messages`, mutated bodies."""

import os
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.hammer.messages.clinic import Clinic
from tests.hammer.messages.fuzz import Fuzzed, fuzzed
from tests.hammer.messages.neighbours import Neighbour
from tests.system.administering import Desk
from tests.system.running import Running

BODIES = 2_000


@pytest.fixture(scope="module")
async def outcome(running: Running, desk: Desk) -> AsyncIterator[Fuzzed]:
    seed = int.from_bytes(os.urandom(4))
    clinic = await Clinic.opened(desk, running.stack.webhook_secret)
    neighbour = await Neighbour.opened(desk, running.stack.webhook_secret)
    async with httpx.AsyncClient(timeout=30) as http:
        yield await fuzzed(http, running, clinic, neighbour.canaries, BODIES, seed)


def test_no_mutated_body_is_a_mistake_or_tells_what_is_others(outcome: Fuzzed) -> None:
    assert outcome.complaints == [], f"seed {outcome.seed}; bodies in {outcome.failures}"


def test_the_gateway_does_not_grow_with_what_it_is_sent(outcome: Fuzzed) -> None:
    assert outcome.grown < 20, f"seed {outcome.seed}: {outcome.statuses}"
