"""What is left undone when there is too much to do, and in which order."""

import asyncio
import time
from contextlib import ExitStack

import pytest

from gateway.limits.load import Load, LoopLag, Overloaded
from gateway.limits.turns import NoTurn, Turns
from gateway.message.events import Event
from services.gateway.tests.conftest import PATIENCE


def load_of(most=8, lag=0.0):
    return Load(most_in_flight=most, most_lag=1.0, lag=lambda: lag)


def shed_by(load):
    return {event.name for event in Event if load.sheds(event)}


@pytest.mark.parametrize(
    ("in_flight", "shed"),
    [(0, set()), (3, set()), (4, {"SPEECH"}), (5, {"SPEECH"}), (6, {"SPEECH", "OTHER"}), (8, {"SPEECH", "OTHER"})],
)
def test_speech_is_shed_first_and_then_every_other_event(in_flight, shed):
    load = load_of(8)
    with ExitStack() as messages:
        for _ in range(in_flight):
            messages.enter_context(load.one_more())
        assert shed_by(load) == shed
    assert shed_by(load) == set()


@pytest.mark.parametrize(
    ("lag", "shed"), [(0.4, set()), (0.5, {"SPEECH"}), (0.8, {"SPEECH", "OTHER"}), (9, {"SPEECH", "OTHER"})]
)
def test_a_process_that_is_late_sheds_too(lag, shed):
    assert shed_by(load_of(lag=lag)) == shed


def test_lag_alone_turns_nobody_away():
    with load_of(lag=9).one_more():
        pass


def test_beyond_the_cap_there_is_no_more():
    load = load_of(1)
    with load.one_more(), pytest.raises(Overloaded), load.one_more():
        pass
    with load.one_more():
        assert load.in_flight == 1


async def test_a_moments_work_is_no_lag_and_a_queue_that_stands_is():
    lag = LoopLag()
    measuring = asyncio.create_task(lag.run())
    await asyncio.sleep(0.1)
    time.sleep(0.2)  # holds the loop up, once
    await asyncio.sleep(0)
    assert lag.seconds < 0.1
    async with asyncio.timeout(PATIENCE):
        while lag.seconds < 0.1:
            time.sleep(0.2)  # holds it up again and again
            await asyncio.sleep(0)
    measuring.cancel()


async def test_turns_are_few_and_so_are_those_who_wait():
    turns = Turns(at_once=2, waiting=1, seconds=PATIENCE)
    done = asyncio.Event()

    async def take():
        async with turns.turn():
            await done.wait()

    taking = [asyncio.create_task(take()) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(NoTurn):
        await take()
    done.set()
    await asyncio.gather(*taking)
    await take()


async def test_nobody_waits_for_a_turn_for_ever():
    turns = Turns(at_once=1, waiting=1, seconds=0.01)
    async with turns.turn():
        with pytest.raises(NoTurn):
            async with turns.turn():
                pass
    async with turns.turn():
        pass
